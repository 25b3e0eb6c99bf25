"""From the columns of a table to the inputs of the networks, and their derivatives, as ONNX nodes.

Numbers are scaled in double precision, as a table holds them; the networks are given single precision. In
the graph inputs stand in another order than in the plan: scaled numbers, smoothly limited ones, ramps, marks
of missing ones, categories. The rows of the first matrices are put into that order when it is written.
"""

from dataclasses import dataclass
from functools import cached_property
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from chainrule.export._onnx._graph import ML, Graph, Name
from chainrule.export._plan import ModelPlan, OneHot, RampedNumber, ScaledNumber

Array = NDArray[Any]
_LARGEST = 1e15
_REFUSED = -2
"""What stands for text that the model does not accept."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """Inputs of the networks, and their derivatives by the columns of numbers.

    Parameters
    ----------
    value : str
        (n, m), in single precision.
    order : list of int
        Places in the plan of the inputs.
    varying : list of int
        Places in the plan of those that change with a number …
    slopes : str or None
        … by this (n, n_varying), or by 1 if there is none, …
    columns : ndarray of shape (n_varying, d)
        … times this: by what column, and how steep where that is the same for all rows.
    """

    value: Name
    order: list[int]
    varying: list[int]
    slopes: Name | None
    columns: Array


def encoded(
    g: Graph, plan: ModelPlan, numbers: Name | None, texts: dict[int, Name], derivatives: bool
) -> Encoded:
    """Add the nodes from cells to inputs of the networks.

    Parameters
    ----------
    g : Graph
    plan : ModelPlan
    numbers : str, optional
        All columns of numbers (n, d), in double precision.
    texts : dict of int to str
        Columns of text (n, 1), by their places.
    derivatives : bool
    """
    parts, order = list[Name](), list[int]()
    varying, slopes, columns = list[int](), None, np.zeros((0, len(plan.numeric)), dtype=np.float32)
    if numbers is not None and any(not isinstance(each, OneHot) for each in plan.encodings):
        found = _Numbers(g, plan, numbers)
        parts.append(g.cast(found.value, TensorProto.FLOAT))
        order, varying, columns = found.order, found.varying, found.columns
        if derivatives and not found.is_straight:
            slopes = g.cast(found.slopes, TensorProto.FLOAT)
    for each, first in zip(plan.encodings, plan.firsts[:-1], strict=True):
        if isinstance(each, OneHot):
            parts.append(_one_hot(g, each, plan.inputs[each.column].categories, texts[each.column]))
            order = [*order, *range(first, first + each.width)]
    return Encoded(g.beside(parts), order, varying, slopes, columns)


class _Numbers:
    """What becomes of columns of numbers: those that are scaled alone, then those with ramps."""

    def __init__(self, g: Graph, plan: ModelPlan, numbers: Name) -> None:
        self._g, self._plan = g, plan
        known = [
            (e, k) for e, k in zip(plan.encodings, plan.firsts, strict=False) if not isinstance(e, OneHot)
        ]
        self._scaled = [(e, k) for e, k in known if isinstance(e, ScaledNumber)]
        self._ramped = [(e, k) for e, k in known if isinstance(e, RampedNumber)]
        self._all: list[ScaledNumber | RampedNumber] = [
            *(e for e, _ in self._scaled),
            *(e for e, _ in self._ramped),
        ]
        self._place = {column: place for place, column in enumerate(plan.numeric)}
        self._n_scaled = len(self._scaled)
        chosen = [self._place[each.column] for each in self._all]
        self._cells = g.chosen(numbers, chosen, len(plan.numeric))
        self._ramp_of = [k for k, (each, _) in enumerate(self._ramped) for _ in each.edges[1:]]
        self._marked = [k for k, (each, _) in enumerate(self._ramped) if each.missing]

    @property
    def order(self) -> list[int]:
        """Places of the inputs in the plan."""
        marks = [first + each.width - 1 for each, first in self._ramped if each.missing]
        return [*self.varying, *marks]

    @property
    def varying(self) -> list[int]:
        """Places of those that have a derivative: all but the marks of missing numbers."""
        ramps = [first + t for each, first in self._ramped for t in range(1, max(1, len(each.edges)))]
        return [*(first for _, first in self._scaled), *(first for _, first in self._ramped), *ramps]

    @property
    def is_straight(self) -> bool:
        """Whether the derivative is the same for all rows."""
        return not self._ramped and all(
            not each.wave and not each.accepts_missing for each, _ in self._scaled
        )

    @property
    def columns(self) -> Array:
        """By which column each input changes; how steeply, if that is the same for all rows."""
        sources = [*range(len(self._all)), *(self._n_scaled + k for k in self._ramp_of)]
        matrix = np.zeros((len(sources), len(self._plan.numeric)), dtype=np.float32)
        for row, k in enumerate(sources):
            steep = 1 / self._all[k].scale if self.is_straight else 1.0
            matrix[row, self._place[self._all[k].column]] = steep
        return matrix

    @cached_property
    def _absent(self) -> Name:
        return self._g("IsNaN", self._cells)

    def _waves(self, plain: Name, sine: Name, cosine: Name) -> Name:
        """Return for each number what goes with its kind."""
        g, kinds = self._g, [each.wave for each in self._all]
        found = plain
        for wave, value in (("sine", sine), ("cosine", cosine)):
            if wave in kinds:
                found = g("Where", np.array([[kind == wave for kind in kinds]]), value, found)
        return found

    @cached_property
    def _sine_and_cosine(self) -> tuple[Name, Name]:
        angle = self._g("Mul", self._cells, np.float64(2 * pi))
        return self._g("Sin", angle), self._g("Cos", angle)

    @cached_property
    def _z(self) -> Name:
        """(x - centre) / scale of all, with what stands for missing ones."""
        g, x = self._g, self._cells
        if any(each.wave for each in self._all):
            x = self._waves(x, *self._sine_and_cosine)
        z = g("Div", g("Sub", x, self._row("centre")), self._row("scale"))
        missing = [each.missing if isinstance(each, ScaledNumber) else 0.0 for each in self._all]
        if np.isnan(missing).all():
            return z
        return g("Where", self._absent, np.array([missing]), z)

    def _row(self, name: str) -> Array:
        return np.array([[getattr(each, name) for each in self._all]])

    def _some(self, value: Name, columns: list[int]) -> Name:
        return self._g.chosen(value, columns, len(self._all))

    @cached_property
    def _with_ramps(self) -> Name:
        """z of the numbers with ramps, as exact as the networks' own type."""
        g = self._g
        places = list(range(self._n_scaled, len(self._all)))
        z = g("Clip", self._some(self._z, places), np.float64(-_LARGEST), np.float64(_LARGEST))
        if self._plan.dtype == np.float32:
            z = g.cast(g.cast(z, TensorProto.FLOAT), TensorProto.DOUBLE)
        return z

    @cached_property
    def _bend(self) -> Name:
        """1 / √(1 + z² / clip²)."""
        g = self._g
        ratio = g("Div", self._with_ramps, np.array([[each.clip for each, _ in self._ramped]]))
        return g("Reciprocal", g("Sqrt", g("Add", g("Mul", ratio, ratio), np.float64(1))))

    @cached_property
    def _z_of_ramps(self) -> Name:
        return self._g.chosen(self._with_ramps, self._ramp_of, len(self._ramped))

    @cached_property
    def _ramps(self) -> tuple[Array, Array]:
        """Where each ramp starts and ends (1, n_ramps)."""
        starts = [edge for each, _ in self._ramped for edge in each.edges[:-1]]
        ends = [edge for each, _ in self._ramped for edge in each.edges[1:]]
        return np.array([starts], dtype=np.float64), np.array([ends], dtype=np.float64)

    @property
    def value(self) -> Name:
        """The inputs (n, m) in double precision."""
        g, parts = self._g, list[Name]()
        if self._scaled:
            parts.append(self._some(self._z, list(range(self._n_scaled))))
        if self._ramped:
            parts.append(g("Mul", self._with_ramps, self._bend))
        if self._ramp_of:
            starts, ends = self._ramps
            rise = g("Mul", g("Sub", self._z_of_ramps, starts), 1 / (ends - starts))
            parts.append(g("Clip", rise, np.float64(0), np.float64(1)))
        if self._marked:
            marks = g.cast(self._absent, TensorProto.DOUBLE)
            parts.append(self._some(marks, [self._n_scaled + k for k in self._marked]))
        return g.beside(parts)

    @property
    def slopes(self) -> Name:
        """Derivatives by the columns (n, n_varying), in double precision; 0 where a number is missing."""
        g = self._g
        per_unit: Name | Array = 1 / self._row("scale")
        if any(each.wave for each in self._all):
            sine, cosine = self._sine_and_cosine
            turn = np.float64(2 * pi)
            ones = g.constant(np.ones((1, 1)))
            turns = self._waves(ones, g("Mul", cosine, turn), g("Mul", sine, -turn))
            per_unit = g("Mul", turns, per_unit)
        steep = g("Where", self._absent, np.zeros((1, 1)), per_unit)
        parts = list[Name]()
        if self._scaled:
            parts.append(self._some(steep, list(range(self._n_scaled))))
        if self._ramped:
            own = self._some(steep, list(range(self._n_scaled, len(self._all))))
            parts.append(g("Mul", own, g("Mul", self._bend, g("Mul", self._bend, self._bend))))
        if self._ramp_of:
            starts, ends = self._ramps
            z = self._z_of_ramps
            rising = g("And", g("GreaterOrEqual", z, starts), g("Less", z, ends))
            own = self._some(steep, [self._n_scaled + k for k in self._ramp_of])
            parts.append(g("Mul", own, g("Where", rising, 1 / (ends - starts), np.zeros((1, 1)))))
        return g.beside(parts)


def _one_hot(g: Graph, encoding: OneHot, categories: tuple[str, ...], cells: Name) -> Name:
    """Return zeros with a 1 in the place of the category (n, width); NaN for what is not accepted."""
    places = dict(zip(categories, encoding.places, strict=True))
    places.setdefault("", _REFUSED if encoding.missing is None else encoding.missing)
    unknown = _REFUSED if encoding.unknown is None else encoding.unknown
    place = g(
        "LabelEncoder", cells, domain=ML, keys_strings=[*places], values_int64s=[*places.values()],
        default_int64=unknown,
    )  # fmt: skip
    hot = g.cast(g("Equal", place, np.arange(encoding.width)[None]), TensorProto.FLOAT)
    if _REFUSED not in (unknown, *places.values()):
        return hot
    refused = g("Equal", place, np.array([[_REFUSED]]))
    return g("Where", refused, np.full((1, 1), np.nan, dtype=np.float32), hot)
