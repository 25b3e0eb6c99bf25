"""JAX as the library that `network.truth` is written in: 64 bits, compiled, all rows at once."""

import os
from functools import lru_cache
from typing import Any

# Each function is compiled for one network and called once or twice: time spent on making it fast is lost.
_FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_FLAGS}"

import jax  # noqa: E402
import jax.scipy.special  # noqa: E402

from network.truth import Library  # noqa: E402

jax.config.update("jax_enable_x64", True)


@lru_cache(maxsize=4)
def _over_rows(f: Any) -> Any:
    return jax.jit(jax.vmap(f))


def jax_library() -> Library:
    return Library(
        jax.numpy,
        jax.scipy.special.erfc,
        jax.jacrev,
        lambda f: jax.jit(jax.hessian(f)),
        lambda f, *rows: _over_rows(f)(*rows),
    )
