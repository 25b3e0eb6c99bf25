"""What each piece of a table is asked before learning: its columns, targets and weights; then to count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils.validation import _check_sample_weight, check_consistent_length

from chainrule._heard import heard
from chainrule.estimators._numbers import refuse_read_as_numbers
from chainrule.tables._frames import is_frame
from chainrule.tables._quantile_search import QuantileSearch
from chainrule.tables._warning import NewValues, TableWarning
from chainrule.tables.ensemble._array_reader import ArrayReader
from chainrule.tables.ensemble._columns import Reader, TableColumn
from chainrule.tables.ensemble._encoder import shares_of
from chainrule.tables.ensemble._frame_reader import FrameReader
from chainrule.tables.ensemble._group_values import SeenGroups
from chainrule.tables.ensemble._seen_columns import SeenColumn, merged_columns
from chainrule.tables.ensemble._seen_targets import Seen, seen_targets

__all__ = ["Count", "Look", "Sight", "merged_counts", "merged_sights"]


@dataclass(frozen=True)
class Sight:
    """What some pieces show.

    Attributes
    ----------
    rows : dict of int to int
        Rows of each piece.
    names : dict
        Names of columns, and the first piece that has these.
    columns : dict of str to SeenColumn
        Nothing of a fit that goes on: it knows its columns.
    targets : SeenNumbers, SeenLabels or None
        None of pieces without rows.
    weighted : dict of bool to int
        Whether rows have weights: the first piece that has some, and the first that has none.
    some_weight : bool
        Whether some row has a weight that is not 0.
    head : data frame or array
        No row of the first piece.
    new : dict of str to (int, NewValues)
        Of a fit that goes on: columns with values that it had not seen, and the first piece with some.
    groups : SeenGroups or None
        None where rows are of no groups.
    """

    rows: dict[int, int]
    names: dict[tuple[str, ...], int]
    columns: dict[str, SeenColumn]
    targets: Seen | None
    weighted: dict[bool, int]
    some_weight: bool
    head: Any
    new: dict[str, tuple[int, NewValues]]
    groups: SeenGroups | None = None


def merged_sights(one: Sight, other: Sight) -> Sight:
    """Return what both show; ``one`` has the first piece."""
    targets = [each.targets for each in (one, other) if each.targets is not None]
    both: Any = targets[0].merged(targets[1]) if len(targets) == 2 else next(iter(targets), None)  # type: ignore[arg-type]
    return Sight(
        one.rows | other.rows, _firsts(one.names, other.names), merged_columns(one.columns, other.columns),
        both, _firsts(one.weighted, other.weighted), one.some_weight or other.some_weight, one.head,
        _merged_new(one.new, other.new), _merged_groups(one.groups, other.groups),
    )  # fmt: skip


def _merged_groups(one: SeenGroups | None, other: SeenGroups | None) -> SeenGroups | None:
    return one if one is None or other is None else one.merged(other)


def _merged_new(
    one: dict[str, tuple[int, NewValues]], other: dict[str, tuple[int, NewValues]]
) -> dict[str, tuple[int, NewValues]]:
    found = dict(one)
    for name, (piece, new) in other.items():
        first = found.get(name, (piece, NewValues(name, 0, new.row, new.value)))
        count = first[1].count + new.count
        found[name] = first[0], NewValues(name, count, first[1].row, first[1].value)
    return found


def _firsts(one: dict[Any, int], other: dict[Any, int]) -> dict[Any, int]:
    return {each: min(found[each] for found in (one, other) if each in found) for each in one | other}


@dataclass(frozen=True)
class Look:
    """Asks a piece what it holds.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        Fitted, if learning goes on from there.
    first : bool
        Whether it does not.
    ignore : tuple of str
    """

    model: Any
    first: bool
    ignore: tuple[str, ...]

    def __call__(self, number: int, X: Any, y: Any, weights: Any, groups: Any) -> Sight:
        n, model = len(X), clone(self.model) if self.first else self.model
        names, columns = self._columns(model, X)
        targets, some_weight = None, False
        check_consistent_length(X, y)
        if n:
            values = model._checked_targets(y)
            targets = seen_targets(values, is_classifier(model))
            if weights is not None:
                some_weight = bool(checked_weights(weights, values).any())
        shares = shares_of(model.n_bins)
        seen = {column.name: SeenColumn.of(number, column, shares) for column in columns}
        return Sight(
            {number: n}, {names: number}, seen, targets, {weights is not None: number} if n else {},
            some_weight, _head(X), {} if self.first or not n else _new_values(number, model, X),
            None if groups is None else SeenGroups.of(number, groups, y),
        )  # fmt: skip

    def _columns(self, model: Any, X: Any) -> tuple[tuple[str, ...], list[TableColumn]]:
        """Return the names of all columns; of a first fit those that it learns from, too."""
        if is_frame(X):
            frame = nw.from_native(X, eager_only=True)
            names = tuple(map(str, frame.columns))
            if self.first:
                return names, FrameReader.first(frame, self.ignore)[1]
        else:
            names = tuple(f"x{place}" for place in range(np.shape(X)[1]))
            if self.first and len(X):
                array = model._checked(X, reset=True)
                return names, ArrayReader.of(array).read(array)
        return names, []


def _new_values(number: int, model: Any, X: Any) -> dict[str, tuple[int, NewValues]]:
    """Return what columns of text hold that a fitted model has not seen."""
    with heard(TableWarning) as said:
        model._packed(X, np.dtype(np.float32))
    found = [each.message for each in said]
    return {each.column: (number, each) for each in found if isinstance(each, NewValues)}


def checked_weights(weights: Any, values: Any) -> Any:
    """Return the sample weights of a piece in float64; they may all be 0."""
    refuse_read_as_numbers(weights, "sample_weight")
    nothing = not (np.asarray(weights) != 0).any()  # those of other pieces count then
    given = np.ones(np.shape(weights)) if nothing else weights
    checked = _check_sample_weight(given, values, dtype=np.float64) * (not nothing)
    if (checked < 0).any():
        raise ValueError("sample_weight must be >= 0, and not 0 in all rows")
    return checked


def _head(X: Any) -> Any:
    return nw.from_native(X, eager_only=True).head(0).to_native() if is_frame(X) else X[:0]


@dataclass(frozen=True)
class Count:
    """Asks a piece for the numbers that searches for quantiles have yet to count.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        That knows how columns are read.
    searches : dict of str to QuantileSearch
        Without numbers.
    """

    model: Any
    searches: dict[str, QuantileSearch]

    def __call__(self, number: int, X: Any, y: Any, weights: Any, groups: Any) -> dict[str, QuantileSearch]:
        found = {name: search.beside() for name, search in self.searches.items()}
        for column in _some(self.model._reader, tuple(found)).read(X) if len(X) else []:
            if column.name in found:
                found[column.name].add(column.values)
        return found


def _some(reader: Reader, names: Sequence[str]) -> Reader:
    """Return what reads some columns of numbers: of frames no others."""
    if isinstance(reader, FrameReader):
        return replace(reader, names=tuple(names), is_text=(False,) * len(names))
    return reader


def merged_counts(
    one: dict[str, QuantileSearch], other: dict[str, QuantileSearch]
) -> dict[str, QuantileSearch]:
    """Return what both have counted."""
    return {name: search.plus(other[name]) for name, search in one.items()}
