"""One prediction with its Jacobian, for one row: exported C beside ONNX Runtime beside Python.

Run with ``python -m benchmarks.export``; it needs gcc and onnxruntime, and takes a minute. Everything runs
on one core, in turns; of each the smallest time of many short runs is given, for other work on the machine
only adds.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd

from benchmarks.record import RESULTS, machine, markdown
from chainrule import MLPRegressor, Network, TableRegressor
from chainrule.export import as_numbers, plan_of, to_c, to_onnx

ROUNDS = 10
Timer = Callable[[], float]
"""Runs for some milliseconds and returns the seconds of one call."""

_LOOP = """
#include <stdio.h>
#include <time.h>
#include "model.h"
int main(void)
{
    static @real@ x[] = {@x@}, y[model_OUTPUTS], J[model_OUTPUTS * model_INPUTS];
    struct timespec a, b;
    double total = 0, best = 1, seconds = 0;
    long i, n = 1;
    int batch;
    for (batch = 0; batch < 300; batch++) {
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (i = 0; i < n; i++) { if (model_jacobian(x, y, J)) return 1; total += y[0] + J[0]; }
        clock_gettime(CLOCK_MONOTONIC, &b);
        seconds = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
        if (seconds < 50e-6) { n *= 2; batch = 0; }
        else if (seconds / (double)n < best) best = seconds / (double)n;
    }
    printf("%.9g %g\\n", best, total);
    return 0;
}
"""


def in_c(model: Any, row: Any, real: Any, flags: tuple[str, ...], folder: Path) -> Timer:
    """Compile a loop around the exported code."""
    code = to_c(model, type=real)
    place = folder / real
    place.mkdir(parents=True)
    code.write(place)
    numbers = ", ".join('__builtin_nan("")' if np.isnan(v) else repr(float(v)) for v in row)
    (place / "loop.c").write_text(_LOOP.replace("@real@", real).replace("@x@", numbers))
    files = [str(place / "loop.c"), str(place / "model.c")]
    subprocess.run(["gcc", "-std=gnu99", *flags, *files, "-o", str(place / "loop"), "-lm"], check=True)

    def timed() -> float:
        run = subprocess.run([str(place / "loop")], capture_output=True, text=True, check=True)
        return float(run.stdout.split()[0])

    return timed


def of_calls(call: Callable[[], Any]) -> Timer:
    """Time a function of Python."""
    call()

    def timed() -> float:
        n, best = 5, np.inf
        for _ in range(20):
            began = time.perf_counter()
            for _ in range(n):
                call()
            best = min(best, (time.perf_counter() - began) / n)
        return best

    return timed


def in_onnx(model: Any, feed: dict[str, Any]) -> Timer:
    """Return a session's run on one row."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    made = to_onnx(model, derivatives=True).SerializeToString()
    session = onnxruntime.InferenceSession(made, options, providers=["CPUExecutionProvider"])
    return of_calls(lambda: session.run(None, feed))


def in_python(model: Any, row: Any) -> Timer:
    """Return the prediction and the Jacobian of one row."""
    if isinstance(model, Network):

        def both() -> Any:
            at = model.at(row)
            return at.outputs, at.jacobian()

        return of_calls(both)
    return of_calls(lambda: (model.predict(row), model.jacobian(row)))


def models() -> dict[str, tuple[Any, Any, Any]]:
    """Models, each with one row as it takes it, and the columns of that row."""
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 8)).astype(np.float32)
    small = Network((4, 16, 16, 1), "tanh", dtype=np.float32, random_state=0)
    wide = Network((20, 64, 64, 10), "silu", "softmax", np.float32, random_state=0)
    regressor = MLPRegressor(hidden_layer_sizes=(64, 64), activation="gelu", max_iter=3, random_state=0)
    frame = pd.DataFrame({f"x{k}": X[:, k].astype(float) for k in range(8)})
    frame["town"], frame["kind"] = np.resize(["Bonn", "Ulm", "Kiel"], 400), np.resize(["a", "b"], 400)
    table = TableRegressor(n_steps=100, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        regressor.fit(X, X[:, 0] * X[:, 1])
        table.fit(frame, X[:, 0] * X[:, 1])
    rows = {
        "network 4-16-16-1, tanh": (small, X[:1, :4]),
        "network 20-64-64-10, silu, softmax": (wide, random.normal(size=(1, 20)).astype(np.float32)),
        "MLPRegressor 8-64-64-1, gelu": (regressor, X[:1]),
        "TableRegressor, 8 members of 64-64, 10 columns": (table, frame.iloc[:1]),
    }
    return {name: (model, row, _cells(row)) for name, (model, row) in rows.items()}


def in_words(seconds: float) -> str:
    """Return a time with three digits."""
    return f"{1e6 * seconds:.3g} µs" if seconds < 1e-3 else f"{1e3 * seconds:.3g} ms"


def _cells(row: Any) -> list[Any]:
    return [row[name].to_numpy() for name in row] if isinstance(row, pd.DataFrame) else list(row.T)


def feed_of(row: Any) -> dict[str, Any]:
    """Return a row as ONNX takes it."""
    if not isinstance(row, pd.DataFrame):
        return {"X": row}
    return {name: row[[name]].to_numpy(object if row[name].dtype.kind in "OTUS" else float) for name in row}


def main() -> None:
    table = [["model", "C, float", "C, double", "ONNX Runtime", "Python"]]
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, (model, row, cells)) in enumerate(models().items()):
            numbers = as_numbers(plan_of(model), cells)[0]
            timers = [
                in_c(model, numbers, real, ("-O3", "-march=native"), Path(folder, str(place)))
                for real in ("float", "double")
            ]
            timers += [in_onnx(model, feed_of(row)), in_python(model, row)]
            rounds = [[timer() for timer in timers] for _ in range(ROUNDS)]
            best = np.min(rounds, axis=0)
            table.append([name, *map(in_words, best)])
            print(table[-1], flush=True)
    about = machine()
    gcc = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout
    with_what = f"{gcc.splitlines()[0]} -O3 -march=native and onnxruntime {onnxruntime.__version__}"
    (RESULTS / "export.md").write_text(
        f"# One prediction with its Jacobian\n\n{__doc__.split(chr(10))[0]}\n\n{markdown(table)}\n"
        f"Smallest of {ROUNDS} rounds of many short runs, on one core of {about['processor']}, "
        f"{about['date']}, with {with_what}; the machine did other work meanwhile. ONNX Runtime and Python "
        "are called from Python, and their times hold that call; ONNX Runtime computes in single precision.\n"
    )


if __name__ == "__main__":
    main()
