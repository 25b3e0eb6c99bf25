"""Section 6: F, its models and what they leave out, against derivatives of calculus and complex steps."""

import base64

import numpy as np
import pytest
from tests.lesson.sections.lessons import (
    back_from_its_address,
    done,
    plane_of,
    refused,
    three_classes,
    values,
)

from chainrule.calculus import local_model, network_map, remainder_slope
from chainrule.lesson import Lesson
from chainrule.lesson.data import NAMES
from sweeps import some

LESSONS = {
    "deep": lambda: plane_of(hidden=(3, 2), activations=("tanh", "sine")),
    "softmax": lambda: three_classes(inputs=4, hidden=(4,), activations=("softplus",)),
}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="choose row", row=2)
    done(lesson, do="show", sections=["taylor"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="taylor.set", **settings)["sections"]["taylor"]


def truth(lesson):
    """F at the chosen row as a map of calculus, x, and the step that the settings say."""
    net, study = lesson.study.network, lesson.study
    F = network_map(net.weights, net.biases, [str(σ) for σ in net.activations], net.output)
    plane, dx = study.data.plane, np.zeros(study.data.X.shape[1])
    share = np.array(lesson.sections["taylor"].values["step"])
    dx[: len(plane.names)] = share * (np.array(plane.high) - plane.low) / 2
    return F, study.data.X[study.row], dx


def test_F_and_its_models_at_the_end_of_the_step(lesson):
    scene = scene_of(lesson, step=[0.3, -0.2], output=0)
    F, x, dx = truth(lesson)
    np.testing.assert_allclose(scene["dx"], dx, atol=1e-14)
    np.testing.assert_allclose(scene["length"], np.linalg.norm(dx), rtol=1e-13)
    np.testing.assert_allclose(scene["x"], x)
    np.testing.assert_allclose(scene["value"], F(x)[0], rtol=1e-13)
    np.testing.assert_allclose(values(scene["jacobian"]), F.derivative(x), rtol=1e-12, atol=1e-15)
    expected = [F(x + dx), local_model(F, x, 1)(dx), local_model(F, x, 2)(dx)]
    np.testing.assert_allclose(
        [scene["at"][name] for name in ("f", "first", "second")], [one[0] for one in expected], rtol=1e-12
    )
    left = [np.linalg.norm(expected[0] - model) for model in expected[1:]]
    np.testing.assert_allclose([scene["left"]["first"], scene["left"]["second"]], left, rtol=1e-9)


def test_along_the_step_and_over_the_plane(lesson):
    scene = scene_of(lesson, step=[0.3, -0.2], output=0)
    F, x, dx = truth(lesson)
    models = {"f": F} | {name: local_model(F, x, k) for k, name in ((1, "first"), (2, "second"))}
    for name, model in models.items():
        at = [model(t * dx if name != "f" else x + t * dx)[0] for t in scene["line"]["t"]]
        np.testing.assert_allclose(scene["line"][name], at, rtol=1e-11, atol=1e-13)
        shown = scene["maps"][name]
        grid = lesson.study.data.plane.grid(shown["shape"][0], lesson.study.row)
        over = np.array([model(point - x if name != "f" else point)[0] for point in grid])
        steps = np.frombuffer(base64.b64decode(shown["bytes"]), np.uint8)
        level = scene["maps"]["level"]
        assert [shown["low"], shown["high"]] == [level["low"], level["high"]]
        clipped = np.clip((over - level["middle"]) / (level["high"] - level["middle"]), -1, 1)
        np.testing.assert_allclose((steps.astype(float) - 127) / 127, clipped, atol=0.51 / 127)


def test_remainders_and_their_slopes(lesson):
    scene = scene_of(lesson, step=[0.3, -0.2], output=0)["remainders"]
    F, x, dx = truth(lesson)
    v = dx / np.linalg.norm(dx)
    for name, order, line in (("first", 1, "two"), ("second", 2, "three")):
        model = local_model(F, x, order)
        left = [np.linalg.norm(F(x + h * v) - model(h * v)) for h in scene["length"]]
        np.testing.assert_allclose(scene[name], left, rtol=1e-4, atol=1e-14)
        slope = np.diff(np.log(scene[line])) / np.diff(np.log(scene["length"]))
        np.testing.assert_allclose(slope, order + 1)
        half = scene["length"][0]
        np.testing.assert_allclose(
            scene["slopes"][order - 1], remainder_slope(F, x, half * v, order), atol=0.05
        )
    np.testing.assert_allclose(scene["slopes"], [2, 3], atol=0.15)


def test_the_answer_is_of_the_current_numbers(lesson):
    scene = scene_of(lesson, step=[0.02, 0.01])
    whole, half = scene["left"], scene_of(lesson, step=[0.01, 0.005])["left"]
    for name in ("first", "second"):
        assert f"{whole[name] / half[name]:.2f} times" in scene["answer"]
    assert scene_of(lesson, step=[0.5, 0.1])["answer"] != scene["answer"]


def test_a_network_that_is_linear_is_its_own_model():
    lesson = plane_of(hidden=(), activations=())
    scene = scene_of(lesson, step=[0.5, 0.5])
    assert scene["left"]["first"] < 1e-15 and scene["remainders"]["slopes"] == [None, None]
    assert scene["question"] and scene["answer"]


def test_of_several_outputs_one_is_looked_at():
    lesson = three_classes()
    shown = [scene_of(lesson, output=k) for k in range(3)]
    np.testing.assert_allclose(sum(one["at"]["f"] for one in shown), 1)
    done(lesson, do="network.set", data="plane")
    assert lesson.scene().sections["taylor"]["output"] == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"step": [0.1]}, "1 numbers; this plane has 2"),
        ({"step": [0.0, 0.0]}, "step of taylor is 0"),
        ({"step": [0.1, float("nan")]}, "accepted is a number"),
        ({"step": [0.1, 3.0]}, "from -2 to 2"),
        ({"step": "0.1"}, "accepted is a list"),
        ({"output": 1}, "output of taylor is 1; there are 0 to 0"),
        ({"output": -1}, "accepted is a whole number"),
        ({"order": 2}, "does not take 'order'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    assert words in refused(Lesson(), do="taylor.set", **settings)


def test_an_address_leads_back(lesson):
    scene_of(lesson, step=[0.25, -0.75])
    back_from_its_address(lesson, LESSONS["deep" if lesson.study.data.name == "plane" else "softmax"]())


@pytest.mark.parametrize("name", some(NAMES, 3))
def test_an_address_leads_back_whatever_the_plane(name):
    lesson = Lesson()
    done(lesson, do="network.set", data=name)
    back_from_its_address(lesson, Lesson())
    written = [part for part in lesson.address.split("&") if not part.startswith("taylor")]
    other = Lesson()
    done(other, do="go to", address="&".join(written))  # as a person writes it
    assert other.scene().to_json() == lesson.scene().to_json()
