"""Section 1: every number of the scene, against sums written out here and what the library says elsewhere."""

import base64

import numpy as np
import pytest
from tests.lesson.sections.lessons import done, refused

from chainrule.lesson import Lesson
from chainrule.lesson._study import Setup, Study
from chainrule.lesson.data import data_by_name

STEPS, SMALL = 48, 16


def lesson_of(**setup):
    lesson = Lesson(Study(Setup(**setup)))
    done(lesson, do="show", sections=["network"])
    return lesson


def scene_of(lesson):
    return lesson.sections["network"].scene()


def bytes_of(heat):
    return np.frombuffer(base64.b64decode(heat["bytes"]), np.uint8).reshape(heat["shape"])


def assert_heat(heat, expected):
    """A heat map says each number to half of one of its steps; what is beyond its ends stands at them."""
    step = (heat["high"] - heat["low"]) / 254
    shown = heat["low"] + step * bytes_of(heat)
    np.testing.assert_allclose(shown, np.clip(expected, heat["low"], heat["high"]), atol=0.5001 * step)


def by_hand(net, X):
    """z_0, …, z_L of tanh layers and a logistic or softmax output, or none."""
    z = [X]
    for W, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        z.append(np.tanh(z[-1] @ W + b))
    q = z[-1] @ net.weights[-1] + net.biases[-1]
    e = np.exp(q)
    return [
        *z,
        {"logistic": e / (1 + e), "softmax": e / e.sum(axis=1, keepdims=True), "identity": q}[net.output],
    ]


def centres(steps):
    middle = -1 + (2 * np.arange(steps) + 1) / steps
    return np.array([(x, y) for y in middle[::-1] for x in middle])


@pytest.mark.parametrize("data", ["moons", "blobs", "hills"])
def test_maps_are_the_network_over_the_plane(data):
    losses = data_by_name(data, 2, 0.0, 0).losses
    lesson = lesson_of(data=data, hidden=(5, 3), activations=("tanh", "tanh"), loss=losses[0])
    done(lesson, do="network.step", batches=40)
    scene, net = scene_of(lesson), lesson.study.network
    large, small = by_hand(net, centres(STEPS)), by_hand(net, centres(SMALL))
    for k, heat in enumerate(scene["plane"]["outputs"]):
        assert_heat(heat, large[-1][:, k].reshape(STEPS, STEPS))
    assert len(scene["plane"]["outputs"]) == net.layer_sizes[-1]
    for layer, values in zip(scene["graph"]["layers"], small, strict=True):
        assert layer["width"] == layer["shown"] == len(layer["units"]) == values.shape[1]
        for unit, value in zip(layer["units"], values.T, strict=True):
            assert_heat(unit["response"], value.reshape(SMALL, SMALL))
    if data == "blobs":
        winner = bytes_of(scene["plane"]["winner"])
        np.testing.assert_array_equal(winner, large[-1].argmax(axis=1).reshape(STEPS, STEPS))
    else:
        assert scene["plane"]["winner"] is None


def test_a_line_is_the_network_s_curve():
    lesson = lesson_of(data="sine", loss="half_squared_error")
    done(lesson, do="network.step", batches=40)
    scene, plane = scene_of(lesson), scene_of(lesson)["plane"]
    x = np.array(plane["curve"]["x"])
    np.testing.assert_allclose(
        plane["curve"]["y"], by_hand(lesson.study.network, x[:, None])[-1].T, rtol=1e-13
    )
    assert plane["kind"] == "line" and plane["names"] == ["x", "y"] and plane["outputs"] == []
    assert -1 < x[0] < x[-1] < 1 and plane["limits"][0] == [-1, 1]
    assert scene["points"]["y"] == lesson.study.data.Y[:, 0].tolist()
    unit = scene["graph"]["layers"][1]["units"][2]["response"]
    step = 2 / len(bytes_of(unit)[0])
    middle = np.arange(-1 + step / 2, 1, step)[:, None]
    assert np.abs(middle[1] - middle[0]) > 2 * (x[1] - x[0])
    within = by_hand(lesson.study.network, x[1::3, None])[1][:, 2]
    assert_heat(unit, within[None, :])
    np.testing.assert_allclose(x[1::3], middle[:, 0], atol=1e-12)


def test_weights_and_biases_of_the_graph():
    lesson = lesson_of(hidden=(20, 3), activations=("tanh", "relu"))
    graph, net = scene_of(lesson)["graph"], lesson.study.network
    assert [layer["name"] for layer in graph["layers"]] == ["x", "z_1", "z_2", "F"]
    assert [layer["activation"] for layer in graph["layers"]] == [None, "tanh", "relu", "logistic"]
    assert [layer["width"] for layer in graph["layers"]] == [2, 20, 3, 1]
    assert [layer["shown"] for layer in graph["layers"]] == [2, 16, 3, 1]
    for shown, W in zip(graph["weights"], net.weights, strict=True):
        np.testing.assert_array_equal(shown, W[:16, :16])
    for layer, b in zip(graph["layers"][1:], net.biases, strict=True):
        assert [unit["bias"] for unit in layer["units"]] == b[:16].tolist()
    assert graph["largest"] == max(np.abs(W[:16, :16]).max() for W in net.weights)
    assert [unit["name"] for unit in graph["layers"][2]["units"]] == ["z_2,1", "z_2,2", "z_2,3"]


