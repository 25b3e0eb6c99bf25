"""Learning from a table of ten times the memory allowed: chainrule, XGBoost and scikit-learn.

All read the same Parquet file, row group by row group: chainrule by `Blocks`, XGBoost by its external memory,
scikit-learn by `partial_fit`. Each learns in a process of its own. Memory is the largest resident set of that
process; its base is what it had after learning from a few rows in memory: libraries, compiled code, threads.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.record import machine, markdown, write

Array = NDArray[Any]

MEGABYTE = 10**6
BUDGET, TIMES, GROUP = 256 * MEGABYTE, 10, 64 * MEGABYTE
COLUMNS, NOISE = 20, 0.1
ROW_BYTES = 8 * (COLUMNS + 1)
HIDDEN = (32, 32)
ITERATIONS, ROUNDS, DEPTH = 25, 30, 6
TREES = {"tree_method": "hist", "max_depth": DEPTH, "learning_rate": 0.3}
TEST_ROWS, WARM_ROWS = 100_000, 3_000
_PART = 65_536  # rows decoded at a time


def rows_of_table(n: int, random: np.random.Generator, noise: float) -> tuple[Array, Array]:
    """Return inputs with four decimals, and a smooth function of eight of them of spread one, with noise."""
    X = random.normal(size=(n, COLUMNS)).round(4)
    signal = np.sin(X[:, 0] * X[:, 1]) + np.tanh(X[:, 2] + X[:, 3]) + 0.5 * X[:, 4] * np.exp(-(X[:, 5] ** 2))
    y = (signal + 0.3 * np.abs(X[:, 6]) - 0.3 * X[:, 7]) / 1.15
    return X, y + noise * random.normal(size=n)


def make_table(path: Path, n: int, group_rows: int) -> None:
    """Write a Parquet file with pyarrow's settings, one row group at a time."""
    names = [f"x{place}" for place in range(COLUMNS)] + ["y"]
    random = np.random.default_rng(0)
    with pq.ParquetWriter(path, pa.schema([(name, pa.float64()) for name in names])) as file:
        for start in range(0, n, group_rows):
            X, y = rows_of_table(min(group_rows, n - start), random, NOISE)
            file.write_table(pa.table([*X.T, y], names), row_group_size=group_rows)


@dataclass
class ParquetGroup:
    """A row group of the table, for `Blocks`."""

    path: Path
    place: int
    n_rows: int
    dtype: str = "float64"

    @property
    def name(self) -> str:
        return f"{self.path.name}, row group {self.place}"

    def load(self) -> tuple[Array, Array, Array]:
        X, y = np.empty((self.n_rows, COLUMNS), self.dtype), np.empty((self.n_rows, 1), self.dtype)
        first = 0
        with pq.ParquetFile(self.path) as file:
            parts = file.iter_batches(_PART, row_groups=[self.place], use_threads=False)
            for part in parts:
                some = slice(first, first + len(part))
                for column, values in enumerate(part.columns[:-1]):
                    X[some, column] = values
                y[some, 0] = part.columns[-1]
                first += len(part)
        return X, y, np.empty(0, self.dtype)


def groups_in(path: Path, dtype: str = "float64") -> list[ParquetGroup]:
    """Return the row groups of the table."""
    about = pq.read_metadata(path)
    return [
        ParquetGroup(path, place, about.row_group(place).num_rows, dtype)
        for place in range(about.num_row_groups)
    ]


class Learner:
    """What learns in a process of its own: first from a few rows, then from the table."""

    def __init__(self, path: Path, budget: int) -> None:
        self.path, self.budget = path, budget

    @cached_property
    def few(self) -> tuple[Array, Array]:
        return rows_of_table(WARM_ROWS, np.random.default_rng(1), NOISE)

    def warm_up(self) -> None:
        raise NotImplementedError

    def learn(self) -> tuple[Callable[[Array], Array], dict[str, Any]]:
        """Return what predicts, and further figures."""
        raise NotImplementedError


