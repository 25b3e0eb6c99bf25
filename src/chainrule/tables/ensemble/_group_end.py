"""After the members have learned from rows that others hold: report, intervals and temperature."""

import time
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from chainrule._heard import heard
from chainrule.estimators._fit_date import fit_date
from chainrule.network import Inputs
from chainrule.tables._warning import TableWarning
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._folds import Folds
from chainrule.tables.ensemble._group_learn import DrawnRows
from chainrule.tables.ensemble._members import Task
from chainrule.tables.ensemble._pieces import Pieces, ask_each
from chainrule.training import NUMBERS, numbers_of

__all__ = ["LeavesOfPieces", "end_table"]

Array = NDArray[Any]
Model = TypeVar("Model", bound=TableEstimator)

MOST_ROWS = 100_000
"""Rows that scores and intervals rest on, about."""


class LeavesOfPieces(Protocol):
    """How the pieces of a table were cut into leaves: each from its first row on.

    Attributes
    ----------
    rows : tuple of int
        Of each piece.
    size : int
        Rows of a leaf; the last one of a piece may have less.
    """

    @property
    def rows(self) -> tuple[int, ...]: ...

    @property
    def size(self) -> int: ...


def end_table(model: Model, pieces: Pieces, leaves: LeavesOfPieces) -> Model:
    """Learn what follows from rows held back: report, intervals, temperature.

    They rest on all rows, or on about 100,000 that are drawn at random: the report says so.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        That `learn_table` has learned; changed in place.
    pieces : Pieces
        Those of `begin_table`.
    leaves : LeavesOfPieces

    Returns
    -------
    model
        As `fit` leaves it.
    """
    began, n = time.perf_counter(), sum(leaves.rows)
    some = _drawn(model, pieces, leaves, n)
    _hold_back(model, model._drawn_rows, some.folds)
    (output, loss), dtype = model._output_and_loss(), model.members_[0].network.dtype
    encoder = model.encoder_
    Y = np.ascontiguousarray(some.targets, dtype=dtype)
    task = Task(
        Inputs.encoded(some.packed, encoder.encoding), len(encoder.input_names), Y, np.empty(0, dtype), loss,
        output, some.folds, model._drawn_rows.folds.n_folds,
    )  # fmt: skip
    model._judge(task, some.targets)
    if len(some.folds) < n:
        said = f"Scores and intervals rest on {len(some.folds):,} of {n:,} rows, drawn at random"
        model.report_ = replace(model.report_, notices=(*model.report_.notices, said))
    del model._drawn_rows
    model.fit_seconds_ += time.perf_counter() - began
    model.fitted_at_ = fit_date()
    return model


def _hold_back(model: TableEstimator, drawn: DrawnRows, folds: Folds) -> None:
    """Let members know which of the drawn rows they hold back."""
    model.members_ = tuple(
        replace(member, held_back=np.flatnonzero(folds == fold))
        for member, fold in zip(model.members_, drawn.of_members, strict=True)
    )


class _Some(NamedTuple):
    """Rows that were drawn: as the networks take them, targets in float64, folds."""

    packed: Array
    targets: Array
    folds: Folds


def _drawn(model: TableEstimator, pieces: Pieces, leaves: LeavesOfPieces, n: int) -> _Some:
    """Draw rows, in an order that has nothing to do with that of the table."""
    below = NUMBERS if n <= MOST_ROWS else NUMBERS * MOST_ROWS // n
    firsts = (0, *accumulate(-(-rows // leaves.size) for rows in leaves.rows))
    light, dtype = copy(model), model.members_[0].network.dtype
    del light.members_, light._drawn_rows
    question = _Draw(light, dtype, model._drawn_rows, firsts, leaves.size, below)
    found = [some for some in ask_each(pieces, question) if len(some.folds)]
    order = np.random.RandomState(model._drawn_rows.seed).permutation(sum(len(some.folds) for some in found))
    return _Some(*(np.concatenate(parts)[order] for parts in zip(*found, strict=True)))


@dataclass(frozen=True)
class _Draw:
    """Asks a piece for some of its rows: those whose numbers are below a bound.

    Parameters
    ----------
    model : TableEstimator
        That knows how rows are read and encoded.
    dtype : dtype
    drawn : DrawnRows
    firsts : tuple of int
        The first leaf of each piece.
    size : int
        Rows of a leaf.
    below : int
    """

    model: Any
    dtype: Any
    drawn: DrawnRows
    firsts: Sequence[int]
    size: int
    below: int

    def __call__(self, number: int, X: Any, y: Any, weights: Any, groups: Any) -> _Some:
        chosen, folds = self._rows(self.firsts[number], len(X), groups)
        if not len(chosen):
            return _Some(np.empty((0, 0)), np.empty((0, 0)), folds)
        with heard(TableWarning):  # what there is to say has been said by who began
            packed = self.model._packed(_safe_indexing(X, chosen), self.dtype)
            values = self.model._checked_targets(np.asarray(y)[chosen])
        return _Some(packed, self.model._scaled(values), folds)

    def _rows(self, first: int, n: int, groups: Any) -> tuple[NDArray[np.intp], Folds]:
        """Return which rows of a piece they are, and their folds."""
        chosen, folds = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for leaf, start in enumerate(range(0, n, self.size), start=first):
            m = min(self.size, n - start)
            here = np.flatnonzero(numbers_of(self.drawn.seed, leaf, m) < self.below)
            chosen.append(start + here)
            values = None if groups is None else groups[start : start + m]
            folds.append(self.drawn.folds.of_rows(leaf, m, values)[here])
        return np.concatenate(chosen), np.concatenate(folds)
