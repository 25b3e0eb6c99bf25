"""Ours: `train` with a hook after each iteration."""

from collections.abc import Callable
from typing import Any

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


def levenberg_marquardt(task: Task, **settings: float) -> Callable[[Network, Watch], None]:
    """All as it comes, but for what is said."""
    from chainrule import LevenbergMarquardt

    return _learning_by(LevenbergMarquardt(**settings), task)


def lbfgs(task: Task) -> Callable[[Network, Watch], None]:
    """What there is without second order: no peer, and not in the ratio."""
    from chainrule import LBFGS

    return _learning_by(LBFGS(max_fun=10**9), task)


def _learning_by(solver: Any, task: Task) -> Callable[[Network, Watch], None]:
    from chainrule import train

    def learn(network: Network, watch: Watch) -> None:
        outputs = task.y.shape[1]  # our loss is summed over them
        watch.start()
        train(
            network, task.X, task.y, loss="half_squared_error", solver=solver, max_iter=10**6, tol=0,
            on_epoch=[lambda report: watch.saw(2 * report.loss / outputs, network)],
        )  # fmt: skip

    return learn