class Ours(Learner):
    """L-BFGS over leaves."""

    options: ClassVar[dict[str, Any]] = {"solver": "lbfgs", "max_iter": ITERATIONS, "tol": 0}

    def _fit(self, source: Any, iterations: int) -> tuple[Any, list[float], Any]:
        from chainrule import MLPRegressor
        from chainrule.estimators._by_group import Asked, fit_by_group
        from chainrule.network._team import Team
        from chainrule.training import Alone, Evaluator, Group

        options = self.options | {"max_iter": iterations}
        model = MLPRegressor(hidden_layer_sizes=HIDDEN, activation="tanh", random_state=0, **options)
        seconds: list[float] = []

        class Timed(Alone):
            def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
                began = time.perf_counter()
                sums = super().total(question, *arrays)
                if question == "gradient":
                    seconds.append(time.perf_counter() - began)
                return sums

        with Team(len(os.sched_getaffinity(0))) as team:

            def open_group(asked: Asked) -> Group:
                return Timed(Evaluator(asked.net, asked.loss, source(asked.net)), team)

            fit_by_group(model, *self.few, open_group)
        return model, seconds, model.network_

    def warm_up(self) -> None:
        from chainrule.network import Inputs
        from chainrule.training import InMemory, leaf_rows

        X, y = self.few
        nothing = np.empty(0)
        self._fit(
            lambda net: InMemory(Inputs.of(X, net.dtype), y[:, None], nothing, leaf_rows(net, len(X))), 3
        )
        next(rows_by_group(self.path, "float64"))  # pyarrow's threads and code

    def _blocks(self, net: Any, **options: Any) -> Any:
        from chainrule.training import Blocks, leaf_rows

        groups = groups_in(self.path)
        rows = leaf_rows(net, sum(group.n_rows for group in groups))
        return Blocks(groups, (COLUMNS, 1), net.dtype, rows, max_memory=self.budget, **options)

    def learn(self) -> tuple[Callable[[Array], Array], dict[str, Any]]:
        opened: list[Any] = []

        def source(net: Any) -> Any:
            opened.append(self._blocks(net))
            return opened[-1]

        model, seconds, net = self._fit(source, self.options["max_iter"])
        opened[-1].close()
        tree = math.ceil(math.log2(opened[-1].n_leaves)) * 8 * net.n_parameters
        figures = {"parameters": net.n_parameters, "leaves": opened[-1].n_leaves, "tree_bytes": tree}
        return model.predict, figures | {"evaluations": seconds}


class OursAdam(Ours):
    """One pass of Adam over leaves."""

    options: ClassVar[dict[str, Any]] = {"solver": "adam", "max_iter": 1}


class OursReading(Ours):
    """Two passes over the rows, which are only added up: what reading costs, and reading again."""

    def learn(self) -> tuple[Callable[[Array], Array], dict[str, Any]]:
        from chainrule import Network

        net = Network((COLUMNS, *HIDDEN, 1)).architecture
        figures: dict[str, Any] = {}
        for name, options in {"kept": {}, "each pass": {"cache": False}}.items():
            with self._blocks(net, **options) as blocks:
                figures[name] = [self._pass(blocks) for _ in range(3 if name == "kept" else 1)]
        return lambda X: np.zeros(len(X)), figures

    @staticmethod
    def _pass(blocks: Any) -> float:
        began = time.perf_counter()
        for _, leaf in blocks.leaves(range(blocks.n_leaves)):
            leaf.inputs.dense.sum()
            leaf.Y.sum()
        return time.perf_counter() - began


def rows_by_group(path: Path, dtype: str) -> Iterator[tuple[Array, Array]]:
    """Yield the rows of each group."""
    for group in groups_in(path, dtype):
        X, y, _ = group.load()
        yield X, y[:, 0]


class ScikitLearn(Learner):
    """One pass of Adam, a row group at a time."""

    def _model(self) -> Any:
        from sklearn.neural_network import MLPRegressor

        return MLPRegressor(hidden_layer_sizes=HIDDEN, activation="tanh", random_state=0)

    def warm_up(self) -> None:
        self._model().partial_fit(*self.few)
        next(rows_by_group(self.path, "float64"))

    def learn(self) -> tuple[Callable[[Array], Array], dict[str, Any]]:
        model = self._model()
        for X, y in rows_by_group(self.path, "float64"):
            model.partial_fit(X, y)
        return model.predict, {}


class XGBoost(Learner):
    """Histograms in external memory."""

    def warm_up(self) -> None:
        import xgboost as xgb

        xgb.train(TREES, xgb.QuantileDMatrix(*self.few), 3)
        next(rows_by_group(self.path, "float32"))

    def learn(self) -> tuple[Callable[[Array], Array], dict[str, Any]]:
        import xgboost as xgb

        groups, folder = groups_in(self.path, "float32"), self.path.parent

        class Groups(xgb.DataIter):
            def __init__(self) -> None:
                self.place = 0
                super().__init__(cache_prefix=str(folder / "xgboost"))

            def next(self, input_data: Callable[..., Any]) -> bool:
                if self.place == len(groups):
                    return False
                X, y, _ = groups[self.place].load()
                input_data(data=X, label=y[:, 0])
                self.place += 1
                return True

            def reset(self) -> None:
                self.place = 0

        began = time.perf_counter()
        matrix = xgb.ExtMemQuantileDMatrix(Groups())
        quantised = time.perf_counter() - began
        model = xgb.train(TREES, matrix, ROUNDS)
        return lambda X: model.predict(xgb.DMatrix(X)), {"quantising": quantised}


LEARNERS: dict[str, type[Learner]] = {
    "chainrule, L-BFGS": Ours,
    "chainrule, Adam": OursAdam,
    "chainrule, reading alone": OursReading,
    "XGBoost, external memory": XGBoost,
    "scikit-learn, partial_fit": ScikitLearn,
}
SAID = {
    "chainrule, L-BFGS": f"L-BFGS, {ITERATIONS} iterations",
    "chainrule, Adam": "Adam, one pass",
    "XGBoost, external memory": f"histograms, {ROUNDS} trees of depth {DEPTH}",
    "scikit-learn, partial_fit": "Adam, one pass",
}


