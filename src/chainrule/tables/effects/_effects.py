"""How a prediction depends on each column of a table, in units of the data, over the rows of the table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule.network import as_index
from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.derivatives import jacobian
from chainrule.tables.derivatives._columns import filled
from chainrule.tables.derivatives._prediction import predicted
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["CategoryEffect", "ColumnEffect", "Effects", "effects_of"]

Array = NDArray[Any]

MOST_CATEGORIES = 12


@dataclass(frozen=True)
class CategoryEffect:
    """Exact difference of the prediction where a cell is switched from the most frequent category to another.

    Parameters
    ----------
    category : str
    rows : int
        Rows that have it.
    difference : float
        Mean over all rows, in units of the output; 0 for the most frequent one itself.
    spread : float or None
        Standard deviation of the mean over the members of an ensemble.
    """

    category: str
    rows: int
    difference: float
    spread: float | None


@dataclass(frozen=True)
class ColumnEffect:
    """How an output depends on a column.

    Parameters
    ----------
    column : str
    mean, mean_absolute : float or None
        Of ∂output/∂column over the rows, in units of the output for one unit of the column; None for text.
    spread : float or None
        Standard deviation of `mean` over the members of an ensemble.
    effect : float
        How far the prediction moves, in units of the output, with a usual change of the column: the mean
        absolute derivative times the column's standard deviation; of categories the standard deviation of the
        prediction as the cell takes each of them with its share of the rows, averaged over the rows.
    categories : tuple of CategoryEffect
        The most frequent first; at most 12.
    """

    column: str
    mean: float | None
    mean_absolute: float | None
    spread: float | None
    effect: float
    categories: tuple[CategoryEffect, ...] = ()


@dataclass(frozen=True)
class Effects:
    """Effects of all columns on each output.

    Parameters
    ----------
    rows : int
        Rows that are averaged over.
    columns : dict of str to tuple of ColumnEffect
        By output: the target of a regression; the second of two classes, each of more. The largest effect
        comes first.
    """

    rows: int
    columns: dict[str, tuple[ColumnEffect, ...]]


def effects_of(pipeline: Pipeline, X: pd.DataFrame, target: str = "y", most_rows: int = 2000) -> Effects:
    """Return how what a fitted pipeline predicts depends on each column.

    Derivatives of numbers are exact, and so are differences of categories.

    Parameters
    ----------
    pipeline : Pipeline
        Made by `table_pipeline` and fitted.
    X : DataFrame
        As `Schema.features` returns it.
    target : str, default="y"
        Name of the output of a regression.
    most_rows : int, default=2000
        Rows that are averaged over, taken evenly from the table.

    Returns
    -------
    Effects

    Raises
    ------
    TypeError
        ``most_rows`` is no integer.
    ValueError
        The table has no rows, or none are to be averaged over.
    """
    if not len(X):
        raise ValueError("the table has no rows to average over")
    if as_index(most_rows, "most_rows") < 1:
        raise ValueError(f"most_rows must be 1 or more, got {most_rows}")
    X = X.iloc[np.linspace(0, len(X) - 1, min(most_rows, len(X))).astype(int)]
    by_output: dict[str, list[ColumnEffect]] = {}
    for effects in (_of_numbers(pipeline, X), *(_of_text(pipeline, X, name) for name in _texts(X))):
        for output, found in effects.items():
            by_output.setdefault(output, []).extend(found)
    outputs = _named(pipeline, list(by_output), target)
    ranked = {
        outputs[output]: tuple(sorted(found, key=lambda each: -each.effect))
        for output, found in by_output.items()
        if output in outputs
    }
    return Effects(len(X), ranked)


def _named(pipeline: Pipeline, outputs: list[str], target: str) -> dict[str, str]:
    """Return names for outputs; of two classes the second says all."""
    if not hasattr(pipeline, "classes_"):
        return {outputs[0]: target}
    chosen = outputs[1:] if len(outputs) == 2 else outputs
    return {output: output for output in chosen}


def _texts(X: pd.DataFrame) -> list[str]:
    return [str(name) for name in X if X[name].dtype.kind not in "fiub"]


def _of_numbers(pipeline: Pipeline, X: pd.DataFrame) -> dict[str, list[ColumnEffect]]:
    fitted = fitted_estimator(pipeline)
    ours = isinstance(fitted, TableClassifier | TableRegressor)
    found = fitted.sensitivities(X) if ours else jacobian(pipeline, X).sensitivities()
    usual = {
        str(name): float(np.nanstd(X[name])) if X[name].notna().any() else 0.0 for name in found.features
    }
    return {
        output: [
            ColumnEffect(
                name,
                float(found.mean[i, j]),
                float(found.mean_absolute[i, j]),
                None if found.spread is None else float(found.spread[i, j]),
                float(found.mean_absolute[i, j]) * usual[name],
            )
            for j, name in enumerate(found.features)
        ]
        for i, output in enumerate(found.outputs)
    }


def _of_text(pipeline: Pipeline, X: pd.DataFrame, name: str) -> dict[str, list[ColumnEffect]]:
    counts = X[name].value_counts().iloc[:MOST_CATEGORIES]
    outputs = predicted(pipeline, X.iloc[:1]).outputs
    if not len(counts):
        return {output: [ColumnEffect(name, None, None, None, 0.0)] for output in outputs}
    place = list(X).index(name)
    switched = [_predictions(pipeline, filled(X, place, category)) for category in counts.index]
    whole = np.stack([each.mean(axis=0) for each in switched])  # (categories, rows, outputs)
    members = np.stack([each.mean(axis=1) for each in switched])  # (categories, members, outputs)
    shares = counts.to_numpy() / counts.sum()
    centre = np.tensordot(shares, whole, 1)
    effect = np.sqrt(np.tensordot(shares, (whole - centre) ** 2, 1)).mean(axis=0)
    difference = (whole - whole[0]).mean(axis=1)
    spread = (members - members[0]).std(axis=1) if members.shape[1] > 1 else None
    return {
        output: [
            ColumnEffect(
                name, None, None, None, float(effect[i]),
                tuple(
                    CategoryEffect(
                        str(category), int(rows), float(difference[k, i]),
                        None if spread is None else float(spread[k, i]),
                    )
                    for k, (category, rows) in enumerate(counts.items())
                ),
            )
        ]
        for i, output in enumerate(outputs)
    }  # fmt: skip


def _predictions(pipeline: Pipeline, X: pd.DataFrame) -> Array:
    """Return predictions (members, rows, outputs); of a single network there is one member."""
    fitted = fitted_estimator(pipeline)
    every = slice(None)
    if isinstance(fitted, TableClassifier | TableRegressor):
        numbers = range(len(fitted.members_))
        return np.stack([fitted.column_prediction(X, number).values(every) for number in numbers])
    return predicted(pipeline, X).values(every)[None]