@pytest.mark.parametrize("data", ["xor", "blobs", "plane"])
def test_error_curve_and_right_classes(data):
    losses = data_by_name(data, 2, 0.0, 0).losses
    lesson = lesson_of(data=data, loss=losses[0])
    done(lesson, do="network.step", batches=40)
    scene, study = scene_of(lesson), lesson.study
    F, Y = by_hand(study.network, study.data.X)[-1], study.data.Y
    if data == "plane":
        error, right = 0.5 * np.mean((F - Y) ** 2), None
    elif data == "xor":
        error = -np.mean(Y * np.log(F) + (1 - Y) * np.log(1 - F))
        right = np.mean((F > 0.5) == Y)
    else:
        error = -np.mean(np.sum(Y * np.log(F), axis=1))
        right = np.mean([F[i, int(np.flatnonzero(Y[i])[0])] == F[i].max() for i in range(len(F))])
    assert scene["loss"]["value"] == pytest.approx(error, rel=1e-12)
    assert scene["error"] == scene["loss"]["value"] == scene["curve"]["loss"][-1]
    assert scene["correct"] == right and scene["judged"] == len(F)
    assert scene["curve"]["position"] == [0, 20, 40] and scene["curve"]["epoch"] == [0, 1, 2]
    start = Lesson(Study(Setup(data=data, loss=losses[0]))).study
    assert scene["curve"]["loss"][0] == start.learner.error()
    assert scene["parameters"] == sum((a + 1) * b for a, b in zip((2, 4), (4, F.shape[1]), strict=True))


def test_points_are_the_rows_or_some_of_them():
    lesson = lesson_of(data="blobs", n=30)
    points, data = scene_of(lesson)["points"], lesson.study.data
    np.testing.assert_array_equal(np.transpose([points["x"], points["y"]]), data.X)
    assert points["target"] == data.Y.argmax(axis=1).tolist()
    assert points["row"] == [*range(30)] and points["total"] == 30
    done(lesson, do="network.step", batches=1)
    assert scene_of(lesson)["points"]["key"] == points["key"]
    done(lesson, do="network.set", n=2_000)
    many = scene_of(lesson)["points"]
    assert len(many["row"]) == 1_000 and many["total"] == 2_000 and many["key"] != points["key"]
    np.testing.assert_array_equal(many["x"], lesson.study.data.X[many["row"], 0])


def test_levels_are_those_of_the_answers():
    assert scene_of(lesson_of())["plane"]["level"] == {"low": 0.0, "middle": 0.5, "high": 1.0}
    lesson = lesson_of(data="hills", loss="half_squared_error")
    Y, level = lesson.study.data.Y, scene_of(lesson)["plane"]["level"]
    assert (level["low"], level["high"]) == pytest.approx((Y.min(), Y.max()))
    heat = scene_of(lesson)["plane"]["outputs"][0]
    assert (heat["low"], heat["high"]) == (level["low"], level["high"])


def test_one_weight_and_one_bias_are_set():
    lesson = lesson_of(hidden=(3, 2), activations=("tanh", "tanh"))
    before = lesson.study.network.copy()
    done(lesson, do="network.weight", layer=1, row=2, column=1, value=0.1 + 0.2)
    done(lesson, do="network.bias", layer=2, unit=0, value=-7)
    before.weights[1][2, 1], before.biases[2][0] = 0.1 + 0.2, -7.0
    assert lesson.study.network == before
    assert "layers 0 to 2" in refused(lesson, do="network.weight", layer=3, row=0, column=0, value=1)
    assert "no [3, 0] in layer 1, whose shape is (3, 2)" in refused(
        lesson, do="network.weight", layer=1, row=3, column=0, value=1
    )
    assert "no [2] in layer 1" in refused(lesson, do="network.bias", layer=1, unit=2, value=1)


def test_what_can_be_chosen_now():
    lesson = lesson_of()
    choices = scene_of(lesson)["choices"]
    assert [each["value"] for each in choices["loss"]] == [*lesson.study.data.losses]
    assert not {"drawn", "table", "model"} & {each["value"] for each in choices["data"]}
    assert choices["columns"] == choices["targets"] == []
    labels = {
        kind: {each["value"]: each["label"] for each in choices[kind]} for kind in ("data", "activation")
    }
    assert labels["data"]["sine"] == "sine of one number" and labels["activation"]["sine"] == "sine"
    for name in choices["data"]:
        done(lesson, do="network.set", data=name["value"])
        assert scene_of(lesson)["plane"]["columns"] is None
    for solver, used in (("sgd", True), ("adam", True), ("lbfgs", False), ("lm", False)):
        done(lesson, do="network.set", data="plane", solver=solver)
        assert scene_of(lesson)["used"] == {"rate": used, "batch": used}


def test_the_question_is_answered_by_the_numbers():
    lesson = lesson_of(hidden=(3,), activations=("tanh",))
    assert "2·3 + 3 + 3·1 + 1 = 13" in scene_of(lesson)["answer"]


def test_other_rows_hold_other_values_and_keep_their_grid():
    lesson = lesson_of()
    picture = lesson.sections["network"]._picture
    grid = picture._inputs()
    done(lesson, do="network.step", batches=3)
    assert picture._inputs() is grid
    done(lesson, do="choose row", row=3)
    assert picture._inputs() is not grid
    np.testing.assert_array_equal(picture._inputs(), grid)


def test_numbers_that_are_not_finite_are_none():
    lesson = lesson_of(data="plane", loss="sum_squared_error", activations=("relu",))
    weights = np.full(lesson.study.network.n_parameters, 1e200)
    text = base64.urlsafe_b64encode(weights.tobytes()).decode()
    address = f"{lesson.address}&weights={text}"
    done(lesson, do="show", sections=[*lesson.sections])
    scene = done(lesson, do="go to", address=address)["sections"]["network"]
    assert scene["loss"]["value"] is None and scene["graph"]["largest"] == 1e200
    assert 255 in bytes_of(scene["plane"]["outputs"][0])
    assert lesson.scene().to_json()
    assert done(lesson, do="network.reset")["sections"]["network"]["loss"]["value"] is not None
