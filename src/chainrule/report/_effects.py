"""Section: partial effects. The mean prediction as one column takes each value, and its derivative."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.report._axes import Axis, round_steps
from chainrule.report._cells import LONGEST, value_of
from chainrule.report._charts import Curve, Numbers, curves, figure, key
from chainrule.report._html import Markup, joined, tag
from chainrule.report._influence import Influence
from chainrule.report._subject import Subject, spread_rows, unit_of
from chainrule.report._words import cut, number, signed
from chainrule.tables import Column
from chainrule.tables.effects._changes import derivatives_of, with_changes
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["Effect", "effect_of", "effects"]

Array = NDArray[Any]

_MOST_COLUMNS, _POINTS, _MOST_ROWS = 4, 40, 100
_SMOOTH = 0.25
"""Half-width of the windows that derivatives of ensembles are averaged over, in distances of quartiles."""


@dataclass(frozen=True, eq=False)
class Effect:
    """Mean prediction and mean derivative at each value of a column, of each network.

    Attributes
    ----------
    grid : ndarray of shape (n_points,)
    values, slopes : ndarray of shape (n_outputs, n_members, n_points)
    """

    grid: Array
    values: Array
    slopes: Array


def effects(subject: Subject, ranked: Sequence[Influence]) -> Markup | None:
    """Return the effects of the numbers that move the prediction most."""
    chosen = [one.column for one in ranked if one.column.kind in ("number", "date")]
    chosen = [column for column in chosen if _varies(subject, column)][:_MOST_COLUMNS]
    if not chosen:
        return None
    smooth = (
        " The derivative is averaged, exactly, over a window of a quarter of the distance of the "
        "quartiles to either side: the encoding of numbers has kinks, at which it jumps."
        if subject.is_ensemble
        else ""
    )
    words = (
        f"Above, the mean prediction over {min(_MOST_ROWS, len(subject.sample))} rows as the column takes "
        "each value from its 1st to its 99th percentile, all else being as it is; below, the derivative "
        f"of it.{smooth}"
    )
    charts = [_figure(subject, column) for column in chosen]
    return joined(tag("p", words), tag("div", charts, class_="charts"))


def _varies(subject: Subject, column: Column) -> bool:
    low, high = _ends(subject, column)
    return bool(high > low)


def _ends(subject: Subject, column: Column) -> tuple[float, float]:
    present = subject.sample[column.name].dropna().to_numpy(dtype=float)
    low, high = np.quantile(present, [0.01, 0.99]).tolist() if len(present) else (0.0, 0.0)
    return low, high


def effect_of(subject: Subject, column: Column) -> Effect:
    """Return the effect of a column of numbers on the outputs that are shown."""
    rows = subject.sample.iloc[spread_rows(len(subject.sample), _MOST_ROWS)]
    fitted = subject.fitted
    if isinstance(fitted, TableClassifier | TableRegressor):
        settings = {"n_points": _POINTS, "most_rows": _MOST_ROWS}
        found = [
            fitted.effect_of(subject.sample, column.name, output=output, smooth=_SMOOTH, **settings)
            for output in subject.shown_outputs
        ]
        values, slopes = (np.array([each[place] for each in found]) for place in (1, 2))
        return Effect(found[0][0], values, slopes)
    grid = np.linspace(*_ends(subject, column), _POINTS)
    moved = with_changes(rows, [{column.name: value} for value in grid])
    J = derivatives_of(subject.model.pipeline, moved)
    slopes = J.values[:, :, J.columns.index(column.name)].reshape(_POINTS, len(rows), -1).mean(axis=1)
    values = subject.outputs(moved).reshape(_POINTS, len(rows), -1).mean(axis=1)
    chosen = subject.shown_outputs
    return Effect(grid, values.T[chosen, None], slopes.T[chosen, None])


def _figure(subject: Subject, column: Column) -> Markup:
    found = effect_of(subject, column)
    name, target = cut(column.name, LONGEST), cut(subject.target, 24)
    what = f"mean {target}" if subject.task == "regression" else "mean probability"
    per = f"∂{target} / ∂{cut(column.name, 20)}" if subject.task == "regression" else f"derivative by {name}"
    above = _chart(subject, column, found, found.values, what, 190)
    below = _chart(subject, column, found, found.slopes, per, 150)
    outputs = [cut(subject.output_names[k], LONGEST) for k in subject.shown_outputs]
    several = len(outputs) > 1
    means, slopes = found.values.mean(axis=1), found.slopes.mean(axis=1)
    headings = (
        [f"{each}{of}" for each in outputs for of in ("", ", derivative")]
        if several
        else ["mean prediction", "derivative"]
    )
    rows = [
        (
            _at(column, x),
            *(w for k in range(len(outputs)) for w in (number(means[k, i]), signed(slopes[k, i]))),
        )
        for i, x in enumerate(found.grid.tolist())
    ]
    band = "The band is the range of the networks." if found.values.shape[1] > 1 and not several else ""
    keys = key(*((each, f"c{k}") for k, each in enumerate(outputs, start=1))) if several else None
    numbers = Numbers((name, *headings), rows)
    return figure(f"Effect of {name}", joined(above, below), joined(band, keys), numbers)


def _chart(
    subject: Subject, column: Column, found: Effect, values: Array, name: str, height: float
) -> Markup:
    several = len(values) > 1
    grid = found.grid.tolist()
    lines = []
    for k, curves_of_members in enumerate(values):
        mean = curves_of_members.mean(axis=0)
        band = (None, None)
        if not several and len(curves_of_members) > 1:
            band = curves_of_members.min(axis=0), curves_of_members.max(axis=0)
        of = f"{cut(subject.output_names[subject.shown_outputs[k]], 30)}, " if several else ""
        at = f"{of}{cut(column.name, 20)}"
        words = [f"{at} {_at(column, x)}: {number(y)}" for x, y in zip(grid, mean.tolist(), strict=True)]
        lines.append(Curve(f"c{k + 1}", found.grid, mean, words, *band))
    across = _axis(column, grid[0], grid[-1])
    up = Axis.over(name, values, [0.0] if height < 160 else [])
    zero = Curve("even", np.array([grid[0], grid[-1]]), np.zeros(2))
    first, last = _at(column, grid[0]), _at(column, grid[-1])
    label = f"{name} as {cut(column.name, LONGEST)} goes from {first} to {last}."
    return curves(label, across, up, [zero, *lines] if up.low <= 0 <= up.high else lines, height)


def _at(column: Column, x: float) -> str:
    """Return a value between those of the table, with about four digits."""
    return value_of(column, x) if column.kind == "date" else unit_of(column.spelling).of(x)


def _axis(column: Column, low: float, high: float) -> Axis:
    if column.kind != "date":
        return Axis(cut(column.name, 50), low, high)
    ticks = [(day, value_of(column, day)) for day in round_steps(low, high, 4)]
    return Axis(cut(column.name, 50), low, high, ticks)
