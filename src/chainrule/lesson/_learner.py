"""Learning batch by batch: the same η after so many steps, whatever the pieces they were done in.

A step is a batch of SGD or Adam, or an iteration of L-BFGS or Levenberg–Marquardt. The order of the rows of
an epoch depends on the seed and the epoch alone, so a step can be done again from any point that was kept.
L-BFGS and Levenberg–Marquardt forget between calls what they have found out: they iterate in blocks of 20,
which begin anew (a block that takes over two seconds is shorter).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson._error import MessageError
from chainrule.network import Network, as_inputs
from chainrule.training import EpochReport, Problem, Rules, Snapshot, Solver, TrainingState, learn

__all__ = ["LONGEST_STEP", "Learner"]

Array = NDArray[Any]

LONGEST_STEP = 2.0
"""Seconds after which a piece of learning stops, and says so."""
_ITERATIONS_AT_ONCE = 20
_MOST_POINTS = 400
"""Of the learning curve."""


@dataclass(frozen=True, eq=False)
class _Keyframe:
    """Learning at a step: η, the solver's memory, and what has been seen of the curve."""

    position: int
    parameters: Array
    state: Snapshot
    curve: tuple[tuple[int, float], ...]


class Learner:
    """Learning of a network that can stop at any step, and go back.

    Attributes
    ----------
    network : Network
        Changed in place.
    position : int
        Steps from where learning began.
    curve : tuple of (int, float)
        Position and error of all rows, at ends of epochs.
    edited : bool
        Whether weights or rules were changed on the way: the position alone does not tell η then.
    """

    def __init__(
        self,
        network: Network,
        X: Array,
        Y: Array,
        *,
        loss: str,
        solver: Solver,
        alpha: float,
        batch_size: int,
        seed: int,
    ) -> None:
        self.network, self.position, self.edited = network, 0, False
        self._seed = seed
        n = len(X)
        inputs = as_inputs(X, network.layer_sizes[0], network.dtype)
        self._problem = Problem(network, inputs, Y, np.empty(0), np.arange(n), loss, alpha)
        self._begin(solver, batch_size)
        self.curve: tuple[tuple[int, float], ...] = ((0, self.error()),)
        self._keyframes = [self._keyframe()]

    def _begin(self, solver: Solver, batch_size: int) -> None:
        n = len(self._problem.inputs)
        self._solver, self._state = solver, TrainingState()
        self._batch = min(batch_size, n) if solver.stochastic else n
        self._rules = Rules(
            batch_size=self._batch, max_iter=1, shuffle=False, tol=0.0, n_iter_no_change=np.inf
        )
        self._ahead: list[Array] = []
        self._ended = False
        self._seconds = 0.0

    @property
    def steps_per_epoch(self) -> int:
        """Batches that all rows make."""
        return -(-len(self._problem.inputs) // self._batch)

    @property
    def epoch(self) -> float:
        """How often all rows have been learnt from."""
        return self.position / self.steps_per_epoch

    @property
    def next_rows(self) -> Array:
        """Places of the rows that the next step learns from."""
        return self._rows(1)

    def _rows(self, steps: int) -> Array:
        """Places of the rows of so many steps within an epoch."""
        if not self._solver.stochastic:
            return np.arange(len(self._problem.inputs))
        epoch, begin = divmod(self.position, self.steps_per_epoch)
        order = np.random.RandomState([self._seed, epoch]).permutation(len(self._problem.inputs))
        return order[begin * self._batch : (begin + steps) * self._batch]

    def error(self) -> float:
        """Return the error of all rows, as learning names it; the L2 term is not in it."""
        problem = self._problem
        return float(problem.objective().error_sum(self.network.parameters) / len(problem.inputs))

    def change(self, *, loss: str, solver: Solver, alpha: float, batch_size: int) -> None:
        """Go on with other rules, and with a memory of nothing."""
        self._problem = replace(self._problem, loss=loss, alpha=alpha)
        self._begin(solver, batch_size)
        self.was_edited()

    def was_edited(self) -> None:
        """Go on from another η: what was kept on the way leads elsewhere, but for where it began."""
        self.edited = True
        self._ahead, self._ended = [], False
        self.curve = (*self.curve, (self.position, self.error()))
        self._keyframes = [*self._keyframes[:1], self._keyframe()]

    def advance(self, steps: int) -> None:
        """Do so many steps; MessageError if they take longer than two seconds: those that were done stay."""
        self._go(self.position + steps, time.perf_counter() + LONGEST_STEP, must=True)

    def run(self, seconds: float) -> None:
        """Do as many steps as fit into a time, one at least."""
        self._go(None, time.perf_counter() + seconds, must=False)

    def go_to(self, position: int) -> None:
        """Come to a step, by what was kept before it."""
        kept = [one for one in self._keyframes if one.position <= position]
        if not kept:
            raise MessageError(f"step {position} is not kept: the earliest is {self._keyframes[0].position}")
        if position < self.position or self.position < kept[-1].position:
            self._restore(kept[-1])
            self._keyframes = kept
        if position > self.position:
            self.advance(position - self.position)

    def _restore(self, frame: _Keyframe) -> None:
        self.network.parameters[:] = frame.parameters
        self.position, self.curve = frame.position, frame.curve
        self._state = TrainingState()
        self._state.restore(frame.state, self.network.parameters, self._solver)
        self._ahead, self._ended = [], False

    def _go(self, last: int | None, deadline: float, *, must: bool) -> None:
        for piece in self._pieces(last, deadline):
            began = time.perf_counter()
            done = self._learn(piece)
            self._seconds = (time.perf_counter() - began) / max(done, 1)
            self.position += done
            if self.position % self.steps_per_epoch == 0:
                self._note()
            if not done:
                return
        if must and last is not None and self.position < last:
            left = last - self.position
            raise MessageError(
                f"stopped after {LONGEST_STEP:g} seconds, {left:,} steps too early: the network is large, or "
                "they are many"
            )

    def _pieces(self, last: int | None, deadline: float) -> Iterator[int]:
        """Yield how many steps to do at once: never beyond an epoch's end, or what the time allows."""
        first = True
        while (last is None or self.position < last) and (first or time.perf_counter() < deadline):
            piece = self.steps_per_epoch - self.position % self.steps_per_epoch
            if last is not None:
                piece = min(piece, last - self.position)
            left = deadline - time.perf_counter()
            if not self._seconds:
                piece = min(piece, 8)  # nothing is known of how long a step takes
            elif piece * self._seconds > left:
                piece = max(1, int(left / self._seconds))
            first = False
            yield piece

    def _learn(self, steps: int) -> int:
        """Do a piece, return how many steps it was; none if learning has come to its end."""
        if not self._solver.stochastic:
            return self._iterate(steps)
        learn(
            replace(self._problem, rows=self._rows(steps)), self._solver, self._rules, self._state, _NO_DRAWS
        )
        self._state.epochs.clear()  # a lesson keeps the curve itself
        return steps

    def _iterate(self, steps: int) -> int:
        """Take iterates that were computed ahead: these solvers forget between calls what they found."""
        if not self._ahead and not self._ended:
            self._ahead = self._iterates_ahead()
            self._ended = not self._ahead
        taken, self._ahead = self._ahead[:steps], self._ahead[steps:]
        if taken:
            self.network.parameters[:] = taken[-1]
        return len(taken)

    def _iterates_ahead(self) -> list[Array]:
        trial = self.network.copy()
        found: list[Array] = []
        until = time.perf_counter() + LONGEST_STEP

        def note(report: EpochReport) -> bool:
            found.append(trial.parameters.copy())
            return time.perf_counter() > until

        problem = replace(self._problem, network=trial)
        rules = replace(self._rules, max_iter=_ITERATIONS_AT_ONCE, tol=1e-10, hooks=(note,))
        learn(problem, self._solver, rules, TrainingState(), np.random.RandomState(self._seed))
        return found

    def _note(self) -> None:
        """Keep the error at the end of an epoch, and now and then where learning is."""
        last = self.curve[-1][0]
        stride = max(self.steps_per_epoch, (self.position // _MOST_POINTS) or 1)
        if self.position - last >= stride:
            self.curve = _thinned((*self.curve, (self.position, self.error())))
        # Iterations are computed in blocks, and can be done again from the beginning of one alone.
        if self.position > self._keyframes[-1].position + 10 and not self._ahead:
            self._keyframes = _spread([*self._keyframes, self._keyframe()])

    def _keyframe(self) -> _Keyframe:
        return _Keyframe(
            self.position, self.network.parameters.copy(), self._state.snapshot().settled(), self.curve
        )

    def memento(self) -> tuple[dict[str, Any], Array, Snapshot]:
        """Return what `put_back` needs."""
        return dict(self.__dict__), self.network.parameters.copy(), self._state.snapshot().settled()

    def put_back(self, kept: tuple[dict[str, Any], Array, Snapshot]) -> None:
        """Be as at the time of a memento."""
        attributes, parameters, state = kept
        self.__dict__.update(attributes)
        self.network.parameters[:] = parameters
        self._state = TrainingState()
        self._state.restore(state, parameters, self._solver)


_NO_DRAWS = np.random.RandomState(0)  # the order of rows is given: nothing is drawn


def _thinned(curve: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    """Every second point, once there are too many; the last one stays."""
    return curve if len(curve) <= _MOST_POINTS else (*curve[:-1:2], curve[-1])


def _spread(frames: list[_Keyframe]) -> list[_Keyframe]:
    """Drop the first frame that is not missed: of what is long ago fewer stay, some log(position) in all."""
    now = frames[-1].position
    for place in range(1, len(frames) - 1):
        gap = frames[place + 1].position - frames[place - 1].position
        if gap <= (now - frames[place + 1].position) / 4:
            return [*frames[:place], *frames[place + 1 :]]
    return frames
