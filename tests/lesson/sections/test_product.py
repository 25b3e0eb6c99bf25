"""The long product: factors, partial products and their price against complex steps and products by hand."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import (
    back_from_its_address,
    done,
    gradient,
    input_gradient,
    of_layer,
    plane_of,
    refused,
    three_classes,
    values,
)

from chainrule.calculus import Affine, Elementwise
from chainrule.lesson import Lesson

LESSONS = {
    "classes": lambda: Lesson(),
    "deep": lambda: plane_of(hidden=(3, 2), activations=("tanh", "sine")),
    "linear": lambda: plane_of(hidden=(), activations=()),
    "identity": lambda: plane_of(hidden=(3, 2), activations=("identity", "relu")),
    "softmax": lambda: three_classes(hidden=(4,)),
    "softmax and squares": lambda: three_classes(hidden=(4,), loss="sum_squared_error"),
    "logistic and squares": lambda: three_classes(hidden=(), activations=(), loss="half_squared_error"),
}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="choose row", row=3)
    done(lesson, do="show", sections=["product"])
    return lesson


def product(lesson, **settings):
    return done(lesson, do="product.set", **settings)["sections"]["product"]


def finished(lesson, **settings):
    product(lesson, **settings)
    return done(lesson, do="product.finish")["sections"]["product"]


def layers(lesson):
    return range(1, len(lesson.study.network.weights) + 1)


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("direction", ["left", "right"])
def test_the_product_is_the_gradient(lesson, direction, split):
    truth = gradient(lesson, [3])
    for layer in layers(lesson):
        scene = finished(lesson, of="parameters", layer=layer, direction=direction, split=split)
        np.testing.assert_allclose(
            values(scene["partial"]["matrix"])[0], of_layer(lesson, truth, layer), atol=1e-14
        )
        assert scene["compared"]["difference"] < 1e-14
    scene = finished(lesson, of="inputs")
    np.testing.assert_allclose(values(scene["partial"]["matrix"])[0], input_gradient(lesson, 3), atol=1e-14)
    assert scene["compared"]["difference"] < 1e-14


@pytest.mark.parametrize("split", [True, False])
def test_factors_are_derivatives_of_the_maps(lesson, split):
    """Each layer is a map of its own, at the value that came to it."""
    study = lesson.study
    net, z = study.network, study.x[0]
    truth = {}
    for layer, (W, b, σ) in enumerate(
        zip(net.weights, net.biases, [*net.activations, net.output], strict=True), start=1
    ):
        sums, bent = Affine(W.T, b), Elementwise(σ)
        truth[f"A{layer}"], truth[f"D{layer}"] = W.T, bent.derivative(sums(z))
        truth[f"DF{layer}"] = truth[f"D{layer}"] @ W.T
        z = bent(sums(z))
    scene = product(lesson, of="inputs", split=split)
    below = str.maketrans("₁₂₃", "123")
    for factor in scene["factors"][1:]:
        expected = truth[factor["name"].translate(below)]
        np.testing.assert_allclose(values(factor["matrix"]), expected, atol=1e-15)
        assert factor["shape"] == [len(factor["rows"]), len(factor["columns"])] == list(expected.shape)
    factor = 2 if study.setup.loss == "sum_squared_error" else 1
    np.testing.assert_allclose(
        values(scene["factors"][0]["matrix"])[0], factor * (z - study.y[0]), atol=1e-15
    )


@pytest.mark.parametrize("direction", ["left", "right"])
def test_partial_products_are_those_of_the_matrices(lesson, direction):
    scene = product(lesson, direction=direction)
    factors, last = [values(factor["matrix"]) for factor in scene["factors"]], scene["products"]
    assert scene["partial"] is None and scene["multiplied"] == 0 and scene["compared"] is None
    paid = 0
    for count in range(1, last + 1):
        scene = done(lesson, do="product.multiply")["sections"]["product"]
        shown = scene["partial"]
        ends = (0, count) if direction == "left" else (last - count, last)
        assert (shown["first"], shown["last"]) == ends
        chain = factors[ends[0] : ends[1] + 1]
        left = [place for place, one in enumerate(scene["factors"]) if one["matrix"] is not None]
        assert left == [place for place in range(last + 1) if not ends[0] <= place <= ends[1]]
        expected = np.linalg.multi_dot(chain)
        np.testing.assert_allclose(values(shown["matrix"]), expected, atol=1e-15)
        assert [len(shown["rows"]), len(shown["columns"])] == list(expected.shape)
        paid += scene["steps"][count - 1]["multiplications"]
        assert scene["multiplied"] == paid
    assert paid == scene["multiplications"][direction]
    assert f"the chain has {last} products" in refused(lesson, do="product.multiply")
    done(lesson, do="product.undo")
    assert lesson.sections["product"].values["done"] == last - 1


def test_multiplications_are_counted():
    """2 · 3 · 2 · 1 in its first parameters: a row times A₃ (2), D₂ (2), A₂ (6), D₁ (3), ∂q₁ (3 · 9)."""
    lesson = plane_of(hidden=(3, 2), activations=("tanh", "tanh"))
    scene = done(lesson, do="product.set", layer=1)["sections"]["product"]
    assert [step["multiplications"] for step in scene["steps"]] == [2, 2, 6, 3, 27]
    assert scene["multiplications"] == {"left": 40, "right": 27 + 2 * 3 * 9 + 2 * 9 + 2 * 9 + 9}
    assert "40 multiplications, from the right 126" in scene["answer"] and "3.15 times" in scene["answer"]
    scene = done(lesson, do="product.set", data="all")["sections"]["product"]
    assert [step["multiplications"] for step in scene["steps"]] == [400, 400, 1200, 600, 3 * 200 * 3]
    assert [step["shape"] for step in scene["steps"]] == [
        [200, 1, 2],
        [200, 2, 2],
        [200, 2, 3],
        [200, 3, 3],
        [3, 200, 3],
    ]


@pytest.mark.parametrize("data", ["batch", "all"])
def test_several_rows_are_added_up(lesson, data):
    if data == "batch":
        done(lesson, do="network.set", batch=3)
        done(lesson, do="network.step", batches=1)
    rows = lesson.study.learner.next_rows if data == "batch" else np.arange(len(lesson.study.data.X))
    truth = gradient(lesson, rows)
    for layer in layers(lesson):
        scene = finished(lesson, of="parameters", layer=layer, data=data)
        shown = values(scene["partial"]["matrix"])
        np.testing.assert_allclose(shown.ravel(), of_layer(lesson, truth, layer), atol=1e-14)
        assert scene["n"] == len(rows) and scene["compared"]["difference"] < 1e-14
        assert [len(scene["partial"]["rows"]), len(scene["partial"]["columns"])] == list(shown.shape)
    scene = finished(lesson, of="inputs", data=data)
    each = [input_gradient(lesson, row) for row in rows]
    np.testing.assert_allclose(values(scene["partial"]["matrix"]), each, atol=1e-14)
    assert scene["partial"]["rows"] == [f"row {row}" for row in rows]


def test_the_batch_is_what_the_next_step_learns_from():
    lesson = plane_of(solver="sgd", rate=0.25, batch=7)
    done(lesson, do="network.step", batches=5)
    before = lesson.study.network.parameters.copy()
    parts = [finished(lesson, data="batch", layer=layer)["partial"]["matrix"] for layer in (1, 2)]
    done(lesson, do="network.step", batches=1)
    step = (before - lesson.study.network.parameters) / 0.25
    for layer, part in enumerate(parts, start=1):
        np.testing.assert_allclose(values(part).ravel(), of_layer(lesson, step, layer), atol=1e-13)


def test_settings_that_do_not_fit_are_refused():
    lesson = Lesson()
    for message, says in [
        ({"layer": 3}, "this network has layers 1 to 2"),
        ({"layer": 0}, "whole number from 1 to 9"),
        ({"done": 5}, "the chain has 3 products"),
        ({"direction": "right", "data": "all"}, "several rows are multiplied from the left"),
        ({"direction": "up"}, "one of left, right"),
        ({"split": 1}, "true or false"),
        ({"rows": "all"}, "does not take 'rows'"),
    ]:
        assert says in refused(lesson, do="product.set", **message)
    done(lesson, do="product.set", data="batch")
    assert "several rows" in refused(lesson, do="product.set", direction="right")
    done(lesson, do="product.finish")
    assert "the chain has 3 products" in refused(lesson, do="product.multiply")


@pytest.mark.parametrize(
    "settings",
    [
        {"of": "inputs", "direction": "right", "done": 2},
        {"layer": 2, "data": "batch", "split": False, "done": 1},
        {"data": "all", "done": 3},
    ],
)
def test_an_address_leads_back(settings):
    lesson = Lesson()
    done(lesson, do="network.step", batches=4)
    done(lesson, do="product.set", **settings)
    back_from_its_address(lesson, plane_of(hidden=(3,)))


def test_another_network_keeps_the_settings_that_fit():
    lesson = Lesson()
    done(lesson, do="network.set", hidden=[3, 2, 2])
    done(lesson, do="product.set", layer=4, direction="right")
    done(lesson, do="product.finish")
    done(lesson, do="network.step", batches=1)
    settings = lesson.sections["product"].values
    assert settings["layer"] == 4 and settings["done"] == 1
    done(lesson, do="network.set", hidden=[3])
    settings = lesson.sections["product"].values
    assert settings["layer"] == 2 and settings["done"] == 1 and settings["direction"] == "right"
    done(lesson, do="product.set", layer=1)
    done(lesson, do="product.finish")
    done(lesson, do="network.set", hidden=[])
    assert lesson.sections["product"].values["done"] == 1


def test_what_is_too_large_to_be_shown_says_so():
    lesson = Lesson()
    done(lesson, do="network.set", hidden=[200, 100])
    scene = done(lesson, do="product.set", layer=2)["sections"]["product"]
    assert "2,010,000 numbers; shown are up to 300,000" in scene["refused"]
    scene = done(lesson, do="product.set", of="inputs")["sections"]["product"]
    assert "refused" not in scene and scene["factors"][3]["matrix"]["heat"]["shape"] == [100, 200]
