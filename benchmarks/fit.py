"""Whole fits beside scikit-learn's: the same work in turns, in one run, as ratios.

Run with ``make bench`` or ``python -m benchmarks.fit [--rounds N]``. Both libraries get the same data, seed
and settings; their losses are compared before a time is believed. This machine's noise falls on both.
"""

import argparse
import platform
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning

import chainrule


@dataclass(frozen=True)
class Work:
    """One kind of fit: widths from inputs to outputs, rows a batch, rows in all."""

    sizes: tuple[int, ...]
    batch: int
    rows: int = 6_000
    epochs: int = 5
    activation: str = "relu"
    solver: str = "adam"

    def data(self, dtype: Any) -> tuple[Any, Any]:
        random = np.random.default_rng(0)
        X = random.normal(size=(self.rows, self.sizes[0])).astype(dtype)
        y = np.sin(X @ random.normal(size=(self.sizes[0], self.sizes[-1])).astype(dtype))
        return X, y.ravel() if self.sizes[-1] == 1 else y

    def model(self, library: Any) -> Any:
        return library.MLPRegressor(
            hidden_layer_sizes=self.sizes[1:-1],
            activation=self.activation,
            solver=self.solver,
            batch_size=self.batch,
            max_iter=self.epochs,
            random_state=0,
        )

    def name(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} {self.activation} {self.solver}, batch {self.batch}"


GRID = [
    Work((10, 16, 1), 32),
    Work((20, 64, 64, 10), 32),
    Work((20, 64, 64, 10), 32, activation="tanh"),
    Work((26, 64, 64, 1), 64),
    Work((26, 64, 64, 1), 200),
    Work((50, 100, 1), 200),
    Work((50, 100, 1), 200, solver="sgd"),
    Work((64, 128, 128, 10), 128),
    Work((784, 256, 128, 10), 128, rows=2_000, epochs=3),
]


def seconds(model: Any, X: Any, y: Any) -> float:
    began = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - began


def compare(work: Work, dtype: Any, rounds: int) -> str:
    X, y = work.data(dtype)
    ours, theirs = [], []
    model = work.model(chainrule)
    model.fit(X[:500], y[:500])  # load the kernels
    for _ in range(rounds):
        peer = work.model(neural_network)
        ours.append(seconds(model, X, y))
        theirs.append(seconds(peer, X, y))
        assert np.isclose(model.loss_, peer.loss_, rtol=1e-3), (work, model.loss_, peer.loss_)
    ratios = np.array(theirs) / np.array(ours)
    steps = work.epochs * -(-work.rows // work.batch)
    return (
        f"| {work.name()} | {np.dtype(dtype).name} | {1e6 * np.median(theirs) / steps:.0f} "
        f"| {1e6 * np.median(ours) / steps:.0f} | {np.median(ratios):.1f} "
        f"| {ratios.min():.1f}-{ratios.max():.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="fits of each library (default 5)")
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"chainrule {chainrule.__version__}, scikit-learn {sklearn.__version__}, {platform.machine()}\n")
    print("| work | type | scikit-learn, µs a step | chainrule | ratio, median | range |")
    print("|---|---|---|---|---|---|")
    for work in GRID:
        for dtype in np.float64, np.float32:
            print(compare(work, dtype, rounds), flush=True)


if __name__ == "__main__":
    main()
