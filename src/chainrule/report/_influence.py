"""How much each column moves the prediction: derivatives by numbers, differences of categories, in units.

Derivatives are exact, by the chain rule through the whole pipeline, and averaged over a sample of the rows.
Columns are ranked by how much the prediction for a row varies as this column alone takes the values that it
has in other rows: √(mean over rows of the variance over values), a standard deviation in units of the output.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.report._subject import Subject, spread_rows, unit_of
from chainrule.tables import Column
from chainrule.tables.derivatives import PipelineJacobian
from chainrule.tables.effects._changes import derivatives_of, with_changes
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["Difference", "Influence", "influences"]

Array = NDArray[Any]

_CATEGORIES = ("text", "boolean")
_MOST_CATEGORIES = 8
_MOST_PREDICTED = 5_000
"""Rows of all columns together, each of which is predicted for every value."""
_MOST_CELLS = 4_000_000
"""Cells of the tables that are predicted at a time."""
_VALUES = 9


@dataclass(frozen=True, eq=False)
class Influence:
    """How one column moves each output.

    Attributes
    ----------
    column : Column
    per : str
        What the derivative is for: "day", "hour", a unit, or nothing for one of the column's own.
    effect : ndarray of shape (n_outputs,)
        Standard deviation of the prediction for a row as the column takes the values of other rows.
    mean, mean_absolute, spread_rows : ndarray of shape (n_outputs,) or None
        Of the derivative: averages, and its standard deviation over the rows. None of categories.
    spread_members : ndarray of shape (n_outputs,) or None
        Standard deviation over the members of an ensemble of their means.
    typical : str
        Of categories: the one that the others are compared with.
    differences : tuple of Difference
    """

    column: Column
    per: str
    effect: Array
    mean: Array | None = None
    mean_absolute: Array | None = None
    spread_rows: Array | None = None
    spread_members: Array | None = None
    typical: str = ""
    differences: "tuple[Difference, ...]" = ()


@dataclass(frozen=True, eq=False)
class Difference:
    """Mean change of each output where a category stands in place of the typical one, and its spread."""

    category: str
    n_rows: int
    mean: Array
    spread_rows: Array


def influences(subject: Subject) -> list[Influence]:
    """Return all columns, the largest effect on any output first."""
    J = derivatives_of(subject.model.pipeline, subject.sample)
    spread = _spread_over_members(subject)
    most = max(20, min(100, _MOST_PREDICTED // len(subject.columns)))
    rows = subject.sample.iloc[spread_rows(len(subject.sample), most)]
    tried = [_cells_to_try(subject, column) for column in subject.columns]
    predicted = iter(_with_each(subject, rows, [cells for each in tried for cells in each]))
    found = []
    for column, each in zip(subject.columns, tried, strict=True):
        Y = np.array([next(predicted) for _ in each]).reshape(len(each), len(rows), len(subject.output_names))
        if column.kind in _CATEGORIES:
            found.append(_of_categories(subject, column, each, Y))
        else:
            found.append(_of_numbers(subject, column, Y, J, spread))
    sizes = [float(np.max(each.effect)) for each in found]
    return [found[place] for place in np.argsort(-np.array(sizes), kind="stable")]


def _spread_over_members(subject: Subject) -> dict[str, Array]:
    """Return how much the members' mean derivatives differ, by column."""
    fitted = subject.fitted
    if not isinstance(fitted, TableClassifier | TableRegressor) or len(fitted.members_) < 2:
        return {}
    found = fitted.sensitivities(subject.sample)
    assert found.spread is not None
    return dict(zip(found.features, found.spread.T, strict=True))


def _cells_to_try(subject: Subject, column: Column) -> list[dict[str, Any]]:
    """Return the values that a column takes in all rows: of categories the typical one first."""
    if column.kind in _CATEGORIES:
        return [{column.name: category} for category in _categories(subject, column)]
    # Values from all over the column, each with the same number of rows around it.
    present = subject.X[list(column.inputs)].dropna().sort_values(list(column.inputs))
    places = ((np.arange(_VALUES) + 0.5) / _VALUES * len(present)).astype(int)
    return present.iloc[places].to_dict("records") if len(present) else []  # type: ignore[return-value]


