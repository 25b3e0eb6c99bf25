"""Text-sized work: 20,000 rows of 50,000 columns with 100 entries each, one hidden layer of 100.

Run with ``python -m benchmarks.sparse``. Each fit runs in a process of its own, in turns, so that its peak
memory is its own; both libraries get the same rows, seed and settings, and their losses are compared.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

ROWS, COLUMNS, ENTRIES = 20_000, 50_000, 100


def make_rows(dtype: str) -> tuple[Any, Any]:
    """Rows of counts whose columns are as unevenly used as words are, and two classes."""
    random = np.random.default_rng(0)
    columns = random.zipf(1.3, size=ROWS * ENTRIES) % COLUMNS
    starts = np.arange(0, ROWS * ENTRIES + 1, ENTRIES)
    X = sparse.csr_matrix((np.ones(ROWS * ENTRIES, dtype), columns, starts), shape=(ROWS, COLUMNS))
    X.sum_duplicates()
    frequent = np.asarray(X[:, :50].sum(axis=1)).ravel()
    return X, (frequent > np.median(frequent)).astype(int)


def fit(library: str, dtype: str, epochs: int) -> dict[str, float]:
    """Fit in this process."""
    if library == "chainrule":
        from chainrule import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = make_rows(dtype)
    MLPClassifier((100,), max_iter=1).fit(X[:50, :20], y[:50])  # load what a first fit loads
    began = time.perf_counter()
    model = MLPClassifier((100,), max_iter=epochs, random_state=0).fit(X, y)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak_mb": peak, "loss": float(model.loss_)}


def in_a_process(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.sparse", "--one", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="fits of each library (default 3)")
    parser.add_argument("--epochs", type=int, default=2, help="epochs of a fit (default 2)")
    parser.add_argument("--one", nargs=3, metavar=("LIBRARY", "DTYPE", "EPOCHS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(fit(options.one[0], options.one[1], int(options.one[2]))))
        return
    print("| type | scikit-learn, s an epoch | chainrule | ratio | scikit-learn, peak MB | chainrule |")
    print("|---|---|---|---|---|---|")
    for dtype in "float64", "float32":
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(in_a_process("chainrule", dtype, str(options.epochs)))
            theirs.append(in_a_process("scikit-learn", dtype, str(options.epochs)))
            assert np.isclose(ours[-1]["loss"], theirs[-1]["loss"], rtol=1e-4)
        ratio = np.median([b["seconds"] / a["seconds"] for a, b in zip(ours, theirs, strict=True)])
        figures = [np.median([run["seconds"] / options.epochs for run in runs]) for runs in (theirs, ours)]
        peaks = [np.median([run["peak_mb"] for run in runs]) for runs in (theirs, ours)]
        times = f"{figures[0]:.2f} | {figures[1]:.2f} | {ratio:.1f}"
        print(f"| {dtype} | {times} | {peaks[0]:.0f} | {peaks[1]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
