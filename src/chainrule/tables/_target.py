"""The column to predict: which task it asks for, and its values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted, listed, meant, option, plain_number, the_row
from chainrule.tables._ranges import ColumnRange, check_sizes
from chainrule.tables._warning import note
from chainrule.tables.columns import (
    MISSING_WORDS,
    SURE_WORDS,
    Extremes,
    Hints,
    Kind,
    KnownColumns,
    NumberSpelling,
    ReadColumn,
    asked_missing,
    is_category,
    is_text,
    number_for_missing,
    plain_text,
    read_columns,
    read_texts,
    texts_of,
)

__all__ = [
    "TASKS",
    "Target",
    "TargetReader",
    "Task",
    "check_cells",
    "check_different",
    "check_spread",
    "check_target_name",
    "guess_of",
    "guess_task",
    "labels_of",
    "no_numbers",
    "say_dropped",
    "say_unusual_classes",
    "say_unusual_number",
    "target_hints",
    "target_like",
    "target_of",
]

Task = Literal["regression", "classification"]
TASKS: tuple[Task, ...] = ("regression", "classification")

_MOST_CODES = 10
_ROWS_PER_CODE = 10
_MUST_HOLD = "it must hold numbers, or the names of classes"


@dataclass(frozen=True)
class Target:
    """The target of the rows that have one.

    Parameters
    ----------
    task : {"regression", "classification"}
    why : str
        Reason for the guess of the task; "asked for" if it was given.
    rows : ndarray of int
        The rows that have a target, from 0.
    y : ndarray
        Floats for regression. For classification labels: text as it was written, or the whole numbers or
        truth values that were stored.
    spelling : NumberSpelling, optional
        Of numbers that were read from text.
    """

    task: Task
    why: str
    rows: NDArray[np.int64]
    y: NDArray[Any]
    spelling: NumberSpelling | None = None


def check_target_name(names: Iterable[str], target: str) -> None:
    """Raise ValueError unless `target` is one of the names; the message suggests the nearest one."""
    found = list(names)
    if target not in found:
        guess = meant(str(target), found) or f"; the columns are {listed(found)}"
        raise ValueError(f"the table has no column {target!r}{guess}")


def target_hints(cells: Cells, target: str, task: Task | None, hints: Hints) -> Hints:
    """Return how the target is to be read: names of classes are text, whatever they look like."""
    stored = cells.columns[target].type
    text = is_text(stored) or is_category(stored)
    return Hints("text", mark=hints.mark) if task == "classification" and text and not hints.kind else hints


def guess_task(values: "pd.Series[Any]") -> tuple[Task, str]:
    """Return the task for a target without missing cells, and the reason.

    Text and truth values are classes. Whole numbers are classes if they have two different values, or if
    they have at most ten and there are ten rows for each on average. Other numbers are a regression.

    >>> import pandas as pd
    >>> guess_task(pd.Series(["good", "bad", "good"]))
    ('classification', 'text, 2 different')
    >>> guess_task(pd.Series([0.0, 1.0, 1.0]))
    ('classification', 'whole numbers, 2 different')
    >>> guess_task(pd.Series([326.0, 327.5, 334.0]))
    ('regression', 'numbers, 3 different')
    """
    cells = Cells.of(pd.DataFrame({"target": values}))
    column = read_columns(cells, {})["target"]
    return _guess(column, labels_of(cells.columns["target"], column)[_present(column)])


def _guess(column: ReadColumn, labels: NDArray[Any] | None) -> tuple[Task, str]:
    values = column.values[_present(column)]
    if column.kind == "text":
        return guess_of("text", len(values), column.n_different)
    different = len(np.unique(values))
    if labels is not None and np.any(np.abs(values) >= 2**53):  # floats merge neighbours there
        different = len(np.unique(labels))
    return guess_of(column.kind, len(values), different, bool(np.all(values == np.round(values))))


def guess_of(kind: Kind | None, n: int, different: int, whole: bool = False) -> tuple[Task, str]:
    """Return the task for n cells of a kind, so many of them different, and the reason."""
    if kind == "text":
        return "classification", f"text, {different:,} different"
    if kind == "boolean":
        return "classification", f"truth values, {different:,} different"
    few = different <= _MOST_CODES and n >= _ROWS_PER_CODE * different
    if whole and (different == 2 or few):
        return "classification", f"whole numbers, {different:,} different"
    return "regression", f"numbers, {different:,} different"


def _present(column: ReadColumn) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pd.notna(column.values)
    return found


def target_of(cells: Cells, column: ReadColumn, task: Task | None) -> Target:
    """Return the target from the column that was read: its task, guessed if it is not given, and its values.

    Raises
    ------
    ValueError
        It has no values, or cells that do not fit the task; names column and row.

    Warns
    -----
    TableWarning
        Rows are dropped because they have no target.
    """
    name = column.name
    check_cells(column, cells.holds.get(name), task)
    rows = np.flatnonzero(_rows_with_target(column))
    labels = None if task == "regression" else labels_of(cells.columns[name], column)[rows]
    guessed, why = _guess(column, labels) if task is None else (task, "asked for")
    y = _numbers(column)[rows] if guessed == "regression" or labels is None else labels
    _say_unusual(name, y, guessed)
    spelling = column.spelling if isinstance(column.spelling, NumberSpelling) else None
    return Target(guessed, why, rows, y, spelling)


def check_cells(column: ReadColumn, holds: str | None, task: Task | None) -> None:
    """Raise ValueError for a target that holds no numbers or classes; say what was guessed of it.

    ``holds`` is what they are if Arrow has no type for it.
    """
    name = column.name
    if holds or column.kind is None:
        raise ValueError(f"the target {name!r} holds {holds or column.type} values: {_MUST_HOLD}")
    if column.kind in ("date", "time"):
        raise ValueError(f"the target {name!r} holds {column.kind}s: {_MUST_HOLD}")
    _check_odd(column, task)
    _say_notes(column)


def _say_notes(column: ReadColumn) -> None:
    """Warn of what was guessed of the target's cells."""
    for message in column.notes:
        note(message)


