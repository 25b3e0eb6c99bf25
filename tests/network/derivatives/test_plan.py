"""What each order of multiplication would cost."""

import pytest

from chainrule import Network


@pytest.mark.parametrize("what", ["cheapest", "from_output", "from_input"])
def test_the_plan_shows_each_order(what):
    plan = Network((784, 128, 16, 128, 784)).plan(64)
    named = {row.order: row for row in plan.rows}
    assert named[what].bracketing.multiplications == named[what].multiplications
    assert plan.chosen.multiplications == min(row.multiplications for row in plan.rows)
    text = repr(plan)
    assert (
        "784·128·16·128·784" in text and "64 samples" in text and f"{named[what].multiplications:,}" in text
    )
    assert text.splitlines()[2].startswith("▸ cheapest")
    assert "<table>" in plan._repr_html_()


def test_N12_the_plan_counts_what_the_notes_count():
    plan = Network((784, 128, 16, 128, 784)).plan(1)
    named = {row.order: row.multiplications / 1e6 for row in plan.rows}
    assert named["from_output"] == pytest.approx(82.1, abs=0.1)
    assert named["from_input"] == pytest.approx(82.1, abs=0.1)
    assert named["cheapest"] == pytest.approx(13.1, abs=0.1)
