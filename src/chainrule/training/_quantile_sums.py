"""Sums that the score of quantiles is made of: pinball losses, and what tells the best constants.

A weighted quantile of the targets is no sum. But it is found by sums, byte by byte: how much weight the rows
have whose targets' keys, whole numbers in the order of the numbers, begin with the bytes that are known.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule._ordered_keys import ALL_BITS, next_digits, number_of_key
from chainrule.network import Architecture, evaluate
from chainrule.network._team import Team
from chainrule.training._source import Leaf, targets_of, weights_of

__all__ = ["OF_QUANTILES", "ByDigits", "best_constants", "pinball_sums"]

Array = NDArray[Any]
Double = NDArray[np.float64]
Add = Callable[[Leaf, Double], None]

_BITS = 8
"""Of a key, that a question finds: its answer has 256 numbers for each target."""


class ByDigits:
    """The search for a weighted quantile: which bits of its key are known, and how much weight is below.

    Parameters
    ----------
    level : float
        The share of the weight up to it.

    Attributes
    ----------
    prefix : int
        The bits that are known.
    """

    def __init__(self, level: float) -> None:
        self._level = level
        self._wanted: float | None = None
        self._below, self.prefix = 0.0, 0

    def take(self, weights: Double) -> None:
        """Take the weight of each value that the next bits may have; their number is a power of two."""
        up_to = self._below + np.cumsum(weights)
        if self._wanted is None:
            self._wanted = self._level * float(up_to[-1])
        last = int(np.flatnonzero(weights)[-1]) if weights.any() else 0
        digit = min(int(np.searchsorted(up_to, self._wanted)), last)
        self._below = float(up_to[digit - 1]) if digit else self._below
        self.prefix = self.prefix * len(weights) + digit

    @property
    def number(self) -> float:
        """The quantile, when all bits are known."""
        return number_of_key(self.prefix)


def best_constants(levels: Sequence[float], ask: Callable[..., Double]) -> Double:
    """Return the weighted quantile of each target: of all constants it has the least pinball loss.

    Parameters
    ----------
    levels : sequence of float
        One for each target.
    ask : callable
        Answers the question "digits".
    """
    searches = [ByDigits(level) for level in levels]
    for known in range(0, ALL_BITS, _BITS):
        prefixes = np.array([each.prefix for each in searches], dtype=np.uint64)
        found = ask(np.array([known]), prefixes).reshape(len(searches), -1)
        for search, weights in zip(searches, found, strict=True):
            search.take(weights)
    return np.array([each.number for each in searches])


def _digits(evaluator: Any, team: Team, known: Array, prefixes: Array) -> Add:
    """Of each target the weight of the rows whose key begins with a prefix, by its next byte (256 p,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        w, of_targets = weights_of(leaf), sums.reshape(len(prefixes), -1)
        for y, prefix, total in zip(targets_of(leaf).T, prefixes.tolist(), of_targets, strict=True):
            digits, weights = next_digits(y, w, int(known[0]), prefix, _BITS)
            total[digits] += weights

    return add


def pinball_sums(residuals: Double, weights: Double, levels: Array) -> Double:
    """Return Σ w ρ(y − guess) of each target (p,), from residuals (n, p), weights (n,) and levels (p,)."""
    losses = np.maximum(levels * residuals, (levels - 1) * residuals)
    sums: Double = np.einsum("i,ij->j", weights, losses)
    return sums


def _pinball(evaluator: Any, team: Team, eta: Array, levels: Array, constants: Array) -> Add:
    """Of each output Σ w ρ(y − F), and Σ w ρ(y − c) (2 p,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        w, y, losses = weights_of(leaf), targets_of(leaf), sums.reshape(2, -1)
        outputs = evaluate(evaluator.net, eta, leaf.inputs, leaf.rows)
        losses += [pinball_sums(y - guess, w, levels) for guess in (outputs, constants)]

    return add


def _n_digits(net: Architecture, known: Array, prefixes: Array) -> int:
    return len(prefixes) << _BITS


def _n_losses(net: Architecture, eta: Array, levels: Array, constants: Array) -> int:
    return 2 * len(constants)


OF_QUANTILES: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    "digits": (_n_digits, _digits),
    "pinball": (_n_losses, _pinball),
}
"""As `QUESTIONS` of the evaluator."""
