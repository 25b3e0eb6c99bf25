"""Fitted models in formats that others run: ONNX, C and more, with their derivatives.

Each format is one file here that reads a `ModelPlan`, and public names are imported when they are asked for
(PEP 562), for most need a library of their own.
"""

from typing import TYPE_CHECKING

from chainrule._public import imported_when_asked

if TYPE_CHECKING:
    from chainrule.export._as_numbers import as_numbers
    from chainrule.export._c._to_c import CSource, to_c
    from chainrule.export._casadi import to_casadi
    from chainrule.export._describe import plan_of
    from chainrule.export._evaluate import Evaluation, evaluate
    from chainrule.export._jax import to_jax
    from chainrule.export._onnx._converters import register_onnx_converters
    from chainrule.export._onnx._model import to_onnx
    from chainrule.export._plan import (
        Encoding,
        Input,
        Layers,
        ModelPlan,
        OneHot,
        Output,
        RampedNumber,
        ScaledNumber,
    )
    from chainrule.export._sklearn import from_sklearn, to_sklearn
    from chainrule.export._torch._from_torch import from_torch
    from chainrule.export._torch._to_torch import to_torch

__all__ = [
    "CSource",
    "Encoding",
    "Evaluation",
    "Input",
    "Layers",
    "ModelPlan",
    "OneHot",
    "Output",
    "RampedNumber",
    "ScaledNumber",
    "as_numbers",
    "evaluate",
    "from_sklearn",
    "from_torch",
    "plan_of",
    "register_onnx_converters",
    "to_c",
    "to_casadi",
    "to_jax",
    "to_onnx",
    "to_sklearn",
    "to_torch",
]

_HOMES = {
    "CSource": "_c._to_c",
    "Encoding": "_plan",
    "Evaluation": "_evaluate",
    "Input": "_plan",
    "Layers": "_plan",
    "ModelPlan": "_plan",
    "OneHot": "_plan",
    "Output": "_plan",
    "RampedNumber": "_plan",
    "ScaledNumber": "_plan",
    "as_numbers": "_as_numbers",
    "evaluate": "_evaluate",
    "from_sklearn": "_sklearn",
    "from_torch": "_torch._from_torch",
    "plan_of": "_describe",
    "register_onnx_converters": "_onnx._converters",
    "to_c": "_c._to_c",
    "to_casadi": "_casadi",
    "to_jax": "_jax",
    "to_onnx": "_onnx._model",
    "to_sklearn": "_sklearn",
    "to_torch": "_torch._to_torch",
}
_EXTRAS = {"onnx": "onnx", "skl2onnx": "onnx", "torch": "export", "jax": "export", "casadi": "export"}
"""The extra that brings a library."""

__getattr__ = imported_when_asked(__name__, _HOMES, _EXTRAS)


def __dir__() -> list[str]:
    return __all__
