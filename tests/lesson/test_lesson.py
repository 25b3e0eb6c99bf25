"""A lesson: learning in pieces, going back, addresses, and messages that do not fit."""

import json

import numpy as np
import pytest

from chainrule import Network, train
from chainrule.lesson import Lesson
from chainrule.training import SGD

SOLVERS = ("sgd", "adam", "lbfgs", "lm")


def done(lesson, **message):
    frame = lesson.receive(message)
    assert frame["error"] is None, frame["error"]
    return frame


def begun(solver, **settings):
    lesson = Lesson()
    done(lesson, do="show", sections=[])  # nothing is drawn here
    loss = {"loss": "half_squared_error"} if solver == "lm" else {}
    done(lesson, do="network.set", solver=solver, batch=30, **loss, **settings)
    return lesson


def test_learning_is_the_library_s():
    lesson = begun("sgd", n=90, rate=0.1)
    done(lesson, do="network.epoch")
    net = Network((2, 4, 1), "tanh", "logistic", random_state=0)
    order = np.random.RandomState([0, 0]).permutation(90)
    X, Y = lesson.study.data.X[order], lesson.study.data.Y[order]
    train(net, X, Y, solver=SGD(0.1, momentum=0.0), batch_size=30, max_iter=1, shuffle=False)
    np.testing.assert_array_equal(lesson.study.network.parameters, net.parameters)
    assert lesson.study.learner.curve[-1] == (3, lesson.study.learner.error())
    assert lesson.study.learner.error() == pytest.approx(net.error(X, Y), rel=1e-14)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_step_leads_to_the_same_weights_whatever_the_pieces(solver):
    whole, pieces = begun(solver), begun(solver)
    done(whole, do="network.step", batches=33)
    for batches in (1, 1, 5, 7, 11, 8):
        done(pieces, do="network.step", batches=batches)
    np.testing.assert_array_equal(whole.study.network.parameters, pieces.study.network.parameters)
    assert whole.study.learner.curve == pieces.study.learner.curve


@pytest.mark.parametrize("solver", SOLVERS)
def test_back_and_forth_is_where_it_was(solver):
    lesson = begun(solver)
    done(lesson, do="network.run", seconds=0.02)
    done(lesson, do="network.step", batches=25)
    there, position = lesson.study.network.parameters.copy(), lesson.study.learner.position
    done(lesson, do="network.back", steps=10)
    assert lesson.study.learner.position == position - 10
    assert not np.array_equal(lesson.study.network.parameters, there)
    done(lesson, do="network.step", batches=10)
    np.testing.assert_array_equal(lesson.study.network.parameters, there)
    done(lesson, do="network.reset")
    np.testing.assert_array_equal(lesson.study.network.parameters, begun(solver).study.network.parameters)


def test_few_points_are_kept_of_a_long_way():
    lesson = begun("adam", n=30)
    done(lesson, do="show", sections=[])
    for _ in range(20):
        done(lesson, do="network.step", batches=120)
    learner = lesson.study.learner
    assert learner.position == 2400
    assert len(learner._keyframes) < 60 and len(learner.curve) <= 401


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"do": "network.set", "hidden": [3, 5], "activations": ["relu", "tanh"], "rate": 0.1, "seed": 4}],
        [{"do": "network.step", "batches": 77}, {"do": "choose row", "row": 5}],
        [
            {"do": "network.step", "batches": 9},
            {"do": "network.weight", "layer": 0, "row": 0, "column": 2, "value": 0.1 + 0.2},
        ],
        [{"do": "network.set", "data": "plane", "hidden": []}, {"do": "network.epoch"}],
    ],
)
def test_an_address_leads_to_the_same_scene(messages):
    lesson, other = Lesson(), begun("lm")
    for message in messages:
        done(lesson, **message)
    frame = done(other, do="go to", address=lesson.address)
    assert not frame["said"] and other.address == lesson.address
    np.testing.assert_array_equal(other.study.network.parameters, lesson.study.network.parameters)
    assert other.scene().to_json() == lesson.scene().to_json() or other.study.learner.edited


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (3, "a message is an object with 'do', got int"),
        ([], "a message is an object"),
        ({}, "do is None"),
        ({"do": "network"}, "there is no 'network.'"),
        ({"do": "network.content"}, "there is no 'network.content'; accepted are network.axes"),
        ({"do": "network.__init__"}, "there is no"),
        ({"do": "nothing.step"}, "do is 'nothing.step'; accepted are show, read"),
        ({"do": "network.step"}, "lacks the field 'batches'"),
        ({"do": "network.step", "batches": True}, "batches of network.step is True; accepted is a whole"),
        ({"do": "network.step", "batches": 2.0}, "accepted is a whole number from 1 to 100,000"),
        ({"do": "network.step", "batches": 1, "more": 2}, "does not take 'more'; its fields are batches"),
        ({"do": "network.set", "rate": float("nan")}, "rate of network.set is nan"),
        ({"do": "network.set", "hidden": [200] * 4}, "would have 121,401 parameters"),
        ({"do": "network.set", "hidden": [3], "activations": []}, "one each"),
        ({"do": "network.set", "data": "drawn"}, "there are no drawn data here"),
        ({"do": "network.set", "data": "plane", "loss": "cross_entropy"}, "for these data it is one of half"),
        ({"do": "choose row", "row": 200}, "rows here are 0 to 199"),
        ({"do": "go to", "address": "network.hidden=3_x"}, "network.hidden is 'x'"),
        ({"do": "go to", "address": "nothing=1"}, "'nothing', which is no setting"),
        ({"do": "go to", "address": "row=1&at=5&weights=AAAA"}, "weights"),
        ({"do": "network.step", "batches": 1, "id": "7"}, "id is '7'"),
    ],
)
def test_what_does_not_fit_changes_nothing_and_says_why(message, says):
    lesson = Lesson()
    done(lesson, do="network.step", batches=3)
    before = lesson.scene().to_json()
    frame = lesson.receive(message)
    assert says in frame["error"] and "\n" not in frame["error"]
    assert lesson.scene().to_json() == before


def test_a_frame_has_what_is_shown_and_has_changed():
    lesson = Lesson()
    assert done(lesson, do="show", sections=[], id=7)["sections"] == {}
    assert [*done(lesson, do="show", sections=["network"])["sections"]] == ["network"]
    assert done(lesson, do="show", sections=["network"], id=8)["id"] == 8
    assert lesson.receive({"do": "network.step", "batches": 0})["sections"] == {}
    assert [*done(lesson, do="network.step", batches=1)["sections"]] == ["network"]
    assert [*done(lesson, do="read")["sections"]] == ["network"]


def test_a_scene_is_json_of_whole_numbers():
    lesson = Lesson()
    done(lesson, do="network.step", batches=3)
    read = json.loads(lesson.scene().to_json())
    assert read["sections"]["network"]["error"] == lesson.study.learner.error()
    with pytest.raises(TypeError):
        lesson.scene().sections["network"]["error"] = 0


@pytest.mark.parametrize("problem", [np.linalg.LinAlgError("no eigenvalues"), OverflowError("too large")])
def test_a_section_that_cannot_be_computed_says_so_and_leaves_the_others(monkeypatch, problem):
    lesson = Lesson()

    def content():
        raise problem

    monkeypatch.setattr(lesson.sections["forward"], "content", content)
    sections = done(lesson, do="show", sections=["network", "forward"])["sections"]
    assert str(problem) in sections["forward"]["refused"] and "refused" not in sections["network"]
