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

from chainrule._ordered_keys import ALL_BITS, next_digits
from chainrule.dask._refused import refusing
from chainrule.dask._sums import added, answers_of
from chainrule.estimators._group_scores import explained_of_sums
from chainrule.training._quantile_sums import ByDigits, pinball_sums

__all__ = ["Answers", "pinball_score"]

Array = NDArray[Any]
_BITS = 16
"""Of a key, that a round finds; only those that occur are sent."""


class Answers(NamedTuple):
    """Targets and outputs of a partition (n, p), and weights (n,)."""

    y: Array
    outputs: Array
    weights: Array


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
        return await answers_of(client, [asked(each, *given) for each in kept])

    p = max(await ask(_n_outputs))
    each = np.broadcast_to(np.asarray(levels, dtype=np.float64), p)
    searches = [ByDigits(level) for level in each.tolist()]
    for known in range(0, ALL_BITS, _BITS):
        found = await ask(_counted, known, [search.prefix for search in searches])
        for place, search in enumerate(searches):
            search.take(_in_all([part[place] for part in found if part]))
    constants = np.array([search.number for search in searches])
    return explained_of_sums(added(await ask(_pinball, each, constants)))


def _in_all(found: Sequence[tuple[Array, Array]]) -> Array:
    """Return the weight of each value of the next bits, of those that occur in partitions."""
    weights = np.zeros(1 << _BITS)
    for digits, those in found:
        weights[digits] += those
    return weights


@refusing
def _n_outputs(answers: Answers) -> int:
    return int(answers.y.shape[1])


def _counted(answers: Answers, known: int, prefixes: Sequence[int]) -> list[tuple[Array, Array]]:
    """Return, for each column, the next bits of keys that begin with known ones, and their weights."""
    return (
        [
            next_digits(y, answers.weights, known, prefix, _BITS)
            for y, prefix in zip(answers.y.T, prefixes, strict=True)
        ]
        if len(answers.y)
        else []
    )


def _pinball(answers: Answers, levels: Array, constants: Array) -> Array:
    """Of each output Σ w ρ(y − F), and Σ w ρ(y − c) (2 p,)."""
    y, outputs, w = answers
    if not len(y):
        return np.empty(0)
    return np.concatenate([pinball_sums(y - guess, w, levels) for guess in (outputs, constants)])
