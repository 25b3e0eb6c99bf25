"""A layer's derivative in its own parameters: against complex steps, in both orders of the columns."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import (
    back_from_its_address,
    done,
    gradient,
    of_layer,
    plane_of,
    refused,
    three_classes,
    values,
)

from chainrule.calculus import OUTPUTS
from chainrule.lesson import Lesson
from chainrule.testing import complex_step_derivative

LESSONS = {
    "deep": lambda: plane_of(hidden=(3, 2), activations=("tanh", "sine")),
    "softmax": lambda: three_classes(hidden=(4,), activations=("softplus",)),
    "ten inputs": lambda: three_classes(inputs=10, hidden=(2,)),
}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="choose row", row=2)
    done(lesson, do="show", sections=["layer"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="layer.set", **settings)["sections"]["layer"]


def layers(lesson):
    return range(1, len(lesson.study.network.weights) + 1)


def truth(lesson, layer):
    """∂z_l/∂(A, b) with A listed line by line: the lecture's order, by complex steps."""
    net = lesson.study.network
    z, W, b = net.layers(lesson.study.x)[layer - 1][0], net.weights[layer - 1], net.biases[layer - 1]
    σ = OUTPUTS[[*net.activations, net.output][layer - 1]]

    def value(parameters):
        A, bias = parameters[: W.size].reshape(W.shape[::-1]), parameters[W.size :]
        return σ.value((A @ z + bias)[None])[0]

    return complex_step_derivative(value, np.concatenate([W.T.ravel(), b]))


def test_the_lecture_s_order(lesson):
    for layer in layers(lesson):
        scene, expected = scene_of(lesson, layer=layer), truth(lesson, layer)
        np.testing.assert_allclose(values(scene["matrix"]), expected, atol=1e-15)
        assert scene["n_numbers"] == expected.size and scene["n_not_zero"] == np.count_nonzero(expected)


def test_the_order_of_eta_has_the_same_columns_elsewhere(lesson):
    for layer in layers(lesson):
        lecture = scene_of(lesson, layer=layer, order="lecture")
        eta = scene_of(lesson, layer=layer, order="eta")
        names = eta["columns"]["names"]
        found = [names.index(name) for name in lecture["columns"]["names"]]
        np.testing.assert_array_equal(values(lecture["matrix"]), values(eta["matrix"])[:, found])
        assert eta["columns"]["place"] == sorted(eta["columns"]["place"])
    assert scene_of(lesson, layer=1, order="lecture")["columns"]["names"][1][0:2] == "A₁"
    assert scene_of(lesson, layer=1, order="eta")["columns"]["names"][1][0:2] == "A₂"


@pytest.mark.parametrize("order", ["lecture", "eta"])
def test_each_entry_is_what_is_said_of_it(lesson, order):
    net = lesson.study.network
    for layer in layers(lesson):
        scene = scene_of(lesson, layer=layer, order=order)
        unit, source, place = (np.array(scene["columns"][key]) for key in ("unit", "input", "place"))
        ẑ, slope = np.append(scene["z"], 1.0), np.array(scene["slopes"])
        slope = np.diag(slope) if slope.ndim == 1 else slope
        np.testing.assert_allclose(values(scene["matrix"]), slope[:, unit] * ẑ[source], atol=1e-15)
        parameters = np.vstack([net.weights[layer - 1], net.biases[layer - 1]])
        np.testing.assert_array_equal(net.parameters[place], parameters[source, unit])


def test_names_say_which_entry():
    scene = scene_of(plane_of(hidden=(2,)))
    assert scene["columns"]["names"] == ["A₁₁", "A₁₂", "A₂₁", "A₂₂", "b₁", "b₂"]
    assert scene["columns"]["unit"] == [0, 0, 1, 1, 0, 1] and scene["columns"]["input"] == [0, 1, 0, 1, 2, 2]
    assert scene["units"] == ["z₁", "z₂"] and scene["inputs"] == ["x₁", "x₂"]
    assert scene_of(LESSONS["ten inputs"]())["columns"]["names"][10] == "A₂‚₁"


def test_the_factored_form_is_the_gradient(lesson):
    whole = gradient(lesson, [2])
    for layer in layers(lesson):
        scene = scene_of(lesson, layer=layer)
        fan_in, fan_out, factored = scene["fan_in"], scene["fan_out"], scene["factored"]
        part = of_layer(lesson, whole, layer)
        expected = np.column_stack([part[:-fan_out].reshape(fan_in, fan_out).T, part[-fan_out:]])
        for name in ("product", "gradient"):
            np.testing.assert_allclose(values(factored[name]), expected, atol=1e-14)
        np.testing.assert_array_equal(
            values(factored["product"]), values(factored["delta"]) * values(factored["z"])
        )
        assert factored["difference"] < 1e-14 and factored["n_numbers"] == fan_in + 1 + fan_out


def test_the_answer_counts():
    lesson = plane_of(hidden=(4,))
    scene = scene_of(lesson)
    assert "4 · 12 = 48 numbers" in scene["answer"] and "2 + 1 + 4 = 7: 6.86 times" in scene["answer"]
    assert "none of them needs to be 0" in scene_of(three_classes(hidden=(4,)), layer=2)["answer"]


def test_a_large_layer_is_a_heat_map_and_a_larger_one_is_refused():
    lesson = plane_of(hidden=(40, 60), activations=("tanh", "relu"))
    scene = scene_of(lesson, layer=1)
    assert scene["matrix"]["heat"]["shape"] == [40, 120] and scene["columns"]["names"][0] == "A₁‚₁"
    scene = scene_of(lesson, layer=2)
    assert scene["matrix"]["values"] is None and scene["columns"] is None
    done(lesson, do="network.set", hidden=[80, 70])
    scene = scene_of(lesson, layer=2)
    assert "396,900 numbers, of which 5,670 can differ from 0" in scene["refused"]


def test_settings_that_do_not_fit_are_refused():
    lesson = Lesson()
    assert "layers 1 to 2" in refused(lesson, do="layer.set", layer=3)
    assert "one of lecture, eta" in refused(lesson, do="layer.set", order="mine")
    assert "accepted are layer.set" in refused(lesson, do="layer.turn")


def test_an_address_leads_back_and_another_network_keeps_what_fits():
    lesson = plane_of(hidden=(3, 2), activations=("tanh", "relu"))
    done(lesson, do="layer.set", layer=3, order="eta")
    back_from_its_address(lesson, Lesson())
    done(lesson, do="network.step", batches=1)
    assert lesson.sections["layer"].values == {"layer": 3, "order": "eta"}
    done(lesson, do="network.set", hidden=[])
    assert lesson.sections["layer"].values == {"layer": 1, "order": "eta"}
