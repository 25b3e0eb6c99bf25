"""Minibatches of rows that a group holds: its sums of each step, and the update here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.training._group import Group
from chainrule.training._lanes import Draw
from chainrule.training._problem import Problem
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import TrainingState
from chainrule.training.solvers._input_scales import Learned

Array = NDArray[Any]


class RowsOfGroup:
    """The rows of a group, as its draw takes them; the epochs before are in no draw.

    Parameters
    ----------
    problem : Problem
        With a group and a draw.
    """

    def __init__(self, problem: Problem) -> None:
        assert problem.group is not None and problem.draw is not None
        self._group, self._draw = problem.group, problem.draw
        self.learned = Learned.of(problem.network, problem.scale_rate)

    def _drawn_from(self) -> dict[str, int | str]:
        """What the draws depend on; text where it may be negative."""
        draw = self._draw
        return {
            "seed": draw.seed, "n_lanes": draw.n_lanes, "held": draw.held, "held_from": draw.held_from,
            "held_seed": str(draw.held_seed), "n_leaves": self._group.n_leaves, "n_rows": self._group.n_rows,
        }  # fmt: skip

    def state(self) -> Snapshot:
        """Return what was learned beside η, and what the draws depend on."""
        return Snapshot.joined({"draws": Snapshot(self._drawn_from()), "learned": self.learned.state()})

    def from_state(self, state: Snapshot) -> None:
        """Become what there was; raise ValueError where other draws would follow."""
        self.learned.from_state(state.part("learned"))
        snapshot = state.part("draws")
        for name, value in self._drawn_from().items():
            before = snapshot.text(name) if isinstance(value, str) else snapshot.count(name)
            if before != value:
                raise ValueError(
                    f"{snapshot.source} is of a fit with {name}={before}, and this one has "
                    f"{value}: their minibatches are not the same"
                )

    @contextmanager
    def epochs(
        self, problem: Problem, solver: Any, batch_size: int, state: TrainingState
    ) -> Iterator["_Epochs"]:
        n_rows = self._group.n_rows - n_held_back(self._group, self._draw)
        draw = self._draw._replace(n_steps=-(-n_rows // batch_size))
        yield _Epochs(problem, self.learned, self._group, draw, n_rows, solver.name, state)


def n_held_back(group: Group, draw: Draw) -> int:
    """Return how many rows no step takes."""
    return int(group.total("held rows", draw.numbers())[0]) if draw.held else 0


class _Epochs:
    """Everything an epoch needs, allocated once.

    Attributes
    ----------
    settings : array
    n_rows : int
    """

    def __init__(
        self, problem: Problem, learned: Learned, group: Group, draw: Draw, n_rows: int, update: str,
        state: TrainingState,
    ) -> None:  # fmt: skip
        net = problem.network
        self.settings, self.n_rows = state.settings, n_rows
        self._group, self._draw, self._state, self._eta = group, draw, state, net.parameters
        self._share, self._learned = problem.reported_share, learned
        self._gradient = np.empty_like(learned.vector)
        n_weights = net.layout.penalised.stop
        squares = np.empty(-(-n_weights // kernels.RUN))
        kernel, address = kernels.step[net.dtype], kernels.UPDATES[update].address(net.dtype)

        def step(weight_sum: float) -> float:
            penalty: float = kernel(
                address, learned.vector, self._gradient, state.moments, state.settings, squares, n_weights,
                weight_sum, learned.places, learned.rate,
            )  # fmt: skip
            learned.write_back()
            return penalty

        self._update = step

    def run(self) -> float:
        draw, loss_sum = self._draw._replace(epoch=self._state.n_iter), 0.0
        for step in range(draw.n_steps):
            sums = self._group.total("step", self._eta, draw._replace(step=step).numbers())
            (error_sum, weight_sum), n = sums[:2].tolist(), float(sums[-1])
            if not n:
                continue
            if weight_sum == 0:
                raise ZeroDivisionError("Weights sum to zero, can't be normalized")
            with np.errstate(over="ignore"):  # what is not finite is found where the epoch ends
                self._learned.take_gradient(sums[2:-1], self._gradient)
            loss_sum += (self._share * error_sum + self._update(weight_sum)) / weight_sum * n
        return loss_sum / self.n_rows
