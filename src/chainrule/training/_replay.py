"""Logs that are only ever appended to, and an optimiser's driver that is replayed from one.

SciPy's L-BFGS-B keeps its state to itself. But it is a function of what it is told: from the same η, and the
same values and gradients in the same order, it comes to the same place to the bit. So these are kept, and a
driver that begins anew is told them until there are no more of them; only then is there something to compute.
Nothing here knows of a network: whoever computes values and gradients, in one process or in many, may use it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from chainrule.training._snapshot import Snapshot

__all__ = ["EvaluationLog", "Rows"]

Array = NDArray[Any]
Double = NDArray[np.float64]
Evaluate = Callable[[Double], tuple[float, Double]]

_BLOCK = 1 << 20
"""Numbers of a block, of which a row that is longer has one of its own."""


class Rows:
    """Rows of numbers in blocks: none is moved when another comes, and those that are there stay.

    Parameters
    ----------
    width : int
        Numbers of a row.
    """

    def __init__(self, width: int) -> None:
        self.width, self._count = width, 0
        self._blocks: list[Double] = []
        self._rows: list[Double] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Double:
        return self._rows[number]

    def append(self, *parts: float | Double) -> None:
        """Append a row, made of numbers and vectors one after the other."""
        if not self._blocks or self._count == len(self._blocks[-1]):
            self._blocks.append(np.empty((max(1, _BLOCK // self.width), self.width)))
            self._count = 0
        row = self._blocks[-1][self._count]
        np.concatenate([np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in parts], out=row)
        self._count += 1
        self._rows.append(row)

    def state(self) -> Snapshot:
        """Return what there is now."""
        full = [(block, len(block)) for block in self._blocks[:-1]]
        last = [(block, self._count) for block in self._blocks[-1:]]
        return Snapshot(
            {"blocks": len(self._blocks)},
            fixed={f"{i}": _beginning(*each) for i, each in enumerate([*full, *last])},
        )

    @classmethod
    def from_state(cls, snapshot: Snapshot, width: int) -> "Rows":
        """Return what there was."""
        rows = cls(width)
        for number in range(snapshot.count("blocks")):
            block = snapshot.array(f"{number}")
            if block.dtype != np.float64 or block.ndim != 2 or block.shape[1] != width:
                snapshot.fail(f"{number}")
            rows._blocks.append(block)
            rows._count = len(block)
            rows._rows += list(block)
        return rows


def _beginning(block: Double, count: int) -> Callable[[], Array]:
    return lambda: block[:count]


class EvaluationLog:
    """Every value and gradient that a driver was told, in order.

    Parameters
    ----------
    beginning : array of shape (P,)
        η where the driver begins.
    """

    def __init__(self, beginning: Double, rows: Rows | None = None) -> None:
        self.beginning = beginning.copy()
        self._rows = Rows(1 + len(beginning)) if rows is None else rows
        self._told = 0

    @property
    def replaying(self) -> bool:
        """Whether the driver is still being told what was computed before."""
        return self._told < len(self._rows)

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        return 8 * self._rows.width * len(self._rows)

    def value_and_gradient(self, eta: Double, evaluate: Evaluate) -> tuple[float, Double]:
        """Return the next value and gradient: of those kept, or computed at η, and kept."""
        if not self.replaying:
            self._rows.append(*evaluate(eta))
        row = self._rows[self._told]
        self._told += 1
        return float(row[0]), row[1:].copy()  # the driver may write on it

    def state(self) -> Snapshot:
        """Return the log, and which driver it is for."""
        beginning, told = self.beginning, self._rows.state()
        own = Snapshot({"scipy": scipy.__version__}, fixed={"beginning": lambda: beginning})
        return Snapshot.joined({"log": own, "told": told})

    @classmethod
    def from_state(cls, snapshot: Snapshot, like: Double) -> "EvaluationLog":
        """Return a log to be replayed, for η of the shape of ``like``.

        Raises
        ------
        ValueError
            If it was told to a driver of another version.
        """
        version = snapshot.part("log").text("scipy")
        if version != scipy.__version__:
            raise ValueError(
                f"{snapshot.source} was written with SciPy {version}, and this is {scipy.__version__}: "
                "L-BFGS goes on with the same version only"
            )
        beginning = snapshot.part("log").array("beginning", like=like)
        return cls(beginning, Rows.from_state(snapshot.part("told"), 1 + len(like)))
