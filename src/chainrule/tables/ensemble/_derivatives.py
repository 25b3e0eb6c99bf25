"""Derivatives of a table estimator by its columns, in the units of the data.

By the chain rule, from the left (N11): the row ∂output/∂inputs of a member's network, times the derivative of
the encoding, times 1 / scale of the column; then the mean over the members, times the spread of the target.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, evaluate
from chainrule.tables.ensemble._encoder import NumberColumn, TableEncoder

Array = NDArray[Any]

_CHUNK = 2**21
"""Numbers of a network's Jacobian that are made at a time."""


def member_jacobian(encoder: TableEncoder, network: Network, packed: Array) -> tuple[Array, Array]:
    """Return outputs (n, p), and ∂output/∂column (n, p, n_columns) of one network; 0 for categories."""
    encoding = encoder.encoding
    J = np.empty((len(packed), network.layer_sizes[-1], len(encoder.columns)))
    outputs = evaluate(network.architecture, network.parameters, Inputs.encoded(packed, encoding))
    per_unit = np.array([_per_unit(column) for column in encoder.columns])
    step = max(1, _CHUNK // (network.layer_sizes[0] * network.layer_sizes[-1]))
    for first in range(0, len(packed), step):
        rows = slice(first, first + step)
        by_input = network.jacobian(encoding.value(packed[rows]))
        J[rows] = encoding.pullback_rows(packed[rows], by_input) * per_unit
    return outputs.astype(np.float64), J


def mean_over_windows(
    encoder: TableEncoder,
    packed: Array,
    half_width: float,
    predict: Callable[[Array], Array],
    only: int | None = None,
) -> Array:
    """Return ∂prediction/∂column averaged over a window of each column (n, p, n_columns).

    The mean of a derivative over x - h to x + h is (F(x + h) - F(x - h)) / 2h, exactly: nothing is
    approximated. ``half_width`` is h in units of the column's scale. With ``only`` the others are left at 0.
    """
    n_outputs = predict(packed[:1]).shape[1]
    J = np.zeros((len(packed), n_outputs, len(encoder.columns)))
    for place, column in enumerate(encoder.columns):
        if not isinstance(column, NumberColumn) or column.encoding is None or only not in (None, place):
            continue
        ends = []
        for shift in (-half_width, half_width):
            moved = packed.copy()
            moved[:, place] += shift  # a missing number stays missing
            ends.append(predict(moved))
        J[:, :, place] = (ends[1] - ends[0]) / (2 * half_width * column.scale)
    return J


def _per_unit(column: object) -> float:
    return 1 / column.scale if isinstance(column, NumberColumn) else 0.0
