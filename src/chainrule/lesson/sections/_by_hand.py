"""Section 7: the chain rule by hand, with two maps that are typed in (N6, N7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from chainrule._expressions import Expressions, read_expressions
from chainrule.calculus import Composition, Function
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Field, Integer, Number, Several, Text
from chainrule.lesson._formula import formula, is_short
from chainrule.lesson._plain import matrix, plain
from chainrule.lesson._section import Section

__all__ = ["ByHandSection"]

_POINT = (1.0, 2.0)
MOST_WRITTEN = 500
"""Numbers, variables and operations of a map's formulas, its derivative's too."""
MOST = 3
"""Inputs, numbers between, and outputs."""


@dataclass(frozen=True)
class _Maps:
    """f and g as they were read, h = g ∘ f as a map, and all three as formulas if these are not too long."""

    f: Expressions
    g: Expressions
    composed: Composition
    written: dict[str, Any]  # under f, g and h; None for what is too long to be read


class ByHandSection(Section):
    """Two maps, their derivatives as formulas and as numbers at a point, and the product of these."""

    name = "by_hand"
    title = "The chain rule by hand"
    rows = ("N6", "N7")
    words = (
        "First f makes y of x, then g makes z of y: together they are h = g ∘ f.",
        "To compose maps is to multiply their derivatives: Dh(x) = Dg(f(x)) · Df(x).",
        "Each entry of the product is a row of Dg times a column of Df.",
    )
    to_try = "Type sin(x1), exp(x2) as f, and drag the point: which entries of Df are always 0?"
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {
        "f": (Text(200), "x1^2*x2, x1 + x2"),
        "g": (Text(200), "y1^2 + y2^3"),
        "point": (Several(Number(-1e3, 1e3), 1, MOST), _POINT),
        "entries": (Integer(0, MOST * MOST), 0),
    }

    def set(self, **values: Any) -> None:
        wanted = {**self.values, **values}
        maps = _maps(wanted["f"], wanted["g"])
        n = len(maps.f.variables)
        if values.get("point") == _POINT and n != len(_POINT):  # of an address that leaves it out
            del values["point"]
        if "point" in values and len(values["point"]) != n:
            raise MessageError(f"point of by_hand has {len(values['point'])} numbers; f takes {n}")
        wanted["point"] = (*wanted["point"], *(1.0,) * n)[:n]
        if "point" not in values and not _has_values(maps, wanted["point"]):
            wanted["point"] = (1.0,) * n
        if not _has_values(maps, wanted["point"]):
            where = ", ".join(f"{x:g}" for x in wanted["point"])
            raise MessageError(f"f and g have no finite values at x = ({where}); move the point first")
        wanted["entries"] = min(wanted["entries"], len(maps.g.parts) * n)
        self.values = wanted

    def content(self) -> dict[str, Any]:
        maps, x = _maps(self.values["f"], self.values["g"]), np.array(self.values["point"])
        f, g = maps.composed.inner, maps.composed.outer
        y = f(x)
        return {
            **maps.written,
            "x": plain(x), "y": plain(y), "z": plain(g(y)),
            "Df": matrix(f.derivative(x)), "Dg": matrix(g.derivative(y)),
            "Dh": matrix(maps.composed.derivative(x)),
            "products": plain(_products(g.derivative(y), f.derivative(x))),
        }  # fmt: skip

    def question(self) -> tuple[str, str]:
        maps, x = _maps(self.values["f"], self.values["g"]), np.array(self.values["point"])
        f, g = maps.composed.inner, maps.composed.outer
        Df, Dg = f.derivative(x), g.derivative(f(x))
        terms = " + ".join(f"{a:.4g}·{b:.4g}" for a, b in zip(Dg[0], Df[:, 0], strict=True))
        where = ", ".join(f"{one:.4g}" for one in x)
        return (
            f"What is the first entry of Dh at x = ({where})?",
            f"The first row of Dg times the first column of Df: {terms} = {Dg[0] @ Df[:, 0]:.6g}.",
        )


def _has_values(maps: _Maps, point: tuple[float, ...]) -> bool:
    y = maps.composed.inner(point)
    return bool(np.isfinite(y).all() and np.isfinite(maps.composed.outer(y)).all())


def _products(Dg: Any, Df: Any) -> Any:
    """Dg_ik · Df_kj (m, n, between): what is added up in each entry of the product."""
    return Dg[:, None, :] * Df.T[None]


def _written(read: Expressions | None) -> dict[str, Any] | None:
    """Formulas and those of the derivative; of what is too long to be read, none."""
    if read is None or not is_short([*read.parts, *read.derivative], MOST_WRITTEN):
        return None
    return {
        "variables": [str(variable) for variable in read.variables],
        "formulas": [formula(part) for part in read.parts],
        "derivative": [[formula(entry) for entry in row] for row in read.derivative.tolist()],
    }


@lru_cache(maxsize=256)
def _maps(f: str, g: str) -> _Maps:
    """Read both maps; MessageError says in one line what is not accepted."""
    names = [f"x{number}" for number in range(1, MOST + 1)]
    first = _read("f", f, names)
    occurring = {str(symbol) for part in first.parts for symbol in part.free_symbols}
    n = max((place for place, name in enumerate(names, 1) if name in occurring), default=0)
    if n == 0:
        raise MessageError(f"f has no variables; accepted are {', '.join(names)}")
    first = _read("f", f, names[:n])
    second = _read("g", g, [f"y{number}" for number in range(1, len(first.parts) + 1)])
    composed = Composition(_map(second, "g"), _map(first, "f"))
    read = {"f": first, "g": second, "h": _composed(first, second)}
    written = {name: _written(one) for name, one in read.items()}
    return _Maps(first, second, composed, written)


def _read(name: str, text: str, variables: list[str]) -> Expressions:
    try:
        read = read_expressions(text, variables)
    except (ValueError, ImportError) as error:
        raise MessageError(f"{name}: {error}") from None
    if len(read.parts) > MOST:
        raise MessageError(f"{name} gives {len(read.parts)} numbers; accepted are up to {MOST}")
    return read


def _map(read: Expressions, name: str) -> Function:
    value, derivative = read.functions()
    return Function(value, derivative, name=name)


def _composed(f: Expressions, g: Expressions) -> Expressions | None:
    """h as formulas: g with f's in the places of the y, read like all others, with the same limits."""
    inner = {str(y): f"({part})" for y, part in zip(g.variables, f.parts, strict=True)}
    text = ", ".join(re.sub(r"\by\d+\b", lambda found: inner[found[0]], str(part)) for part in g.parts)
    try:
        return read_expressions(text, [str(x) for x in f.variables])
    except ValueError:
        return None
