"""The order of multiplication: every bracketing, what it costs, and that it is timed in slices."""

import itertools

import numpy as np
import pytest
from tests.lesson.sections.lessons import back_from_its_address, done, plane_of, refused, three_classes

from chainrule.calculus import parse
from chainrule.lesson import Lesson
from chainrule.lesson.sections import _order


@pytest.fixture
def lesson():
    lesson = Lesson()
    done(lesson, do="show", sections=["order"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="order.set", **settings)["sections"]["order"]


def price(tree, shapes):
    """Rows, columns and multiplications of dense matrices."""
    if isinstance(tree, int):
        return *shapes[tree], 0
    (m, k, left), (k2, n, right) = price(tree[0], shapes), price(tree[1], shapes)
    assert k == k2
    return m, n, left + right + m * k * n


@pytest.mark.parametrize(("n", "bracketings"), [(2, 1), (3, 2), (4, 5), (5, 14), (6, 42)])
def test_every_bracketing_is_there_at_its_price(lesson, n, bracketings):
    widths = [3, 5, 2, 7, 1, 4, 6][: n + 1]
    scene = scene_of(lesson, chain="widths", widths=widths)
    orders, shapes = scene["orders"], list(itertools.pairwise(widths))
    assert len({one["formula"] for one in orders}) == len(orders) == bracketings and scene["complete"]
    assert scene["widths"] == widths
    for one in orders:
        assert price(one["tree"], shapes) == (widths[0], widths[-1], one["multiplications"])
        assert parse(one["formula"], shapes).multiplications == one["multiplications"]
    least = min(one["multiplications"] for one in orders)
    assert all(("cheapest" in one["marks"]) == (one["multiplications"] == least) for one in orders)
    for mark, deep in (("from the left", 0), ("from the right", 1)):
        (end,) = [one for one in orders if mark in one["marks"]]
        tree = end["tree"]
        while not isinstance(tree, int):
            assert isinstance(tree[1 - deep], int)
            tree = tree[deep]
    (chosen,) = [one for one in orders if "the library's" in one["marks"]]
    assert chosen["multiplications"] == least == scene["chosen"]["multiplications"]


def test_the_notes_example(lesson):
    scene = scene_of(lesson)
    assert {one["formula"]: one["multiplications"] for one in scene["orders"]} == {
        "(AB)C": 20_000,
        "A(BC)": 1_010_000,
    }
    assert "20,000 from the left and 1,010,000 from the right" in scene["answer"]
    assert "50.5 times as dear" in scene["answer"]
    scene = scene_of(lesson, chain="bottleneck")
    best = scene["chosen"]
    assert (best["formula"], best["multiplications"]) == ("(AB)(CD)", 13_045_760)
    assert "81,887,232 from the left" in scene["answer"]


def test_any_order_can_be_looked_at_step_by_step(lesson):
    scene = scene_of(lesson, order="A(BC)")
    assert scene["chosen"]["tree"] == [0, [1, 2]]
    assert [(step["left"], step["right"], step["shape"]) for step in scene["chosen"]["steps"]] == [
        ("B", "C", [100, 100, 100]), ("A", "(BC)", [1, 100, 100])
    ]  # fmt: skip
    assert scene_of(lesson, order="from_input")["chosen"]["formula"] == "A(BC)"


def test_the_network_s_own_chain(lesson):
    done(lesson, do="network.set", hidden=[3, 2])
    scene = scene_of(lesson, chain="network")
    assert [factor["name"] for factor in scene["factors"]] == ["D3", "A3", "D2", "A2", "D1", "A1"]
    assert len(scene["orders"]) == 42
    plan = lesson.study.network.plan(1)
    named = {row.bracketing.formula: row.multiplications for row in plan.rows}
    shown = {one["formula"]: one["multiplications"] for one in scene["orders"]}
    assert {name: shown[name] for name in named} == named
    (library,) = [one for one in scene["orders"] if "the library's" in one["marks"]]
    assert library["formula"] == plan.chosen.formula == scene["chosen"]["formula"]


def test_a_long_chain_has_the_cheapest_and_the_ends():
    lesson = plane_of(hidden=(3, 2, 4), activations=("tanh",) * 3)
    scene = scene_of(lesson, chain="network")
    assert len(scene["factors"]) == 7 and not scene["complete"]
    assert {one["formula"] for one in scene["orders"]} == {
        row.bracketing.formula for row in lesson.study.network.plan(1).rows
    }
    alone = scene_of(plane_of(hidden=(), activations=()), chain="network")
    assert "one matrix alone: add a hidden layer" in alone["refused"]


@pytest.mark.parametrize("name", ["widths", "network", "softmax"])
def test_what_is_timed_is_the_product(name, monkeypatch):
    """Every order gives what NumPy's multi_dot gives: the time is that of the right work."""
    lesson = three_classes(hidden=(4,)) if name == "softmax" else Lesson()
    done(lesson, do="order.set", chain="widths" if name == "widths" else "network", widths=[3, 5, 2, 7, 4])
    results = []
    monkeypatch.setattr(_order, "_time_of", lambda order, matrices: results.append((order, matrices)) or 1.0)
    scene = done(lesson, do="order.measure", seconds=1.0)["sections"]["order"]
    assert scene["unmeasured"] == 0 and {one["seconds"] for one in scene["orders"]} == {1.0}
    assert len(results) == len(scene["orders"])
    for order, matrices in results:
        full = [
            matrix if factor.kind == "dense"
            else np.diag(matrix) - (factor.kind == "softmax") * np.outer(matrix, matrix)
            for factor, matrix in zip(order.factors, matrices, strict=True)
        ]  # fmt: skip
        np.testing.assert_allclose(order.multiply(matrices), np.linalg.multi_dot(full), rtol=1e-12)


def test_time_is_measured_in_slices_and_forgotten_with_the_chain(lesson, monkeypatch):
    scene_of(lesson, chain="widths", widths=[2, 3, 2, 3, 2])
    for left in (4, 3, 2, 1, 0, 0):
        scene = done(lesson, do="order.measure", seconds=0.0)["sections"]["order"]
        assert scene["unmeasured"] == left
    assert all(one["seconds"] > 0 for one in scene["orders"])
    monkeypatch.setattr(_order, "_time_of", lambda order, matrices: 1e-12)
    scene = done(lesson, do="order.measure", seconds=0.0)["sections"]["order"]
    again = [one["seconds"] for one in scene["orders"]]
    assert again[0] == 1e-12 < min(again[1:])  # the quickest time counts
    monkeypatch.setattr(_order, "_time_of", lambda order, matrices: 1.0)
    scene = done(lesson, do="order.measure", seconds=1.0)["sections"]["order"]
    assert [one["seconds"] for one in scene["orders"]] == again
    assert scene_of(lesson, order="from_input")["unmeasured"] == 0
    done(lesson, do="network.step", batches=1)
    assert scene_of(lesson)["unmeasured"] == 0
    assert scene_of(lesson, widths=[2, 3, 2, 3, 4])["unmeasured"] == 5
    assert "a number from 0 to 1.5" in refused(lesson, do="order.measure", seconds=2)


def test_settings_that_do_not_fit_are_refused(lesson):
    for message, says in [
        (
            {"order": "(AB"},
            "order is '(AB'; accepted are cheapest, from_output, from_input, and brackets around A B C",
        ),
        ({"order": "(AB)CD"}, "around A B C"),
        ({"order": "__import__('os')"}, "around A B C"),
        ({"widths": [1, 2]}, "a list of 3 to 7 values"),
        ({"widths": [1, 2, 401]}, "widths of order.set[2] is 401"),
        ({"chain": "mine"}, "one of notes, bottleneck, network, widths"),
    ]:
        assert says in refused(lesson, do="order.set", **message)


def test_an_address_leads_back_and_another_network_keeps_what_fits(lesson):
    done(lesson, do="order.set", chain="widths", widths=[5, 6, 7, 8], order="A(BC)")
    back_from_its_address(lesson, plane_of(hidden=(3,)))
    done(lesson, do="order.set", chain="network", order="D2 (A2 (D1 A1))")
    done(lesson, do="network.step", batches=1)
    assert lesson.sections["order"].values["order"] == "D2 (A2 (D1 A1))"
    done(lesson, do="network.set", hidden=[3, 3])
    assert lesson.sections["order"].values == {
        "chain": "network",
        "widths": (5, 6, 7, 8),
        "order": "cheapest",
    }
