"""A chain of derivatives, multiplied in its cheapest order by ONNX nodes (N12)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.calculus import Factor, cheapest
from chainrule.calculus.bracketing import Kind, Tree
from chainrule.export._onnx._graph import Array, Graph, Name, Operand

_MANY = 1000
"""Rows for which an order is the cheapest. What all of them share is multiplied when the graph is written."""


@dataclass(frozen=True, eq=False)
class Link:
    """A factor of a chain.

    Parameters
    ----------
    factor : Factor
    value : str or ndarray
        In the graph the matrices (n, m, k) of all rows, diagonals (n, k), or softmax' p; an array (m, k) is
        shared by all rows. Of several networks there is an axis of networks before, (k, 1, m, k) where it is
        shared by all rows.
    """

    factor: Factor
    value: Operand

    @classmethod
    def shared(cls, matrix: Array) -> "Link":
        """Return a matrix that is the same for all rows."""
        m, k = matrix.shape[-2:]
        return cls(Factor("A", (m, k), "dense", shared=True), np.ascontiguousarray(matrix))

    @classmethod
    def of_rows(cls, value: Name, k: int, kind: Kind = "diagonal") -> "Link":
        """Return a diagonal for each row, or the p of softmax."""
        return cls(Factor("D", (k, k), kind), value)

    @classmethod
    def dense(cls, value: Name, m: int, k: int) -> "Link":
        """Return a matrix for each row."""
        return cls(Factor("J", (m, k)), value)


def cost_of(links: Sequence[Link]) -> int:
    """Return the multiplications of the cheapest order, for many rows."""
    return cheapest([link.factor for link in links], _MANY).multiplications


def product(g: Graph, links: Sequence[Link]) -> Link:
    """Add the product of a chain in its cheapest order."""

    def multiplied(tree: Tree) -> Link:
        return links[tree] if isinstance(tree, int) else _product(g, *map(multiplied, tree))

    return multiplied(cheapest([link.factor for link in links], _MANY).tree)


def for_each_row(g: Graph, link: Link, rows: Name) -> Name:
    """Return the matrices (n, m, k) that a product stands for; ``rows`` is any value (n, …).

    Of several networks both have an axis of networks before these.
    """
    m, k = link.factor.shape
    if link.factor.kind == "diagonal":
        return g("Mul", g.unsqueezed(_named(g, link.value), -1), np.eye(k, dtype=np.float32))
    if not link.factor.shared:
        return _named(g, link.value)
    n = g("Shape", rows, end=-1)
    return g("Expand", link.value, g("Concat", n, np.array([m, k]), axis=0))


def _named(g: Graph, value: Operand) -> Name:
    return value if isinstance(value, str) else g.constant(np.asarray(value))


def _product(g: Graph, left: Link, right: Link) -> Link:
    (m, _), k = left.factor.shape, right.factor.shape[1]
    if left.factor.shared and right.factor.shared:
        return Link.shared(np.asarray(left.value) @ np.asarray(right.value))
    kinds = left.factor.kind, right.factor.kind
    if kinds == ("dense", "dense") and right.factor.shared and np.ndim(right.value) == 4:
        return Link.dense(_rows_at_once(g, left, right), m, k)
    a, b = _named(g, left.value), _named(g, right.value)
    if kinds == ("diagonal", "diagonal"):
        return Link.of_rows(g("Mul", a, b), k)
    if kinds == ("diagonal", "dense"):
        return Link.dense(g("Mul", g.unsqueezed(a, -1), b), m, k)
    if kinds == ("dense", "diagonal"):
        return Link.dense(g("Mul", a, g.unsqueezed(b, -2)), m, k)
    if kinds == ("softmax", "dense"):  # p (b - Σ p b)
        mean = g("MatMul", g.unsqueezed(a, -2), b)
        return Link.dense(g("Mul", g.unsqueezed(a, -1), g("Sub", b, mean)), m, k)
    if kinds == ("dense", "softmax"):
        mean = g("MatMul", a, g.unsqueezed(b, -1))
        return Link.dense(g("Mul", g("Sub", a, mean), g.unsqueezed(b, -2)), m, k)
    assert kinds == ("dense", "dense"), kinds
    return Link.dense(g("MatMul", a, b), m, k)


def _rows_at_once(g: Graph, left: Link, right: Link) -> Name:
    """Return J A of several networks with one product of matrices for each of them, not for each row."""
    (m, inner), k = left.factor.shape, right.factor.shape[1]
    A = np.asarray(right.value)[:, 0]
    flat = g("Reshape", _named(g, left.value), np.array([len(A), -1, inner]))
    return g("Reshape", g("MatMul", flat, A), np.array([len(A), -1, m, k]))
