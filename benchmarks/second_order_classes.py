"""Classes by Levenberg–Marquardt and by L-BFGS: ``python -m benchmarks.second_order_classes``.

Seconds until the average cross entropy is first below a level, median of some initialisations, one thread.
That is why `MLPClassifier` has no ``solver="lm"``; `train` takes it all the same.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import math
import time
from statistics import median
from typing import Any

from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.preprocessing import StandardScaler

from benchmarks.record import machine, markdown, write
from chainrule import LBFGS, LevenbergMarquardt, Network, train

LEVELS = (0.1, 0.03, 0.01, 0.003)
# Rows, hidden units, what the output is, how many of them.
TASKS: dict[str, tuple[Any, int, str, int]] = {
    "breast cancer": (load_breast_cancer, 10, "logistic", 1),
    "digits": (load_digits, 30, "softmax", 10),
}
SOLVERS: dict[str, Any] = {
    "lbfgs": LBFGS(max_fun=10**9),
    "lm, normal equations": LevenbergMarquardt(method="normal"),
    "lm, conjugate gradients": LevenbergMarquardt(method="cg"),
}
HEAD = ["task", "rows", "parameters", "solver", *[f"to {level:g}, s" for level in LEVELS]]


def run(task: str, solver: str, seed: int, cap: float) -> list[float]:
    """Seconds to each level, infinite where it was not reached."""
    load, hidden, output, p = TASKS[task]
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    net = Network((X.shape[1], hidden, p), "tanh", output, random_state=seed)
    reached: dict[float, float] = {}
    began = time.perf_counter()

    def watch(report: Any) -> bool:
        seconds = time.perf_counter() - began
        for level in LEVELS:
            if report.loss < level:
                reached.setdefault(level, seconds)
        return len(reached) == len(LEVELS) or seconds > cap

    train(net, X, y, solver=SOLVERS[solver], max_iter=10**6, tol=0, on_epoch=[watch])
    return [reached.get(level, math.inf) for level in LEVELS]


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="initialisations")
    parser.add_argument("--cap", type=float, default=30.0, help="seconds a run may take")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    table = [HEAD]
    for task, (load, hidden, output, p) in TASKS.items():
        X, _ = load(return_X_y=True)
        size = Network((X.shape[1], hidden, p), "tanh", output).n_parameters
        found: dict[str, list[list[float]]] = {solver: [] for solver in SOLVERS}
        for seed in range(-1, options.seeds):  # the first, which may compile, does not count
            for solver in SOLVERS:
                spent = run(task, solver, max(seed, 0), options.cap if seed >= 0 else 0.1)
                if seed >= 0:
                    found[solver].append(spent)
        for solver, spent_by_seed in found.items():
            rows.append({"task": task, "solver": solver, "seconds": spent_by_seed})
            middle = [median(column) for column in zip(*spent_by_seed, strict=True)]
            shown = ["–" if each == math.inf else f"{each:.2g}" for each in middle]
            table.append([task, f"{len(X):,}", f"{size:,}", solver, *shown])
    print(markdown(table))
    write("second_order_classes", machine(), rows, table)


if __name__ == "__main__":
    main()
