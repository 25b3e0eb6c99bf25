"""Learning that stops anywhere: going back behind changes by hand, ends, divergence, and limits of time."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import done, refused

from chainrule.lesson import Lesson
from chainrule.lesson import _learner as room
from chainrule.lesson._study import Setup, Study


def lesson_of(**setup):
    lesson = Lesson(Study(Setup(**setup)))
    done(lesson, do="show", sections=["network"])
    return lesson


def weights(lesson):
    return lesson.study.network.parameters.copy()


@pytest.mark.parametrize(
    "change",
    [
        {"do": "network.set", "rate": 0.5},
        {"do": "network.set", "solver": "lbfgs"},
        {"do": "network.set", "batch": 50},
        {"do": "network.weight", "layer": 0, "row": 0, "column": 0, "value": 3.0},
    ],
)
def test_back_leads_behind_a_change(change):
    lesson = lesson_of()
    done(lesson, do="network.step", batches=33)
    before = weights(lesson)
    done(lesson, do="network.step", batches=10)
    there = weights(lesson)
    done(lesson, **change)
    done(lesson, do="network.step", batches=5)
    done(lesson, do="network.back", steps=15)
    np.testing.assert_array_equal(weights(lesson), before)
    assert lesson.study.learner.position == 33
    done(lesson, do="network.step", batches=10)
    same = np.array_equal(weights(lesson), there)
    assert same == (change["do"] == "network.weight")  # other rules go on as they are now
    done(lesson, do="network.back", steps=10)
    np.testing.assert_array_equal(weights(lesson), before)
    done(lesson, do="network.reset")
    np.testing.assert_array_equal(weights(lesson), weights(lesson_of()))


def test_back_to_a_change_is_after_it():
    lesson = lesson_of()
    done(lesson, do="network.step", batches=12)
    done(lesson, do="network.bias", layer=0, unit=1, value=-2.0)
    there = weights(lesson)
    done(lesson, do="network.step", batches=9)
    done(lesson, do="network.back", steps=9)
    np.testing.assert_array_equal(weights(lesson), there)


def test_a_weight_that_is_dragged_leaves_one_trace():
    lesson = lesson_of()
    done(lesson, do="network.step", batches=3)
    learner = lesson.study.learner
    for value in np.linspace(-1, 1, 50):
        done(lesson, do="network.weight", layer=0, row=0, column=0, value=float(value))
    assert len(learner._keyframes) == 2 and [position for position, _ in learner.curve] == [0, 3]
    assert learner.curve[-1][1] == learner.error()


def test_what_is_forgotten_after_many_changes_is_said():
    lesson = lesson_of()
    for value in range(room._MOST_TURNS + 3):
        done(lesson, do="network.step", batches=2)
        done(lesson, do="network.weight", layer=0, row=0, column=0, value=float(value))
    assert len(lesson.study.learner._keyframes) == room._MOST_TURNS
    assert "step 0 is not kept: the earliest is" in refused(lesson, do="network.back", steps=1_000)
    done(lesson, do="network.reset")
    np.testing.assert_array_equal(weights(lesson), weights(lesson_of()))


def test_a_setting_that_is_what_it_was_changes_nothing():
    lesson = lesson_of()
    done(lesson, do="network.step", batches=3)
    address = lesson.address
    done(lesson, do="network.set", rate=0.03, hidden=[4], data="xor")
    assert lesson.address == address and lesson.study.learner.position == 3


@pytest.mark.parametrize("solver", ["lbfgs", "lm"])
def test_the_end_of_learning_is_said(solver):
    lesson = lesson_of(
        data="plane", noise=0.0, hidden=(), activations=(), loss="half_squared_error", solver=solver
    )
    frame = done(lesson, do="network.step", batches=500)
    assert frame["said"] == ["learning has come to its end: the solver finds nothing better from here"]
    position, there = lesson.study.learner.position, weights(lesson)
    assert position < 500 and lesson.study.learner.error() < 1e-12
    assert done(lesson, do="network.run", seconds=0.0)["said"] == frame["said"]
    assert lesson.study.learner.position == position
    np.testing.assert_array_equal(weights(lesson), there)


def test_learning_that_diverges_is_said_and_leaves_what_was_there():
    lesson = lesson_of(data="plane", solver="sgd", rate=10.0, loss="sum_squared_error", activations=("relu",))
    line = refused(lesson, do="network.step", batches=2_000)
    assert line.startswith("learning diverges from here") and "smaller rate" in line
    done(lesson, do="network.step", batches=1)
    done(lesson, do="network.back", steps=1)
    done(lesson, do="network.set", rate=0.01)
    assert not done(lesson, do="network.step", batches=100)["said"]
    assert lesson.study.learner.error() < lesson.study.learner.curve[0][1]


def test_a_long_step_stops_and_keeps_what_was_done(monkeypatch):
    monkeypatch.setattr(room, "LONGEST_STEP", 0.0)
    lesson = lesson_of()
    (line,) = done(lesson, do="network.step", batches=100_000)["said"]
    position = lesson.study.learner.position
    assert (
        0 < position < 100_000 and line == f"stopped after 0 seconds, {100_000 - position:,} steps are left"
    )
    (line,) = done(lesson, do="go to", address="at=90000")["said"]
    assert line.startswith("on the way to step 90,000: stopped after")
    there = weights(lesson)
    monkeypatch.undo()
    other = lesson_of()
    done(other, do="go to", address=lesson.address)
    np.testing.assert_array_equal(weights(other), there)


def test_blocks_of_iterations_depend_on_sizes_alone(monkeypatch):
    how = lesson_of(solver="lbfgs").study.learner._how
    assert room._block(how) == 20
    monkeypatch.setattr(room, "_PRODUCTS_AT_ONCE", 3 * 200 * 17 * 7)
    assert room._block(how) == 7
    assert room._block(lesson_of(solver="lm", loss="half_squared_error").study.learner._how) == 1
    monkeypatch.setattr(room.time, "perf_counter", lambda: 0.0)  # a clock that stands still
    slow, pieces = lesson_of(solver="lbfgs"), lesson_of(solver="lbfgs")
    done(slow, do="network.step", batches=16)
    for batches in (3, 11, 2):
        done(pieces, do="network.step", batches=batches)
    np.testing.assert_array_equal(weights(slow), weights(pieces))


def test_the_error_of_many_rows_is_that_of_some(monkeypatch):
    monkeypatch.setattr(room, "_PRODUCTS_AT_ONCE", 17 * 1_500)
    lesson = lesson_of(n=2_000)
    rows, study = lesson.study.learner.watched, lesson.study
    assert len(rows) == 1_500 and rows[0] == 0 and rows[-1] == 1_999 and np.all(np.diff(rows) > 0)
    X, Y = study.data.X[rows], study.data.Y[rows]
    assert study.learner.error() == pytest.approx(study.network.error(X, Y), rel=1e-13)
    scene = lesson.sections["network"].scene()
    assert scene["judged"] == 1_500
    assert scene["correct"] == np.mean((study.network(X) > 0.5) == (Y > 0.5))
    done(lesson, do="network.step", batches=200)
    np.testing.assert_array_equal(weights(lesson), _after_an_epoch(monkeypatch))


def _after_an_epoch(monkeypatch):
    """The same of a lesson that looks at all rows: learning itself is from all of them."""
    monkeypatch.undo()
    lesson = lesson_of(n=2_000)
    assert lesson.study.learner.watched is None
    done(lesson, do="network.step", batches=200)
    return weights(lesson)


def test_few_frames_are_kept_of_a_large_network():
    lesson = lesson_of(hidden=(90, 60), activations=("relu", "relu"), n=20, batch=20)
    assert lesson.study.network.n_parameters > room._MANY_FRAMES
    done(lesson, do="show", sections=[])
    for _ in range(20):
        done(lesson, do="network.step", batches=20)
    small = lesson_of(n=20, batch=20)
    done(small, do="network.step", batches=400)
    assert len(lesson.study.learner._keyframes) <= 12 < len(small.study.learner._keyframes)
    there = weights(lesson)
    done(lesson, do="network.back", steps=10)
    done(lesson, do="network.step", batches=10)
    np.testing.assert_array_equal(weights(lesson), there)


def test_levenberg_marquardt_has_limits_of_its_own():
    lesson = lesson_of(data="plane", n=200, loss="half_squared_error")
    line = refused(lesson, do="network.set", solver="lm", hidden=[250])
    assert (
        "would have 1,001 parameters; a lesson takes up to 1,000 with Levenberg-Marquardt and 200 rows"
        in line
    )


def test_a_change_long_ago_is_not_learnt_over():
    lesson = lesson_of(n=30, batch=30)
    done(lesson, do="show", sections=[])
    done(lesson, do="network.step", batches=15)
    done(lesson, do="network.weight", layer=0, row=1, column=1, value=2.5)
    done(lesson, do="network.step", batches=25)
    there = weights(lesson)
    done(lesson, do="network.step", batches=900)
    done(lesson, do="network.back", steps=900)
    assert lesson.study.learner.position == 40
    np.testing.assert_array_equal(weights(lesson), there)
