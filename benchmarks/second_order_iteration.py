"""Cost of one iteration of Levenberg–Marquardt: `python -m benchmarks.second_order --iteration`.

10-h-1 nets on 5,000 rows: seconds of the Jacobian J, of JᵀJ and of the solution of (JᵀJ + μI) s = -Jᵀr, and
the peak of memory. Each form runs in a new process, whose peak is its own.
"""

import resource
import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from benchmarks.record import machine, markdown, write
from chainrule import Network
from chainrule.network import Inputs, Iterates, Objective
from chainrule.training.solvers._damped_steps import NormalEquations

ROWS, INPUTS = 5000, 10
HIDDEN = (41, 166, 416)  # P = 493, 1,993 and 4,993
DAMPING = 1e-3
HEAD = [
    "P", "by", "J, s", "JᵀJ, s", "solution, s", "all, s", "GFLOP/s of JᵀJ", "of the solution", "of all",
    "peak, MB", "of it before",
]  # fmt: skip

Parts = dict[str, float]
Prepared = Callable[[], tuple[Parts, np.ndarray]]
"""One iteration: seconds by part (any of "J", "JTJ", "solution", always "all"), and its step."""


def reference(network: Network, X: np.ndarray, y: np.ndarray) -> Prepared:
    """J in one piece by `parameter_jacobian`, products by NumPy (which calls syrk), Cholesky by SciPy."""
    J = np.empty((ROWS, 1, network.n_parameters))

    def iteration() -> tuple[Parts, np.ndarray]:
        times = [time.perf_counter()]
        network.parameter_jacobian(X, out=J)
        times.append(time.perf_counter())
        flat = J[:, 0]
        A, g = flat.T @ flat, flat.T @ (network(X) - y).ravel()
        times.append(time.perf_counter())
        A.flat[:: len(A) + 1] += DAMPING
        # A is symmetric: its transpose is the same, in the order that LAPACK overwrites.
        step = -cho_solve(cho_factor(A.T, lower=True, overwrite_a=True, check_finite=False), g)
        times.append(time.perf_counter())
        spent = dict(zip(("J", "JTJ", "solution"), np.diff(times).tolist(), strict=True))
        return spent | {"all": times[-1] - times[0]}, step

    return iteration


def ours(network: Network, X: np.ndarray, y: np.ndarray) -> Prepared:
    """What `LevenbergMarquardt` does in one iteration, from the same η with the same damping.

    JᵀJ is made without J, and the forward pass goes with it. Ours is the average error, so is its damping.
    """
    rows, nothing = Inputs.of(X, network.dtype), np.zeros(network.n_parameters)
    shares = np.full(ROWS, 1 / ROWS)
    model = Iterates(Objective(network.architecture, rows, "half_squared_error", y, shares))
    memory = np.empty((network.n_parameters,) * 2)

    def iteration() -> tuple[Parts, np.ndarray]:
        times = [time.perf_counter()]
        steps = NormalEquations(model.at(network.parameters), memory)
        times.append(time.perf_counter())
        step = steps.step(nothing, nothing, DAMPING / ROWS)
        times.append(time.perf_counter())
        assert step is not None
        spent = dict(zip(("JTJ", "solution"), np.diff(times).tolist(), strict=True))
        return spent | {"all": times[-1] - times[0]}, step

    return iteration


FORMS: dict[str, Callable[[Network, np.ndarray, np.ndarray], Prepared]] = {
    "NumPy and SciPy": reference,
    "chainrule": ours,
}


def measure(form: str, hidden: int, rounds: int) -> dict[str, Any]:
    """Medians of some iterations, after one that does not count."""
    random = np.random.default_rng(0)
    network = Network((INPUTS, hidden, 1), "tanh", random_state=0)
    X = random.normal(size=(ROWS, INPUTS))
    y = np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:3]
    network(X)
    before = _peak()
    iteration = FORMS[form](network, X, y)
    _, step = iteration()
    spent = [iteration()[0] for _ in range(rounds)]
    return {
        "parameters": network.n_parameters, "by": form, "seconds": spent,
        "step_norm": float(np.linalg.norm(step)),
        "median": {part: float(np.median([each[part] for each in spent])) for part in spent[0]},
        "peak_mb": _peak(), "before_mb": before,
    }  # fmt: skip


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def line(found: dict[str, Any]) -> list[str]:
    """A row of the table."""
    P, spent = found["parameters"], found["median"]
    work = {"JTJ": ROWS * P * (P + 1), "solution": P**3 / 3 + 2 * P**2}
    work["all"] = sum(work.values())
    return [
        f"{P:,}", found["by"],
        *[f"{spent[part]:.3g}" if part in spent else "" for part in ("J", "JTJ", "solution", "all")],
        *[f"{work[part] / spent[part] / 1e9:.1f}" if part in spent else "" for part in work],
        f"{found['peak_mb']:,.0f}", f"{found['before_mb']:,.0f}",
    ]  # fmt: skip


def main(rounds: int = 3) -> None:
    """Measure, and write down."""
    rows: list[dict[str, Any]] = []
    for hidden in HIDDEN:
        steps = []
        for form in FORMS:
            with get_context("spawn").Pool(1) as pool:
                found = pool.apply(measure, (form, hidden, rounds))
            steps.append(found["step_norm"])
            assert abs(steps[-1] - steps[0]) <= 1e-6 * steps[0], (form, hidden, steps)
            rows.append(found)
            print(*line(found), sep=" | ", flush=True)
    table = [HEAD, *map(line, rows)]
    print(markdown(table))
    write("second_order_iteration", machine(), rows, table)
