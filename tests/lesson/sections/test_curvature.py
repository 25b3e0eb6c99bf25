"""Section 9: matrices of curvature and steps, against complex steps and plain linear algebra."""

import base64

import numpy as np
import pytest
from tests.lesson.sections.lessons import (
    architecture,
    back_from_its_address,
    done,
    gradient,
    plane_of,
    refused,
    three_classes,
    values,
)

from chainrule import calculus
from chainrule.lesson import Lesson
from chainrule.testing import complex_step_derivative

LESSONS = {
    "regression": lambda: plane_of(n=20, hidden=(3,), rate=0.5),
    "softmax": lambda: three_classes(hidden=(3,), activations=("sine",), loss="cross_entropy"),
    "squared": lambda: three_classes(hidden=(2,), loss="sum_squared_error"),
}


@pytest.fixture(params=LESSONS)
def lesson(request):
    lesson = LESSONS[request.param]()
    done(lesson, do="show", sections=["curvature"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="curvature.set", **settings)["sections"]["curvature"]


def error_of(lesson, η):
    study, (activations, output) = lesson.study, architecture(lesson)
    layout = study.network.layout
    weights, biases = ([block.view(η) for block in blocks] for blocks in (layout.weights, layout.biases))
    return calculus.error(study.data.X, study.data.Y, weights, biases, activations, output, study.setup.loss)


def gauss_newton(lesson):
    """Σ Jᵀ H J / N by complex steps: J = ∂q/∂η with a likelihood, ∂F/∂η with a squared error."""
    study, (activations, output) = lesson.study, architecture(lesson)
    layout, η, N = study.network.layout, study.network.parameters, len(study.data.X)
    likelihood = study.setup.loss == "cross_entropy"

    def outputs(η):
        weights, biases = ([block.view(η) for block in blocks] for blocks in (layout.weights, layout.biases))
        last = "identity" if likelihood else output
        return calculus.forward(study.data.X, weights, biases, activations, last).z[-1].ravel()

    J = complex_step_derivative(outputs, η).reshape(N, -1, η.size)
    if not likelihood:
        factor = {"sum_squared_error": 2, "half_squared_error": 1}[study.setup.loss]
        return factor * np.einsum("nki,nkj->ij", J, J) / N
    F = study.network(study.data.X)
    H = np.einsum("nk,kl->nkl", F, np.eye(F.shape[1])) - np.einsum("nk,nl->nkl", F, F)
    return np.einsum("nki,nkl,nlj->ij", J, H, J) / N


def hessian(lesson):
    """Central differences of exact gradients."""
    η = lesson.study.network.parameters.copy()
    columns = []
    for e in np.eye(η.size):
        ends = []
        for sign in (1, -1):
            lesson.study.network.parameters = η + sign * 1e-5 * e
            ends.append(gradient(lesson, slice(None)))
        columns.append((ends[0] - ends[1]) / 2e-5)
    lesson.study.network.parameters = η
    return np.array(columns)


def matrix_of(shown):
    return values(shown)


def test_matrices_and_eigenvalues(lesson):
    scene = scene_of(lesson)
    G, H = gauss_newton(lesson), hessian(lesson)
    np.testing.assert_allclose(matrix_of(scene["gauss_newton"]), G, atol=1e-12)
    np.testing.assert_allclose(matrix_of(scene["hessian"]), H, atol=1e-8)
    eigenvalues = scene["eigenvalues"]
    np.testing.assert_allclose(eigenvalues["gauss_newton"], np.linalg.eigvalsh(G)[::-1], atol=1e-12)
    np.testing.assert_allclose(eigenvalues["hessian"], np.linalg.eigvalsh((H + H.T) / 2)[::-1], atol=1e-7)
    H_values = np.array(eigenvalues["hessian"])
    tiny = eigenvalues["rounding"]
    assert 0 < tiny < 1e-13 and eigenvalues["n_negative"] == np.sum(H_values < -tiny)
    drawn = {name: np.array(numbers, dtype=float) for name, numbers in eigenvalues["drawn"].items()}
    np.testing.assert_array_equal(drawn["hessian"], np.where(H_values > tiny, H_values, np.nan))
    np.testing.assert_array_equal(drawn["sizes_of_negative"], np.where(H_values < -tiny, -H_values, np.nan))
    steps = np.frombuffer(base64.b64decode(scene["hessian"]["heat"]["bytes"]), np.uint8)
    assert steps.size == H.size and scene["hessian"]["heat"]["high"] == pytest.approx(np.abs(H).max(), 1e-6)


@pytest.mark.parametrize("damping", [1e-4, 1.0, 1e3])
def test_steps_and_where_they_lead(lesson, damping):
    scene = scene_of(lesson, damping=damping)
    G, g, η = gauss_newton(lesson), gradient(lesson, slice(None)), lesson.study.network.parameters
    μ, E = damping * np.diag(G).max(), error_of(lesson, η)
    np.testing.assert_allclose([scene["damping"], scene["error"]], [μ, E], rtol=1e-10)
    np.testing.assert_allclose(scene["gradient_length"], np.linalg.norm(g), rtol=1e-10)
    damped = np.linalg.solve(G + μ * np.eye(len(g)), -g)
    for name, s in (("levenberg_marquardt", damped), ("gradient", -lesson.study.setup.rate * g)):
        shown = scene["steps"][name]
        np.testing.assert_allclose(shown["length"], np.linalg.norm(s), rtol=1e-7)
        cosine = -s @ g / np.linalg.norm(s) / np.linalg.norm(g)
        np.testing.assert_allclose(np.cos(np.radians(shown["angle"])), cosine, atol=1e-8)
        np.testing.assert_allclose(shown["promised"], E + g @ s + s @ G @ s / 2, rtol=1e-8)
        np.testing.assert_allclose(shown["error"], error_of(lesson, η + s), rtol=1e-7)
        assert f"{shown['error']:.4g}" in scene["answer"]


def test_over_the_damping(lesson):
    scene, G, g = scene_of(lesson), gauss_newton(lesson), gradient(lesson, slice(None))
    over = scene["over_damping"]
    for place in (16, 30, 48):
        μ = over["damping"][place] * np.diag(G).max()
        s = np.linalg.solve(G + μ * np.eye(len(g)), -g)
        np.testing.assert_allclose(over["length"][place], np.linalg.norm(s), rtol=1e-6)
        after = error_of(lesson, lesson.study.network.parameters + s)
        np.testing.assert_allclose(over["error"][place], after, rtol=1e-6)
    assert over["angle"][-1] < 0.1 and over["angle"][0] > over["angle"][-1]


def test_the_kernel_of_the_rows(lesson):
    scene, study = scene_of(lesson), lesson.study
    J = study.network.parameter_jacobian(study.data.X)
    np.testing.assert_allclose(
        values(scene["kernel"]), np.einsum("nki,mki->nm", J, J), rtol=1e-10, atol=1e-13
    )


def test_the_parameters_are_named_in_the_order_of_η():
    lesson = plane_of(hidden=(2,))
    assert scene_of(lesson)["names"] == [
        "W1[0, 0]", "W1[0, 1]", "W1[1, 0]", "W1[1, 1]", "W2[0, 0]", "W2[1, 0]", "b1[0]", "b1[1]", "b2[0]",
    ]  # fmt: skip


def test_of_many_rows_the_first_are_in_the_kernel():
    scene = scene_of(Lesson())
    assert scene["n_kernel_rows"] == 60 and scene["kernel"]["shape"] == [60, 60] and scene["n_rows"] == 200


def test_matrices_are_computed_once_for_each_state_of_the_network(lesson):
    first = lesson.sections["curvature"]._matrices()
    scene_of(lesson, damping=0.5)
    assert lesson.sections["curvature"]._matrices() is first
    done(lesson, do="network.step", batches=1)
    assert lesson.sections["curvature"]._matrices() is not first


def test_what_is_too_large_is_refused_before_anything_is_computed():
    lesson = Lesson()
    done(lesson, do="show", sections=["curvature"])
    for settings, words in (
        ({"hidden": [100], "activations": ["tanh"]}, "up to 300 parameters, and this network has 401"),
        ({"hidden": [70], "activations": ["tanh"], "n": 5}, ""),
    ):
        scene = done(lesson, do="network.set", **settings)["sections"]["curvature"]
        assert words in scene.get("refused", "")
    assert "refused" not in scene
    assert "\n" not in scene["answer"]


def test_many_rows_with_many_parameters_are_refused():
    lesson = plane_of(n=2_000, hidden=(74,))
    lesson.study.data.__dict__["X"] = np.tile(lesson.study.data.X, (2, 1))
    done(lesson, do="show", sections=["curvature"])
    assert "4,000 rows and 297 parameters" in done(lesson, do="read")["sections"]["curvature"]["refused"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"damping": 0}, "from 1e-08 to 10000"),
        ({"damping": 1e5}, "from 1e-08 to 10000"),
        ({"damping": float("nan")}, "a number"),
        ({"damping": "small"}, "a number"),
        ({"method": "cg"}, "does not take 'method'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    assert words in refused(Lesson(), do="curvature.set", **settings)


def test_an_address_leads_back():
    lesson = LESSONS["regression"]()
    done(lesson, do="network.step", batches=3)
    scene_of(lesson, damping=0.125)
    back_from_its_address(lesson, Lesson())
