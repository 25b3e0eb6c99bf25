"""Compiled twins of `chainrule.calculus`. Numba is imported when the first of these names is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.kernels.ahead import compile_all as compile_all
    from chainrule.kernels.derivatives import chain as chain
    from chainrule.kernels.derivatives.chain import chain_product as chain_product
    from chainrule.kernels.derivatives.gauss_newton import ENTRIES as ENTRIES
    from chainrule.kernels.derivatives.gauss_newton import gauss_newton_sums as gauss_newton_sums
    from chainrule.kernels.derivatives.gauss_newton import pulled_to_parameters as pulled_to_parameters
    from chainrule.kernels.derivatives.gauss_newton import shape_of_block as shape_of_block
    from chainrule.kernels.derivatives.gauss_newton import sums_memory as sums_memory
    from chainrule.kernels.derivatives.gauss_newton import unfold as unfold
    from chainrule.kernels.derivatives.outer import outer_products as outer_products
    from chainrule.kernels.derivatives.outer import square_norms as square_norms
    from chainrule.kernels.derivatives.pairs import pair_products as pair_products
    from chainrule.kernels.derivatives.pairs import upper_halves as upper_halves
    from chainrule.kernels.derivatives.sweeps import collect as collect
    from chainrule.kernels.derivatives.sweeps import cotangents as cotangents
    from chainrule.kernels.derivatives.sweeps import curvature_product as curvature_product
    from chainrule.kernels.derivatives.sweeps import second_tangents as second_tangents
    from chainrule.kernels.derivatives.sweeps import sensitivities as sensitivities
    from chainrule.kernels.derivatives.sweeps import tangents as tangents
    from chainrule.kernels.derivatives.tangent_kernel import tangent_tiles as tangent_tiles
    from chainrule.kernels.derivatives.tangent_kernel import tile_side as tile_side
    from chainrule.kernels.derivatives.tangent_kernel import tile_size as tile_size
    from chainrule.kernels.derivatives.tape import ELEMENTWISE as ELEMENTWISE
    from chainrule.kernels.derivatives.tape import NONE as NONE
    from chainrule.kernels.derivatives.tape import SOFTMAX as SOFTMAX
    from chainrule.kernels.derivatives.tape import at_output as at_output
    from chainrule.kernels.derivatives.tape import record_tape as record_tape
    from chainrule.kernels.derivatives.tape import second_derivatives as second_derivatives
    from chainrule.kernels.derivatives.tape import tape_places as tape_places
    from chainrule.kernels.derivatives.tape import tape_size as tape_size
    from chainrule.kernels.learning.barrier import GONE as GONE
    from chainrule.kernels.learning.barrier import MEETING_SIZE as MEETING_SIZE
    from chainrule.kernels.learning.epochs import RUN as RUN
    from chainrule.kernels.learning.epochs import epoch as epoch
    from chainrule.kernels.learning.updates import ALPHA as ALPHA
    from chainrule.kernels.learning.updates import RATE as RATE
    from chainrule.kernels.learning.updates import UPDATES as UPDATES
    from chainrule.kernels.losses import head as head
    from chainrule.kernels.passes import accumulate as accumulate
    from chainrule.kernels.passes import predict as predict
    from chainrule.kernels.passes import sample_errors as sample_errors
    from chainrule.kernels.program import UNITS as UNITS
    from chainrule.kernels.program import Program as Program
    from chainrule.kernels.program import build_program as build_program
    from chainrule.kernels.program import leaving_q as leaving_q
    from chainrule.kernels.program import workspace_size as workspace_size
    from chainrule.kernels.user_activations import compiled_address as compiled_address

_HOMES = {
    "compile_all": "ahead",
    "GONE": "learning.barrier",
    "MEETING_SIZE": "learning.barrier",
    "RUN": "learning.epochs",
    "epoch": "learning.epochs",
    "ENTRIES": "derivatives.gauss_newton",
    "gauss_newton_sums": "derivatives.gauss_newton",
    "pulled_to_parameters": "derivatives.gauss_newton",
    "shape_of_block": "derivatives.gauss_newton",
    "sums_memory": "derivatives.gauss_newton",
    "unfold": "derivatives.gauss_newton",
    "compiled_address": "user_activations",
    "outer_products": "derivatives.outer",
    "square_norms": "derivatives.outer",
    "pair_products": "derivatives.pairs",
    "upper_halves": "derivatives.pairs",
    "chain_product": "derivatives.chain",
    "collect": "derivatives.sweeps",
    "cotangents": "derivatives.sweeps",
    "curvature_product": "derivatives.sweeps",
    "second_tangents": "derivatives.sweeps",
    "sensitivities": "derivatives.sweeps",
    "tangents": "derivatives.sweeps",
    "tangent_tiles": "derivatives.tangent_kernel",
    "tile_side": "derivatives.tangent_kernel",
    "tile_size": "derivatives.tangent_kernel",
    "NONE": "derivatives.tape",
    "ELEMENTWISE": "derivatives.tape",
    "SOFTMAX": "derivatives.tape",
    "at_output": "derivatives.tape",
    "record_tape": "derivatives.tape",
    "second_derivatives": "derivatives.tape",
    "tape_places": "derivatives.tape",
    "tape_size": "derivatives.tape",
    "head": "losses",
    "accumulate": "passes",
    "predict": "passes",
    "sample_errors": "passes",
    "UNITS": "program",
    "Program": "program",
    "build_program": "program",
    "leaving_q": "program",
    "workspace_size": "program",
    "ALPHA": "learning.updates",
    "RATE": "learning.updates",
    "UPDATES": "learning.updates",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name == "chain":
        return import_module(f"{__name__}.derivatives.chain")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
