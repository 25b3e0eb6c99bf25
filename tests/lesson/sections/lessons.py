"""Lessons to look at, and the truth about them by complex steps."""

import json

import numpy as np

from chainrule import calculus
from chainrule.lesson import Lesson
from chainrule.lesson._study import Setup, Study
from chainrule.lesson.data import Data, Plane
from chainrule.testing import complex_step_derivative


def done(lesson, **message):
    frame = lesson.receive(message)
    assert frame["error"] is None, frame["error"]
    return frame


def refused(lesson, **message):
    """The error of a message that must change nothing."""
    section = lesson.sections.get(message["do"].partition(".")[0], lesson.sections["network"])
    before = lesson.address, json.dumps(section.scene())
    frame = lesson.receive(message)
    assert frame["error"] and "\n" not in frame["error"]
    assert (lesson.address, json.dumps(section.scene())) == before
    return frame["error"]


def three_classes(n=7, inputs=2, **setup):
    """A lesson of three classes, whose output is softmax."""
    random = np.random.default_rng(1)
    X = random.normal(size=(n, inputs))
    others = lambda points, row: np.column_stack([points, np.tile(X[row, 2:], (len(points), 1))])  # noqa: E731
    plane = Plane(("x1", "x2"), (-3.0, -3.0), (3.0, 3.0), X[:, :2], others)
    names = tuple(f"x{number}" for number in range(1, inputs + 1))
    Y, classes = np.eye(3)[random.integers(3, size=n)], ("a", "b", "c")
    data = Data("table", "classes", X, Y, names, classes, plane, classes)
    return Lesson(Study(Setup(data="table", **setup), own=data))


def plane_of(**setup):
    return Lesson(Study(Setup(data="plane", loss="half_squared_error", **setup)))


def architecture(lesson):
    net = lesson.study.network
    return [str(σ) for σ in net.activations], net.output


def gradient(lesson, rows):
    """∂E/∂η of the mean error of some rows, by complex steps through the notes' own forward pass."""
    study, (activations, output) = lesson.study, architecture(lesson)
    layout, X, Y = study.network.layout, study.data.X[rows], study.data.Y[rows]

    def error(η):
        weights, biases = ([block.view(η) for block in blocks] for blocks in (layout.weights, layout.biases))
        return calculus.error(X, Y, weights, biases, activations, output, study.setup.loss)

    return complex_step_derivative(error, study.network.parameters)[0]


def input_gradient(lesson, row):
    study, (activations, output) = lesson.study, architecture(lesson)
    net = study.network

    def error(x):
        return calculus.error(
            x[None], study.data.Y[[row]], net.weights, net.biases, activations, output, study.setup.loss
        )

    return complex_step_derivative(error, study.data.X[row])[0]


def of_layer(lesson, vector, layer):
    """A layer's part of a vector in the order of η."""
    return np.concatenate([vector[block.place] for block in lesson.study.network.layout.of_layer(layer - 1)])


def values(matrix):
    return np.array(matrix["values"], dtype=float)


def back_from_its_address(lesson, other):
    """Lead another lesson to the same address, and compare what is shown."""
    frame = done(other, do="go to", address=lesson.address)
    assert not frame["said"] and other.address == lesson.address
    assert other.scene().to_json() == lesson.scene().to_json()
