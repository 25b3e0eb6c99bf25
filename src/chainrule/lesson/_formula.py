"""Formulas as trees of MathML's tags, from which a page builds elements: no HTML is sent."""

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

__all__ = ["TAGS", "formula", "is_short"]

_LEAVES = {"mi", "mn", "mo"}
TAGS = _LEAVES | {"mrow", "mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "mtable", "mtr", "mtd"}
_ENTITIES = {"&InvisibleTimes;": "\u2062", "&ApplyFunction;": "\u2061", "&ExponentialE;": "e"}
_ENTITIES |= {"&pi;": "π"}


def formula(expression: Any) -> list[Any]:
    """Return an expression or a matrix of SymPy as nested lists: [tag, part, …], parts lists or one text.

    Examples
    --------
    >>> import sympy
    >>> formula(sympy.Symbol("x1") ** 2)
    ['msup', ['msub', ['mi', 'x'], ['mi', '1']], ['mn', '2']]
    """
    from sympy.printing.mathml import mathml

    written = mathml(expression, printer="presentation")
    written = re.sub(r"&\w+;", lambda found: _ENTITIES.get(found[0], found[0]), written)
    return _tree(ElementTree.fromstring(written))


def is_short(expressions: Iterable[Any], most: int) -> bool:
    """Whether expressions of SymPy have at most so many numbers, variables and operations together."""
    waiting, n = list(expressions), 0
    while waiting and n <= most:
        n += 1
        waiting.extend(waiting.pop().args)
    return n <= most


def _tree(element: ElementTree.Element) -> list[Any]:
    parts = [_tree(child) for child in element]
    if element.tag in _LEAVES:
        return [element.tag, element.text or ""]
    if element.tag == "mfenced":  # of SymPy before 1.14; browsers know it no more
        return ["mrow", ["mo", element.get("open", "(")], *parts, ["mo", element.get("close", ")")]]
    return [element.tag if element.tag in TAGS else "mrow", *parts]
