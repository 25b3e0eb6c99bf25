"""Members of an ensemble: small networks, each learned from all folds but its own, in threads."""

import os
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule._elsewhere import Job, results_elsewhere, workers_elsewhere
from chainrule.estimators._held_back import HeldBack
from chainrule.network import ALL_ROWS, Inputs, Network, evaluate, one_blas_thread
from chainrule.tables.ensemble._folds import Folds
from chainrule.tables.ensemble._watching import Announcement, Bar
from chainrule.training import (
    Adam,
    EpochReport,
    History,
    Problem,
    Recorder,
    Rules,
    Run,
    TimeLimit,
    TrainingState,
    digest,
    digests_of,
    learn,
)

Array = NDArray[Any]

SMALLEST_BATCH, LARGEST_BATCH, FEWEST_EPOCHS = 64, 256, 32


@dataclass(frozen=True)
class Recipe:
    """How a member learns.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
    activation : str
    learning_rate : float
    alpha : float
    n_steps : int
        About so many steps are planned, and at least 32 epochs.
    batch_size : int, optional
        By default a power of two near a 32nd of the rows, from 64 to 256; see ``most_steps``.
    n_iter_no_change : int, optional
        By default a fifth of the epochs, at least 10.
    scale_rate : float
        How many times as fast as weights the scales of inputs are learned; 0 leaves them out.
    most_steps : int, optional
        By default there are about so many steps in an epoch at most: of many rows more are in a step.
    """

    hidden_layer_sizes: tuple[int, ...]
    activation: Any
    learning_rate: float
    alpha: float
    n_steps: int
    batch_size: int | None
    n_iter_no_change: int | None
    scale_rate: float
    most_steps: int | None = None

    def network(self, sizes: Sequence[int], output: str, dtype: np.dtype[Any], random: Any) -> Network:
        """Draw a network."""
        return Network(sizes, self.activation, output, dtype, random)

    def rules(self, n_rows: int) -> Rules:
        """Return the rules for so many rows."""
        batch = min(self.batch_size or self._batch_for(n_rows), n_rows)
        epochs = max(FEWEST_EPOCHS, -(-self.n_steps // max(1, n_rows // batch)))
        patience = self.n_iter_no_change or max(10, epochs // 5)
        return Rules(
            batch_size=batch, max_iter=epochs, tol=0.0, n_iter_no_change=patience, score_is_error=True
        )

    def _batch_for(self, n_rows: int) -> int:
        batch = min(max(_power_near(n_rows / 32), SMALLEST_BATCH), LARGEST_BATCH)
        return batch if self.most_steps is None else max(batch, _power_near(n_rows / self.most_steps))


def _power_near(number: float) -> int:
    """Return the power of two that is nearest, by its logarithm."""
    return int(2 ** round(np.log2(max(1, number))))


@dataclass(frozen=True)
class Task:
    """What all members learn from.

    Parameters
    ----------
    inputs : Inputs
        Encoded rows.
    width : int
        Inputs of the networks.
    Y : array of shape (n_rows, n_outputs)
    weights : array of shape (n_rows,) or (0,)
    loss, output : str
        Of the networks.
    folds : array of int
    n_folds : int
    """

    inputs: Inputs
    width: int
    Y: Array
    weights: Array
    loss: str
    output: str
    folds: Folds
    n_folds: int

    def digests(self) -> dict[str, str | None]:
        """Return the SHA-256 of what is learned from; groups show in the folds."""
        return digests_of(self.inputs, self.Y, self.weights) | {"groups": digest(self.folds)}


def chosen_members(members: Sequence["Member"], number: Any) -> Sequence["Member"]:
    """Return the member of a number, as sequences count, or all if it is None.

    >>> chosen_members("abc", 1), chosen_members("abc", -1), chosen_members("abc", None)
    (('b',), ('c',), 'abc')
    >>> chosen_members("abc", 3)
    Traceback (most recent call last):
        ...
    ValueError: member must be None, or a whole number from 0 to 2 as there are 3 members, got 3
    """
    if number is None:
        return members
    if not isinstance(number, int | np.integer) or not -len(members) <= number < len(members):
        raise ValueError(
            f"member must be None, or a whole number from 0 to {len(members) - 1} as there are "
            f"{len(members)} members, got {number!r}"
        )
    return (members[int(number)],)


@dataclass(frozen=True)
class Member:
    """A network that has learned.

    Parameters
    ----------
    network : Network
    held_back : array of int
        The rows it stopped by.
    history : History
    """

    network: Network
    held_back: NDArray[np.intp]
    history: History

    def outputs(self, inputs: Inputs, rows: NDArray[np.intp] = ALL_ROWS) -> Array:
        """Return the network's outputs for all rows, or for some."""
        return evaluate(self.network.architecture, self.network.parameters, inputs, rows)


def learn_members(
    task: Task,
    recipe: Recipe,
    seeds: NDArray[np.int64],
    n_threads: int,
    clock: TimeLimit | None,
    begun: "list[Network] | None" = None,
    *,
    verbose: bool = True,
    progress: bool = False,
    recorder: Recorder | None = None,
) -> tuple[list[Member], bool]:
    """Learn as many members as there are seeds, side by side; return them and whether Ctrl-C ended it.

    Each member draws from its own seed, so the numbers are the same for any number of threads. With a time
    limit each gets an equal share of what is left when it begins; one that the time is up for is left out,
    but there is at least one. A recorder keeps where each of them is, and goes on with those that had begun.
    Without one, and where joblib's backend is of other machines, members are learned there.
    """
    stop = threading.Event()
    n = len(seeds)
    n_threads = max(1, min(n, n_threads))
    shown = Bar(n) if progress else Announcement(n / n_threads, verbose)

    def member(number: int) -> Member | None:
        begun_before = recorder is not None and recorder.knows(number)
        if stop.is_set() or (clock is not None and number and clock.share >= 1 and not begun_before):
            return None
        run = None if recorder is None else recorder.run(number, stop)
        limit = None if clock is None else limit_of(clock, -(-(n - number) // n_threads), run)
        network = None if begun is None else begun[number % len(begun)].copy()

        last: EpochReport | None = None

        def watch(report: EpochReport) -> bool:
            nonlocal last
            last = report
            shown(report)
            return stop.is_set()

        learned = _learn(task, recipe, int(seeds[number]), number, network, limit, watch, run, shown)
        shown.ended(last)
        return learned

    if recorder is None and n > 1 and (workers := workers_elsewhere()):
        networks = None if begun is None else [begun[number % len(begun)] for number in range(n)]
        with shown:
            return _elsewhere(task, recipe, seeds, networks, clock, workers, shown)
    with shown, one_blas_thread():
        if n_threads == 1:
            return _one_by_one(member, n, stop)
        return _side_by_side(member, n, n_threads, stop)


def _elsewhere(
    task: Task, recipe: Recipe, seeds: NDArray[np.int64], networks: "list[Network] | None",
    clock: TimeLimit | None, workers: int, shown: Announcement,
) -> tuple[list[Member], bool]:  # fmt: skip
    """Learn members on other machines; Ctrl-C leaves those that have come."""
    seconds = None if clock is None else max(clock.left / -(-len(seeds) // workers), 1e-3)
    end = None if clock is None else time.time() + clock.left
    jobs: list[Job] = []
    for number, seed in enumerate(seeds.tolist()):
        network = None if networks is None else networks[number]
        jobs.append((_learn_there, (task, recipe, seed, number, network, seconds, end)))
    found: list[Member] = []
    try:
        for member in results_elsewhere(jobs):
            if member is not None:
                found.append(member)
            shown.member()
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", stacklevel=4)
        return found, True
    return found, False


def _learn_there(
    task: Task, recipe: Recipe, seed: int, number: int, network: Network | None, seconds: float | None,
    end: float | None,
) -> Member | None:  # fmt: skip
    if end is not None and number and time.time() >= end:
        return None
    limit = None if seconds is None else TimeLimit(seconds)
    with one_blas_thread():
        return _learn(
            task, recipe, seed, number, network, limit, lambda report: False, None, Announcement(1, False)
        )


def _one_by_one(
    member: Callable[[int], Member | None], n: int, stop: threading.Event
) -> tuple[list[Member], bool]:
    found: list[Member] = []
    for number in range(n):
        one = member(number)
        if one is not None:
            found.append(one)
            if one.history.stop_reason == "interrupted":
                return found, True
    return found, False


def _side_by_side(
    member: Callable[[int], Member | None], n: int, n_threads: int, stop: threading.Event
) -> tuple[list[Member], bool]:
    # The futures are there before the threads: Ctrl-C may come when a member has begun, and its thread is not
    # yet known to the pool, nor the pool's future here.
    futures: list[Future[Member | None]] = [Future() for _ in range(n)]

    def learn_one(number: int) -> None:
        future = futures[number]
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(member(number))
        except BaseException as error:
            future.set_exception(error)

    interrupted = False
    with ThreadPoolExecutor(n_threads, "chainrule") as pool:
        try:
            for number in range(n):
                pool.submit(copy_context().run, learn_one, number)
            _wait(futures)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
            interrupted = True
            stop.set()
        except BaseException:
            stop.set()
            raise
    begun = [future for future in futures if not future.cancel()]
    ended = [future.result() for future in begun]  # waits, and raises what a member has raised
    return [one for one in ended if one is not None], interrupted


def _wait(futures: "list[Future[Member | None]]") -> None:
    """Wait for all. A thread that waits looks up now and then, and hears Ctrl-C."""
    left = set(futures)
    while left:
        done, left = wait(left, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in done:
            if future.exception() is not None:
                raise future.exception()  # type: ignore[misc]


def _learn(
    task: Task,
    recipe: Recipe,
    seed: int,
    number: int,
    network: Network | None,
    limit: TimeLimit | None,
    watch: Callable[[EpochReport], bool],
    run: Run | None,
    shown: Announcement,
) -> Member:
    random = np.random.RandomState(seed)
    fold = number % task.n_folds
    held_back = np.flatnonzero(task.folds == fold)
    rows = np.flatnonzero(task.folds != fold)
    sizes = (task.width, *recipe.hidden_layer_sizes, task.Y.shape[1])
    drawn = recipe.network(sizes, task.output, task.Y.dtype, random)
    network = drawn if network is None else network
    problem = Problem(
        network, task.inputs, task.Y, task.weights, rows, task.loss, recipe.alpha,
        scale_rate=recipe.scale_rate,
    )  # fmt: skip
    rules = replace(
        recipe.rules(len(rows)), score=_scorer(problem, held_back) if len(held_back) else None,
        time=limit, hooks=(watch,), record=run,
    )  # fmt: skip
    if run is not None:
        shown.skip(rules.max_iter if run.ended else run.done, rules.max_iter)
    if rules.score is not None:
        rules.score()  # its kernel is compiled before the clock runs
    state = TrainingState()
    learn(problem, Adam(recipe.learning_rate, schedule="cosine"), rules, state, random)
    return Member(network, held_back, state.history())


def limit_of(clock: TimeLimit, rounds: int, run: Run | None) -> TimeLimit:
    """Return an equal share of the time that is left, or what a member had that began before."""
    if run is not None and run.time is not None:
        return TimeLimit.going_on(*run.time)
    return TimeLimit(max(clock.left / rounds, 1e-3))


def _scorer(problem: Problem, held_back: NDArray[np.intp]) -> Callable[[], float]:
    """Return what gives the mean error of the rows held back, negated; where none has a weight all count."""
    weighed = problem.weights.size and problem.weights[held_back].sum() > 0
    weights = problem.weights if weighed else problem.weights[:0]
    return HeldBack(problem.inputs, problem.Y, weights, held_back).negated_loss(problem, scaled=False)


def n_threads_of(n_jobs: int | None) -> int:
    """Return how many threads ``n_jobs`` asks for: all cores for None and -1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        return cores
    return n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)
