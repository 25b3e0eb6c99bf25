"""Section 2: q, z, slopes, augmented matrices and the error of a row, against sums written out here."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import done, three_classes, values

from chainrule.lesson import Lesson
from chainrule.lesson._study import Setup, Study
from chainrule.testing import complex_step_derivative

FUNCTIONS = {
    "tanh": np.tanh, "logistic": lambda q: 1 / (1 + np.exp(-q)), "identity": lambda q: q,
    "relu": lambda q: q * (q.real > 0), "softmax": lambda q: np.exp(q) / np.exp(q).sum(),
}  # fmt: skip

LESSONS = {
    "classes": lambda: Lesson(Study(Setup(hidden=(5, 3), activations=("tanh", "relu")))),
    "numbers": lambda: Lesson(
        Study(Setup(data="notes", hidden=(), activations=(), loss="half_squared_error"))
    ),
    "three": lambda: three_classes(hidden=(4,), activations=("logistic",)),
    "wide": lambda: Lesson(Study(Setup(hidden=(30,)))),
}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="show", sections=["forward"])
    done(lesson, do="network.step", batches=3)
    done(lesson, do="choose row", row=5)
    return lesson


def test_each_number_is_the_sum_it_is_said_to_be(lesson):
    study, scene = lesson.study, lesson.sections["forward"].scene()
    assert scene["input"] == study.data.X[5].tolist() and scene["row"] == 5
    assert scene["target"] == study.data.Y[5].tolist() and scene["names"] == [*study.data.inputs]
    z = scene["input"]
    for layer, W, b in zip(scene["layers"], study.network.weights, study.network.biases, strict=True):
        A = values(layer["weights"])
        np.testing.assert_array_equal(A, W.T)
        assert layer["bias"] == b.tolist() and layer["shape"] == [*W.shape]
        q = [sum(A[i, k] * z[k] for k in range(len(z))) + b[i] for i in range(len(b))]
        np.testing.assert_allclose(layer["q"], q, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            layer["z"], FUNCTIONS[layer["activation"]](np.array(q)), rtol=1e-12, atol=1e-14
        )
        z = layer["z"]
    assert scene["output"] == z


def test_slopes_are_derivatives(lesson):
    for layer in lesson.sections["forward"].scene()["layers"]:
        σ, q = FUNCTIONS[layer["activation"]], np.array(layer["q"])
        if layer["activation"] == "softmax":
            assert layer["slope"] is None
        else:
            slopes = np.diag(complex_step_derivative(σ, q))
            np.testing.assert_allclose(layer["slope"], slopes, rtol=1e-11, atol=1e-14)


def test_augmented_matrices_say_the_same(lesson):
    scene = lesson.sections["forward"].scene()
    z_hat = np.array(scene["x_hat"])
    assert z_hat.tolist() == [1, *scene["input"]]
    for layer in scene["layers"]:
        Â = values(layer["augmented"])
        assert Â[0].tolist() == [1, *[0] * (Â.shape[1] - 1)]
        np.testing.assert_array_equal(Â[1:], np.column_stack([layer["bias"], values(layer["weights"])]))
        q_hat = Â @ z_hat
        np.testing.assert_allclose(q_hat, [1, *layer["q"]], rtol=1e-12, atol=1e-14)
        z_hat = np.array(layer["z_hat"])
        np.testing.assert_allclose(z_hat, [1, *layer["z"]], rtol=1e-12)


def test_the_error_is_the_row_s(lesson):
    scene = lesson.sections["forward"].scene()
    F, y = np.array(scene["output"]), np.array(scene["target"])
    expected = {
        "half squared error": lambda: 0.5 * np.sum((F - y) ** 2),
        "cross entropy": lambda: -np.log(F[y == 1][0] if len(F) > 1 else F[0] if y[0] else 1 - F[0]),
    }[scene["error"]["name"]]
    assert scene["error"]["value"] == pytest.approx(expected(), rel=1e-11)


def test_the_answer_has_the_row_s_numbers(lesson):
    scene = lesson.sections["forward"].scene()
    layer = scene["layers"][0]
    assert f"= {layer['q'][0]:.4g}, and z" in scene["answer"]
    assert scene["answer"].endswith(f"= {layer['z'][0]:.4g}.")
    w, x = (f"{each:.4g}" for each in (values(layer["weights"])[0, 0], scene["input"][0]))
    w, x = (f"({each})" if each.startswith("-") else each for each in (w, x))
    assert f"{w} · {x} + " in scene["answer"] and "+ -" not in scene["answer"]


def test_the_switch_is_in_the_address():
    lesson, other = LESSONS["classes"](), LESSONS["classes"]()
    done(lesson, do="forward.set", augmented=True)
    done(other, do="go to", address=lesson.address)
    assert other.sections["forward"].scene()["settings"] == {"augmented": True}
