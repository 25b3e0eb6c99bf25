"""The target of a table that is read in pieces."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._target import (
    Task,
    check_cells,
    check_spread,
    guess_of,
    labels_of,
    no_numbers,
    say_dropped,
    say_unusual_classes,
    say_unusual_number,
)
from chainrule.tables.columns import KnownColumns, NumberSpelling, ReadColumn, read_texts
from chainrule.tables.leaves._seen import NumbersInPieces, TextsInPieces

__all__ = ["PiecesOfTarget"]

MOST_CLASSES = 10_000


class PiecesOfTarget:
    """Finds out what a target is, and reads it.

    `add` all pieces; then `decide`, and `values` returns the target of any piece.

    Parameters
    ----------
    name : str
    task : {"regression", "classification"} or None
        None: it is guessed.
    columns : KnownColumns
        Reads the cells.

    Attributes
    ----------
    task : {"regression", "classification"}
    why : str
    n : int
        Rows that have a target.
    counts : dict of label to int
        Of a classification: how many rows have each label, in the labels' order.
    column : ReadColumn
    """

    def __init__(self, name: str, task: Task | None, columns: KnownColumns) -> None:
        self.name, self._asked, self._columns = name, task, columns
        self.task: Task = task or "regression"
        self.why = "asked for"
        self.n = 0
        self.counts: dict[Any, int] = {}
        self.begin()

    def begin(self) -> None:
        """Forget what was added."""
        self._numbers = NumbersInPieces(repeated=True)
        self._texts = TextsInPieces(MOST_CLASSES)
        self._labels: dict[Any, int] | None = {} if self._asked != "regression" else None
        self._first: Any = None

    def add(self, cells: Cells, values: NDArray[Any], row: int) -> None:
        """Add a piece of the table with `row` rows before it, and the values of the target in it."""
        if values.dtype == object:
            self._texts.add(values, row)
            return
        written = self._columns.written(self.name, cells)
        stored = cells.columns[self.name]
        whole = pa.types.is_integer(stored.type)
        self._numbers.add(values, row, lambda: stored.fill_null(0).to_numpy() if whole else None)
        present = ~np.isnan(values)
        if self._first is None and present.any():
            self._first = values[int(present.argmax())]
        if self._labels is None:
            return
        if written is None and not whole:
            labels = values[present]
        else:
            labels = self._labels_in(cells, values, written, None)[present]
        for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
            self._labels[label.item()] = self._labels.get(label.item(), 0) + int(count)
        if len(self._labels) > MOST_CLASSES:
            self._labels = None

    def decide(self, column: ReadColumn, holds: str | None) -> ReadColumn:
        """Decide the task; return how the target is read.

        Raises
        ------
        ValueError
            It cannot be learned; names column and row.
        """
        check_cells(column, holds, self._asked)
        self._kind, self._whole = column.kind, self._numbers.whole and not self._is_beyond_floats()
        seen = self._texts if column.kind == "text" else self._numbers
        self.n = seen.n - seen.n_missing
        say_dropped(column, seen.n, self.n)
        different = self._texts.n_different if column.kind == "text" else self._numbers.n_numbers
        if self._asked is None:
            self.task, self.why = guess_of(column.kind, self.n, different, self._numbers.whole)
        if self.task == "regression":
            if column.kind == "text":
                row, word = cast(tuple[int, str], self._texts.first)
                raise no_numbers(self.name, word, row)
            self._numbers.check_sizes(self.name)
            check_spread(self.name, self.n, different, self._first, self.task)
            say_unusual_number(self.name, self._numbers.extremes)
        else:
            self._decide_classes(column, different)
        column = column if not self.n else _counted(column, seen.n_missing, different)
        spelling = column.spelling if isinstance(column.spelling, NumberSpelling) else None
        self.spelling = spelling
        return column

    def _is_beyond_floats(self) -> bool:
        ends = self._numbers.extremes.numbers
        return bool(len(ends) and max(-ends[0], ends[-1]) >= 2**53)

    def _decide_classes(self, column: ReadColumn, different: int) -> None:
        counts = self._texts.words.counts if column.kind == "text" else self._labels
        if counts is None:
            check_spread(self.name, self.n, different, "", self.task)
            raise ValueError(
                f"the target {self.name!r} has {different:,} different values; at most {MOST_CLASSES:,} "
                "classes can be learned"
            )
        labels = np.array(list(counts))
        if column.kind != "text" and labels.dtype.kind == "f":
            labels = self._of_floats(labels)
        order = np.argsort(labels, kind="stable")
        found = list(counts.values())
        self.counts = {labels[at].item(): found[at] for at in order.tolist()}
        self._dtype = labels.dtype
        check_spread(self.name, self.n, len(self.counts), next(iter(self.counts)), self.task)
        if labels.dtype.kind == "U":
            say_unusual_classes(self.name, self.counts)

    def _of_floats(self, values: NDArray[np.float64]) -> NDArray[Any]:
        if self._kind == "boolean":
            return values.astype(bool)
        cells = pa.chunked_array([values])
        return labels_of(cells, ReadColumn(self.name, self._kind, values), self._whole)

    def _labels_in(
        self, cells: Cells, values: NDArray[Any], written: pa.ChunkedArray | None, whole: bool | None
    ) -> NDArray[Any]:
        if written is not None:
            texts = read_texts(written).values()
            return np.where(pd.notna(values), texts, "").astype(str)
        column = ReadColumn(self.name, "number", values)
        return labels_of(cells.columns[self.name], column, whole)

    @property
    def classes(self) -> NDArray[Any] | None:
        """The labels of a classification."""
        return None if self.task == "regression" else np.array(list(self.counts), dtype=self._dtype)

    def values(self, cells: Cells, values: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[Any]]:
        """Return which rows of a piece have a target, and the target in these."""
        present: NDArray[np.bool_] = pd.notna(values)
        if self.task == "regression":
            return present, values[present]
        if self._kind == "text":
            return present, values[present].astype(str)
        written = self._columns.written(self.name, cells)
        if written is None and self._kind == "boolean":
            return present, values[present].astype(bool)
        return present, self._labels_in(cells, values, written, self._whole)[present]


def _counted(column: ReadColumn, n_missing: int, different: int) -> ReadColumn:
    return replace(column, n_missing=n_missing, n_different=different)
