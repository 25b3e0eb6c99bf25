"""Learning with a scale s_j for each input: W_1 = diag(s) V, where V and s are learned instead of W_1.

An input that is of no use gets a small scale with all its weights at once. Nothing is done for each row: of
the gradient G of W_1 that of V is diag(s) G, and that of s_j is Σ_h V_jh G_jh. The vectors that learning
works on end with a place for W_1 and its gradient, behind all that is learned:

    V, W_2, …, W_L | b_1, …, b_L | σ | W_1

σ = s / rate is what is learned of the scales: Adam's steps do not depend on the size of a gradient, so s
moves ``rate`` times as fast as a weight.
"""

from typing import Any

from chainrule.kernels._compile import kernel, reduction
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.partition import part_of
from chainrule.kernels.arithmetic.rows import times
from chainrule.kernels.batch import matrix

# Where V, σ and W_1 begin; rows and columns of W_1.
V, SCALES, FOLDED, FAN_IN, FAN_OUT, PLACES = range(6)


@kernel
def has_scales(places: Any) -> Any:
    return places.size > 0


@kernel
def n_learned(parameters: Any, places: Any) -> Any:
    """How many entries are learned: all before W_1."""
    return places[FOLDED] if places.size > 0 else parameters.size


@reduction
def _product(left: Any, right: Any) -> Any:
    total = type(left[0, 0])(0)
    for i in range(left.shape[1]):
        total += left[0, i] * right[0, i]
    return total


@kernel
def unfold_gradient(parameters: Any, gradient: Any, places: Any, rate: Any, share: Any) -> None:
    """From the gradient of W_1 those of V and σ: one thread's share of the inputs."""
    width = places[FAN_OUT]
    first, end = part_of(places[FAN_IN], 1, share)
    for j in range(first, end):
        of_row, from_row = places[V] + j * width, places[FOLDED] + j * width
        scale = type(gradient[0])(rate) * parameters[places[SCALES] + j]
        weights, G = matrix(parameters, of_row, 1, width), matrix(gradient, from_row, 1, width)
        gradient[places[SCALES] + j] = type(gradient[0])(rate) * _product(weights, G)
        times(pointer(gradient, of_row), (pointer(gradient, from_row),), (scale,), width)


@kernel
def fold(parameters: Any, places: Any, rate: Any, share: Any) -> None:
    """W_1 = diag(rate · σ) V: one thread's share of the inputs."""
    width = places[FAN_OUT]
    first, end = part_of(places[FAN_IN], 1, share)
    for j in range(first, end):
        scale = type(parameters[0])(rate) * parameters[places[SCALES] + j]
        source, target = places[V] + j * width, places[FOLDED] + j * width
        times(pointer(parameters, target), (pointer(parameters, source),), (scale,), width)
