"""The order in which learning by minibatches takes the rows, epoch by epoch."""

import numpy as np
from numpy.typing import NDArray

from chainrule.training._snapshot import Snapshot, random_snapshot, restore_random

__all__ = ["Orders"]

Rows = NDArray[np.intp]


class Orders:
    """The rows in the order of each epoch: each permutes the one before, by scikit-learn's draws.

    Parameters
    ----------
    rows : array of int
        Those that are learnt from.
    shuffle : bool
        Whether they are taken in another order each time.
    random : RandomState
    """

    def __init__(self, rows: Rows, shuffle: bool, random: np.random.RandomState) -> None:
        self._rows, self._order, self._shuffle, self._random = rows, rows, shuffle, random
        if shuffle:
            self._order = rows.copy()

    def following(self) -> Rows:
        """Return the order of the next epoch, in the same memory."""
        if self._shuffle:
            self._random.shuffle(self._order)
        return self._order

    def state(self) -> Snapshot:
        """Return the order of the last epoch, and the generator that permutes it."""
        order = Snapshot(arrays={"rows": self._order} if self._shuffle else {})
        return Snapshot.joined({"order": order, "random": random_snapshot(self._random)})

    def from_state(self, snapshot: Snapshot) -> None:
        """Become what there was."""
        restore_random(self._random, snapshot.part("random"))
        if self._shuffle:
            self._order[:] = snapshot.part("order").array("rows", like=self._order)
            if not np.array_equal(np.sort(self._order), np.sort(self._rows)):  # kernels do not look
                snapshot.fail("order")
