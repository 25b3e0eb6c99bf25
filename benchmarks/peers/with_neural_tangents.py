"""The tangent kernel by neural-tangents.

Its last release, 0.6.5, asks JAX for names that have moved since; they are put back where it looks for them.
"""

import sys
from inspect import signature
from types import ModuleType
from typing import Any, NamedTuple

import jax
import numpy as np
from jax._src import ad_util, core, source_info_util, util
from jax.interpreters import ad

from benchmarks.peers.case import Answer, Case
from benchmarks.peers.with_jax import Jax

for _name in ("Jaxpr", "JaxprEqn", "Literal", "Primitive", "Var"):
    if not hasattr(jax.core, _name):
        setattr(jax.core, _name, getattr(core, _name))
if not hasattr(jax.core, "DShapedArray"):
    jax.core.DShapedArray = type("DShapedArray", (), {})  # asked for in a test of type alone
if "jax.util" not in sys.modules:
    _util = ModuleType("jax.util")
    _util.safe_map, _util.safe_zip = util.safe_map, util.safe_zip
    sys.modules["jax.util"] = _util
ad.zeros_like_p, ad.source_info_util, ad.config = ad_util.zeros_like_p, source_info_util, jax.config
core.Primitive.map_primitive, ad.reducing_transposes = False, {}
_linearize = ad.linearize
if "primals_ft" in signature(_linearize).parameters:

    class _Known(NamedTuple):
        """Whether an output does not depend on the inputs."""

        zero: bool

        def is_known(self) -> bool:
            return self.zero

    def _old_linearize(f: Any, *primals: Any, has_aux: bool = False) -> Any:
        """Its order of arguments and results until JAX 0.7."""
        from jax._src.tree_util import FlatTree

        assert not has_aux
        outputs, zeros, jaxpr, constants = _linearize(
            lambda *arguments: f.call_wrapped(*arguments), FlatTree.flatten(primals)
        )
        return list(outputs), [_Known(zero) for zero in zeros], jaxpr, constants

    ad.linearize = _old_linearize

import neural_tangents as nt  # noqa: E402  not before the names are there


class NeuralTangents:
    """Its three implementations that form no more than they need."""

    def __init__(self, case: Case) -> None:
        self.peer = Jax(case)

    def tangent_kernel(self) -> dict[str, Answer]:
        """K (n, p, n, p)."""

        def numbers(K: Any) -> np.ndarray:
            return np.asarray(K).transpose(0, 2, 1, 3)

        answers = {}
        for number, name in (
            (1, "Jacobian contraction"),
            (2, "NTK-vector products"),
            (3, "structured derivatives"),
        ):
            kernel = nt.empirical_ntk_fn(self.peer.F, trace_axes=(), vmap_axes=0, implementation=number)
            call = self.peer.ready(
                lambda X, parameters, kernel=kernel: kernel(X, None, parameters),
                self.peer.X,
                self.peer.parameters,
            )
            answers[f"neural-tangents, {name}"] = Answer(call, numbers)
        return answers
