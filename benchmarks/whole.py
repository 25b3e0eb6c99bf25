"""Times of whole fits, predictions, imports and first fits, compared with scikit-learn.

Run with ``python -m benchmarks.whole``. Fits and predictions of the two take turns in one process, with the
same data, seed and settings; imports and first fits run in new processes. Losses are compared before times.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import config_context, datasets, neural_network
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import chainrule
from benchmarks.record import machine, write

HEAD = ["work", "scikit-learn", "chainrule", "ratio (range)"]


def diamonds() -> tuple[Any, Any]:
    """26 columns, standardised, and the logarithm of the price."""
    import pandas as pd

    table = pd.read_csv("examples/data/diamonds.csv.gz")
    words = [name for name in table.columns if table[name].dtype.kind not in "fi"]
    numbers = [name for name in table.columns if name not in words and name != "price"]
    coded = OneHotEncoder(sparse_output=False).fit_transform(table[words])
    X = StandardScaler().fit_transform(np.hstack([table[numbers].to_numpy(float), coded]))
    return X, np.log(table["price"].to_numpy(float))


def text_like() -> tuple[Any, Any]:
    """The rows of `benchmarks.sparse`."""
    from benchmarks.sparse import make_rows

    return make_rows("float64")


def digits() -> tuple[Any, Any]:
    """1,797 pictures of 64 numbers."""
    X, y = datasets.load_digits(return_X_y=True)
    return X / 16, y


FITS: dict[str, tuple[Callable[[], tuple[Any, Any]], str, dict[str, Any]]] = {
    "digits, defaults": (digits, "MLPClassifier", {"max_iter": 60}),
    "digits, lbfgs": (digits, "MLPClassifier", {"solver": "lbfgs", "max_iter": 100}),
    "digits, early stopping": (digits, "MLPClassifier", {"early_stopping": True, "max_iter": 60}),
    "diamonds, 64-64, batches of 200": (
        diamonds, "MLPRegressor", {"hidden_layer_sizes": (64, 64), "max_iter": 5},
    ),
    "diamonds, 64-64, lbfgs": (
        diamonds, "MLPRegressor", {"hidden_layer_sizes": (64, 64), "solver": "lbfgs", "max_iter": 40},
    ),
    "text-like, 20,000 × 50,000, sparse": (text_like, "MLPClassifier", {"max_iter": 2}),
}  # fmt: skip


def seconds(call: Callable[[], Any], least: float = 0.0) -> float:
    """Of one call; of so many that they take ``least`` seconds together."""
    began, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - began < least:
        call()
        calls += 1
    return (time.perf_counter() - began) / calls


def in_turns(theirs: Callable[[], Any], ours: Callable[[], Any], rounds: int, least: float = 0.0) -> Any:
    """Times of both."""
    pairs = [(seconds(theirs, least), seconds(ours, least)) for _ in range(rounds)]
    return np.array(pairs).T


def fits(rounds: int) -> list[dict[str, Any]]:
    """Whole fits."""
    found = []
    for name, (make, estimator, options) in FITS.items():
        X, y = make()
        models = [
            getattr(library, estimator)(random_state=0, tol=0, n_iter_no_change=10**6, **options)
            for library in (neural_network, chainrule)
        ]
        for model in models:
            model.fit(X, y)
        losses = [float(model.loss_) for model in models]
        tolerance = 0.05 if options.get("solver") == "lbfgs" else 1e-3
        assert abs(losses[1] - losses[0]) <= tolerance * losses[0], (name, losses)
        times = in_turns(lambda: models[0].fit(X, y), lambda: models[1].fit(X, y), rounds)  # noqa: B023
        found.append({"work": name, "losses": losses, "seconds": times.tolist()})
    return found


def predictions(rounds: int) -> list[dict[str, Any]]:
    """Of one row, 100, and a million; alone, and through the network inside."""
    found = []
    for sizes in ((20, 64, 64, 10), (64, 128, 128, 10)):
        X = np.random.default_rng(0).normal(size=(1_000_000 if sizes[0] == 20 else 200_000, sizes[0]))
        y = np.sin(X[:500, : sizes[-1]])
        options = {"hidden_layer_sizes": sizes[1:-1], "max_iter": 2, "random_state": 0}
        theirs = neural_network.MLPRegressor(**options).fit(X[:500], y)
        ours = chainrule.MLPRegressor(**options).fit(X[:500], y)
        label = "-".join(map(str, sizes))
        for n in (1, 100, len(X)):
            rows = X[:n].copy()
            np.testing.assert_allclose(ours.predict(rows), theirs.predict(rows), rtol=1e-6, atol=1e-9)
            with config_context(assume_finite=True):
                times = in_turns(lambda: theirs.predict(rows), lambda: ours.predict(rows), rounds, 0.02)  # noqa: B023
            found.append({"work": f"predict {n:,} rows, {label}, assume_finite", "seconds": times.tolist()})
        row = X[:1].copy()
        times = in_turns(lambda: theirs.predict(row), lambda: ours.network_(row), rounds, 0.02)  # noqa: B023
        found.append({"work": f"one row through network_, {label}", "seconds": times.tolist()})
    return found


_FIRST = """
import time
began = time.perf_counter()
import numpy as np
from {library} import MLPRegressor
imported = time.perf_counter()
X = np.random.default_rng(0).normal(size=(500, 10))
model = MLPRegressor(hidden_layer_sizes=(16,), max_iter=2)
ready = time.perf_counter()
model.fit(X, X[:, 0])
print(imported - began, time.perf_counter() - ready)
"""


_NO_FOLDER = """
import chainrule.kernels._cache
chainrule.kernels._cache.cache_folder = lambda: None
"""


def first(library: str, cache: str, before: str = "") -> tuple[float, float]:
    """Seconds of the import and of the first fit, in a new process that runs some lines before."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-W", "ignore", "-c", before + _FIRST.format(library=library)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    imported, fitted = map(float, run.stdout.split())
    return imported, fitted


