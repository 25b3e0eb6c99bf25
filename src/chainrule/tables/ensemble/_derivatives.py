"""Derivatives of a table estimator by its columns, in the units of the data.

By the chain rule, from the left (N11): the row ∂output/∂inputs of a member's network, times the derivative of
the encoding, times 1 / scale of the column; then the mean over the members, times the spread of the target.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Network
from chainrule.tables.ensemble._encoder import NumberColumn, TableEncoder

Array = NDArray[Any]

ROWS_AT_A_TIME = 4096


def member_jacobian(encoder: TableEncoder, network: Network, packed: Array) -> Array:
    """Return ∂output/∂column (n_rows, n_outputs, n_columns) of one network; of categories it is 0."""
    encoding = encoder.encoding
    J = np.empty((len(packed), network.layer_sizes[-1], len(encoder.columns)))
    per_unit = np.array([_per_unit(column) for column in encoder.columns])
    for first in range(0, len(packed), ROWS_AT_A_TIME):
        rows = slice(first, first + ROWS_AT_A_TIME)
        by_input = network.jacobian(encoding.value(packed[rows]))
        J[rows] = encoding.pullback_rows(packed[rows], by_input) * per_unit
    return J


def _per_unit(column: object) -> float:
    return 1 / column.scale if isinstance(column, NumberColumn) else 0.0
