"""Compiled twins of `chainrule.calculus`. Numba is imported when the first of these names is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.kernels import products as products
    from chainrule.kernels.ahead import compile_all as compile_all
    from chainrule.kernels.crew import GONE as GONE
    from chainrule.kernels.crew import MEETING_SIZE as MEETING_SIZE
    from chainrule.kernels.epochs import RUN as RUN
    from chainrule.kernels.epochs import epoch as epoch
    from chainrule.kernels.gauss_newton import ENTRIES as ENTRIES
    from chainrule.kernels.gauss_newton import gauss_newton_sums as gauss_newton_sums
    from chainrule.kernels.gauss_newton import pulled_to_parameters as pulled_to_parameters
    from chainrule.kernels.gauss_newton import shape_of_block as shape_of_block
    from chainrule.kernels.gauss_newton import sums_memory as sums_memory
    from chainrule.kernels.gauss_newton import unfold as unfold
    from chainrule.kernels.losses import head as head
    from chainrule.kernels.outer import outer_products as outer_products
    from chainrule.kernels.outer import square_norms as square_norms
    from chainrule.kernels.pairs import pair_products as pair_products
    from chainrule.kernels.pairs import upper_halves as upper_halves
    from chainrule.kernels.passes import accumulate as accumulate
    from chainrule.kernels.passes import predict as predict
    from chainrule.kernels.passes import sample_errors as sample_errors
    from chainrule.kernels.products import chain_product as chain_product
    from chainrule.kernels.program import UNITS as UNITS
    from chainrule.kernels.program import Program as Program
    from chainrule.kernels.program import build_program as build_program
    from chainrule.kernels.program import leaving_q as leaving_q
    from chainrule.kernels.program import workspace_size as workspace_size
    from chainrule.kernels.sweeps import collect as collect
    from chainrule.kernels.sweeps import cotangents as cotangents
    from chainrule.kernels.sweeps import curvature_product as curvature_product
    from chainrule.kernels.sweeps import second_tangents as second_tangents
    from chainrule.kernels.sweeps import sensitivities as sensitivities
    from chainrule.kernels.sweeps import tangents as tangents
    from chainrule.kernels.tangent_kernel import tangent_tiles as tangent_tiles
    from chainrule.kernels.tangent_kernel import tile_side as tile_side
    from chainrule.kernels.tangent_kernel import tile_size as tile_size
    from chainrule.kernels.tape import ELEMENTWISE as ELEMENTWISE
    from chainrule.kernels.tape import NONE as NONE
    from chainrule.kernels.tape import SOFTMAX as SOFTMAX
    from chainrule.kernels.tape import at_output as at_output
    from chainrule.kernels.tape import record_tape as record_tape
    from chainrule.kernels.tape import second_derivatives as second_derivatives
    from chainrule.kernels.tape import tape_places as tape_places
    from chainrule.kernels.tape import tape_size as tape_size
    from chainrule.kernels.updates import ALPHA as ALPHA
    from chainrule.kernels.updates import RATE as RATE
    from chainrule.kernels.updates import UPDATES as UPDATES
    from chainrule.kernels.user_activations import compiled_address as compiled_address

_HOMES = {
    "compile_all": "ahead",
    "GONE": "crew",
    "MEETING_SIZE": "crew",
    "RUN": "epochs",
    "epoch": "epochs",
    "ENTRIES": "gauss_newton",
    "gauss_newton_sums": "gauss_newton",
    "pulled_to_parameters": "gauss_newton",
    "shape_of_block": "gauss_newton",
    "sums_memory": "gauss_newton",
    "unfold": "gauss_newton",
    "compiled_address": "user_activations",
    "outer_products": "outer",
    "square_norms": "outer",
    "pair_products": "pairs",
    "upper_halves": "pairs",
    "chain_product": "products",
    "collect": "sweeps",
    "cotangents": "sweeps",
    "curvature_product": "sweeps",
    "second_tangents": "sweeps",
    "sensitivities": "sweeps",
    "tangents": "sweeps",
    "tangent_tiles": "tangent_kernel",
    "tile_side": "tangent_kernel",
    "tile_size": "tangent_kernel",
    "NONE": "tape",
    "ELEMENTWISE": "tape",
    "SOFTMAX": "tape",
    "at_output": "tape",
    "record_tape": "tape",
    "second_derivatives": "tape",
    "tape_places": "tape",
    "tape_size": "tape",
    "head": "losses",
    "accumulate": "passes",
    "predict": "passes",
    "sample_errors": "passes",
    "UNITS": "program",
    "Program": "program",
    "build_program": "program",
    "leaving_q": "program",
    "workspace_size": "program",
    "ALPHA": "updates",
    "RATE": "updates",
    "UPDATES": "updates",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name == "products":
        return import_module(f"{__name__}.products")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
