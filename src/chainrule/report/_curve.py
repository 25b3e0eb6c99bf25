"""Section: how the loss fell while the model learned."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.report._axes import Axis
from chainrule.report._charts import Curve, Numbers, curves, figure
from chainrule.report._html import Markup, joined, tag
from chainrule.report._subject import Subject, spread_rows
from chainrule.report._words import number
from chainrule.training import History

__all__ = ["learning_curve"]

Array = NDArray[Any]

_MOST_POINTS = 60
_LOG_FROM = 5.0


def learning_curve(subject: Subject) -> Markup | None:
    """Return the loss, and the score of rows held back; of several networks the mean and the range."""
    fitted = subject.fitted
    histories = list(fitted.histories_) if hasattr(fitted, "histories_") else [fitted.history_]
    if not max(map(len, histories)):
        return None
    charts = [_chart("Training loss", "loss", [history.loss for history in histories], "c1")]
    scores = [history.validation_score for history in histories]
    if all(score is not None for score in scores):
        charts.append(_held_back(histories))
    return joined(_words(histories), tag("div", charts, class_="charts"))


def _words(histories: list[History]) -> Markup:
    epochs = [len(history) for history in histories]
    if len(histories) == 1:
        return tag("p", f"One network learned for {epochs[0]:,} epochs.")
    least, most = min(epochs), max(epochs)
    span = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    return tag(
        "p",
        f"{len(histories)} networks learned for {span} epochs, each from other rows. The line is the mean of "
        "those that were still learning; the band reaches from the lowest to the highest.",
    )


def _held_back(histories: list[History]) -> Markup:
    scores = [np.asarray(history.validation_score, dtype=float) for history in histories]
    best = ""
    if len(scores) == 1:
        epoch = int(np.nanargmax(scores[0]))
        best = f"Best in epoch {epoch + 1:,}: {number(abs(float(scores[0][epoch])))}."
    if max(float(np.nanmax(score)) for score in scores) <= 0:  # minus a loss
        return _chart("Loss of rows held back", "loss", [-score for score in scores], "c2", best)
    return _chart("Score of rows held back", "score", scores, "c2", best)


def _chart(title: str, name: str, values: list[Array], colour: str, caption: str = "") -> Markup:
    n = max(map(len, values))
    table = np.full((len(values), n), np.nan)
    for row, each in zip(table, values, strict=True):
        row[: len(each)] = each
    some = spread_rows(n, _MOST_POINTS)
    epochs, table = some + 1, table[:, some]
    mean, low, high = (f(table, axis=0) for f in (np.nanmean, np.nanmin, np.nanmax))
    several = len(values) > 1
    words = [
        f"epoch {epoch:,}: {name} {number(m)}{f' ({number(a)} to {number(b)})' if several else ''}"
        for epoch, m, a, b in zip(epochs.tolist(), mean.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
    steep = float(np.nanmin(low)) > 0 and float(np.nanmax(high)) > _LOG_FROM * float(np.nanmin(low))
    axis = f"{name} (logarithmic scale)" if steep else name
    up = Axis.over(axis, low, high, logarithmic=steep)
    line = Curve(colour, epochs, mean, words, low if several else None, high if several else None, n == 1)
    picture = curves(
        f"{title} by epoch: {number(float(mean[0]))} at first, {number(float(mean[-1]))} at the end.",
        Axis.over("epoch", epochs, margin=0.0) if n > 1 else Axis("epoch", 0, 2), up, [line],
    )  # fmt: skip
    headings = ("epoch", "mean", "lowest", "highest") if several else ("epoch", name)
    rows = [
        (f"{epoch:,}", *(number(v) for v in ((m, a, b) if several else (m,))))
        for epoch, m, a, b in zip(epochs.tolist(), mean.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
    return figure(title, picture, caption, Numbers(headings, rows))
