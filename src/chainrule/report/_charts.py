"""Charts as SVG, each with words for who does not see it, and with its numbers as a table.

Marks that answer to the mouse are of the class ``m`` and hold a title: without the script a browser shows it
itself. Colours are classes, which the style sheet knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.report._axes import LETTER, WIDTH, Axis, Frame
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._table import table
from chainrule.report._words import cut

__all__ = ["Bar", "Curve", "Numbers", "bars", "columns", "curves", "dots", "figure", "key", "svg"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Numbers:
    """The numbers behind a chart: headings, and rows of cells."""

    headings: Sequence[Content]
    rows: Sequence[Sequence[Content]]
    words: Sequence[int] = ()


def figure(title: str, picture: Markup, caption: Content, numbers: Numbers) -> Markup:
    """Return a chart with its title above, what it shows below, and its numbers to be opened."""
    behind = tag(
        "details",
        tag("summary", "Numbers of this chart"),
        table(title, numbers.headings, numbers.rows, numbers.words),
    )
    return tag("figure", tag("figcaption", tag("strong", title), " ", caption), picture, behind)


def svg(label: str, *content: Content, height: float, near: str | None = None) -> Markup:
    """Return a picture with the words that stand for it; ``near``: along which axis a mark is to be near."""
    box = f"0 0 {WIDTH} {height:g}"
    return tag("svg", *content, viewBox=box, role="img", aria_label=label, class_="chart", data_near=near)


def key(*names: tuple[str, str]) -> Markup:
    """Return which colour means what; each name with its class."""
    return tag("span", [tag("span", name, class_=f"key {colour}") for name, colour in names], class_="keys")


@dataclass(frozen=True)
class Curve:
    """A line through points, and the words of each point. ``low`` and ``high`` are a band around it."""

    colour: str
    x: Array
    y: Array
    words: Sequence[str] = ()
    low: Array | None = None
    high: Array | None = None
    points: bool = False


def curves(label: str, across: Axis, up: Axis, lines: Sequence[Curve], height: float = 250) -> Markup:
    """Return lines, in the order in which they are drawn."""
    frame = Frame(across, up, height)
    return svg(label, frame.drawn(), [_curve(frame, line) for line in lines], height=height, near="x")


def _curve(frame: Frame, line: Curve) -> Markup:
    x, y = frame.x(line.x), frame.y(line.y)
    parts: list[Markup] = []
    if line.low is not None and line.high is not None:
        ends = [*_places(x, frame.y(line.low)), *_places(x, frame.y(line.high))[::-1]]
        parts.append(tag("path", d=f"M{' '.join(ends)}Z", class_=f"band {line.colour}"))
    present = np.isfinite(y)
    parts.append(
        tag("polyline", points=" ".join(_places(x[present], y[present])), class_=f"line {line.colour}")
    )
    for place, words in enumerate(line.words):
        if present[place]:
            shown = line.colour if line.points else "unseen"
            parts.append(_dot(float(x[place]), float(y[place]), 3.5, shown, words))
    return joined(parts)


def _places(x: Array, y: Array) -> list[str]:
    return [f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def _dot(x: float, y: float, radius: float, colour: str, words: str) -> Markup:
    place = f"{x:.1f}", f"{y:.1f}"
    return tag("circle", tag("title", words), cx=place[0], cy=place[1], r=radius, class_=f"m {colour}")


def dots(
    label: str,
    across: Axis,
    up: Axis,
    x: Array,
    y: Array,
    words: Sequence[str],
    line: str,
    height: float = 300,
) -> Markup:
    """Return a dot a row; ``line`` is "diagonal" or "zero": where a perfect model has them."""
    frame = Frame(across, up, height)
    ends = np.array([across.low, across.high])
    drawn = Curve("even", ends, ends if line == "diagonal" else np.zeros(2))
    places = zip(frame.x(x).tolist(), frame.y(y).tolist(), words, strict=True)
    return svg(
        label, frame.drawn(), _curve(frame, drawn), [_dot(a, b, 3, "dot", text) for a, b, text in places],
        height=height,
    )  # fmt: skip


def columns(label: str, across: Axis, up: Axis, edges: Array, heights: Array, words: Sequence[str]) -> Markup:
    """Return a histogram."""
    frame = Frame(across, up, 300)
    x, y, foot = frame.x(edges), frame.y(heights), float(frame.y(0.0))
    parts = [
        _rectangle(float(x[k]) + 0.5, float(y[k]), float(x[k + 1] - x[k]) - 1, foot - float(y[k]), "c1", text)
        for k, text in enumerate(words)
    ]
    return svg(label, frame.drawn(), parts, height=300, near="x")


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: name, length, what is written behind it, and words for the mouse."""

    name: str
    value: float
    text: str
    words: str


def bars(label: str, rows: Sequence[Bar]) -> Markup:
    """Return bars of lengths from 0 up, each below its name."""
    room = LETTER * max(len(row.text) for row in rows) + 10
    scale = (WIDTH - room - 4) / (max(row.value for row in rows) or 1.0)
    pitch, parts = 34.0, []
    for place, row in enumerate(rows):
        top = 4 + place * pitch
        parts += [
            tag("text", cut(row.name, 56), x=2, y=top + 10, class_="row"),
            _rectangle(2, top + 15, max(row.value * scale, 0.5), 11, "c1", row.words),
            tag("text", row.text, x=WIDTH - 2, y=top + 24, class_="end value"),
        ]
    return svg(label, parts, height=8 + len(rows) * pitch, near="y")


def _rectangle(left: float, top: float, width: float, height: float, colour: str, words: str) -> Markup:
    x, y, w, h = (f"{each:.1f}" for each in (left, top, width, height))
    return tag("rect", tag("title", words), x=x, y=y, width=w, height=h, class_=f"m fill {colour}")
