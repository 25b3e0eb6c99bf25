"""The score of quantiles: the share of the pinball loss of the best constants that predictions explain.

The best constant is a weighted quantile of y. It is found bit by bit: each round asks of how much weight the
numbers are whose keys, whole numbers in the order of the numbers, begin with bits that are known already.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import dask
import numpy as np
from dask.delayed import Delayed
from distributed import Client
from numpy.typing import NDArray

from chainrule.network import Tree
from chainrule.tables._quantile_search import number_of_key, ordered_keys

__all__ = ["Answers", "added", "pinball_score"]

Array = NDArray[Any]
_ALL, _BITS = 64, 16
"""Of a key, and those that a round finds."""


class Answers(NamedTuple):
    """Targets and outputs of a partition (n, p), and weights (n,)."""

    y: Array
    outputs: Array
    weights: Array


def added(found: Sequence[Array]) -> Array:
    """Return the sum of vectors, in the tree; empty ones count for nothing."""
    tree = Tree(len(found), max(map(len, found)))
    for number, each in enumerate(found):
        tree.add((0, number), np.array(each) if len(each) else tree.blank())
    return tree.total()


async def pinball_score(client: Client, levels: Sequence[float], answers: Sequence[Delayed]) -> float:
    """Return 1 − pinball loss / that of the best constants, in the mean over the outputs.

    Parameters
    ----------
    client : Client
    levels : sequence of float
        One for each output, or one for all.
    answers : sequence of Delayed
        Gives `Answers` of each partition; they stay on the workers until this returns.
    """
    kept = client.compute(list(answers), optimize_graph=False)

    async def ask(question: Any, *given: Any) -> list[Any]:
        asked = dask.delayed(question, pure=False, traverse=False)
        return await client.gather(client.compute([asked(each, *given) for each in kept]))  # type: ignore[no-any-return]

    p = max(await ask(_n_outputs))
    each = np.broadcast_to(np.asarray(levels, dtype=np.float64), p)
    columns = [_Column(level) for level in each.tolist()]
    for known in range(0, _ALL, _BITS):
        found = await ask(_counted, known, [column.prefix for column in columns])
        for place, column in enumerate(columns):
            column.take([part[place] for part in found if part])
    constants = np.array([number_of_key(column.prefix) for column in columns])
    explained, whole = added(await ask(_pinball, each, constants)).reshape(2, -1)
    constant = np.where(explained > 0, 0.0, 1.0)  # where a constant is met
    shares = np.where(whole > 0, 1 - explained / np.where(whole > 0, whole, 1.0), constant)
    return float(shares.mean())


class _Column:
    """The search for a quantile: which bits of its key are known, and how much weight is below these.

    Attributes
    ----------
    prefix : int
    """

    def __init__(self, level: float) -> None:
        self._level = level
        self._wanted: float | None = None
        self._below, self.prefix = 0.0, 0

    def take(self, found: Sequence[tuple[Array, Array]]) -> None:
        """Take what each partition counted: the next bits that occur, and the weight of each."""
        weights = np.zeros(1 << _BITS)
        for digits, those in found:
            weights[digits] += those
        up_to = self._below + np.cumsum(weights)
        if self._wanted is None:
            self._wanted = self._level * float(up_to[-1])
        last = int(np.flatnonzero(weights)[-1]) if weights.any() else 0
        digit = min(int(np.searchsorted(up_to, self._wanted)), last)
        self._below = float(up_to[digit - 1]) if digit else self._below
        self.prefix = self.prefix << _BITS | digit


def _n_outputs(answers: Answers) -> int:
    return int(answers.y.shape[1])


def _counted(answers: Answers, known: int, prefixes: Sequence[int]) -> list[tuple[Array, Array]]:
    """Return, for each column, the next bits of keys that begin with known ones, and their weights."""
    return (
        [
            _digits(ordered_keys(np.ascontiguousarray(y)), answers.weights, known, prefix)
            for y, prefix in zip(answers.y.T, prefixes, strict=True)
        ]
        if len(answers.y)
        else []
    )


def _digits(keys: Array, weights: Array, known: int, prefix: int) -> tuple[Array, Array]:
    if known:
        here = keys >> np.uint64(_ALL - known) == np.uint64(prefix)
        keys, weights = keys[here], weights[here]
    digits, places = np.unique(
        keys >> np.uint64(_ALL - known - _BITS) & np.uint64((1 << _BITS) - 1), return_inverse=True
    )
    return digits.astype(np.intp), np.bincount(places, weights, minlength=len(digits))


def _pinball(answers: Answers, levels: Array, constants: Array) -> Array:
    """Of each output Σ w ρ(y − F), and Σ w ρ(y − c) (2 p,)."""
    y, outputs, w = answers
    if not len(y):
        return np.empty(0)
    sums = [w @ np.maximum(levels * (y - F), (levels - 1) * (y - F)) for F in (outputs, constants)]
    return np.concatenate(sums)
