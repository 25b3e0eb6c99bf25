"""Charts of a classifier: confusion matrix, calibration, and the trade between hits and false alarms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from chainrule.display import CalibrationDisplay
from chainrule.report._axes import Axis
from chainrule.report._charts import Curve, Numbers, curves, figure, key
from chainrule.report._html import Markup, joined, tag
from chainrule.report._subject import Subject, spread_rows
from chainrule.report._words import cut, number, share
from chainrule.tables._names import counted

__all__ = ["class_charts"]

Array = NDArray[Any]

_MOST_CLASSES, _MOST_CURVES = 20, 4
_MOST_POINTS = 60
_SHADES = 9


def class_charts(subject: Subject) -> Markup:
    """Return the charts."""
    charts = [_calibration(subject), _roc(subject)]
    return joined(_confusion(subject), tag("div", charts, class_="charts"))


def _kept(subject: Subject) -> list[int]:
    """Return the classes that are shown: those most frequent among the true ones."""
    counts = np.array([int(np.sum(subject.y == label)) for label in subject.classes])
    return sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())


def _confusion(subject: Subject) -> Markup:
    """Return the confusion matrix, which is a table: with a stronger colour for a larger share of a class."""
    kept = _kept(subject)
    names = [str(label) for label in subject.classes[kept]]
    true = [subject.y == label for label in subject.classes[kept]]
    predicted = [subject.labels == label for label in subject.classes[kept]]
    some = len(kept) < len(subject.classes)
    titles = [cut(name, 20) for name in names] + ["others"] * some
    head = [tag("th", title, scope="col", class_="n") for title in titles]
    body = []
    for place, (name, rows) in enumerate(zip(names, true, strict=True)):
        counts = [int(np.sum(rows & columns)) for columns in predicted]
        counts += [int(rows.sum()) - sum(counts)] if some else []
        cells = [_shaded(count, int(rows.sum()), k == place) for k, count in enumerate(counts)]
        body.append(tag("tr", tag("th", cut(name, 20), scope="row"), cells))
    corner = tag("th", "true ↓ predicted →", scope="col")
    what = f" The {len(kept)} most frequent of {len(subject.classes)} classes." if some else ""
    words = (
        f"Rows of each true class, by predicted class.{what} Right ones are bold; the stronger "
        "the colour of a cell, the larger its share of the true class."
    )
    parts = tag("caption", "Confusion matrix"), tag("thead", tag("tr", corner, head)), tag("tbody", body)
    inner = tag("div", tag("table", *parts, class_="matrix"), class_="scroll", tabindex=0)
    return joined(inner, tag("p", words, class_="small"))


def _shaded(count: int, total: int, right: bool) -> Markup:
    level = round(_SHADES * count / total) if total else 0
    return tag("td", tag("b", f"{count:,}") if right else f"{count:,}", class_=f"n s{level}")


def _calibration(subject: Subject) -> Markup:
    """Return the calibration of the second of two classes, or of the class that is predicted."""
    P, two = subject.predictions, len(subject.classes) == 2
    true = subject.y == (subject.classes[1] if two else subject.labels)
    found = CalibrationDisplay(true, P[:, 1] if two else P.max(axis=1))
    name = cut(str(subject.classes[1]), 30) if two else "the class that is predicted"
    points = list(zip(found.predicted.tolist(), found.observed.tolist(), found.counts.tolist(), strict=True))
    words = [f"predicted {share(a)}, so in {share(b)} of {counted(n, 'row')}" for a, b, n in points]
    ends, error = np.array([0.0, 1.0]), 2 * found.standard_errors
    low, high = np.maximum(found.observed - error, 0), np.minimum(found.observed + error, 1)
    line = Curve("c1", found.predicted, found.observed, words, low, high, points=True)
    picture = curves(
        f"Calibration of {name}, in {len(points)} bins: " + "; ".join(words) + ".",
        _shares_axis(f"predicted probability of {name}"), _shares_axis("share that is so"),
        [Curve("even", ends, ends), line], 300,
    )  # fmt: skip
    caption = "On the dashed line probabilities say what happens. The band is two standard errors."
    rows = [(number(a), number(b), f"{n:,}") for a, b, n in points]
    return figure("Calibration", picture, caption, Numbers(("predicted", "share that is so", "rows"), rows))


def _roc(subject: Subject) -> Markup | None:
    """Return the curves of the second of two classes, or of the most frequent ones against all others."""
    two = len(subject.classes) == 2
    counts = [int(np.sum(subject.y == label)) for label in subject.classes]
    order = [1] if two else np.argsort(-np.array(counts), kind="stable")[:_MOST_CURVES].tolist()
    shown = [place for place in order if 0 < counts[place] < len(subject.predictions)]
    if not shown:
        return None
    lines, names, rows = [], [], []
    for colour, place in enumerate(shown, start=1):
        name, points, area = _traded(subject, place)
        words = [
            f"{name} from probability {t}: {share(h)} found, {share(f)} false alarms" for t, h, f in points
        ]
        hits, alarms = (np.array([point[k] for point in points]) for k in (1, 2))
        lines.append(Curve(f"c{colour}", alarms, hits, words))
        names.append((f"{name}: area {area:.3f}", f"c{colour}"))
        rows += [(name, t, share(h), share(f)) for t, h, f in points]
    ends = np.array([0.0, 1.0])
    label = "Share of a class that is found against share of other rows taken for it. " + "; ".join(
        name for name, _ in names
    )
    picture = curves(
        label, _shares_axis("false alarms among other rows"), _shares_axis("found of the class"),
        [Curve("even", ends, ends), *lines], 300,
    )  # fmt: skip
    behind = Numbers(("class", "from probability", "found", "false alarms"), rows)
    return figure("Found against false alarms (ROC)", picture, key(*names), behind)


def _traded(subject: Subject, place: int) -> tuple[str, list[tuple[str, float, float]], float]:
    """Return a class, thresholds with the shares that are found and falsely found, and the area below."""
    true, p = subject.y == subject.classes[place], subject.predictions[:, place]
    alarms, hits, thresholds = roc_curve(true, p)
    some = spread_rows(len(hits), _MOST_POINTS)
    said = [number(min(float(t), 1.0)) for t in thresholds[some]]
    points = list(zip(said, hits[some].tolist(), alarms[some].tolist(), strict=True))
    return cut(str(subject.classes[place]), 30), points, float(roc_auc_score(true, p))


def _shares_axis(name: str) -> Axis:
    return Axis(name, -0.02, 1.02, [(k / 5, f"{20 * k} %") for k in range(6)])
