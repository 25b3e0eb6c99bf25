"""Compiled twins of `chainrule.calculus`. Numba is imported when the first of these names is used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.kernels.ahead import compile_all as compile_all
    from chainrule.kernels.derivatives import chain as chain
    from chainrule.kernels.derivatives.block_shape import shape_of_block as shape_of_block
    from chainrule.kernels.derivatives.chain import chain_product as chain_product
    from chainrule.kernels.derivatives.collect import collect as collect
    from chainrule.kernels.derivatives.collect import pulled_to_parameters as pulled_to_parameters
    from chainrule.kernels.derivatives.cotangents import cotangents as cotangents
    from chainrule.kernels.derivatives.curvature_product import curvature_product as curvature_product
    from chainrule.kernels.derivatives.gauss_newton import gauss_newton_sums as gauss_newton_sums
    from chainrule.kernels.derivatives.gauss_newton import sums_memory as sums_memory
    from chainrule.kernels.derivatives.outer import outer_products as outer_products
    from chainrule.kernels.derivatives.outer import square_norms as square_norms
    from chainrule.kernels.derivatives.output import ELEMENTWISE as ELEMENTWISE
    from chainrule.kernels.derivatives.output import NONE as NONE
    from chainrule.kernels.derivatives.output import SOFTMAX as SOFTMAX
    from chainrule.kernels.derivatives.pairs import pair_products as pair_products
    from chainrule.kernels.derivatives.pairs import upper_halves as upper_halves
    from chainrule.kernels.derivatives.sample_tables import ENTRIES as ENTRIES
    from chainrule.kernels.derivatives.sensitivities import sensitivities as sensitivities
    from chainrule.kernels.derivatives.tangent_kernel import tangent_tiles as tangent_tiles
    from chainrule.kernels.derivatives.tangent_kernel import tile_side as tile_side
    from chainrule.kernels.derivatives.tangent_kernel import tile_size as tile_size
    from chainrule.kernels.derivatives.tangents import second_tangents as second_tangents
    from chainrule.kernels.derivatives.tangents import tangents as tangents
    from chainrule.kernels.derivatives.tape import evaluate_loss as evaluate_loss
    from chainrule.kernels.derivatives.tape import record_tape as record_tape
    from chainrule.kernels.derivatives.tape import second_derivatives as second_derivatives
    from chainrule.kernels.derivatives.unfold import unfold as unfold
    from chainrule.kernels.encoding import encoding_plan as encoding_plan
    from chainrule.kernels.learning.barrier import ABORTED as ABORTED
    from chainrule.kernels.learning.barrier import BARRIER_SIZE as BARRIER_SIZE
    from chainrule.kernels.learning.epochs import RUN as RUN
    from chainrule.kernels.learning.epochs import epoch as epoch
    from chainrule.kernels.learning.steps import step as step
    from chainrule.kernels.learning.updates import ALPHA as ALPHA
    from chainrule.kernels.learning.updates import RATE as RATE
    from chainrule.kernels.learning.updates import UPDATES as UPDATES
    from chainrule.kernels.losses import output_loss as output_loss
    from chainrule.kernels.passes import accumulate as accumulate
    from chainrule.kernels.passes import predict as predict
    from chainrule.kernels.passes import sample_errors as sample_errors
    from chainrule.kernels.program import WEIGHT as WEIGHT
    from chainrule.kernels.program import Program as Program
    from chainrule.kernels.program import build_program as build_program
    from chainrule.kernels.program import leaving_q as leaving_q
    from chainrule.kernels.tape_layout import TapePlaces as TapePlaces
    from chainrule.kernels.tape_layout import tape_size as tape_size
    from chainrule.kernels.tape_layout import workspace_size as workspace_size
    from chainrule.kernels.user_activations import compiled_address as compiled_address

_HOMES = {
    "compile_all": "ahead",
    "shape_of_block": "derivatives.block_shape",
    "chain_product": "derivatives.chain",
    "collect": "derivatives.collect",
    "pulled_to_parameters": "derivatives.collect",
    "cotangents": "derivatives.cotangents",
    "curvature_product": "derivatives.curvature_product",
    "gauss_newton_sums": "derivatives.gauss_newton",
    "sums_memory": "derivatives.gauss_newton",
    "outer_products": "derivatives.outer",
    "square_norms": "derivatives.outer",
    "ELEMENTWISE": "derivatives.output",
    "NONE": "derivatives.output",
    "SOFTMAX": "derivatives.output",
    "pair_products": "derivatives.pairs",
    "upper_halves": "derivatives.pairs",
    "ENTRIES": "derivatives.sample_tables",
    "sensitivities": "derivatives.sensitivities",
    "tangent_tiles": "derivatives.tangent_kernel",
    "tile_side": "derivatives.tangent_kernel",
    "tile_size": "derivatives.tangent_kernel",
    "second_tangents": "derivatives.tangents",
    "tangents": "derivatives.tangents",
    "evaluate_loss": "derivatives.tape",
    "record_tape": "derivatives.tape",
    "second_derivatives": "derivatives.tape",
    "unfold": "derivatives.unfold",
    "encoding_plan": "encoding",
    "ABORTED": "learning.barrier",
    "BARRIER_SIZE": "learning.barrier",
    "RUN": "learning.epochs",
    "epoch": "learning.epochs",
    "step": "learning.steps",
    "ALPHA": "learning.updates",
    "RATE": "learning.updates",
    "UPDATES": "learning.updates",
    "output_loss": "losses",
    "accumulate": "passes",
    "predict": "passes",
    "sample_errors": "passes",
    "WEIGHT": "program",
    "Program": "program",
    "build_program": "program",
    "leaving_q": "program",
    "TapePlaces": "tape_layout",
    "tape_size": "tape_layout",
    "workspace_size": "tape_layout",
    "compiled_address": "user_activations",
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
