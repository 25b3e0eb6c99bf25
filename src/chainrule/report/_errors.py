"""Charts of a regression: predicted against true values, residuals, how large they are, intervals."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule._heard import heard
from chainrule.report._axes import Axis, round_steps
from chainrule.report._charts import Numbers, columns, dots, figure
from chainrule.report._html import Markup, tag
from chainrule.report._subject import Subject, spread_rows
from chainrule.report._table import table
from chainrule.report._words import Unit, cut, score, share
from chainrule.tables._names import counted
from chainrule.tables.ensemble import TableRegressor

__all__ = ["error_charts"]

Array = NDArray[Any]

_MOST_DOTS = 400
_SHARES = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The rows that are drawn, with their numbers in the table, and how the target is written."""

    numbers: list[int]
    true: Array
    predicted: Array
    unit: Unit
    name: str
    said: str

    @classmethod
    def of(cls, subject: Subject) -> "_Drawn":
        assert subject.y is not None
        rows = spread_rows(len(subject.y), _MOST_DOTS)
        said = f" {len(rows)} of {len(subject.y):,} rows are drawn." if len(rows) < len(subject.y) else ""
        numbers = subject.X.index.to_numpy()[rows].tolist()
        true, predicted = subject.y[rows], subject.predictions[rows]
        return cls(numbers, true, predicted, subject.unit, _named(subject), said)

    @property
    def rows(self) -> list[tuple[int, float, float]]:
        """Number, true and predicted value of each."""
        return list(zip(self.numbers, self.true.tolist(), self.predicted.tolist(), strict=True))

    @property
    def behind(self) -> Numbers:
        """The same as a table."""
        columns = [self.unit.column(each.tolist()) for each in (self.true, self.predicted)]
        errors = self.unit.column((self.true - self.predicted).tolist(), sign=True)
        rows = list(zip((f"{row:,}" for row in self.numbers), *columns, errors, strict=True))
        return Numbers(("row", "true", "predicted", "true − predicted"), rows)


def _named(subject: Subject) -> str:
    name = cut(subject.target, 36)
    return f"{name} ({subject.unit.name})" if subject.unit.name else name


def error_charts(subject: Subject) -> Markup:
    """Return the charts, and the coverage of intervals."""
    drawn = _Drawn.of(subject)
    charts = _predicted(drawn, subject.scores["r2"]), _residuals(drawn), _histogram(subject)
    return tag("div", *charts, _intervals(subject), class_="charts")


def _predicted(drawn: _Drawn, r2: float) -> Markup:
    both = Axis.over(f"true {drawn.name}", drawn.true, drawn.predicted)
    up = Axis(f"predicted {drawn.name}", both.low, both.high)
    write = drawn.unit.of
    words = [f"row {row:,}: true {write(a)}, predicted {write(b)}" for row, a, b in drawn.rows]
    label = (
        f"{len(words)} dots, predicted against true values; the closer to the diagonal, the better. "
        f"R² of all rows is {score(r2)}."
    )
    picture = dots(label, both, up, drawn.true, drawn.predicted, words, "diagonal")
    caption = f"On the dashed line a prediction is exact.{drawn.said}"
    return figure("Predicted against true", picture, caption, drawn.behind)


def _residuals(drawn: _Drawn) -> Markup:
    errors = drawn.true - drawn.predicted
    across = Axis.over(f"predicted {drawn.name}", drawn.predicted)
    up = Axis.over(f"true − predicted {drawn.name}", errors, [0.0])
    write, change = drawn.unit.of, drawn.unit.signed
    words = [
        f"row {row:,}: predicted {write(b)}, true minus predicted {change(a - b)}" for row, a, b in drawn.rows
    ]
    label = f"{len(words)} residuals against predictions; good ones lie around zero, without a pattern."
    picture = dots(label, across, up, drawn.predicted, errors, words, "zero")
    caption = f"Above the dashed line the prediction is too small.{drawn.said}"
    return figure("Residuals", picture, caption, drawn.behind)


def _histogram(subject: Subject) -> Markup:
    assert subject.y is not None
    unit, errors = subject.unit, subject.y - subject.predictions
    edges = _edges(errors)
    counts = np.histogram(np.clip(errors, edges[0], edges[-1]), edges)[0]
    ends = _ranges(edges, unit)
    words = [f"{each}: {counted(int(count), 'row')}" for each, count in zip(ends, counts, strict=True)]
    half = unit.of(float(np.median(np.abs(errors))))
    across = Axis(f"true − predicted {_named(subject)}", float(edges[0]), float(edges[-1]))
    up = Axis("rows", 0.0, float(counts.max()) * 1.05 or 1.0)
    label = f"Histogram of residuals: half of them are within {half} of zero."
    rows = [(each, f"{int(count):,}") for each, count in zip(ends, counts, strict=True)]
    caption = f"Half of the rows are predicted within {half}. The outermost columns hold all beyond."
    picture = columns(label, across, up, edges, counts, words)
    return figure("How large the errors are", picture, caption, Numbers(("true − predicted", "rows"), rows))


def _edges(errors: Array) -> Array:
    """Return round edges around all residuals but the outermost hundredth, and one step more on each side."""
    low, high = np.quantile(errors, [0.005, 0.995]).tolist()
    if not high > low:
        low, high = low - 0.5, low + 0.5
    steps = round_steps(low, high, 24)
    step = steps[1] - steps[0]
    return np.array([steps[0] - step, *steps, steps[-1] + step])


def _ranges(edges: Array, unit: Unit) -> list[str]:
    inner = [f"{unit.of(a)} to {unit.of(b)}" for a, b in pairwise(edges[1:-1].tolist())]
    return [f"below {unit.of(float(edges[1]))}", *inner, f"above {unit.of(float(edges[-2]))}"]


def _intervals(subject: Subject) -> Markup | None:
    """Return how often the true value lies in intervals, where the model has them."""
    fitted = subject.fitted
    if not isinstance(fitted, TableRegressor) or fitted._residuals is None:
        return None
    assert subject.y is not None
    rows: list[tuple[str, ...]] = []
    widths = []
    with heard() as caught:
        ends = [subject.model.pipeline.predict(subject.X, interval=asked)[1:] for asked in _SHARES]
    for asked, (low, high) in zip(_SHARES, ends, strict=True):
        inside = float(np.mean((subject.y >= low) & (subject.y <= high)))
        rows.append((share(asked), share(inside)))
        widths.append(float(np.mean(high - low)))
    rows = [(*row, width) for row, width in zip(rows, subject.unit.column(widths), strict=True)]
    words = "How often the true value lies in the interval that is to hold it with the probability asked for."
    shown = table(words, ("asked for", "inside", "mean width"), rows)
    said = {str(each.message) for each in caught if "intervals rest on" in str(each.message)}
    notes = [tag("p", f"{note[0].upper()}{note[1:]}.", class_="small") for note in sorted(said)]
    return tag("div", tag("h3", "Intervals", class_="first"), shown, notes)
