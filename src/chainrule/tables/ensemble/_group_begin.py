"""Before a table estimator learns from rows that others hold: how columns are read and encoded."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from chainrule._heard import heard
from chainrule.estimators._engine import forget
from chainrule.tables._frames import is_frame
from chainrule.tables._names import listed
from chainrule.tables._warning import TableWarning, note
from chainrule.tables.ensemble._array_reader import ArrayReader
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._encoder import TableEncoder
from chainrule.tables.ensemble._facts import SearchedNumbers
from chainrule.tables.ensemble._folds import check_validation
from chainrule.tables.ensemble._frame_reader import FrameReader
from chainrule.tables.ensemble._group_values import SeenGroups
from chainrule.tables.ensemble._look import (
    Count,
    Look,
    Sight,
    checked_weights,
    merged_counts,
    merged_sights,
)
from chainrule.tables.ensemble._pieces import Pieces, ask_merged
from chainrule.tables.ensemble._seen_columns import names_of_all
from chainrule.training._decoded import Decoded

__all__ = ["Begun", "begin_table", "prepared"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Begun:
    """What is known of a table when its columns are.

    Attributes
    ----------
    rows : tuple of int
        Of each piece.
    groups : SeenGroups or None
        None where rows are of no groups.
    """

    rows: tuple[int, ...]
    groups: SeenGroups | None

    @property
    def n_rows(self) -> int:
        """Of all pieces."""
        return sum(self.rows)


def begin_table(model: TableEstimator, pieces: Pieces) -> Begun:
    """Learn how the columns of a table are read and encoded, and how the target is, as `fit` does.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        Changed in place.
    pieces : Pieces
        Asked twice at least, and up to seven times for exact quantiles.

    Raises
    ------
    ValueError, TypeError
        As `fit`, with the name of the piece; if pieces have other columns than the first one, or text where
        others have numbers; for parameters that take all rows at once.

    Warns
    -----
    TableWarning
        Which columns are taken for categories; where a fit goes on, of values that it had not seen.
    """
    began = time.perf_counter()
    model._validate_params()
    _check_parameters(model)
    first = not (model.warm_start and hasattr(model, "members_"))
    if first:
        forget(model)
    ignore = model._ignored()
    sight = ask_merged(pieces, Look(model, first, ignore), merged_sights)
    rows = tuple(sight.rows[number] for number in range(len(sight.rows)))
    _check_rows(sight, sum(rows), pieces.names)
    check_validation(model.validation, sight.groups is not None)
    if sight.groups is not None:
        sight.groups.check(pieces.names)
    names = names_of_all(sight.names, pieces.names)
    validate_data(model, sight.head, skip_check_array=True, reset=first)
    if first:
        _learn_columns(model, pieces, sight, [name for name in names if name not in ignore])
    for piece, new in sight.new.values():
        note(f"{pieces.names[piece]}: {new}" if len(rows) > 1 else new)
    dealt = min(model.n_folds, sum(rows)) if sight.groups is None else 1  # groups are dealt, not classes
    model._learn_seen(sight.targets, dealt, first)
    model.fit_seconds_ = time.perf_counter() - began
    return Begun(rows, sight.groups)


def _check_parameters(model: TableEstimator) -> None:
    """Raise ValueError for what looks into cells of all rows."""
    if isinstance(model.kinds, Mapping) or model._missing_words():
        name = "kinds" if isinstance(model.kinds, Mapping) else "na"
        raise ValueError(
            f"{name}={getattr(model, name)!r} looks into text: in pieces of a table columns are what "
            "they are stored as; convert them before"
        )


def _check_rows(sight: Sight, n: int, names: Sequence[str]) -> None:
    if n < 2:
        raise ValueError(f"Found array with {n} sample(s), while a minimum of 2 is required")
    if len(sight.weighted) > 1:
        given, not_given = (names[sight.weighted[each]] for each in (True, False))
        raise ValueError(f"{given} has sample weights, and {not_given} has none")
    if True in sight.weighted and not sight.some_weight:
        raise ValueError("sample_weight must be >= 0, and not 0 in all rows")


def _learn_columns(model: TableEstimator, pieces: Pieces, sight: Sight, names: list[str]) -> None:
    """Learn how columns are read and encoded."""
    if is_frame(sight.head):
        (every,) = sight.names
        unknown = [name for name in model._ignored() if name not in every]
        if unknown:
            raise ValueError(f"ignore names {listed(unknown)}; the columns are {listed(every)}")
    elif model._ignored():
        raise ValueError("kinds, ignore and na are for data frames, whose columns have names")
    columns = [sight.columns[name] for name in names]
    is_text = tuple(column.is_text(pieces.names) for column in columns)
    model._reader = FrameReader(tuple(names), is_text) if is_frame(sight.head) else ArrayReader(is_text)
    if model.kinds is None:
        _say_texts([name for name, text in zip(names, is_text, strict=True) if text])
    facts = [column.facts(text) for column, text in zip(columns, is_text, strict=True)]
    _search(model, pieces, [each for each in facts if isinstance(each, SearchedNumbers)])
    model.encoder_ = TableEncoder.of(
        facts, model.n_bins, model.clip, model.missing_share, model.max_categories
    )
    if not model.encoder_.encoding.m:
        raise ValueError("no column tells rows apart: each has one value only, 0 feature(s) are left")


def _say_texts(texts: Sequence[str]) -> None:
    if texts:
        note(
            f"columns of text are taken for categories: {listed(texts)}; numbers and dates in text are not "
            "looked for in the pieces of a table: convert them before (kinds='stored' says nothing)"
        )


def _search(model: TableEstimator, pieces: Pieces, numbers: Sequence[SearchedNumbers]) -> None:
    """Let all searches for quantiles settle; each round asks all pieces once, for all columns."""
    while True:
        again = {each.name: each.search for each in numbers if not each.search.settled}
        again = {name: search for name, search in again.items() if search.settle()}
        if not again:
            return
        question = Count(model, {name: search.beside() for name, search in again.items()})
        counted = ask_merged(pieces, question, merged_counts)
        for name, search in again.items():
            search.merge(counted[name])


def prepared(model: TableEstimator, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Decoded:
    """Return some rows of a table as the networks take them, checked as `fit` checks them.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        That `learn_table` has opened a group for.
    X : data frame or array
    y : array
    sample_weight, groups : array or None

    Returns
    -------
    Decoded
        X: scaled numbers, NaN where there is none, and numbers of categories (n, n_columns).

    Raises
    ------
    ValueError, TypeError
        As `fit`.
    """
    dtype = model.members_[0].network.dtype if hasattr(model, "members_") else np.dtype(model.dtype)
    if not len(X):
        shapes = (0, len(model.encoder_.columns)), (0, model._n_outputs()), (0,)
        return Decoded(*(np.empty(shape, dtype) for shape in shapes))
    with heard(TableWarning):  # what there is to say has been said by who began
        packed = model._packed(X, dtype)
        values = model._checked_targets(y)
    weights = np.empty(0) if sample_weight is None else checked_weights(sample_weight, values)
    Y = np.ascontiguousarray(model._scaled(values), dtype=dtype)
    folds = np.empty(0) if groups is None else model._drawn_rows.folds.of_rows(0, len(Y), groups)
    return Decoded(packed, Y, weights.astype(dtype), folds.astype(dtype))
