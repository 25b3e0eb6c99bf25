"""Predictions of a table of many rows: `python -m benchmarks.streaming`.

`chainrule predict` beside the same work by hand with pandas and scikit-learn: CSV in, predictions to CSV, a
multilayer perceptron on eight columns of numbers and one of text. Each run is a process of its own; they take
turns. Seconds are of the whole process, memory is what the system counts as its largest resident set.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import machine, markdown, write

COMMAND = "import sys; from chainrule.cli import main; sys.exit(main())"
ROWS, LEARNED, ROUNDS = 5_000_000, 5_000, 3
_PART = 250_000

BY_HAND = """
import pickle, sys
import pandas as pd
model, table, output, rows = *sys.argv[1:4], int(sys.argv[4])
model = pickle.load(open(model, "rb"))
for at, part in enumerate(pd.read_csv(table, chunksize=rows) if rows else [pd.read_csv(table)]):
    predictions = pd.DataFrame({"y": model.predict(part)})
    predictions.to_csv(output, index=False, mode="a" if at else "w", header=not at)
"""
LEARN_BY_HAND = """
import pickle, sys
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
table = pd.read_csv(sys.argv[1])
numbers = [name for name in table if name.startswith("x")]
columns = make_column_transformer(
    (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["town"])
)
network = MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=20, random_state=0)
model = TransformedTargetRegressor(make_pipeline(columns, network), transformer=StandardScaler())
pickle.dump(model.fit(table, table["y"]), open(sys.argv[2], "wb"))
"""


def make_table(path: Path, rows: int) -> None:
    """Write a table of eight columns of numbers, one of text, and a target."""
    random = np.random.default_rng(0)
    for start in range(0, rows, _PART):
        n = min(_PART, rows - start)
        x = random.normal(size=(n, 8)).round(4)
        town = random.choice(["Bonn", "Jena", "Trier", "Ulm"], n)
        part = pd.DataFrame(x, columns=[f"x{at}" for at in range(8)])
        part["town"] = town
        part["y"] = (x[:, 0] * x[:, 1] + np.sin(x[:, 2]) + (town == "Bonn")).round(4)
        part.to_csv(path, index=False, mode="a" if start else "w", header=not start)


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds that a process took, and the MB of its largest resident set."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Measure, and keep a full run in `results/`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = _run(Path(folder), given.rows, given.rounds)
    table = _table(rows, given.rows)
    if given.rows == ROWS:
        write("streaming", machine(), rows, table)
    print(markdown(table))


def _run(folder: Path, n: int, rounds: int) -> list[dict[str, Any]]:
    learned, table = folder / "learned.csv", folder / "table.csv"
    make_table(learned, LEARNED)
    make_table(table, n)
    chainrule, python = [sys.executable, "-c", COMMAND], [sys.executable, "-c"]
    options = ["--model", "mlp", "--hidden", "64,64", "--max-iter", "20", "--seed", "0", "--quiet"]
    model, by_hand, output = folder / "m.chainrule", folder / "m.pickle", folder / "out.csv"
    fit = [*chainrule, "fit", learned, "--target", "y", *options, "-o", model]
    subprocess.run([*map(str, fit)], check=True)
    subprocess.run([*python, LEARN_BY_HAND, str(learned), str(by_hand)], check=True)
    work = {
        "chainrule predict": [*chainrule, "predict", model, table, "-o", output],
        "by hand, 65,536 rows at a time": [*python, BY_HAND, by_hand, table, output, 65_536],
        "by hand, all rows at once": [*python, BY_HAND, by_hand, table, output, 0],
    }
    found = []
    for turn in range(rounds):
        for what, command in work.items():
            seconds, megabytes = measured([*map(str, command)])
            found.append({"what": what, "turn": turn, "rows": n, "seconds": seconds, "megabytes": megabytes})
            print(f"{what}: {seconds:.1f} s, {megabytes:.0f} MB", file=sys.stderr)
    return found


def _table(rows: list[dict[str, Any]], n: int) -> list[list[str]]:
    table = [[f"{n:,} rows of CSV", "seconds (median)", "rows a second", "memory at most, MB"]]
    for what in dict.fromkeys(row["what"] for row in rows):
        mine = [row for row in rows if row["what"] == what]
        seconds = float(np.median([row["seconds"] for row in mine]))
        most = max(row["megabytes"] for row in mine)
        table.append([what, f"{seconds:.1f}", f"{n / seconds:,.0f}", f"{most:.0f}"])
    return table


if __name__ == "__main__":
    main()
