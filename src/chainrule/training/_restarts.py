"""Restarts: learning from several initial weights in parallel threads; the best network is kept."""

import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import count

import numpy as np

from chainrule._elsewhere import results_elsewhere, workers_elsewhere
from chainrule._progress import counting
from chainrule.network import Network
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._team import Team
from chainrule.training._problem import Problem
from chainrule.training._rules import Rules
from chainrule.training._state import TrainingState


def learn_best_of(
    problem: Problem,
    networks: Sequence[Network],
    learn: Callable[[Problem, Rules, TrainingState], None],
    rules_for: Callable[[Problem], Rules],
    at_a_time: int,
    progress: bool = False,
) -> tuple[Network, TrainingState]:
    """Learn with each of the networks, and return the one that ends best, with its state.

    Best is the highest validation score where there is one, the highest evidence for alpha="bayes", and the
    lowest loss otherwise. Threads take the next network that none has begun, at most ``at_a_time``
    threads. An interruption ends all of them; the best so far is returned. Where joblib's backend is one of
    other machines they learn there.
    """
    if problem.group is None and workers_elsewhere() and rules_for(problem).record is None:
        return _best(_learned_elsewhere(problem, networks, learn, rules_for, progress))
    states = [TrainingState() for _ in networks]
    begun, stop = count(), threading.Event()

    def work(worker: int) -> None:
        while (number := next(begun)) < len(networks) and not stop.is_set():
            own, state = replace(problem, network=networks[number]), states[number]
            rules = rules_for(own).watched_by(lambda report: stop.is_set())
            if rules.record is not None:
                rules = replace(rules, record=rules.record.beside(number, stop))
            if not rules.ended_before(own.network, state, None):
                learn(own, rules, state)
                rules.end(own.network, state)
            if state.stop_reason == "interrupted":
                stop.set()
            done()

    with counting("learning from several beginnings", len(networks), progress) as done:
        interrupted = _run_in_threads(work, min(at_a_time, len(networks)), stop)
    network, state = _best(list(zip(networks, states, strict=True)))
    if interrupted:
        state.stop_reason = "interrupted"
    return network, state


def _best(learned: Sequence[tuple[Network, TrainingState]]) -> tuple[Network, TrainingState]:
    return max(learned, key=lambda one: _merit(one[1]))


def _learned_elsewhere(
    problem: Problem,
    networks: Sequence[Network],
    learn: Callable[[Problem, Rules, TrainingState], None],
    rules_for: Callable[[Problem], Rules],
    progress: bool,
) -> list[tuple[Network, TrainingState]]:
    """Learn on other machines; Ctrl-C ends it, and nothing is kept."""

    def job(network: Network) -> tuple[Network, TrainingState]:
        own, state = replace(problem, network=network), TrainingState()
        learn(own, rules_for(own), state)
        return network, state

    found = []
    with counting("learning from several beginnings", len(networks), progress) as done:
        for learned in results_elsewhere([(job, (network,)) for network in networks]):
            found.append(learned)
            done()
    return found


def _run_in_threads(work: Callable[[int], None], most: int, stop: threading.Event) -> bool:
    """Work in as many threads as there are, at most so many; return whether Ctrl-C ended it.

    ``stop`` is set at once when anything is raised, also while this thread waits for the others: they end
    after the iteration that they are in.
    """
    with one_blas_thread() as threads:
        size = min(threads, most)

    def share(worker: int) -> None:
        try:
            work(worker)
        except BaseException:
            stop.set()
            raise

    try:
        # A single one has all threads for its products and sums; several have one each.
        with one_blas_thread() if size > 1 else nullcontext(), Team(size) as team:
            try:
                team.run(share)
            except BaseException:
                stop.set()
                raise
    except KeyboardInterrupt:
        if not stop.is_set():
            raise
        warnings.warn("Training interrupted by user.", stacklevel=10)
        return True
    return stop.is_set()


def _merit(state: TrainingState) -> tuple[float, float, float]:
    """Score, evidence, loss, in this order; what a start did not come to is the least, not left out."""
    merits = state.best_score, state.log_evidence, -state.best_loss
    return tuple(merit if np.isfinite(merit) else -np.inf for merit in merits)  # type: ignore[return-value]