def _rows_with_target(column: ReadColumn) -> NDArray[np.bool_]:
    """Return which rows have a target; a warning says how many have not."""
    present = _present(column)
    say_dropped(column, len(present), int(present.sum()))
    return present


def say_dropped(column: ReadColumn, n: int, present: int) -> None:
    """Warn of rows without a target; raise ValueError if none has one."""
    if not present:
        raise ValueError(f"the target {column.name!r} has no value in any row")
    if present < n:
        words = [plain_text(text) for text in column.odd.counts]
        also = f" (empty, or {listed(words, most=3)})" if words else ""
        rows = counted(n - present, "row")
        note(f"{rows} of {n:,} dropped: the target {column.name!r} is missing there{also}")


def _check_odd(column: ReadColumn, task: Task | None) -> None:
    """Raise ValueError for cells of a target of numbers that are none, unless they say that it is missing."""
    others = [text for text in column.odd.counts if plain_text(text).casefold() not in SURE_WORDS]
    if not others:
        return
    first = min(others, key=lambda text: column.odd.first[text])
    more = sum(column.odd.counts[text] for text in others) - 1
    ways = f"{option('--na', plain_text(first))} drops such rows"
    if task is None:
        ways += ", --task classification takes all values for names of classes"
    raise ValueError(
        f"the target {column.name!r} holds numbers, but {plain_text(first)!r} in "
        f"{the_row(column.odd.first[first])}{f' (and no number in {more:,} more)' if more else ''}; {ways}"
    )


def check_different(name: str, y: NDArray[Any], task: Task) -> None:
    """Raise ValueError if all targets are the same, or nearly all classes different."""
    check_spread(name, len(y), len(np.unique(y)), y[0], task)


def check_spread(name: str, n: int, different: int, first: object, task: Task) -> None:
    """Raise ValueError for n targets of which all are as the first, or nearly all are different classes."""
    if different < 2:
        raise ValueError(f"the target {name!r} is {first} in all {n:,} rows: nothing to learn")
    if task == "classification" and different * 2 > n:
        raise ValueError(
            f"the target {name!r} has {different:,} different values in {n:,} rows, "
            "too many for classes: a class is learned from several rows"
        )


def _say_unusual(name: str, y: NDArray[Any], task: Task) -> None:
    if task == "regression":
        say_unusual_number(name, Extremes.of(y))
    elif y.dtype.kind == "U":
        say_unusual_classes(name, map(str, np.unique(y)))


def say_unusual_number(name: str, seen: Extremes) -> None:
    """Warn of a number that may stand for a missing target."""
    mark = number_for_missing(seen)
    if mark:
        value, count = mark
        note(
            f"the target {name!r} is {plain_number(value)} in {count:,} rows, far from all others; "
            f"if that stands for a missing target, say --na {plain_number(value)}"
        )


def say_unusual_classes(name: str, classes: Iterable[str]) -> None:
    """Warn of classes that are words for a missing target."""
    for word in classes:
        if word.casefold() in MISSING_WORDS:
            note(f"{word!r} is one of the classes of {name!r}; {option('--na', word)} drops such rows")


