"""Cost of a product of matrices, and the cheapest order in which to multiply a chain of them (N12).

An (m × k)(k × n) product takes m·k·n multiplications. A diagonal matrix takes one for each number of the
other factor, softmax' diag p − p pᵀ two; what all samples share is multiplied once, not once for each.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from string import ascii_uppercase
from typing import Literal, TypeAlias

import numpy as np

from chainrule.calculus.activations import Array

Kind: TypeAlias = Literal["dense", "diagonal", "softmax"]
Tree: TypeAlias = "int | tuple[Tree, Tree]"  # the place of a factor in the chain, or a product


@dataclass(frozen=True)
class Factor:
    """A matrix of a chain: its shape, what kind it is, and whether all samples share it."""

    name: str
    shape: tuple[int, int]
    kind: Kind = "dense"
    shared: bool = False


Factors: TypeAlias = Sequence[Factor | tuple[int, int]]


@dataclass(frozen=True)
class Step:
    """One product (m × k)(k × n), and its multiplications for all samples (once, if `shared`)."""

    left: str
    right: str
    shape: tuple[int, int, int]
    multiplications: int
    shared: bool


def _cost(left: Factor, right: Factor, n_samples: int) -> int:
    (m, k), n = left.shape, right.shape[1]
    if left.kind == right.kind == "dense":
        cost = m * k * n
    elif "diagonal" in (left.kind, right.kind):
        cost = k if left.kind == right.kind else m * n
    else:
        cost = 2 * m * n
    return cost if left.shared and right.shared else cost * n_samples


def _product(left: Factor, right: Factor, name: str = "") -> Factor:
    """What a product is as a factor of others."""
    kind: Kind = "diagonal" if left.kind == right.kind == "diagonal" else "dense"
    return Factor(name, (left.shape[0], right.shape[1]), kind, left.shared and right.shared)


@dataclass(frozen=True)
class Bracketing:
    """An order in which the factors of a chain are multiplied, each sample's for itself.

    Examples
    --------
    >>> print(from_left([(1, 100), (100, 100), (100, 100)]))
    (AB)C
      A · B       1×100 · 100×100    10,000
      (AB) · C    1×100 · 100×100    10,000
    together                         20,000
    """

    factors: tuple[Factor, ...]
    tree: Tree
    n_samples: int = 1

    def __post_init__(self) -> None:
        if _places(self.tree) != list(range(len(self.factors))):
            raise ValueError(f"{self.tree} is no bracketing of {len(self.factors)} factors in their order")

    @cached_property
    def _result(self) -> tuple[str, tuple[Step, ...]]:
        steps: list[Step] = []
        space = "" if all(len(factor.name) == 1 for factor in self.factors) else " "

        def multiply(tree: Tree) -> Factor:
            if isinstance(tree, int):
                return self.factors[tree]
            left, right = multiply(tree[0]), multiply(tree[1])
            product = _product(left, right, f"({left.name}{space}{right.name})")
            cost = _cost(left, right, self.n_samples)
            steps.append(Step(left.name, right.name, (*left.shape, right.shape[1]), cost, product.shared))
            return product

        name = multiply(self.tree).name
        return name[1:-1] if steps else name, tuple(steps)

    @property
    def formula(self) -> str:
        """The chain with its brackets, such as ``((AB)C)D``."""
        return self._result[0]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The products in order of execution."""
        return self._result[1]

    @property
    def multiplications(self) -> int:
        """Of all products, for all samples."""
        return sum(step.multiplications for step in self.steps)

    def __str__(self) -> str:
        rows = [("together", "", f"{self.multiplications:,}")]
        for step in reversed(self.steps):
            m, k, n = step.shape
            shapes, cost = f"{m}×{k} · {k}×{n}", f"{step.multiplications:,}"
            rows.insert(0, (f"  {step.left} · {step.right}", shapes, cost))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (f"{a:<{widths[0]}}    {b:<{widths[1]}}    {c:>{widths[2]}}" for a, b, c in rows)
        return "\n".join([self.formula, *lines])

    def multiply(self, matrices: Sequence[Array]) -> Array:
        """Carry the product out.

        Dense matrices are (n_samples, m, k), or (m, k) where shared; of diagonal ones the diagonal is given
        (n_samples, k), of softmax' p. For one sample the first axis may be left out. Raises ValueError for
        other shapes.

        Examples
        --------
        >>> from_right([(1, 2), (2, 2)]).multiply([np.ones((1, 2)), np.eye(2)])
        array([[1., 1.]])
        """
        if len(matrices) != len(self.factors):
            raise ValueError(f"the chain has {len(self.factors)} factors, got {len(matrices)} matrices")
        for factor, matrix in zip(self.factors, matrices, strict=True):
            one = factor.shape if factor.kind == "dense" else factor.shape[:1]
            accepted = ([one] if factor.shared or self.n_samples == 1 else []) + [(self.n_samples, *one)]
            if matrix.shape not in accepted:
                shapes = " or ".join(map(str, accepted))
                raise ValueError(f"factor {factor.name} is {factor.kind} {shapes}, got shape {matrix.shape}")

        def multiply(tree: Tree) -> tuple[Kind, Array]:
            if isinstance(tree, int):
                return self.factors[tree].kind, matrices[tree]
            return _multiply(*multiply(tree[0]), *multiply(tree[1]))

        return _dense(*multiply(self.tree))


