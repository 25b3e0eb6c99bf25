"""Linear models beside an ensemble: ridge or logistic regression on the same columns, on rows held back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Encoding, Inputs, Network, NumberEncoding, evaluate
from chainrule.tables.ensemble._encoder import TableEncoder
from chainrule.tables.ensemble._folds import Folds
from chainrule.training import LBFGS, Problem, Rules, TrainingState, learn

Array = NDArray[Any]

MOST_ROWS = 5_000
_MOST_INPUTS, _MOST_CELLS = 500, 10_000_000
"""Beyond these inputs, or cells times outputs, a line would take longer than what it is compared with."""
_RIDGE = 1.0
_STEPS = 50


def linear_outputs(
    encoder: TableEncoder, packed: Array, Y: Array, output: str, folds: Folds
) -> tuple[Array, NDArray[np.intp]]:
    """Return outputs of a linear model for rows that it did not learn from, and which rows these are.

    Numbers go in as they are scaled and limited, categories as one input each. Of many rows the first
    `MOST_ROWS` are taken; none, if there are so many inputs or classes that it would take long. Ridge
    regression predicts every fold from the others, logistic regression the first.
    """
    plain = _plain(encoder)
    n_inputs = int(plain.firsts[-1])
    most = min(MOST_ROWS, _MOST_CELLS // max(1, n_inputs * Y.shape[1]))
    if n_inputs > _MOST_INPUTS or most < min(len(packed), MOST_ROWS // 10):
        return np.empty((0, Y.shape[1])), np.empty(0, dtype=np.intp)
    rows = np.arange(min(len(packed), most))
    Z = np.column_stack([np.ones(len(rows)), plain.value(packed[rows].astype(np.float64))])
    targets, parts = Y[rows].astype(np.float64), folds[rows]
    if output == "identity":
        return _ridge(Z, targets, parts)
    return _logistic(Z[:, 1:], targets, output, parts == 0)  # held back by the first member, which there is


def _plain(encoder: TableEncoder) -> Encoding:
    return Encoding(
        [
            NumberEncoding((), column.clip, column.missing) if isinstance(column, NumberEncoding) else column
            for column in encoder.encoding.columns
        ]
    )


def _ridge(Z: Array, Y: Array, folds: Folds) -> tuple[Array, NDArray[np.intp]]:
    outputs, held_back = np.zeros_like(Y), np.flatnonzero(folds >= 0)
    penalty = _RIDGE * np.eye(Z.shape[1])
    penalty[0, 0] = 1e-6  # the constant is all but free
    gram, moments = Z.T @ Z + penalty, Z.T @ Y
    for fold in np.unique(folds[held_back]):  # what a fold adds to the sums is taken back: one pass for all
        own = folds == fold
        left = gram - Z[own].T @ Z[own], moments - Z[own].T @ Y[own]
        outputs[own] = Z[own] @ np.linalg.solve(*left)
    return outputs[held_back], held_back


def _logistic(
    Z: Array, Y: Array, output: str, held_back: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.intp]]:
    net = Network((Z.shape[1], Y.shape[1]), output=output, random_state=0)
    inputs = Inputs.of(Z, net.dtype)
    rows = np.flatnonzero(~held_back)
    problem = Problem(net, inputs, np.ascontiguousarray(Y), np.empty(0), rows, "cross_entropy", alpha=_RIDGE)
    learn(problem, LBFGS(), Rules(max_iter=_STEPS, tol=1e-4), TrainingState(), np.random.RandomState(0))
    tested = np.flatnonzero(held_back)
    return evaluate(net.architecture, net.parameters, inputs, tested), tested
