"""Scores of data on a cluster: by partitions, whose sums are added in the tree."""

import warnings
from collections.abc import Sequence
from typing import Any

import dask
import numpy as np
from dask.delayed import Delayed
from distributed import Client
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_array

from chainrule.dask._pinball import Answers, pinball_score
from chainrule.dask._plan import Partition
from chainrule.dask._refused import calling, refusing
from chainrule.dask._rows import Rows
from chainrule.dask._sums import added, answers_of
from chainrule.estimators._group_scores import r2_of_sums
from chainrule.estimators._quantiles import a_column_for_each

__all__ = ["score"]

Array = NDArray[Any]


async def score(client: Client, model: Any, partitions: Sequence[Partition]) -> float:
    """Return what `score` of the plain estimator does: R², the share of right classes, or of pinball loss."""
    if hasattr(model, "predict_proba"):
        total, right = await _total(client, partitions, _right, model)
        return float(right / total)
    if getattr(model, "loss", None) == "quantile":
        return await pinball_score(client, model._levels(), _asked(partitions, _kept, model))
    n, total, *sums = await _total(client, partitions, _targets, model)
    if n < 2:
        warnings.warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning, 4)
        return float("nan")
    return r2_of_sums(await _total(client, partitions, _residuals, model, np.array(sums) / total))


async def _total(
    client: Client, partitions: Sequence[Partition], sums: Any, model: Any, *given: Any
) -> Array:
    """Return what sums over partitions come to together."""
    tasks = _asked(partitions, sums, model, *given)
    return added(await answers_of(client, tasks))


def _asked(partitions: Sequence[Partition], sums: Any, model: Any, *given: Any) -> list[Delayed]:
    """Return what asks each partition."""
    model = dask.delayed(model, pure=False, traverse=False)
    ask = dask.delayed(sums, pure=False, traverse=False)
    return [ask(model, each.rows, each.name or f"partition {n}", *given) for n, each in enumerate(partitions)]


@refusing
def _kept(model: Any, rows: Rows, name: str) -> Answers:
    """What a score of quantiles is made of: targets, outputs and weights."""
    y, w = _checked(rows, name, numbers=True)
    if not len(y):
        return Answers(np.empty((0, 1)), np.empty((0, 1)), w)
    outputs = _predicted(model, rows, name).reshape(len(y), -1)
    return Answers(a_column_for_each(model._levels(), y), outputs.astype(np.float64), w)


@refusing
def _right(model: Any, rows: Rows, name: str) -> Array:
    """Σ w, Σ w [the class is the right one] (2,)."""
    y, w = _checked(rows, name, numbers=False)
    if not len(y):
        return np.empty(0)
    right = _predicted(model, rows, name) == y
    return np.array([w.sum(), w @ (right.all(axis=1) if right.ndim == 2 else right)])


@refusing
def _targets(model: Any, rows: Rows, name: str) -> Array:
    """How many there are, Σ w, and of each target Σ w y (2 + p,)."""
    y, w = _checked(rows, name, numbers=True)
    return np.array([len(y), w.sum(), *(w @ y)]) if len(y) else np.empty(0)


@refusing
def _residuals(model: Any, rows: Rows, name: str, centre: Array) -> Array:
    """Σ w, and of each target Σ w (y − c), Σ w (y − c)², Σ w (y − F)² (1 + 3 p,)."""
    y, w = _checked(rows, name, numbers=True)
    if not len(y):
        return np.empty(0)
    errors = y - _predicted(model, rows, name).reshape(y.shape)
    return np.concatenate([[w.sum()], w @ (y - centre), w @ (y - centre) ** 2, w @ errors**2])


def _predicted(model: Any, rows: Rows, name: str) -> Array:
    with calling(name):
        predicted: Array = model.predict(rows.X)
    return predicted


def _checked(rows: Rows, name: str, numbers: bool) -> tuple[Array, Array]:
    """Return targets, numbers as columns, and weights, which are one each where none are given."""
    y = np.asarray(rows.y)
    if numbers and len(y):
        with calling(name):
            y = check_array(y.reshape(len(y), -1), dtype=np.float64, input_name="y")
    elif y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    w = np.ones(len(y)) if rows.weights is None else np.asarray(rows.weights, dtype=np.float64)
    if len(y) != rows.X.shape[0] or len(w) != len(y):
        raise ValueError(
            f"{name} of X has {rows.X.shape[0]} rows, that of y {len(y)}, and there are {len(w)} weights"
        )
    return y, w
