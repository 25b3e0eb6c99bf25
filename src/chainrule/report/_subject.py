"""What a report is about: a model, the rows of a table, and what the model predicts for them."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule._heard import heard
from chainrule.report._words import Unit
from chainrule.tables import (
    Cells,
    Column,
    ConstantClass,
    Description,
    HeldOut,
    NumberSpelling,
    TableModel,
    TableWarning,
    class_scores,
    number_scores,
    target_like,
)
from chainrule.tables._linear import linear_scores_across
from chainrule.tables._pipeline import Estimator, fitted_estimator, networks_of
from chainrule.tables._split import rows_held_out
from chainrule.tables.columns import is_text
from chainrule.tables.effects._changes import outputs_of
from chainrule.tables.effects._row import typical_row
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["Subject", "Which", "spread_rows", "unit_of"]

Array = NDArray[Any]
Which = Literal["held out", "all", "none"]

_MOST_DERIVED, _MOST_CELLS = 300, 20_000_000
_MOST_LINEAR = 20_000
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Subject:
    """A model beside the rows of a table.

    Attributes
    ----------
    model : TableModel
    X : DataFrame
        The columns that the model reads, of the rows that are scored; the index counts rows from 1.
    y : ndarray or None
        Their targets; None of a table without.
    which : {"held out", "all", "none"}
        Whether the rows are those that were held out when the model learned from this table; all rows that
        have a target; or all rows of a table without.
    n_table : int
        Rows of the table.
    notes : tuple of str
        What was noticed when the table was read.
    """

    model: TableModel
    X: pd.DataFrame
    y: Array | None
    which: Which
    n_table: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: TableModel, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> "Subject":
        """Read the table as the model does, and find the rows to score.

        Rows held out are told by their number, and by their scores, which the model file has: they are taken
        for such only if these are the same.

        Raises
        ------
        ValueError
            As `TableModel.features`; for a table without rows; for a model of several numbers a row.

        Warns
        -----
        TableWarning
            As `TableModel.features`.
        """
        cells = Cells.of(table)
        if not cells.n_rows:
            raise ValueError(f"{cells.origin} has no rows: a report needs at least one")
        with heard() as caught:
            X = model.features(cells, na)
            rows, y = _target(model, cells, na)
            whole = cls(model, X.iloc[rows], y, "none" if y is None else "all", cells.n_rows)
            predicted = whole.predictions  # table estimators say here which texts are new
        for each in caught:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        if whole.task == "regression" and predicted.ndim > 1:
            raise ValueError(
                f"a report is on one number or on classes; the model predicts {predicted.shape[1]} numbers"
            )
        notes = tuple(dict.fromkeys(str(each.message) for each in caught))
        return replace(whole._held_out() or whole, notes=notes)

    def _held_out(self) -> "Subject | None":
        """Return the rows that were held out, if the model has learned from this table."""
        known, description = self.description.held_out, self.description
        if self.y is None or known is None or known.rows + description.training.rows != len(self.y):
            return None
        rows = rows_held_out(self.y, self.task, known.rows, description.training.seed)
        part = replace(self, X=self.X.iloc[rows], y=self.y[rows], which="held out")
        with heard(TableWarning):  # said of the whole table already
            scores = part.scores
        same = all(
            np.isclose(scores[name], value, rtol=_SAME, atol=_SAME, equal_nan=True)
            for name, value in known.model.items()
        )
        return part if same else None

    @property
    def description(self) -> Description:
        """Of the model."""
        return self.model.description

    @property
    def task(self) -> Literal["regression", "classification"]:
        """What is predicted: numbers or classes."""
        return self.description.task

    @property
    def target(self) -> str:
        """Name of the column that is predicted."""
        return self.description.schema.target

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that it is predicted from."""
        return self.description.schema.columns

    @cached_property
    def fitted(self) -> Estimator:
        """The estimator in the model's pipeline."""
        return fitted_estimator(self.model.pipeline)

    @property
    def is_ensemble(self) -> bool:
        """Whether it is a table estimator, of one network or several."""
        return isinstance(self.fitted, TableClassifier | TableRegressor)

    @property
    def unit(self) -> Unit:
        """Of the target; of classes, probabilities have none."""
        if self.task == "classification":
            return Unit()
        spelling = self.description.schema.target_spelling
        return Unit(self.description.unit or unit_of(spelling).name)

    @cached_property
    def classes(self) -> Array:
        """Classes in the order of the probabilities."""
        return np.asarray(self.model.pipeline.classes_)

    @cached_property
    def predictions(self) -> Array:
        """Numbers (n,), or probabilities (n, n_classes), of the rows that are scored."""
        pipeline = self.model.pipeline
        found = pipeline.predict(self.X) if self.task == "regression" else pipeline.predict_proba(self.X)
        return np.asarray(found)

    @property
    def labels(self) -> Array:
        """The class that is predicted for each row."""
        return np.asarray(self.classes[self.predictions.argmax(axis=1)])

    @cached_property
    def scores(self) -> dict[str, float]:
        """Scores of the model."""
        assert self.y is not None
        if self.task == "regression":
            return number_scores(self.y, self.predictions)
        return class_scores(self.y, self.predictions, self.classes)

    @cached_property
    def beside(self) -> HeldOut:
        """The same beside the constant guess and the linear model; None where there is none."""
        assert self.y is not None
        constant = self.description.guess.scores(self.y)
        if self.which == "held out" and self.description.held_out is not None:
            linear = self.description.held_out.linear
        else:
            some = spread_rows(len(self.X), _MOST_LINEAR)
            linear = linear_scores_across(self.description.schema, self.task, self.X.iloc[some], self.y[some])
        return HeldOut(len(self.y), self.scores, constant, linear)

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The rows that derivatives are averaged over: at most 300, evenly from all; fewer of wide tables."""
        cells = networks_of(self.model.pipeline)[0].layer_sizes[0] * len(self.output_names)
        return self.X.iloc[spread_rows(len(self.X), max(20, min(_MOST_DERIVED, _MOST_CELLS // cells)))]

    @cached_property
    def typical(self) -> pd.DataFrame:
        """A row of medians and most frequent categories."""
        return typical_row(self.model.pipeline, self.X)

    def outputs(self, X: pd.DataFrame) -> Array:
        """Return what is differentiated: predictions, or probabilities (of two classes the second's)."""
        return outputs_of(self.model.pipeline, X)

    @cached_property
    def output_names(self) -> list[str]:
        """What each output is."""
        if self.task == "regression":
            return [self.target]
        return [f"probability of {label}" for label in self.classes[len(self.classes) == 2 :]]

    @cached_property
    def shown_outputs(self) -> list[int]:
        """Outputs that are shown: one, or the three classes that are most frequent where it was learned."""
        guess = self.description.guess
        if not isinstance(guess, ConstantClass) or len(self.output_names) == 1:
            return [0]
        return sorted(np.argsort(-np.array(guess.shares), kind="stable")[:3].tolist())


def _target(model: TableModel, cells: Cells, na: Iterable[str]) -> tuple[Array, Array | None]:
    """Return the rows that have a target, and the targets; None if no row has one."""
    schema = model.description.schema
    if schema.target not in cells.columns or _is_empty(cells.columns[schema.target]):
        return np.arange(cells.n_rows), None
    guess = model.description.guess
    classes = np.array(guess.classes) if isinstance(guess, ConstantClass) else None
    return target_like(cells, schema.target, classes, na, schema.target_mark())


def _is_empty(column: pa.ChunkedArray) -> bool:
    """Return whether no cell of a column has a value."""
    present = column.drop_null()
    return not len(present) or (is_text(present.type) and pc.all(pc.equal(present, "")).as_py())


def spread_rows(n: int, most: int) -> NDArray[np.intp]:
    """Return at most so many of n rows, evenly."""
    return np.linspace(0, n - 1, min(n, most)).astype(np.intp)


def unit_of(spelling: object) -> Unit:
    """Return the unit that numbers were written with."""
    if not isinstance(spelling, NumberSpelling) or spelling.power:
        return Unit()
    return Unit((spelling.prefix + spelling.suffix).strip())
