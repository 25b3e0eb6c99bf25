"""Networks like another one, with some of the hidden units removed or drawn anew."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.network import ParameterLayout

Array = NDArray[np.float64]

_GONE = 1e-3
"""Importance, as a share of the largest, below which a unit is as good as removed."""


class HiddenUnits:
    """The hidden units of a network, by layer and number in it.

    Parameters
    ----------
    layout : ParameterLayout
    eta : array of shape (P,)
        Weights as they are drawn at first; others are made of them by exchanging entries and signs.
    random : Generator
    """

    def __init__(self, layout: ParameterLayout, eta: Array, random: np.random.Generator) -> None:
        self._layout, self._first, self._random = layout, eta.copy(), random
        hidden = layout.biases[:-1]
        self._units = [(layer, unit) for layer, block in enumerate(hidden) for unit in range(block.size)]

    def __len__(self) -> int:
        return len(self._units)

    def importances(self, eta: Array) -> Array:
        """‖weights into a unit‖ · ‖weights out of it‖, as a share of the largest."""
        W = [block.view(eta) for block in self._layout.weights]
        sizes = [np.linalg.norm(into, axis=0) * np.linalg.norm(out, axis=1) for into, out in pairwise(W)]
        found = np.concatenate(sizes)
        return found / max(float(found.max()), 1e-300)

    def varied(self, eta: Array) -> Array:
        """Return η with some units removed, or, as often, drawn anew; the less important ones are likelier.

        Their number is drawn too: one, or several, or nearly all, each order of magnitude alike.
        """
        importances = self.importances(eta)
        alive = importances > _GONE
        remove = bool(self._random.random() < 0.5) and int(alive.sum()) > 1
        chances = (alive if remove else np.ones(len(self))) / (importances + 0.1)
        most = int(alive.sum()) - 1 if remove else len(self)
        count = max(1, int(np.exp(self._random.uniform(0, np.log(most + 1)))))
        places = self._random.choice(len(self), min(count, most), replace=False, p=chances / chances.sum())
        fresh = np.zeros_like(eta) if remove else self._drawn()
        return self._replaced(eta, [self._units[place] for place in places], fresh)

    def _drawn(self) -> Array:
        """The first weights, the entries of each block in another order and with other signs."""
        drawn = self._first.copy()
        for block in (*self._layout.weights, *self._layout.biases):
            entries = block.view(drawn).reshape(-1)
            entries[:] = self._random.permutation(entries) * self._random.choice([-1.0, 1.0], len(entries))
        return drawn

    def _replaced(self, eta: Array, units: list[tuple[int, int]], fresh: Array) -> Array:
        """η with other weights into some units, and zeros out of them, which are yet to be learnt."""
        new, (weights, biases) = eta.copy(), (self._layout.weights, self._layout.biases)
        for layer, unit in units:
            weights[layer].view(new)[:, unit] = weights[layer].view(fresh)[:, unit]
            biases[layer].view(new)[unit] = biases[layer].view(fresh)[unit]
        for layer, unit in units:
            weights[layer + 1].view(new)[unit] = 0.0
        return new
