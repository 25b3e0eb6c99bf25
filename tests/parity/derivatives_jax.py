"""JAX as the library that `network.truth` is written in: 64 bits, compiled, all rows at once."""

import os
from functools import lru_cache
from typing import Any

from network.truth import Library

# Each function is compiled for one network and called once or twice: time spent on making it fast is lost.
# Not level 0: there ∂F/∂η of seed 1006 drawn 7 wide came out NaN (jaxlib 0.10.2).
_FLAGS = "--xla_backend_optimization_level=1 --xla_llvm_disable_expensive_passes=true"


@lru_cache(maxsize=1)
def jax_library() -> Library:
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_FLAGS}"  # read when JAX first works
    import jax
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)

    @lru_cache(maxsize=4)
    def over_rows(f: Any) -> Any:
        return jax.jit(jax.vmap(f))

    return Library(
        jax.numpy,
        jax.scipy.special.erfc,
        jax.jacrev,
        lambda f: jax.jit(jax.hessian(f)),
        lambda f, *rows: over_rows(f)(*rows),
    )
