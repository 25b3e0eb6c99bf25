"""Section 8: both losses at one row, against networks whose last bias was moved."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import back_from_its_address, done, plane_of, refused, three_classes

from chainrule.calculus import OUTPUTS
from chainrule.lesson import Lesson
from chainrule.testing import complex_step_derivative

LESSONS = {"logistic": Lesson, "softmax": lambda: three_classes(hidden=(4,), activations=("softplus",))}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="choose row", row=2)
    done(lesson, do="show", sections=["cross_entropy"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="cross_entropy.set", **settings)["sections"]["cross_entropy"]


def moved(lesson, unit, shift):
    """The network with its last bias moved, which moves q."""
    net = lesson.study.network.copy()
    net.biases[-1][unit] += shift
    return net


@pytest.mark.parametrize("squared", ["sum_squared_error", "half_squared_error"])
@pytest.mark.parametrize("shift", [0.0, 1.5, -8.0])
def test_error_and_gradient_are_those_of_a_network_whose_last_bias_was_moved(lesson, shift, squared):
    unit = lesson.study.network.layer_sizes[-1] - 1
    scene = scene_of(lesson, shift=shift, unit=unit, squared=squared)
    net, x, y = moved(lesson, unit, shift), lesson.study.x, lesson.study.y
    np.testing.assert_allclose(scene["F"], net(x)[0], rtol=1e-12)
    np.testing.assert_allclose(scene["F_minus_y"], net(x)[0] - y[0], atol=1e-15)
    for name, loss in (("cross_entropy", "cross_entropy"), ("squared", squared)):
        shown = scene["losses"][name]
        assert shown["loss"] == loss
        np.testing.assert_allclose(shown["error"], net.error(x, y, loss), rtol=1e-12)
        length = np.linalg.norm(net.gradient(x, y, loss))
        np.testing.assert_allclose(shown["length"], length, rtol=1e-11)
        last_bias = net.layout.biases[-1].view(net.gradient(x, y, loss))
        np.testing.assert_allclose(shown["delta"], last_bias, rtol=1e-11, atol=1e-17)


def test_delta_is_the_derivative_of_the_error_in_q(lesson):
    scene = scene_of(lesson, shift=0.7)
    y, output = lesson.study.y[0], lesson.study.network.output

    def errors(q):
        F = OUTPUTS[output].value(q[None])[0]
        entropy = y * np.log(F) if output == "softmax" else y * np.log(F) + (1 - y) * np.log(1 - F)
        return np.array([-entropy.sum(), ((F - y) ** 2).sum()])

    D = complex_step_derivative(errors, np.array(scene["q"]))
    losses = scene["losses"]
    np.testing.assert_allclose([losses["cross_entropy"]["delta"], losses["squared"]["delta"]], D, atol=1e-14)
    np.testing.assert_allclose(losses["cross_entropy"]["delta"], scene["F_minus_y"], atol=1e-15)


def test_curves_are_those_of_networks_whose_last_bias_was_moved(lesson):
    scene = scene_of(lesson, unit=0)
    x, y, start = lesson.study.x, lesson.study.y, scene["q_of_the_row"][0]
    for place in (0, 30, 48, 96):
        net = moved(lesson, 0, scene["line"]["q"][place] - start)
        np.testing.assert_allclose(scene["line"]["F"][place], net(x)[0, 0], rtol=1e-10)
        for shown in scene["losses"].values():
            np.testing.assert_allclose(shown["errors"][place], net.error(x, y, shown["loss"]), rtol=1e-10)
            length = np.linalg.norm(net.gradient(x, y, shown["loss"]))
            np.testing.assert_allclose(shown["lengths"][place], length, rtol=1e-9)


def test_where_the_output_is_sure_and_wrong_only_cross_entropy_has_a_gradient(lesson):
    unit = int(np.argmin(lesson.study.y[0]))
    wrong = 12.0 if lesson.study.y[0, unit] == 0 else -12.0
    losses = scene_of(lesson, shift=wrong, unit=unit)["losses"]
    assert losses["cross_entropy"]["length"] > 0.9 and losses["squared"]["length"] < 1e-2
    ratio = losses["cross_entropy"]["length"] / losses["squared"]["length"]
    scene = scene_of(lesson)
    assert f"{ratio:.3g} times as long" in scene["answer"]


def test_a_number_to_learn_has_no_cross_entropy():
    lesson = plane_of()
    done(lesson, do="show", sections=["cross_entropy"])
    scene = done(lesson, do="read")["sections"]["cross_entropy"]
    assert "for classes" in scene["refused"] and "\n" not in scene["refused"]


def test_the_unit_is_one_that_there_is():
    lesson = three_classes()
    scene_of(lesson, unit=2)
    done(lesson, do="network.set", data="xor")
    assert done(lesson, do="read")["sections"]["cross_entropy"]["settings"]["unit"] == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shift": 41}, "from -40 to 40"),
        ({"shift": float("nan")}, "from -40 to 40"),
        ({"shift": "1"}, "a number"),
        ({"unit": 1}, "unit of cross_entropy is 1; there are 0 to 0"),
        ({"unit": True}, "a whole number"),
        ({"squared": "huber"}, "sum_squared_error, half_squared_error"),
        ({"q": 1.0}, "does not take 'q'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    assert words in refused(Lesson(), do="cross_entropy.set", **settings)


def test_an_address_leads_back(lesson):
    scene_of(lesson, shift=-3.25, squared="half_squared_error")
    other = LESSONS["softmax" if lesson.study.network.output == "softmax" else "logistic"]()
    back_from_its_address(lesson, other)