def every_tree(first: int, end: int) -> list[Tree]:
    """Every bracketing of the factors from one place to another: Catalan's number of them.

    Examples
    --------
    >>> every_tree(0, 3)
    [((0, 1), 2), (0, (1, 2))]
    """
    if end - first == 1:
        return [first]
    return [
        (left, right)
        for cut in range(end - 1, first, -1)
        for left in every_tree(first, cut)
        for right in every_tree(cut, end)
    ]


def _places(tree: Tree) -> list[int]:
    return [tree] if isinstance(tree, int) else [*_places(tree[0]), *_places(tree[1])]


def _dense(kind: Kind, a: Array) -> Array:
    """The matrix that a diagonal or p stands for."""
    if kind == "dense":
        return a
    matrix = a[..., None] * np.eye(a.shape[-1])
    return matrix if kind == "diagonal" else matrix - a[..., :, None] * a[..., None, :]


def _multiply(left: Kind, a: Array, right: Kind, b: Array) -> tuple[Kind, Array]:
    if left == right == "diagonal":
        return "diagonal", a * b
    if left == "diagonal":
        return "dense", a[..., :, None] * _dense(right, b)
    if right == "diagonal":
        return "dense", _dense(left, a) * b[..., None, :]
    if left == "softmax":
        b = _dense(right, b)
        return "dense", a[..., :, None] * (b - a[..., None, :] @ b)
    if right == "softmax":
        return "dense", (a - a @ b[..., :, None]) * b[..., None, :]
    return "dense", a @ b


def _chain(given: Factors) -> tuple[Factor, ...]:
    """Factors, checked; shapes are named A, B, C, …"""
    letters = [*ascii_uppercase, *(f"A{i}" for i in range(26, len(given)))]
    chain: list[Factor] = []
    for name, one in zip(letters, given, strict=False):
        chain.append(one if isinstance(one, Factor) else Factor(name, one))
    if not chain:
        raise ValueError("a chain needs at least one factor")
    for left, right in pairwise(chain):
        if left.shape[1] != right.shape[0]:
            raise ValueError(f"{left.name} {left.shape} and {right.name} {right.shape} do not make a chain")
    return tuple(chain)


def cheapest(factors: Factors, n_samples: int = 1) -> Bracketing:
    """The order of fewest multiplications, by dynamic programming over the chain's parts.

    The best order of a part does not depend on what stands around it. Of equals, what begins at the left is
    taken. Raises ValueError for shapes that do not make a chain. (Cormen, Leiserson, Rivest & Stein,
    "Introduction to Algorithms", matrix-chain multiplication.)

    Examples
    --------
    >>> cheapest([(1, 100), (100, 100), (100, 100)]).multiplications
    20000
    >>> best = cheapest([(784, 128), (128, 16), (16, 128), (128, 784)])
    >>> best.formula, best.multiplications
    ('(AB)(CD)', 13045760)
    """
    chain = _chain(factors)
    best: dict[tuple[int, int], tuple[int, Factor, Tree]] = {(i, i): (0, f, i) for i, f in enumerate(chain)}
    for length in range(2, len(chain) + 1):
        for first in range(len(chain) - length + 1):
            last = first + length - 1
            pairs = [(best[first, cut], best[cut + 1, last]) for cut in range(last - 1, first - 1, -1)]
            costs = [left[0] + right[0] + _cost(left[1], right[1], n_samples) for left, right in pairs]
            left, right = pairs[costs.index(min(costs))]
            best[first, last] = min(costs), _product(left[1], right[1]), (left[2], right[2])
    return Bracketing(chain, best[0, len(chain) - 1][2], n_samples)


def from_left(factors: Factors, n_samples: int = 1) -> Bracketing:
    """The order ((AB)C)D: back propagation, where the output stands at the left (N11)."""
    chain = _chain(factors)
    return Bracketing(chain, _folded(range(len(chain))), n_samples)


def from_right(factors: Factors, n_samples: int = 1) -> Bracketing:
    """The order A(B(CD)): from the input on."""
    chain = _chain(factors)
    tree: Tree = len(chain) - 1
    for place in range(len(chain) - 2, -1, -1):
        tree = (place, tree)
    return Bracketing(chain, tree, n_samples)


def _folded(trees: Iterable[Tree]) -> Tree:
    return reduce(lambda left, right: (left, right), trees)


ORDERS = {"cheapest": cheapest, "from_output": from_left, "from_input": from_right}


def parse(text: str, factors: Factors, n_samples: int = 1) -> Bracketing:
    """Read what `Bracketing.formula` writes; what stands without brackets is multiplied from the left.

    Raises ValueError for brackets that do not match, and factors that are not the chain's in order.

    Examples
    --------
    >>> parse("A(BC)", [(1, 100), (100, 100), (100, 100)]).multiplications
    1010000
    """
    chain = _chain(factors)
    names = [factor.name for factor in chain]
    words = re.findall(rf"[()]|{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))}|\S", text)
    wrong = f"{text!r} is no bracketing of {' '.join(names)}, in this order"
    if [word for word in words if word not in "()"] != names:
        raise ValueError(wrong)
    places = iter(range(len(names)))
    stack: list[list[Tree]] = [[]]
    for word in words:
        if word == "(":
            stack.append([])
        elif word != ")":
            stack[-1].append(next(places))
        elif len(stack) > 1 and stack[-1]:
            inner = _folded(stack.pop())
            stack[-1].append(inner)
        else:
            raise ValueError(wrong)
    if len(stack) > 1:
        raise ValueError(wrong)
    return Bracketing(chain, _folded(stack[0]), n_samples)