def beginnings(rounds: int) -> list[dict[str, Any]]:
    """Imports and first fits: with kernels kept, and with none."""
    with tempfile.TemporaryDirectory() as cache:
        cold = first("chainrule", cache)
        nowhere = first("chainrule", cache, _NO_FOLDER)
        pairs = [(first("sklearn.neural_network", cache), first("chainrule", cache)) for _ in range(rounds)]
    theirs, ours = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
    return [
        {"work": "import", "seconds": [theirs[:, 0].tolist(), ours[:, 0].tolist()]},
        {"work": "first fit, kernels kept", "seconds": [theirs[:, 1].tolist(), ours[:, 1].tolist()]},
        {"work": "first fit, nothing kept", "seconds": [theirs[:, 1].tolist(), [cold[1]]]},
        {"work": "first fit, no folder to keep anything", "seconds": [theirs[:, 1].tolist(), [nowhere[1]]]},
    ]


def in_words(spent: float) -> str:
    """Seconds as people write them."""
    if spent < 1e-3:
        return f"{1e6 * spent:.0f} µs"
    return f"{1e3 * spent:.0f} ms" if spent < 1 else f"{spent:.2f} s"


def line(found: dict[str, Any]) -> list[str]:
    """A row of the table."""
    theirs, ours = (np.array(times) for times in found["seconds"])
    ratios = theirs / ours if len(theirs) == len(ours) else np.median(theirs) / ours
    return [
        found["work"], in_words(float(np.median(theirs))), in_words(float(np.median(ours))),
        f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})",
    ]  # fmt: skip


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")
    table, everything = [HEAD], []
    for part in (beginnings, predictions, fits):
        for found in part(rounds):
            everything.append(found)
            table.append(line(found))
            print(*table[-1], sep=" | ", flush=True)
    write("whole", machine(), everything, table)


if __name__ == "__main__":
    main()
