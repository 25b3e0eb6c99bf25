"""Cells that are given to a plan: dates are read as days, and what cannot be right is said in one line."""

import numpy as np
import pandas as pd
import pytest
from tests.export.models import case

from chainrule.export import (
    Input,
    Layers,
    ModelPlan,
    OneHot,
    Output,
    ScaledNumber,
    as_numbers,
    evaluate,
    plan_of,
)
from sweeps import for_each

PLAN = ModelPlan(
    (Input("size"), Input("day", "date"), Input("at", "time"), Input("colour", "text", ("red",))),
    (ScaledNumber(0, missing=0.0), ScaledNumber(1, missing=0.0), ScaledNumber(2, "sine"), OneHot(3, (0,), 1)),
    (Layers((np.ones((4, 1)),), (np.zeros(1),), ("identity",)),),
    Output("numbers", ("y",), (1.0,), (0.0,)),
    named=True,
)
DATES = np.array(["1970-01-03", "NaT", "1969-12-31T12"], dtype="datetime64[ns]")
TIMES = np.array([6, 12, 18], dtype="timedelta64[h]")
COLUMNS = [pd.Series([1, None, 3], dtype="Int64"), pd.Series(DATES), TIMES, ["red", None, "blue"]]


def test_dates_become_days_and_times_parts_of_a_day():
    rows = [[1, 2, 0.25, 0], [np.nan, np.nan, 0.5, np.nan], [3, -0.5, 0.75, -1]]
    np.testing.assert_array_equal(as_numbers(PLAN, COLUMNS), rows)
    np.testing.assert_allclose(
        evaluate(PLAN, COLUMNS).values[:, 0], [1 + 2 + 1 + 1, 0, 3 - 0.5 - 1], atol=1e-12
    )


def test_a_table_s_own_cells_are_what_its_numbers_are():
    known = case("table model of an ensemble")
    plan = plan_of(known.model)
    place = [each.kind for each in plan.inputs].index("date")
    dated = [*known.columns]
    dated[place] = np.array([*known.columns[place]], float).astype("timedelta64[D]") + np.datetime64(0, "D")
    days = evaluate(plan, known.columns).values
    np.testing.assert_allclose(evaluate(plan, dated).values, days, rtol=1e-6)


FRAME = pd.DataFrame({name: [1.0, 2.0] for name in "abcd"})
REFUSED = {
    "a model": (case("classifier").model, COLUMNS, TypeError, "must be a ModelPlan, as plan_of"),
    "a frame": (PLAN, FRAME, TypeError, "the cells of each column, got DataFrame"),
    "nothing": (PLAN, None, TypeError, "the cells of each column, got NoneType"),
    "too few": (PLAN, COLUMNS[:1], ValueError, "the model takes 4 columns, got 1"),
    "lengths": (PLAN, [[1.0], *COLUMNS[1:]], ValueError, "'size' has 1 cells, 'day' 3"),
    "a table within": (PLAN, [np.ones((3, 1)), *COLUMNS[1:]], ValueError, r"'size' has shape \(3, 1\)"),
    "text for numbers": (PLAN, [["u", "v", "w"], *COLUMNS[1:]], ValueError, "'size' holds cells that are no"),
    "a number alone": (PLAN, [1.0, *COLUMNS[1:]], ValueError, r"'size' has shape \(\)"),
}  # fmt: skip


@for_each("read", [as_numbers, evaluate])
@for_each("name", REFUSED)
def test_what_cannot_be_right_is_said(name, read):
    plan, columns, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as raised:
        read(plan, columns)
    assert "\n" not in str(raised.value)
