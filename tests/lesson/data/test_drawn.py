"""Points drawn by hand: added, moved, taken away, in addresses."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import done, refused

from chainrule.lesson import Lesson
from chainrule.lesson.data import Drawn


def drawn(*points, data="xor"):
    lesson = Lesson()
    done(lesson, do="show", sections=["network"])
    done(lesson, do="network.set", data=data)
    for x, y, target in points:
        done(lesson, do="network.draw", x=x, y=y, target=target)
    return lesson


def test_points_are_the_rows():
    lesson = drawn((0.5, -0.25, 1), (-0.5, 0.125, 0), (0.1, 0.2, 1))
    data = lesson.study.data
    np.testing.assert_array_equal(data.X, [[0.5, -0.25], [-0.5, 0.125], [0.1, 0.2]])
    np.testing.assert_array_equal(data.Y, [[1], [0], [1]])
    points = lesson.sections["network"].scene()["points"]
    assert (points["x"], points["y"], points["target"]) == ([0.5, -0.5, 0.1], [-0.25, 0.125, 0.2], [1, 0, 1])
    done(lesson, do="network.move", row=1, x=0.75, y=0.25)
    done(lesson, do="network.erase", row=0)
    np.testing.assert_array_equal(data.X[2:], lesson.study.data.X[1:])
    np.testing.assert_array_equal(lesson.study.data.X[0], [0.75, 0.25])
    np.testing.assert_array_equal(lesson.study.data.Y, [[0], [1]])


def test_learning_goes_on_from_the_weights_as_they_are():
    lesson = drawn((0.5, -0.25, 1), (-0.5, 0.125, 0))
    done(lesson, do="network.step", batches=7)
    before = lesson.study.network.parameters.copy()
    done(lesson, do="network.draw", x=0.0, y=0.5, target=0)
    np.testing.assert_array_equal(lesson.study.network.parameters, before)
    done(lesson, do="network.step", batches=1)
    assert not np.array_equal(lesson.study.network.parameters, before)
    done(lesson, do="network.reset")
    np.testing.assert_array_equal(lesson.study.network.parameters, Lesson().study.network.parameters)


@pytest.mark.parametrize(("data", "back"), [("xor", "xor"), ("hills", "plane"), ("sine", "sine")])
def test_without_points_data_by_name_come_back(data, back):
    lesson = drawn((0.5, -0.25, 1), data=data)
    assert lesson.study.setup.data == "drawn"
    frame = done(lesson, do="network.erase", row=0)
    assert lesson.study.setup.data == back and back in frame["said"][0]
    assert "drawn" not in [each["value"] for each in frame["sections"]["network"]["choices"]["data"]]
    done(lesson, do="network.draw", x=0.0, y=0.0, target=0)
    done(lesson, do="network.clear")
    assert lesson.study.setup.data == back


def test_answers_are_of_the_kind_that_was_there():
    numbers = drawn((0.5, -0.25, 0.75), data="hills").study.data
    assert numbers.task == "regression" and numbers.Y.tolist() == [[0.75]]
    line = drawn((0.5, -0.25, 9), data="sine").study.data
    assert line.X.tolist() == [[0.5]] and line.Y.tolist() == [[-0.25]]
    three = drawn((0.5, -0.25, 2), data="blobs").study.data
    assert three.Y.tolist() == [[0, 0, 1]] and three.classes == ("0", "1", "2")


@pytest.mark.parametrize("data", ["xor", "hills", "sine", "blobs"])
def test_an_address_holds_them(data):
    random = np.random.default_rng(0)
    lesson = drawn(*((*random.uniform(-1, 1, 2).tolist(), k % 2) for k in range(6)), data=data)
    done(lesson, do="network.step", batches=5)
    other = Lesson()
    frame = done(other, do="go to", address=lesson.address)
    assert not frame["said"] and other.address == lesson.address
    np.testing.assert_array_equal(other.study.data.X, lesson.study.data.X)
    np.testing.assert_array_equal(other.study.data.Y, lesson.study.data.Y)
    np.testing.assert_array_equal(other.study.network.parameters, lesson.study.network.parameters)


def test_an_address_of_many_points_says_that_they_are_not_in_it():
    lesson = drawn(*((k / 100, 0.0, 0) for k in range(Drawn.MOST_IN_ADDRESS + 1)))
    assert "points=" not in lesson.address and len(lesson.address) < 2_000
    frame = done(Lesson(), do="go to", address=lesson.address)
    assert "they are not here" in frame["said"][0]


def test_what_does_not_fit_is_refused():
    lesson = drawn((0.5, -0.25, 1))
    assert "classes 0 to 1" in refused(lesson, do="network.draw", x=0.0, y=0.0, target=2)
    assert "classes 0 to 1" in refused(lesson, do="network.draw", x=0.0, y=0.0, target=0.5)
    assert "row is 1; the points drawn here are 0 to 0" in refused(lesson, do="network.erase", row=1)
    assert "row is 7" in refused(lesson, do="network.move", row=7, x=0.0, y=0.0)
    assert "row is 7" in refused(drawn((0.0, 0.0, 0), data="sine"), do="network.move", row=7, x=0.0, y=0.0)
    assert "there are no drawn points" in refused(Lesson(), do="network.erase", row=0)
    for text in ("", "02", "02AAAA", "99AAAA", "02" + "A" * 4_000, "02/+==", "02é"):
        assert "points" in refused(lesson, do="go to", address=f"network.data=drawn&points={text}")
    bad = Drawn("classes", 2, ((0.0, 0.0, 7.0),)).text()
    assert "classes 0 to 1" in refused(lesson, do="go to", address=f"network.data=drawn&points={bad}")
    nan = Drawn("regression", 0, ((np.nan, 0.0, 7.0),)).text()
    assert "no numbers" in refused(lesson, do="go to", address=f"network.data=drawn&points={nan}")


def test_there_is_a_most():
    full = Drawn("classes", 2, ((0.0, 0.0, 0.0),) * Drawn.MOST)
    with pytest.raises(ValueError, match="500 points already"):
        full.add(0.0, 0.0, 0.0)
