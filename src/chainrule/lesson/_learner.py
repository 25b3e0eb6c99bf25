"""Learning batch by batch: the same η after so many steps, whatever the pieces they were done in.

A step is a batch of SGD or Adam, or an iteration of L-BFGS or Levenberg–Marquardt. The order of the rows of
an epoch depends on the seed and the epoch alone, so a step can be done again from any point that was kept.
L-BFGS and Levenberg–Marquardt forget between calls what they have found out: they iterate in blocks of 20,
which begin anew (of fewer where there is much to be computed; how many depends on sizes alone).
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

LONGEST_STEP = 1.5
"""Seconds after which a piece of learning stops, and says so; a server stops a whole message after two."""
_ITERATIONS_AT_ONCE = 20
_PRODUCTS_AT_ONCE = 500_000_000
"""Multiplications of such a block, about; of a look at the error of all rows at most."""
_MOST_POINTS = 400
"""Of the learning curve."""
_MOST_TURNS = 20
"""Changes by hand that one can go back behind."""


@dataclass(frozen=True, eq=False)
class _How:
    """How it is learnt: error, solver and batches."""

    problem: Problem
    solver: Solver
    batch: int
    rules: Rules


@dataclass(frozen=True, eq=False)
class _Keyframe:
    """Learning at a step: η, the solver's memory, what has been seen of the curve, and how it goes on there.

    A turn is where η or the rules were changed by hand: learning from earlier frames does not lead beyond it.
    """

    position: int
    parameters: Array
    state: Snapshot
    curve: tuple[tuple[int, float], ...]
    how: _How
    turn: bool


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
        problem = Problem(network, inputs, Y, np.empty(0), np.arange(n), loss, alpha)
        few = _spread_rows(n, max(1_000, _PRODUCTS_AT_ONCE // network.n_parameters))
        self.watched: Array | None = None if len(few) == n else few
        self._seen = (inputs, Y) if self.watched is None else (inputs.take(few), Y[few])
        self._begin(_how(problem, solver, batch_size))
        self.curve: tuple[tuple[int, float], ...] = ((0, self.error()),)
        self._keyframes = [self._keyframe(turn=True)]

    def _begin(self, how: _How) -> None:
        self._how, self._state = how, TrainingState()
        self._ahead: list[Array] = []
        self._ended = False
        self._seconds = 0.0

    @property
    def steps_per_epoch(self) -> int:
        """Batches that all rows make."""
        return -(-len(self._how.problem.inputs) // self._how.batch)

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
        how, n = self._how, len(self._how.problem.inputs)
        if not how.solver.stochastic:
            return np.arange(n)
        epoch, begin = divmod(self.position, self.steps_per_epoch)
        order = np.random.RandomState([self._seed, epoch]).permutation(n)
        return order[begin * how.batch : (begin + steps) * how.batch]

    def error(self) -> float:
        """Return the error of all rows, as learning names it; the L2 term is not in it.

        Where that takes long it is the error of some rows, evenly from all: those `watched`.
        """
        inputs, Y = self._seen
        problem = replace(self._how.problem, inputs=inputs, Y=Y)
        return float(problem.objective.error_sum(self.network.parameters) / len(Y))

    def change(self, *, loss: str, solver: Solver, alpha: float, batch_size: int) -> None:
        """Go on with other rules, and with a memory of nothing."""
        self._begin(_how(replace(self._how.problem, loss=loss, alpha=alpha), solver, batch_size))
        self.was_edited()

    def was_edited(self) -> None:
        """Go on from another η, or by other rules; what was kept before can be gone back to."""
        self.edited = True
        self._ahead, self._ended = [], False
        before = self.curve[:-1] if self.curve[-1][0] == self.position else self.curve
        self.curve = _thinned((*before, (self.position, self.error())))
        last = self._keyframes[-1]
        again = last.turn and last.position == self.position
        kept = self._keyframes[:-1] if again else self._keyframes
        self._keyframes = _with_few_turns([*kept, self._keyframe(turn=True)])

    def advance(self, steps: int) -> str:
        """Do so many steps; return in words why it were fewer, "" if not."""
        return self._go(self.position + steps, time.perf_counter() + LONGEST_STEP)

    def run(self, seconds: float) -> str:
        """Do as many steps as fit into a time, one at least; return in words why there are no more, or ""."""
        return self._go(None, time.perf_counter() + seconds)

    def go_to(self, position: int) -> str:
        """Come to a step, by what was kept before it; return in words why it is another, "" if not.

        Raises
        ------
        MessageError
            If nothing before it is kept.
        """
        kept = [one for one in self._keyframes if one.position <= position]
        if not kept:
            raise MessageError(f"step {position} is not kept: the earliest is {self._keyframes[0].position}")
        how, back = self._how, position < self.position
        if back:
            self._restore(kept[-1])
            self._keyframes = kept
        said = self.advance(position - self.position) if position > self.position else ""
        if back and self._how is not how:  # there it was learnt in another way than from now on
            self._begin(how)
            self._keyframes = _with_few_turns([*self._keyframes, self._keyframe(turn=True)])
        return said

    def _restore(self, frame: _Keyframe) -> None:
        self.network.parameters[:] = frame.parameters
        self.position, self.curve = frame.position, frame.curve
        self._begin(frame.how)
        self._state.restore(frame.state, self.network.parameters, frame.how.solver)

    def _go(self, last: int | None, deadline: float) -> str:
        for piece in self._pieces(last, deadline):
            began = time.perf_counter()
            done = self._learn(piece)
            self._seconds = (time.perf_counter() - began) / max(done, 1)
            self.position += done
            if not done:
                return "learning has come to its end: the solver finds nothing better from here"
            self._note()
        left = 0 if last is None else last - self.position
        return f"stopped after {LONGEST_STEP:g} seconds, {left:,} steps are left" if left else ""

    def _pieces(self, last: int | None, deadline: float) -> Iterator[int]:
        """Yield how many steps to do at once: never beyond an epoch's end, or what the time allows."""
        first = True
        while (last is None or self.position < last) and (first or time.perf_counter() < deadline):
            piece = self.steps_per_epoch - self.position % self.steps_per_epoch
            if last is not None:
                piece = min(piece, last - self.position)
            left = deadline - time.perf_counter()
            if not self._seconds:
                piece = 1  # nothing is known of how long a step takes
            elif piece * self._seconds > left:
                piece = max(1, int(left / self._seconds))
            first = False
            yield piece

    def _learn(self, steps: int) -> int:
        """Do a piece, return how many steps it was; none if learning has come to its end."""
        how = self._how
        if not how.solver.stochastic:
            return self._iterate(steps)
        _learn(replace(how.problem, rows=self._rows(steps)), how.solver, how.rules, self._state, _NO_DRAWS)
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
        how, trial = self._how, self.network.copy()
        found: list[Array] = []

        def note(report: EpochReport) -> bool:
            found.append(trial.parameters.copy())
            return False

        rules = replace(how.rules, max_iter=_block(how), tol=1e-10, hooks=(note,))
        random = np.random.RandomState(self._seed)
        _learn(replace(how.problem, network=trial), how.solver, rules, TrainingState(), random)
        return found

    def _note(self) -> None:
        """Keep the error at the end of an epoch, and now and then where learning is."""
        stride = max(self.steps_per_epoch, (self.position // _MOST_POINTS) or 1)
        at_end = self.position % self.steps_per_epoch == 0
        if at_end and self.position - self.curve[-1][0] >= stride:
            self.curve = _thinned((*self.curve, (self.position, self.error())))
        # Iterations are computed in blocks, and can be done again from the beginning of one alone.
        if self.position > self._keyframes[-1].position + 10 and not self._ahead:
            frames = [*self._keyframes, self._keyframe(turn=False)]
            self._keyframes = _spread(frames, many=self.network.n_parameters <= _MANY_FRAMES)

    def _keyframe(self, *, turn: bool) -> _Keyframe:
        state = self._state.snapshot().settled()
        parameters = self.network.parameters.copy()
        return _Keyframe(self.position, parameters, state, self.curve, self._how, turn)

    def memento(self) -> tuple[dict[str, Any], Array, Snapshot]:
        """Return what `put_back` needs."""
        return dict(self.__dict__), self.network.parameters.copy(), self._state.snapshot().settled()

    def put_back(self, kept: tuple[dict[str, Any], Array, Snapshot]) -> None:
        """Be as at the time of a memento."""
        attributes, parameters, state = kept
        self.__dict__.update(attributes)
        self.network.parameters[:] = parameters
        self._state = TrainingState()
        self._state.restore(state, parameters, self._how.solver)


_NO_DRAWS = np.random.RandomState(0)  # the order of rows is given: nothing is drawn
_MANY_FRAMES = 5_000
"""Parameters up to which frames lie densely; of larger networks they take memory."""


def _learn(
    problem: Problem, solver: Solver, rules: Rules, state: TrainingState, random: np.random.RandomState
) -> None:
    try:
        learn(problem, solver, rules, state, random)
    except ValueError as error:
        if np.isfinite(problem.network.parameters).all():
            raise
        raise MessageError(
            "learning diverges from here: after some steps weights are no longer finite; take a smaller rate"
        ) from error


def _how(problem: Problem, solver: Solver, batch_size: int) -> _How:
    n = len(problem.inputs)
    batch = min(batch_size, n) if solver.stochastic else n
    rules = Rules(batch_size=batch, max_iter=1, shuffle=False, tol=0.0, n_iter_no_change=np.inf)
    return _How(problem, solver, batch, rules)


def _block(how: _How) -> int:
    """Return how many iterations are computed at once."""
    products = 3 * len(how.problem.inputs) * how.problem.network.n_parameters
    if how.solver.name == "lm":
        products *= how.problem.network.n_parameters
    return max(1, min(_ITERATIONS_AT_ONCE, _PRODUCTS_AT_ONCE // products))


def _spread_rows(n: int, most: int) -> NDArray[np.intp]:
    """Return at most so many of n rows, evenly."""
    return np.linspace(0, n - 1, min(n, most)).astype(np.intp)


def _thinned(curve: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    """Every second point, once there are too many; the last one stays."""
    return curve if len(curve) <= _MOST_POINTS else (*curve[:-1:2], curve[-1])


def _spread(frames: list[_Keyframe], *, many: bool) -> list[_Keyframe]:
    """Drop the first frame that is not missed: of what is long ago fewer stay, some log(position) in all."""
    now = frames[-1].position
    for place in range(1, len(frames) - 1):
        gap = frames[place + 1].position - frames[place - 1].position
        room = (now - frames[place + 1].position) / (4 if many else 1)
        if gap <= room and not frames[place].turn:
            return [*frames[:place], *frames[place + 1 :]]
    return frames


def _with_few_turns(frames: list[_Keyframe]) -> list[_Keyframe]:
    """Forget the way to the first of the turns, once there are too many."""
    turns = [place for place, frame in enumerate(frames) if frame.turn]
    return frames if len(turns) <= _MOST_TURNS else frames[turns[1] :]
