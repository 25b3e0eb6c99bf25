"""The report: how columns are read, and what the network is compared with."""

import json

import numpy as np
import pandas as pd
import pytest

from chainrule.cli._report_text import ColumnReport, about_columns, better_linear_model
from chainrule.cli._terminal import width_of
from chainrule.tables import HeldOut
from sweeps import for_each

QUICK = ("--hidden", "4", "--max-iter", 3, "--seed", 1)
LONG = "a" * 60


def test_cells_stand_below_their_titles():
    lines = about_columns(
        [
            ColumnReport("price", "number", "1.234,5", 12345, "12.000,0", "target"),
            ColumnReport("Größe 猫", "text", "", 0, "x", "left out: names the rows"),
        ]
    )
    assert lines == [
        "column    kind    read as  missing  example",
        "price     number  1.234,5   12,345  12.000,0  target",
        "Größe 猫  text                      x         left out: names the rows",
    ]


# Rows that are too wide in one way or another.
WIDE = [
    ColumnReport(LONG, "number"),
    ColumnReport("x", "category", LONG, 10**9, LONG, LONG),
    ColumnReport("猫" * 50, "text", LONG, 3, "猫" * 50, LONG),
    ColumnReport("\x1b[31m" * 20, "date", "d/m/Y", 3, "\n\n", "target"),
]


@for_each("row", WIDE)
@for_each("width", [60, 80, 120])
def test_a_table_fits_its_width(row, width):
    lines = about_columns([row, ColumnReport("short", "text")], width=width)
    assert max(map(width_of, lines)) <= width
    assert len(lines) == 3
    assert "…" in lines[1] or width == 120 or not lines[1].isascii() or "x1b" in lines[1]
    assert "\x1b" not in lines[1] and "\n" not in lines[1]


def test_many_columns():
    rows = [ColumnReport(f"x{k}", "number") for k in range(1234)]
    lines = about_columns(rows)
    assert len(lines) == 32
    assert lines[-1] == "… and 1,204 more (--columns shows all)"
    assert len(about_columns(rows, most=None)) == 1235
    assert about_columns(rows[:30]) == lines[:-1]


def line_table(path, rows=200):
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 3))
    y = X @ [3.0, -2.0, 1.0] + 100
    frame = pd.DataFrame(X, columns=list("abc")).assign(y=y, kind=np.where(y > 100, "high", "low"))
    frame.to_csv(path, index=False)


@pytest.mark.parametrize(("target", "score"), [("y", "r2"), ("kind", "accuracy")])
def test_a_network_worse_than_a_line_is_seen(run, tmp_path, target, score):
    line_table(tmp_path / "t.csv")
    arguments = ("fit", "t.csv", "--target", target, "--ignore", "kind" if target == "y" else "y", *QUICK)
    report = json.loads(run(*arguments, "--json", "-o", "m.chainrule").out)
    held_out = report["held_out"]
    assert held_out["linear"][score] > 0.9 > held_out["model"][score]
    assert set(held_out["linear"]) == set(held_out["model"])
    ended = run(*arguments)
    header, row = (
        next(line for line in ended.out.splitlines() if begin in line)
        for begin in ("rows held", {"r2": "R²"}.get(score, score))
    )
    assert header.split()[4:] == ["model", "linear", "model", "constant", "guess"]
    assert f"{held_out['linear'][score]:.4f}" in row
    assert ended.err.splitlines()[-1].startswith("note: a linear model predicts the rows held out better")
    assert "linear model" in run("info", "m.chainrule").out
    assert "linear" not in run("score", "m.chainrule", "t.csv").out
    assert run(*arguments, "--quiet").err == ""


def test_the_remark_is_for_what_is_printed():
    def scores(model, linear):
        return HeldOut(10, {"r2": model}, {"r2": 0.0}, linear and {"r2": linear})

    assert better_linear_model(scores(0.9, 0.95), table=False) is not None
    assert better_linear_model(scores(0.9, 0.90001), table=False) is None
    assert better_linear_model(scores(0.95, 0.9), table=False) is None
    assert better_linear_model(scores(0.95, None), table=False) is None
    assert better_linear_model(scores(float("nan"), float("nan")), table=False) is None
