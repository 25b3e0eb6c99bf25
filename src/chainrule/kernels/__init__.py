"""Compiled twins of `chainrule.calculus`. Numba is imported when the first of these names is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.kernels.losses import head as head
    from chainrule.kernels.passes import accumulate as accumulate
    from chainrule.kernels.passes import epoch as epoch
    from chainrule.kernels.passes import keep_tape as keep_tape
    from chainrule.kernels.passes import predict as predict
    from chainrule.kernels.passes import sample_errors as sample_errors
    from chainrule.kernels.program import UNITS as UNITS
    from chainrule.kernels.program import Program as Program
    from chainrule.kernels.program import build_program as build_program
    from chainrule.kernels.program import leaving_q as leaving_q
    from chainrule.kernels.program import workspace_size as workspace_size
    from chainrule.kernels.updates import ALPHA as ALPHA
    from chainrule.kernels.updates import RATE as RATE
    from chainrule.kernels.updates import adam as adam
    from chainrule.kernels.updates import sgd as sgd

_HOMES = {
    "head": "losses",
    "accumulate": "passes",
    "epoch": "passes",
    "keep_tape": "passes",
    "predict": "passes",
    "sample_errors": "passes",
    "UNITS": "program",
    "Program": "program",
    "build_program": "program",
    "leaving_q": "program",
    "workspace_size": "program",
    "ALPHA": "updates",
    "RATE": "updates",
    "adam": "updates",
    "sgd": "updates",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