def _numbers(column: ReadColumn) -> NDArray[np.float64]:
    if column.kind == "text":
        word, row = next((word, row) for row, word in enumerate(column.values) if isinstance(word, str))
        raise no_numbers(column.name, word, row)
    check_sizes(column.name, column.values)
    return column.values


def no_numbers(name: str, word: str, row: int) -> ValueError:
    """Return the error for a target of text where numbers are wanted."""
    return ValueError(
        f"regression needs numbers, but the target {name!r} is text ({word!r} in {the_row(row)}); "
        "as classification it can be learned"
    )


def labels_of(cells: pa.ChunkedArray, column: ReadColumn, whole: bool | None = None) -> NDArray[Any]:
    """Return labels for all rows: text as it was written, or the whole numbers or truth values stored.

    ``whole`` says whether all floats of the target are whole, if these are a piece of it.
    """
    if column.kind == "text":
        return np.where(_present(column), column.values, "").astype(str)
    if column.written is not None:
        return np.where(_present(column), read_texts(column.written).values(), "").astype(str)
    if column.kind == "boolean":
        return np.asarray(np.nan_to_num(column.values), dtype=bool)
    if pa.types.is_integer(cells.type):  # exactly: beyond 2^53 floats would merge neighbours
        return np.asarray(pc.fill_null(cells, 0).to_numpy())
    values = np.nan_to_num(column.values)
    if whole is None:
        whole = bool(np.all(values == np.round(values)) and np.all(np.abs(values) < 2**53))
    if whole:
        return np.asarray(values, dtype=np.int64)
    return np.where(_present(column), read_texts(texts_of(cells)).values(), "").astype(str)


def target_like(
    table: pd.DataFrame | Cells,
    target: str,
    classes: NDArray[Any] | None,
    na: Iterable[str] = (),
    mark: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the rows that have a target, and the target in the type of `classes` (None: numbers).

    ``mark`` is the decimal mark of numbers whose cells leave it open.
    """
    cells, reader = Cells.of(table), TargetReader(target, classes, na, mark)
    reader.look(cells, 0)
    while reader.settle():
        reader.look(cells, 0)
    reader.say()
    return reader.values(cells)


class TargetReader:
    """Reads the target of a model from a table, in pieces; used as `SchemaReader` is.

    Parameters
    ----------
    target : str
    classes : array or None
        The labels that the model knows; None if the target is a number.
    na : iterable of str
        Texts that stand for missing cells.
    mark : {".", ","}, optional
        Decimal mark of numbers whose cells leave it open.
    """

    def __init__(
        self, target: str, classes: NDArray[Any] | None, na: Iterable[str] = (), mark: str | None = None
    ) -> None:
        self.target, self._classes = target, classes
        kinds: dict[str, Kind] = {"U": "text", "b": "boolean"}
        self._known = "f" if classes is None else classes.dtype.kind
        kind = kinds.get(self._known, "number")
        hints = Hints(kind, expected=classes is not None, na=asked_missing(na), mark=mark)
        self._columns = KnownColumns({target: hints})
        self._begin()

    def _begin(self) -> None:
        self._n = self._present = 0
        self._range = ColumnRange()
        self._unseen: Counter[str] = Counter()

    def look(self, cells: Cells, row: int) -> None:
        """Look at a piece with `row` rows before it."""
        if row == 0:
            check_target_name(cells.columns, self.target)
            self._begin()
        values = self._columns.look(cells, row)[self.target]
        rows, y = self._labelled(values)
        self._n += len(values)
        self._present += len(rows)
        if self._classes is None:
            self._range.look(values, row)
        else:
            labels, counts = np.unique(y[~np.isin(y, self._classes)], return_counts=True)
            self._unseen += Counter(dict(zip(labels.tolist(), counts.tolist(), strict=True)))

    def settle(self) -> bool:
        """Decide how the target is read; return whether all pieces must be looked at again."""
        return self._columns.settle()

    def say(self) -> None:
        """Warn of rows without a target, and of classes that are new.

        Raises
        ------
        ValueError
            No row has a target, or cells are of another kind.
        """
        column = self._columns.columns()[self.target]
        _check_odd(column, "regression")
        _say_notes(column)
        say_dropped(column, self._n, self._present)
        self._range.check(self.target)
        if self._unseen:
            count = counted(self._unseen.total(), "row")
            note(f"{count} counted as wrong: the model knows no class {listed(sorted(self._unseen))}")

    def values(self, cells: Cells) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Return the rows of a piece that have a target, from 0, and their targets."""
        return self._labelled(self._columns.values(cells)[self.target])

    def _labelled(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        rows = np.flatnonzero(pd.notna(values))
        return rows, values[rows].astype(str) if self._known == "U" else values[rows]
