"""Members of an ensemble that learn from rows which others hold, one after the other, by sums over rows."""

import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.estimators._group_batches import little_work
from chainrule.network import Inputs, Network
from chainrule.tables.ensemble._group_folds import RowFolds
from chainrule.tables.ensemble._members import Member, Recipe, limit_of
from chainrule.tables.ensemble._watching import Announcement, Bar
from chainrule.training import (
    Adam,
    Draw,
    EpochReport,
    Group,
    Hook,
    Problem,
    Recorder,
    Rules,
    Run,
    TimeLimit,
    TrainingState,
    learn,
)

__all__ = ["GroupTask", "learn_by_group"]

_NO_ROWS = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class GroupTask:
    """What all members learn from.

    Parameters
    ----------
    group : Group
    folds : RowFolds
    sizes : tuple of int
        Of the networks' layers.
    output, loss : str
    dtype : dtype
    n_lanes : int
    """

    group: Group
    folds: RowFolds
    sizes: tuple[int, ...]
    output: str
    loss: str
    dtype: np.dtype[Any]
    n_lanes: int

    def problem(self, network: Network, draw: Draw, recipe: Recipe) -> Problem:
        """Return what is learned of the rows that a draw does not hold back."""
        nothing = (
            Inputs.of(np.empty((0, self.sizes[0])), self.dtype),
            np.empty((0, self.sizes[-1]), self.dtype),
        )
        return Problem(
            network, *nothing, np.empty(0, self.dtype), _NO_ROWS, self.loss, recipe.alpha,
            scale_rate=recipe.scale_rate, group=self.group, draw=draw,
        )  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """Members that have learned.

    Attributes
    ----------
    members : list of Member
        Without the rows that they hold back.
    folds : list of int
        The fold of each.
    interrupted : bool
        Whether Ctrl-C or a hook ended it.
    """

    members: list[Member]
    folds: list[int]
    interrupted: bool

    def folds_of(self, kept: Sequence[Member]) -> tuple[int, ...]:
        """Return the folds of some of them."""
        of = {id(one): fold for one, fold in zip(self.members, self.folds, strict=True)}
        return tuple(of[id(one)] for one in kept)


def learn_by_group(
    task: GroupTask,
    recipe: Recipe,
    seeds: NDArray[np.int64],
    clock: TimeLimit | None,
    begun: "list[Network] | None",
    *,
    hooks: Sequence[Hook],
    verbose: bool,
    progress: bool,
    recorder: Recorder | None,
    complain: Callable[[str], None],
) -> Learned:
    """Learn as many members as there are seeds, one after the other; see `learn_members`."""
    n, stop = len(seeds), threading.Event()
    shown = Bar(n) if progress else Announcement(n, verbose)
    found = Learned([], [], False)
    with shown:
        for number in range(n):
            begun_before = recorder is not None and recorder.knows(number)
            if stop.is_set() or (clock is not None and number and clock.share >= 1 and not begun_before):
                break
            run = None if recorder is None else recorder.run(number, stop)
            limit = None if clock is None else limit_of(clock, n - number, run)
            member = _Member(task, recipe, number, int(seeds[number]))
            network = None if begun is None else begun[number % len(begun)].copy()
            try:
                learned = member.learn(network, limit, run, _Watch(number, shown, hooks, stop), complain)
            except KeyboardInterrupt:  # between the sums of steps, and so not heard by the solver
                warnings.warn("Training interrupted by user.", stacklevel=4)
                return replace(found, interrupted=True)
            found.members.append(learned)
            found.folds.append(member.fold)
            if learned.history.stop_reason == "interrupted":
                stop.set()
    return replace(found, interrupted=stop.is_set())


class _Watch:
    """Shows an epoch, and tells hooks of it; one of these may stop the fit."""

    def __init__(
        self, number: int, shown: Announcement, hooks: Sequence[Hook], stop: threading.Event
    ) -> None:
        self._number, self.shown, self._hooks, self._stop = number, shown, hooks, stop
        self.last: EpochReport | None = None

    def __call__(self, report: EpochReport) -> bool:
        self.last = report = replace(report, member=self._number)
        self.shown(report)
        if any([hook(report) for hook in self._hooks]):
            self._stop.set()
        return self._stop.is_set()


class _Member:
    """A member that is to learn: its fold, its seed, and what it holds back."""

    def __init__(self, task: GroupTask, recipe: Recipe, number: int, seed: int) -> None:
        self._task, self._recipe, self._number = task, recipe, number
        self._random = np.random.RandomState(seed)
        self.fold = number % task.folds.n_folds

    def learn(
        self, network: Network | None, limit: TimeLimit | None, run: Run | None, watch: _Watch,
        complain: Callable[[str], None],
    ) -> Member:  # fmt: skip
        """Learn from all rows but those of the fold."""
        task, recipe = self._task, self._recipe
        drawn = recipe.network(task.sizes, task.output, task.dtype, self._random)
        network = drawn if network is None else network
        draw = task.folds.draw(self.fold, int(self._random.randint(2**31 - 1)), task.n_lanes)
        problem = task.problem(network, draw, recipe)
        rules = replace(self._rules(problem, draw), time=limit, hooks=(watch,), record=run)
        if not self._number and (complaint := little_work(problem, rules.batch_size)):
            complain(complaint)
        if run is not None:
            watch.shown.skip(rules.max_iter if run.ended else run.done, rules.max_iter)
        if rules.score is not None:
            rules.score()  # its kernel is compiled before the clock runs
        state = TrainingState()
        learn(problem, Adam(recipe.learning_rate, schedule="cosine"), rules, state, self._random)
        watch.shown.ended(watch.last)
        return Member(network, _NO_ROWS, state.history())

    def _rules(self, problem: Problem, draw: Draw) -> Rules:
        """Return the rules for the rows that are learned from: a step has as many of each lane."""
        group = self._task.group
        n, weight_sum = group.total("held rows", draw.numbers()).tolist()
        if n == group.n_rows:
            raise ValueError(
                f"all of {group.n_rows} rows are held back by member {self._number + 1}: more rows, or "
                "more n_folds=, are needed to learn from"
            )
        if n and not weight_sum > 0:
            raise ValueError(
                f"the {int(n)} rows that member {self._number + 1} holds back have no weight: it has nothing "
                "to stop by"
            )
        rules = self._recipe.rules(group.n_rows - int(n))
        lanes = self._task.n_lanes
        score = _scorer(problem, draw) if n else None
        return replace(rules, batch_size=-(-rules.batch_size // lanes) * lanes, score=score)


def _scorer(problem: Problem, draw: Draw) -> Callable[[], float]:
    """Return what gives the mean error of the rows held back, negated."""
    group, net, held = problem.group, problem.network, draw.numbers()
    assert group is not None

    def score() -> float:
        error_sum, weight_sum = group.total("held error", net.parameters, held).tolist()
        return float(-error_sum / weight_sum)

    return score
