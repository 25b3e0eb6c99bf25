"""Accuracy and seconds on 24 real tables, against the usual engines: `python -m benchmarks.tables`.

Three folds times some seeds, the same for all; methods take turns fold by fold in one process on all cores.
Errors are the root mean squared error, 1 - AUC (two classes) and the log loss (more). Results are kept in
results/tables.json, a row for each table, fold, seed and method; what is there already is not run again
unless asked for. `--write` makes benchmarks/results/tables.md of it.
"""

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks.record import RESULTS, as_json, machine
from benchmarks.table_data import TABLES, Table
from benchmarks.table_methods import METHODS
from benchmarks.table_report import ratio_of, write_report

KEPT = RESULTS / "tables.json"
FOLDS = 3
LEVEL = 0.9


def error_of(y: np.ndarray, predicted: np.ndarray, classes: np.ndarray | None) -> float:
    """The error by which methods are compared."""
    if classes is None:
        return float(np.sqrt(np.mean((y - predicted) ** 2)))
    if len(classes) == 2:
        return float(1 - roc_auc_score(y == classes[1], predicted[:, 1]))
    return float(log_loss(y, np.clip(predicted, 1e-15, 1), labels=classes))


def calibration_error(y: np.ndarray, p: np.ndarray, classes: np.ndarray, bins: int = 15) -> float:
    """ECE: by how much the confidence of the most probable class differs from its share of right answers."""
    confidence, right = p.max(axis=1), classes[p.argmax(axis=1)] == y
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[places == b].mean() - right[places == b].mean()) * np.mean(places == b)
            for b in np.unique(places)]  # fmt: skip
    return float(sum(gaps))


def folds_of(table: Table, y: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows to test by."""
    kind = KFold if table.task == "regression" else StratifiedKFold
    return list(kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y))


def run(name: str, table: Table, X: Any, y: np.ndarray, fold: int, seed: int) -> dict[str, Any]:
    """Learn one fold with one method, and measure."""
    train, test = folds_of(table, y, seed)[fold]
    regression = table.task == "regression"
    classes = None if regression else np.unique(y)
    learn = METHODS[name]()
    began = time.perf_counter()
    predict = learn(X.iloc[train], y[train], regression, seed)
    seconds = time.perf_counter() - began
    predicted = np.asarray(predict(X.iloc[test]))
    row = {
        "table": table.name, "method": name, "fold": fold, "seed": seed, "seconds": seconds,
        "error": error_of(y[test], predicted, classes), "rows": len(train),
    }  # fmt: skip
    if classes is None:
        row |= {"mae": float(np.mean(np.abs(y[test] - predicted)))}
        row |= {"r2": 1 - row["error"] ** 2 / float(np.var(y[test]))}
    else:
        row |= {"log_loss": float(log_loss(y[test], np.clip(predicted, 1e-15, 1), labels=classes))}
        row |= {"ece": calibration_error(y[test], predicted, classes)}
    model = getattr(learn, "last", None)
    if regression and model is not None:
        row |= coverage(model, X.iloc[test], y[test])
    return row


def coverage(model: Any, X: Any, y: np.ndarray) -> dict[str, float]:
    """Share of test rows in their 90 % intervals, and in the fifth, by prediction, where it is least."""
    predicted, low, high = model.predict(X, interval=LEVEL)
    held = (low <= y) & (y <= high)
    fifths = np.array_split(np.argsort(predicted, kind="stable"), 5)
    return {"coverage": float(held.mean()), "worst_fifth": float(min(held[part].mean() for part in fifths)),
            "width": float(np.mean(high - low) / np.std(y))}  # fmt: skip


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", default="tune", help="tune, check, more, or several between commas")
    parser.add_argument("--methods", help="some of: " + "; ".join(METHODS))
    parser.add_argument("--tables", help="some tables, between commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--again", action="store_true", help="run what is kept once more")
    parser.add_argument("--budget", type=float, default=np.inf, help="minutes after which nothing is begun")
    parser.add_argument("--keep", type=Path, default=KEPT)
    parser.add_argument(
        "--write", action="store_true", help="make benchmarks/results/tables.md of what is kept, and stop"
    )
    chosen = parser.parse_args()
    kept: list[dict[str, Any]] = json.loads(chosen.keep.read_text())["rows"] if chosen.keep.exists() else []
    if chosen.write:
        return write_report(kept, json.loads(chosen.keep.read_text())["machine"])
    names = (
        chosen.methods.split(";") if chosen.methods else [name for name in METHODS if name != "RealMLP-TD"]
    )
    names, halves, began = [name.strip() for name in names], chosen.half.split(","), time.perf_counter()
    about = machine()
    for table in TABLES:
        if table.half not in halves or (chosen.tables and table.name not in chosen.tables.split(",")):
            continue
        X, y = table.load()
        for seed in range(chosen.seeds):
            for fold in range(FOLDS):
                for name in names:
                    key = {"table": table.name, "method": name, "fold": fold, "seed": seed}
                    known = [row for row in kept if key.items() <= row.items()]
                    if (known and not chosen.again) or time.perf_counter() - began > 60 * chosen.budget:
                        continue
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        found = run(name, table, X, y, fold, seed)
                    kept = [row for row in kept if row not in known] + [found]
        chosen.keep.write_text(as_json(about, kept))
        print(*summary(table, kept), sep="  ", flush=True)


def summary(table: Table, kept: list[dict[str, Any]]) -> list[str]:
    """A line: each method's error over LightGBM's, and its seconds."""
    cells = [f"{table.name:12}"]
    for name in METHODS:
        rows = [row for row in kept if row["table"] == table.name and row["method"] == name]
        if rows:
            seconds = np.mean([row["seconds"] for row in rows])
            cells.append(f"{name} {ratio_of(kept, table.name, name):.3f} ({seconds:.2f} s)")
    return cells


if __name__ == "__main__":
    main()
