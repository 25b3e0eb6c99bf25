"""Minibatches of rows that a group holds: how they are drawn, how large they are, and whether they pay."""

import time
import warnings
from typing import Any

import numpy as np

from chainrule.training import Draw, Group, Problem, Solver, fewest_rows, step_pays

__all__ = ["batch_size_for", "check_batches", "check_lanes", "draw_for", "little_work", "warn_of_steps"]

_AUTO = 200
"""Rows of a step, as scikit-learn has it; rounded up to a multiple of the lanes."""


def check_batches(model: Any, n_lanes: object) -> None:
    """Raise ValueError or TypeError for what lanes cannot do.

    Parameters
    ----------
    model : estimator
        Whose solver learns by minibatches.
    n_lanes : int
    """
    check_lanes(n_lanes, model.batch_size)
    if not model.shuffle:
        raise ValueError(
            "shuffle=False takes the rows in their order: over leaves they are drawn by lanes; call fit in "
            "one process, or leave it out"
        )


def check_lanes(n_lanes: object, batch_size: Any) -> None:
    """Raise ValueError or TypeError for what is no number of lanes, or does not go with rows of a step."""
    if isinstance(n_lanes, bool) or not isinstance(n_lanes, int | np.integer):
        raise TypeError(f"n_lanes must be a whole number, got {n_lanes!r}")
    if n_lanes < 1:
        raise ValueError(f"n_lanes must be at least 1, got {n_lanes}")
    if batch_size != "auto" and batch_size % n_lanes:
        raise ValueError(
            f"batch_size={batch_size} must be a multiple of n_lanes={n_lanes}: each of the lanes, to which "
            "the leaves are dealt, gives a step as many rows"
        )


def draw_for(model: Any, solver: Solver, n_lanes: int, random: np.random.RandomState) -> Draw | None:
    """Return how rows are drawn, from the model's own source; None where the solver draws none."""
    if not solver.stochastic:
        return None
    seed = int(random.randint(2**31 - 1))
    return Draw.holding_back(seed, int(n_lanes), model.validation_fraction if model.early_stopping else 0.0)


def batch_size_for(model: Any, problem: Problem) -> int:
    """Return the rows of a step: as given, or 200 rounded up to a multiple of the lanes; at most all."""
    assert problem.draw is not None
    size = model.batch_size
    if size == "auto":
        size = -(-_AUTO // problem.draw.n_lanes) * problem.draw.n_lanes
    return int(min(size, problem.n_rows))


def warn_of_steps(problem: Problem, batch_size: int) -> None:
    """Warn where one owner of the rows would be quicker alone than several are with batches so small."""
    found = little_work(problem, batch_size)
    if found is not None:
        warnings.warn(f"{found}, or solver='lbfgs'", stacklevel=3)


def little_work(problem: Problem, batch_size: int) -> str | None:
    """Return in words that a step is too little work to be shared; None where it is not.

    A group that has several owners says so by an attribute ``n_owners``, and by ``threads`` how many each
    has.
    """
    group, draw, net = problem.group, problem.draw, problem.network.architecture
    n_owners, threads = getattr(group, "n_owners", 1), getattr(group, "threads", 1)
    if group is None or draw is None or n_owners < 2:
        return None
    seconds = _round(group, problem.network.parameters, draw)
    if step_pays(net, batch_size, n_owners, seconds, threads):
        return None
    return (
        f"a step of {batch_size} rows is too little work for {n_owners} to share: one alone is quicker, as a "
        f"round takes {1e3 * seconds:.3g} ms; batch_size of {fewest_rows(net, n_owners, seconds, threads)} "
        "rows or more pays"
    )


def _round(group: Group, eta: Any, draw: Draw) -> float:
    """Seconds in which η goes to all and a sum as long as a gradient comes back: the fastest of three."""

    def once() -> float:
        began = time.perf_counter()
        group.total("round", eta, draw.numbers())
        return time.perf_counter() - began

    return min(once() for _ in range(3))
