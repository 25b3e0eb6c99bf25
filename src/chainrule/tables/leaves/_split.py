"""Rows to learn from and rows held out, of a table read in pieces, and what a pipeline learns of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from chainrule.tables._cells import Cells
from chainrule.tables._quantile_search import QuantileSearch
from chainrule.tables._reports import ColumnReport
from chainrule.tables._schema import Schema
from chainrule.tables._scores import ConstantClass, ConstantGuess, ConstantNumber
from chainrule.tables._split import check_row_count, check_split
from chainrule.tables._target import Task
from chainrule.tables._wishes import Wishes
from chainrule.tables.leaves._facts import MOST_CATEGORIES_COUNTED, NumberFacts, TextFacts
from chainrule.tables.leaves._files import LeafTable
from chainrule.tables.leaves._fitted import fitted_columns, fitted_scaler
from chainrule.tables.leaves._held_out import held_out
from chainrule.tables.leaves._survey import Survey, Watch, survey

__all__ = ["Part", "SplitLeaves", "split_leaves"]


@dataclass(frozen=True)
class Part:
    """Rows of a piece of a table that have a target.

    Parameters
    ----------
    rows : ndarray of int
        Their numbers in the table, from 0.
    values : dict of str to ndarray
        The columns that are learned from.
    y : ndarray
    is_held_out : ndarray of bool
    """

    rows: NDArray[np.int64]
    values: dict[str, NDArray[Any]]
    y: NDArray[Any]
    is_held_out: NDArray[np.bool_]

    def some(self, which: NDArray[np.bool_]) -> "Part":
        """Return some of the rows."""
        values = {name: each[which] for name, each in self.values.items()}
        return Part(self.rows[which], values, self.y[which], self.is_held_out[which])

    def to_learn_from(self) -> "Part":
        """Return the rows that are not held out."""
        return self.some(~self.is_held_out)


@dataclass(frozen=True)
class SplitLeaves:
    """A table that need not fit in memory, prepared by `split_leaves`.

    Parameters
    ----------
    table : LeafTable
    survey : Survey
        How it is read.
    test_size : float
    seed : int
    learned, held_out : ndarray of int
        How many rows of each group are learned from, and held out.
    columns : ColumnTransformer
        Fitted to the rows to learn from.
    scaler : StandardScaler, optional
        Of the target of a regression, fitted.
    guess : ConstantNumber or ConstantClass
        The best guess without the columns.
    class_sizes : dict
        Of a classification: how many rows of each class are learned from.
    """

    table: LeafTable
    survey: Survey
    test_size: float
    seed: int
    learned: NDArray[np.int64]
    held_out: NDArray[np.int64]
    columns: ColumnTransformer
    scaler: StandardScaler | None
    guess: ConstantGuess
    class_sizes: dict[Any, float]

    @property
    def schema(self) -> Schema:
        """The columns that are learned from."""
        return self.survey.schema

    @property
    def task(self) -> Task:
        """Regression or classification."""
        return self.survey.target.task

    @property
    def why(self) -> str:
        """Reason for the guess of the task."""
        return self.survey.target.why

    @property
    def reports(self) -> tuple[ColumnReport, ...]:
        """How each column is read."""
        return self.survey.reports

    @property
    def n_train(self) -> int:
        """Number of rows to learn from."""
        return int(self.learned.sum())

    @property
    def n_test(self) -> int:
        """Number of rows held out."""
        return int(self.held_out.sum())

    def part(self, cells: Cells, row: int) -> Part:
        """Return what is needed of a piece with `row` rows before it."""
        return _part(self.survey, cells, row, self.test_size, self.seed)


def _part(survey: Survey, cells: Cells, row: int, test_size: float, seed: int) -> Part:
    values = survey.columns.values(cells, survey.needed)
    target = survey.target
    present, y = target.values(cells, values.pop(target.name))
    rows = row + np.flatnonzero(present)
    out = held_out(rows, test_size, seed)
    if out.any() and (single := [label for label, count in target.counts.items() if count < 2]):
        out &= ~np.isin(y, np.array(single, dtype=y.dtype))
    if not present.all():
        values = {name: each[present] for name, each in values.items()}
    return Part(rows, values, y, out)


def split_leaves(
    table: LeafTable,
    target: str,
    *,
    task: Task | None = None,
    test_size: float = 0.2,
    seed: int = 0,
    wishes: Wishes | None = None,
    max_distinct: int = MOST_CATEGORIES_COUNTED,
    watch: Watch = lambda what, rows: None,
) -> SplitLeaves:
    """Prepare a table to learn its column `target`, as `split_table` does, without holding it in memory.

    It is read a few times: to decide how, to learn what the pipeline needs, and for the medians.

    Parameters
    ----------
    table : LeafTable
    target, task, wishes
        As `split_table`.
    test_size : float
        About this fraction of the rows is held out: each is by a hash of the seed and its place in the table.
        Of a class that has one row, that is learned from.
    seed : int
    max_distinct : int
        Different texts that a column may have.
    watch : callable
        Called with what is done, and the number of rows that have been read for it.

    Raises
    ------
    OSError, ValueError
        The table cannot be read, or not be learned from; names file, column and row.
    """
    check_split(task, test_size)
    found = survey(table, target, task=task, wishes=wishes, max_distinct=max_distinct, watch=watch)
    learning = _Learning(found, [group.row for group in table.groups], max_distinct)
    more = True
    while more:
        for cells, row in table.read(found.needed):
            learning.add(_part(found, cells, row, test_size, seed))
            watch("medians" if learning.again else "means, scales and categories", row + cells.n_rows)
        if not learning.again:
            check_row_count(found.target.n, int(learning.held_out.sum()), test_size > 0)
        more = learning.settle()
    return SplitLeaves(
        table,
        found,
        test_size,
        seed,
        learning.learned,
        learning.held_out,
        learning.columns(),
        learning.scaler(),
        learning.guess(),
        {label: float(count) for label, count in learning.y_counts.items()},
    )


@dataclass
class _Learning:
    """What is learned of the rows that are not held out; in the first reading all, then only medians."""

    survey: Survey
    firsts: list[int]
    most: int
    again: bool = False
    y_facts: NumberFacts = field(default_factory=NumberFacts)
    y_counts: Counter[Any] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        schema = self.survey.schema
        numbers = schema.inputs("number", "boolean", "date", "time")
        self.numbers = {name: NumberFacts() for name in numbers}
        self.texts = {name: TextFacts(self.most) for name in schema.inputs("text")}
        self.medians = {name: QuantileSearch() for name in numbers}
        self.y_median = QuantileSearch()
        self.learned = np.zeros(len(self.firsts), dtype=np.int64)
        self.held_out = np.zeros(len(self.firsts), dtype=np.int64)

    def add(self, part: Part) -> None:
        """Add the rows of a piece."""
        learned = part.to_learn_from()
        if not self.again:
            self._count(part)
            self._add_target(learned.y)
        elif self.survey.target.task == "regression":
            self.y_median.add(learned.y)
        for name, values in self._inputs(learned):
            if values.dtype != object:
                self.medians[name].add(values)
            if self.again:
                continue
            if values.dtype == object:
                self.texts[name].add(values)
            else:
                self.numbers[name].add(values)

    def _inputs(self, part: Part) -> Iterator[tuple[str, NDArray[Any]]]:
        for column in self.survey.schema.columns:
            yield from column.features(part.values[column.name]).items()

    def _count(self, part: Part) -> None:
        groups = np.searchsorted(self.firsts, part.rows, side="right") - 1
        self.held_out += np.bincount(groups[part.is_held_out], minlength=len(self.firsts))
        self.learned += np.bincount(groups[~part.is_held_out], minlength=len(self.firsts))

    def _add_target(self, y: NDArray[Any]) -> None:
        if self.survey.target.task == "regression":
            self.y_facts.add(y)
            self.y_median.add(y)
            return
        labels, counts = np.unique(y, return_counts=True)
        self.y_counts.update(dict(zip(labels.tolist(), counts.tolist(), strict=True)))

    def settle(self) -> bool:
        """Return whether the rows must be added again."""
        self.again = True
        return any([search.settle() for search in (*self.medians.values(), self.y_median)])

    def columns(self) -> ColumnTransformer:
        """Return the fitted columns step."""
        numbers = {
            name: (facts, float(self.medians[name].quantiles[0])) for name, facts in self.numbers.items()
        }
        texts = {
            name: (dict(facts.words.counts or {}), facts.n_missing) for name, facts in self.texts.items()
        }
        return fitted_columns(self.survey.schema, numbers, texts)

    def scaler(self) -> StandardScaler | None:
        """Return the fitted scaler of the target."""
        return fitted_scaler(self.y_facts) if self.survey.target.task == "regression" else None

    def guess(self) -> ConstantGuess:
        """Return the best guess without the columns."""
        if self.survey.target.task == "regression":
            return ConstantNumber(self.y_facts.mean(), float(self.y_median.quantiles[0]))
        labels = [label for label in self.survey.target.counts if self.y_counts[label]]
        total = self.y_counts.total()
        return ConstantClass(tuple(labels), tuple(self.y_counts[label] / total for label in labels))
