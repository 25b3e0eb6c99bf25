"""Learning from several beginnings side by side, each as it would alone; the best is kept."""

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from chainrule._progress import bar
from chainrule.network import Network
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._crew import Crew
from chainrule.training._levenberg_marquardt import learn_by_levenberg_marquardt
from chainrule.training._problem import Problem
from chainrule.training._rules import Rules
from chainrule.training._solvers import LevenbergMarquardt
from chainrule.training._state import TrainingState


def learn_best_of(
    problem: Problem,
    networks: Sequence[Network],
    solver: LevenbergMarquardt,
    rules_for: Callable[[Problem], Rules],
    progress: bool = False,
) -> tuple[Network, TrainingState]:
    """Learn with each of the networks, and return the one that ends best, with its state.

    Best is the highest validation score where there is one, the highest evidence for alpha="bayes", and the
    lowest loss otherwise. Threads take the next network that none has begun; an interruption ends all.
    """
    states = [TrainingState() for _ in networks]
    begun, over = count(), threading.Event()
    with (
        one_blas_thread() as threads,
        Crew(min(threads, len(networks))) as crew,
        bar("learning from several beginnings") if progress else nullcontext() as shown,
    ):
        task = None if shown is None else shown.add_task("restarts", total=len(networks))

        def work(worker: int) -> None:
            while (number := next(begun)) < len(networks) and not over.is_set():
                own = replace(problem, network=networks[number])
                rules = rules_for(own).watched_by(lambda report: over.is_set())
                learn_by_levenberg_marquardt(own, solver, rules, states[number])
                if states[number].stop_reason == "interrupted":
                    over.set()
                if shown is not None and task is not None:
                    shown.advance(task)

        crew.run(work)
    best = max(range(len(networks)), key=lambda number: _merit(states[number]))
    if over.is_set():
        states[best].stop_reason = "interrupted"
    return networks[best], states[best]


def _merit(state: TrainingState) -> Any:
    if not state.epochs:
        return -np.inf
    for merit in (state.best_score, state.log_evidence, -state.epochs[-1].loss):
        if np.isfinite(merit):
            return merit
    return -np.inf
