"""Section: the rows that are predicted worst, and what the model says of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.report._cells import LONGEST, cell_of
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._influence import Influence
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut, share
from chainrule.tables import Column
from chainrule.tables.effects import explain_row
from chainrule.tables.ensemble._explanation import Explanation

__all__ = ["worst"]

Array = NDArray[Any]

_MOST_ROWS, _EXPLAINED, _PARTS, _MOST_COLUMNS = 10, 4, 6, 8


def worst(subject: Subject, ranked: Sequence[Influence]) -> Markup:
    """Return the worst rows, and for the very worst what each column adds to the prediction."""
    order = _order(subject)
    some = order[:_MOST_ROWS]
    columns = [one.column for one in ranked[:_MOST_COLUMNS]]
    headings = ["row", "true", "predicted", _measure(subject), *(cut(column.name, 24) for column in columns)]
    rows = [
        (
            f"{subject.X.index[k]:,}",
            *_figures(subject, k),
            *(cut(cell_of(column, subject.X.iloc[k]), 24) for column in columns),
        )
        for k in some
    ]
    shown = (
        f", with the {len(columns)} most influential of {len(ranked):,} columns"
        if len(columns) < len(ranked)
        else ""
    )
    explained = [_explained(subject, k) for k in some[:_EXPLAINED]]
    return joined(
        table(
            f"The {len(some)} rows that are predicted worst{shown}",
            headings,
            rows,
            _words(subject, columns),
        ),
        tag("h3", "What the model says of them"),
        tag("p", _about(subject)),
        tag("div", explained, class_="charts"),
    )


def _words(subject: Subject, columns: Sequence[Column]) -> list[int]:
    """Return the places of columns that hold words."""
    places = [4 + place for place, column in enumerate(columns) if column.kind != "number"]
    return [1, 2, *places] if subject.task == "classification" else places


def _order(subject: Subject) -> list[int]:
    """Return the rows, the worst first: by the size of the error, or by the probability of the true class."""
    assert subject.y is not None
    if subject.task == "regression":
        badness = np.abs(subject.y - subject.predictions)
    else:
        badness = -_probability_of_true(subject)
    return [int(k) for k in np.argsort(-badness, kind="stable")[:_MOST_ROWS]]


def _probability_of_true(subject: Subject) -> Array:
    assert subject.y is not None
    return np.asarray((subject.predictions * (subject.y[:, None] == subject.classes)).sum(axis=1))


def _measure(subject: Subject) -> str:
    return "true − predicted" if subject.task == "regression" else "probability of the true class"


def _figures(subject: Subject, k: int) -> tuple[str, str, str]:
    assert subject.y is not None
    y = subject.y[k]
    if subject.task == "regression":
        predicted = float(subject.predictions[k])
        return (
            subject.unit.of(float(y)),
            subject.unit.of(predicted),
            subject.unit.signed(float(y) - predicted),
        )
    probability = float(_probability_of_true(subject)[k])
    return cut(str(y), 30), cut(str(subject.labels[k]), 30), share(probability)


def _about(subject: Subject) -> str:
    what = (
        "the prediction"
        if subject.task == "regression"
        else "the probability of the class that was predicted"
    )
    return (
        f"From {what} for a typical row (medians, most frequent categories) to that for this one, by the "
        "model of first order at this row: of a number the derivative times its distance from the median, "
        "of a category the exact difference. Where the remainder is large, effects are bent or depend on "
        "each other."
    )


def _explained(subject: Subject, k: int) -> Markup:
    """Return what each column adds to the prediction for a row, the largest part first."""
    row = subject.X.iloc[[k]]
    found = explain_row(subject.model.pipeline, subject.X, k)
    start, parts, remainder, end = _way(subject, k, found)
    # The two inputs that a time of day becomes are one column.
    of_input = dict(zip(map(str, found.columns), parts.tolist(), strict=True))
    parts = np.array([sum(of_input[name] for name in column.inputs) for column in subject.columns])
    order = np.argsort(-np.abs(parts), kind="stable")
    shown, rest = order[:_PARTS], order[_PARTS:]
    lines = [(*_part(subject, subject.columns[j], row), float(parts[j])) for j in shown]
    if len(rest):
        lines.append((f"{len(rest):,} others", "", "", float(parts[rest].sum())))
    lines.append(("remainder", "", "", remainder))
    # All figures have the decimals that the largest of them needs.
    figures = [start, end, *(line[3] for line in lines)]
    ends = subject.unit.column(figures)[:2]
    changes = subject.unit.column(figures, sign=True)[2:]
    rows: list[Sequence[Content]] = [("typical row", "", "", ends[0])]
    rows += [(*line[:3], change) for line, change in zip(lines, changes, strict=True)]
    rows.append(("prediction", "", "", tag("b", ends[1])))
    true, predicted, _ = _figures(subject, k)
    caption = f"Row {subject.X.index[k]:,}: true {true}, predicted {predicted}"
    return table(caption, ("column", "here", "typical", "adds"), rows, (1, 2))


def _way(subject: Subject, k: int, found: Explanation) -> tuple[float, Array, float, float]:
    """Return typical prediction, parts, remainder and prediction: of a classifier for the class predicted."""
    output, flipped = 0, False
    if subject.task == "classification":
        place = int(subject.predictions[k].argmax())
        # An ensemble's only output for two classes is the second's; the first's is one minus that.
        alone = len(found.outputs) == 1
        output, flipped = (0, place == 0) if alone else (place, False)
    start, end, left = (float(each[output]) for each in (found.typical, found.prediction, found.remainder))
    parts = found.parts[output]
    return (1 - start, -parts, -left, 1 - end) if flipped else (start, parts, left, end)


def _part(subject: Subject, column: Column, row: pd.DataFrame) -> tuple[str, str, str]:
    """Return a column with what it is here and usually."""
    here, usual = (cut(cell_of(column, each.iloc[0]), 24) for each in (row, subject.typical))
    return cut(column.name, LONGEST), here, usual
