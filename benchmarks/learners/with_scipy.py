"""SciPy's least squares, with our residuals and our exact Jacobian."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


def least_squares(task: Task, method: str) -> Callable[[Network, Watch], None]:
    """MINPACK's "lm", or "trf"; tolerances so small that only the watch stops it."""
    from scipy import optimize

    least = float(np.finfo(float).eps)

    def learn(network: Network, watch: Watch) -> None:
        def residuals(eta: np.ndarray) -> Any:
            network.parameters[:] = eta
            off = (network(task.X) - task.y).ravel()
            watch.saw_or_stop(off @ off / off.size, network)
            return off

        def jacobian(eta: np.ndarray) -> Any:
            network.parameters[:] = eta
            return network.parameter_jacobian(task.X).reshape(-1, eta.size)

        watch.start()
        optimize.least_squares(
            residuals, network.parameters.copy(), jacobian, method=method,
            ftol=least, xtol=least, gtol=least, max_nfev=10**9,
        )  # fmt: skip

    return learn