def _categories(subject: Subject, column: Column) -> list[Any]:
    """Return the typical category, and the most frequent others."""
    if column.kind == "boolean":
        return [0.0, 1.0]
    counts = subject.X[column.name].dropna().value_counts()
    # Value counts leave open which of equals comes first.
    ordered = sorted(counts.index, key=lambda name: (-counts[name], name))
    usual = subject.typical[column.name].iloc[0]
    if pd.isna(usual) and not ordered:
        return []
    first = ordered[0] if pd.isna(usual) else usual
    return [first, *[name for name in ordered if name != first][:_MOST_CATEGORIES]]


def _with_each(subject: Subject, rows: pd.DataFrame, cells: list[dict[str, Any]]) -> Iterator[Array]:
    """Yield what is predicted for all rows (n_rows, p) with the same cells, for each of them."""
    step = max(1, _MOST_CELLS // rows.size)
    for first in range(0, len(cells), step):
        some = cells[first : first + step]
        yield from subject.outputs(with_changes(rows, some)).reshape(len(some), len(rows), -1)


def _of_numbers(
    subject: Subject, column: Column, Y: Array, J: PipelineJacobian, spread: dict[str, Array]
) -> Influence:
    if column.kind == "time":
        D, per = _by_hour(subject, column, J), "hour"
    else:
        D = J.values[:, :, J.columns.index(column.name)]
        per = "day" if column.kind == "date" else unit_of(column.spelling).name
    effect = _variation(Y) if len(Y) else np.zeros(D.shape[1])
    means = D.mean(axis=0), np.abs(D).mean(axis=0), D.std(axis=0)
    return Influence(column, per, effect, *means, spread.get(column.name))


def _variation(Y: Array, weights: Array | None = None) -> Array:
    """Return √(mean over rows of the variance over cells) of predictions (n_cells, n_rows, p)."""
    w = np.full(len(Y), 1 / len(Y)) if weights is None else weights / weights.sum()
    mean = np.einsum("k,knp->np", w, Y)
    return np.asarray(np.sqrt(np.einsum("k,knp->np", w, (Y - mean) ** 2).mean(axis=0)))


def _by_hour(subject: Subject, column: Column, J: PipelineJacobian) -> Array:
    """Return the derivative by a time of day, which is a point (sin θ, cos θ) on a circle.

    By the chain rule ∂F/∂θ = ∂F/∂sin θ · cos θ - ∂F/∂cos θ · sin θ; an hour is 2π / 24 of θ.
    """
    sine, cosine = (np.nan_to_num(subject.sample[name].to_numpy(dtype=float)) for name in column.inputs)
    by_sine, by_cosine = (J.values[:, :, J.columns.index(name)] for name in column.inputs)
    return np.asarray((by_sine * cosine[:, None] - by_cosine * sine[:, None]) * 2 * np.pi / 24)


def _of_categories(subject: Subject, column: Column, cells: list[dict[str, Any]], Y: Array) -> Influence:
    """Return exact differences: all rows with one category, minus all with the typical one."""
    if len(cells) < 2:
        return Influence(column, "", np.zeros(len(subject.output_names)))
    usual, *others = (each[column.name] for each in cells)
    counts = subject.X[column.name].value_counts()
    differences = tuple(
        Difference(_said(column, name), int(counts.get(name, 0)), change.mean(axis=0), change.std(axis=0))
        for name, change in zip(others, Y[1:] - Y[0], strict=True)
    )
    weights = np.array([counts.get(name, 0) for name in (usual, *others)], dtype=float)
    effect = _variation(Y, weights if weights.any() else None)
    return Influence(column, "", effect, typical=_said(column, usual), differences=differences)


def _said(column: Column, category: Any) -> str:
    return ("yes" if category else "no") if column.kind == "boolean" else str(category)