def learn_here(name: str, path: Path, budget: int, out: Path) -> None:
    """Learn in this process, and write what was measured."""
    warnings.simplefilter("ignore")
    learner = LEARNERS[name](path, budget)
    learner.warm_up()
    base, began, cpu = peak_megabytes(), time.perf_counter(), time.process_time()
    predict, figures = learner.learn()
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    peak = peak_megabytes()
    X, y = rows_of_table(TEST_ROWS, np.random.default_rng(2), 0.0)
    error = float(np.sqrt(np.mean((predict(X) - y) ** 2)))
    found = {"what": name, "base": base, "peak": peak, "error": error, "load": os.getloadavg()[1]}
    out.write_text(json.dumps(found | took | figures))


def peak_megabytes() -> float:
    """Return the largest resident set of this process so far, mapped files included.

    Not what `resource.getrusage` says: that begins with the memory of the process that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / MEGABYTE


def main() -> None:
    """Measure, and keep a full run in `results/`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=float, default=TIMES, help="size of the table, in budgets")
    parser.add_argument("--folder", help="where the table is written")
    parser.add_argument(
        "--learn", nargs=4, metavar=("NAME", "TABLE", "BUDGET", "OUT"), help=argparse.SUPPRESS
    )
    given = parser.parse_args()
    if given.learn:
        name, path, budget, out = given.learn
        learn_here(name, Path(path), int(budget), Path(out))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        rows = _run(Path(folder), int(given.times * BUDGET) // ROW_BYTES)
    table, reading = tables(rows)
    if given.times == TIMES:
        about = machine()
        about["versions"] |= {name: version(name) for name in ("pyarrow", "xgboost")}
        write("larger_than_memory", about, rows, table, {"Reading alone, with one thread": reading})
    print(markdown(table), markdown(reading), sep="\n")


def _run(folder: Path, n: int) -> list[dict[str, Any]]:
    path = folder / "table.parquet"
    make_table(path, n, GROUP // ROW_BYTES)
    found = []
    for name in LEARNERS:
        out = folder / "figures.json"
        command = [sys.executable, "-m", "benchmarks.larger_than_memory", "--learn", name]
        subprocess.run([*command, str(path), str(BUDGET), str(out)], check=True)
        row = {
            "rows": n,
            "file": path.stat().st_size,
            "budget": BUDGET,
            "group": GROUP,
        }
        found.append(row | json.loads(out.read_text()))
        print({name: value for name, value in found[-1].items() if name != "evaluations"}, file=sys.stderr)
    return found


def tables(rows: list[dict[str, Any]]) -> tuple[list[list[str]], list[list[str]]]:
    """Return what learning took, and what reading took."""
    named = {row["what"]: row for row in rows}
    ours, reading = named["chainrule, L-BFGS"], named["chainrule, reading alone"]
    return _learning_table(named, ours), _reading_table(reading, ours)


def _learning_table(named: dict[str, dict[str, Any]], ours: dict[str, Any]) -> list[list[str]]:
    n, megabytes = ours["rows"], {name: ours[name] / MEGABYTE for name in ("file", "budget", "group")}
    head = (
        f"{n:,} rows × {COLUMNS} columns: {n * ROW_BYTES / MEGABYTE:,.0f} MB decoded, "
        f"{megabytes['file']:,.0f} MB of Parquet, in row groups of {megabytes['group']:.0f}; "
        f"max_memory {megabytes['budget']:.0f} MB"
    )
    measures = ["seconds (load average)", "CPU seconds", "memory at most, MB", "of it base, MB"]
    table = [[head, *measures, "test error (RMSE, spread 1)"]]
    for name, words in SAID.items():
        row = named[name]
        figures = [
            f"{row['cpu_seconds']:.0f}",
            f"{row['peak']:.0f}",
            f"{row['base']:.0f}",
            f"{row['error']:.3f}",
        ]
        seconds = f"{row['seconds']:.0f} ({row['load']:.0f})"
        table.append([f"{name.split(',')[0]}: {words}", seconds, *figures])
    bound = ours["base"] + 3 * megabytes["group"] + ours["tree_bytes"] / MEGABYTE + 64
    bounds = {"bound: base + 3 row groups + log₂(leaves) · 8P + 64 MB": bound}
    return [*table, *([words, "", "", f"{most:.0f}", "", ""] for words, most in bounds.items())]


def _reading_table(reading: dict[str, Any], ours: dict[str, Any]) -> list[list[str]]:
    (first, second, *_), evaluations = reading["kept"], ours["evaluations"]
    again = float(np.median(evaluations[1:]))
    learning = f"value and gradient, P = {ours['parameters']:,}; second: median of all others"
    return [
        ["seconds of a pass", "first", "second", "first : second"],
        ["rows added up", f"{first:.2f}", f"{second:.2f}", f"{first / second:.1f}"],
        ["rows added up, cache=False", f"{reading['each pass'][0]:.2f}", "as the first", ""],
        [learning, f"{evaluations[0]:.2f}", f"{again:.2f}", f"{evaluations[0] / again:.1f}"],
    ]


if __name__ == "__main__":
    main()
