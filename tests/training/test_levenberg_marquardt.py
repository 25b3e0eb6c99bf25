"""Levenberg-Marquardt: its steps are those of a plain reference, it learns, and it says why it stops."""

import warnings
from itertools import pairwise, product

import numpy as np
import pytest
from scipy import sparse

from chainrule import LBFGS, Adam, LevenbergMarquardt, Network, train
from chainrule.calculus import OUTPUTS, output_curvature
from chainrule.network import Inputs, Iterates, Objective, _iterates, _team
from chainrule.network.derivatives import _curvature_sums
from chainrule.training.solvers import _damped_steps
from sweeps import crossed, for_each

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 3))
Y = np.column_stack([np.sin(3 * X[:, 0]) + X[:, 1] ** 2, X[:, 2] * X[:, 0]])
HALF = "half_squared_error"
WEIGHTS = RNG.uniform(0, 2, 60)


def small(outputs=2, output="identity", sizes=(6,), seed=0, dtype="float64"):
    return Network((3, *sizes, outputs), "tanh", output, dtype, random_state=seed)


# ---- its steps


def plain_step(net, y, weights, alpha, damping):
    """By least squares on [√H J; √D], in the notes' terms, with J formed whole and the loss half squared."""
    J = net.parameter_jacobian(X).reshape(-1, net.n_parameters)
    root = np.sqrt(np.repeat(weights, y.shape[1]) / weights.sum())
    r = (net(X) - y).ravel()
    D = np.where(np.arange(net.n_parameters) < net.layout.n_weights, alpha, 0.0) + damping
    pull = np.where(np.arange(net.n_parameters) < net.layout.n_weights, alpha, 0.0) * net.parameters
    rows = np.vstack([root[:, None] * J, np.diag(np.sqrt(D))])
    return np.linalg.lstsq(rows, np.concatenate([-root * r, -pull / np.sqrt(D)]), rcond=None)[0]


def steps_of(method, net, y, weights, loss=HALF, rows=X, workers=None):
    """The steps of a method at a network's η, as learning makes them."""
    inputs = Inputs.of(rows, net.dtype)
    average = Objective(net.architecture, inputs, loss, y, weights / weights.sum())
    at = Iterates(average, workers).at(net.parameters)
    if method == "normal":
        return _damped_steps.NormalEquations(at, np.empty((net.n_parameters,) * 2))
    if method == "dual":
        return _damped_steps.DualForm(at)
    return _damped_steps.TruncatedCG(at, most=5000, rtol=1e-12)


@pytest.mark.parametrize(
    ("method", "weighted", "outputs", "alpha", "sizes"),
    crossed(["normal", "dual", "cg"], [False, True], [1, 2], [0.0, 0.01], [(), (6,), (9, 5)]),
    ids=str,
)
def test_a_step_is_that_of_least_squares_on_the_whole_jacobian(method, weighted, outputs, alpha, sizes):
    net, y = small(outputs, sizes=sizes), Y[:, :outputs]
    weights = WEIGHTS if weighted else np.ones(60)
    steps = steps_of(method, net, y, weights)
    penalty = np.where(np.arange(net.n_parameters) < net.layout.n_weights, alpha, 0.0)
    for damping in (1e-2, 1.0):
        s = steps.step(penalty, penalty * net.parameters, damping)
        expected = plain_step(net, y, weights, alpha, damping)
        np.testing.assert_allclose(s, expected, rtol=0, atol=1e-8 * np.abs(expected).max())
        J = net.parameter_jacobian(X).reshape(-1, net.n_parameters)
        curved = np.repeat(weights, outputs) / weights.sum() @ (J @ s) ** 2
        assert steps.curvature(s) == pytest.approx(curved, rel=1e-9)
    np.testing.assert_allclose(steps.gradient, net.gradient(X, y, HALF, weights), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        steps.diagonal, np.diag(net.gauss_newton(X, y, HALF, weights).to_array()), atol=1e-12
    )


@pytest.mark.parametrize("method", ["normal", "dual", "cg"])
def test_sparse_rows_take_the_same_step(method):
    net, scattered = small(), sparse.random_array((60, 3), density=0.4, random_state=0).tocsr()
    dense = steps_of(method, net, Y, WEIGHTS, rows=scattered.toarray())
    thin = steps_of(method, net, Y, WEIGHTS, rows=scattered)
    nothing = np.zeros(net.n_parameters)
    np.testing.assert_allclose(
        dense.step(nothing, nothing, 0.1), thin.step(nothing, nothing, 0.1), rtol=0, atol=1e-10
    )


def test_the_normal_matrix_is_the_same_to_the_bit_for_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(_curvature_sums, "_WORTH_A_THREAD", 1)
    net, y = small(1, sizes=(40, 7)), Y[:, :1]
    alone = steps_of("normal", net, y, WEIGHTS).matrix
    with _team.Team(2) as two, _team.Team(3) as three:
        for team in (two, three):
            shared = steps_of("normal", net, y, WEIGHTS, workers=team).matrix
            np.testing.assert_array_equal(np.tril(shared), np.tril(alone))
    J = np.sqrt(WEIGHTS / WEIGHTS.sum())[:, None] * net.parameter_jacobian(X)[:, 0]
    np.testing.assert_allclose(np.tril(alone), np.tril(J.T @ J), rtol=0, atol=1e-14)


def in_pieces(monkeypatch):
    """Work as where the forward pass of all rows is too large to be kept, seven rows at a time."""
    monkeypatch.setattr(_iterates.Iterates.__init__, "__defaults__", (None, 0))
    monkeypatch.setattr(_iterates, "rows_at_a_time", lambda *sizes, **least: 7)


@pytest.mark.parametrize(
    ("method", "output"), [*product(["normal", "cg"], ["identity", "softmax"]), ("dual", "identity")]
)
def test_rows_in_pieces_take_the_same_step(monkeypatch, method, output):
    net, nothing = small(2, output), np.zeros(small(2, output).n_parameters)

    def steps():
        found = steps_of(method, net, Y, WEIGHTS)
        s = found.step(nothing, nothing, 0.1)
        bent = found.acceleration(s)
        return found.gradient, s, nothing if bent is None else bent

    whole = steps()
    in_pieces(monkeypatch)
    for one, other in zip(whole, steps(), strict=True):
        atol = 1e-9 if method == "cg" else 1e-13
        np.testing.assert_allclose(one, other, rtol=0, atol=atol * max(1, np.abs(one).max()))


def q_last(net, eta, rows):
    """q_L at another η: F of the same network whose output is the identity."""
    bare = Network(net.layer_sizes, net.activations[0] if net.activations else "tanh", random_state=0)
    bare.parameters[:] = eta
    return bare(rows)


@for_each(
    ("method", "output", "loss"),
    [
        *product(["normal", "dual"], ["identity"], [HALF, "sum_squared_error"]),
        ("normal", "softmax", "cross_entropy"),
        ("normal", "logistic", "cross_entropy"),
        ("dual", "exp", "poisson"),
        ("normal", "tanh", HALF),
    ],
)
@for_each("outputs", [1, 2])
@for_each("sizes", [(), (6,), (9, 5)])
def test_the_acceleration_is_that_of_second_differences(method, output, loss, outputs, sizes):
    outputs = 3 if output == "softmax" else outputs
    net = small(outputs, output, sizes=sizes)
    y = np.eye(3)[np.arange(60) % 3] if output == "softmax" else np.abs(np.column_stack([Y, Y]))[:, :outputs]
    y = np.minimum(y, 1) if output == "logistic" else y
    rows = sparse.csr_array(X) if sizes == (6,) else X
    penalty = np.where(np.arange(net.n_parameters) < net.layout.n_weights, 0.3, 0.0)
    steps = steps_of(method, net, y, WEIGHTS, loss, rows)
    s, eta, h = steps.step(penalty, penalty * net.parameters, 0.1), net.parameters, 1e-3
    bend = sum(
        c * q_last(net, eta + k * h * s, X) for k, c in ((-2, -1), (-1, 16), (0, -30), (1, 16), (2, -1))
    ) / (12 * h**2)
    bare = Network(net.layer_sizes, "tanh", random_state=0)
    bare.parameters[:] = eta
    J, shares = bare.parameter_jacobian(X), WEIGHTS / WEIGHTS.sum()
    H = output_curvature(q_last(net, eta, X), y, loss, output)
    if loss in (HALF, "sum_squared_error"):  # Gauss-Newton's: without the curvature of the output
        slopes = OUTPUTS[output].derivative(q_last(net, eta, X), net(X))
        H = (1 if loss == HALF else 2) * slopes.swapaxes(1, 2) @ slopes
    A = np.einsum("n,npi,npk,nkj->ij", shares, J, H, J) + np.diag(penalty + 0.1)
    expected = -0.5 * np.linalg.solve(A, np.einsum("n,npi,npk,nk->i", shares, J, H, bend))
    np.testing.assert_allclose(steps.acceleration(s), expected, rtol=0, atol=1e-8 * max(1, abs(s).max()))


def test_a_matrix_that_is_not_positive_gives_no_step():
    assert _damped_steps.factored(np.diag([1.0, -2.0]), np.ones(2)) is None


# ---- it learns


@pytest.mark.parametrize("method", ["auto", "normal", "dual", "cg"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_N3_it_reaches_what_gradient_descent_does_not(method, dtype):
    y = Y[:, :1].astype(dtype)
    net = small(1, sizes=(12,), dtype=dtype)
    history = train(
        net, X.astype(dtype), y, loss=HALF, solver=LevenbergMarquardt(method=method), max_iter=300, tol=1e-7
    )
    assert 2 * net.error(X, y, HALF) < 1e-5 * y.var()
    assert net.dtype == dtype
    descended = small(1, sizes=(12,))
    train(descended, X, Y[:, :1], loss=HALF, solver=Adam(0.01), max_iter=300, tol=0, random_state=0)
    assert descended.error(X, Y[:, :1], HALF) > 10 * net.error(X, Y[:, :1], HALF)
    accepted = history.loss[history.accepted]
    assert all(later < earlier for earlier, later in pairwise(accepted))


@pytest.mark.parametrize(
    ("loss", "output", "y"),
    [
        ("sum_squared_error", "tanh", Y / 4),
        ("poisson", "exp", np.round(np.abs(3 * Y))),
        ("cross_entropy", "softmax", (X[:, 0] > 0).astype(int)),
        ("cross_entropy", "logistic", (Y > 0.3).astype(float)),
    ],
)
def test_losses_work_through_their_curvature(loss, output, y):
    net, twin = small(2, output, sizes=()), small(2, output, sizes=())  # one minimum
    train(net, X, y, loss=loss, solver=LevenbergMarquardt(), alpha=0.1, max_iter=300, tol=1e-9)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)  # whose weights the L2 term is of
    train(twin, scaled, y, loss=loss, solver=LBFGS(), alpha=0.1, max_iter=5000, tol=1e-9)
    objective = net.error(X, y, loss) + 0.05 * np.sum((net.weights[0] * X.std(axis=0)[:, None]) ** 2) / 60
    assert objective == pytest.approx(
        twin.error(scaled, y, loss) + 0.05 * np.sum(twin.weights[0] ** 2) / 60, rel=1e-6
    )


def test_weights_count_as_repetition_does():
    weights = np.array([0, 1, 2, 3] * 15)
    repeated = np.repeat(np.arange(60), weights)
    one, other = small(), small()
    options = {"loss": HALF, "solver": LevenbergMarquardt(), "max_iter": 8, "alpha": 0.1, "tol": 0}
    train(one, X, Y, sample_weight=weights, **options)
    train(other, X[repeated], Y[repeated], **options)
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-6, atol=1e-8)


def test_a_linear_net_is_ridge_regression_on_standardised_columns_in_a_step_or_two():
    net, y = Network((3, 1), random_state=0), 100 + 7 * Y[:, 0]
    train(net, X, y, loss=HALF, solver=LevenbergMarquardt(damping=1e-12), alpha=2.0, max_iter=5, tol=0)
    scaled, right = (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()
    W = np.linalg.solve(scaled.T @ scaled + 2.0 * np.eye(3), scaled.T @ right)
    np.testing.assert_allclose(net.weights[0][:, 0], W / X.std(axis=0) * y.std(), rtol=1e-9)
    np.testing.assert_allclose(net(X)[:, 0], y.mean() + y.std() * scaled @ W, rtol=1e-9)


# ---- hard ground


def stands(net, rows, y, **options):
    before = net.error(rows, y, HALF)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = train(
            net, rows, y, loss=HALF, **({"solver": LevenbergMarquardt(), "max_iter": 60} | options)
        )
    assert np.isfinite(net.parameters).all()
    assert net.error(rows, y, HALF) <= before
    return history


@pytest.mark.parametrize("method", ["normal", "dual", "cg"])
@pytest.mark.parametrize(
    ("rows", "y"),
    [
        (X[:1], Y[:1]),
        (X, np.ones((60, 2))),
        (np.repeat(X[:5], 12, axis=0), np.repeat(Y[:5], 12, axis=0)),
        (X[:, [0, 0, 0]], Y),
        (X * [1, 0, 1], Y),
        (X * [1e8, 1, 1e-8], Y),
        (X, 1e8 * Y),
        (X, 1e-8 * Y),
    ],
    ids=["one row", "constant", "duplicate rows", "duplicate columns", "a column of zeros", "far scales",
         "large answers", "small answers"],
)  # fmt: skip
def test_it_never_ends_in_an_error_or_worse_than_it_began(method, rows, y):
    stands(small(), rows, y, solver=LevenbergMarquardt(method=method), tol=0)


def test_saturated_weights_and_more_parameters_than_rows():
    net = small(sizes=(40,))
    net.parameters *= 100
    assert stands(net, X, Y).damping is not None
    stands(small(sizes=(80,)), X[:10], Y[:10])


def test_a_trial_step_that_overflows_is_damped():
    net = Network((3, 4, 1), "identity", "exp", random_state=0)
    solver = LevenbergMarquardt(damping=1e-12, acceleration=0)
    history = stands(net, X, 1e6 * np.abs(Y[:, 0]), solver=solver, tol=0)
    assert history.gain_ratio[0] == -1
    assert history.damping[1] > history.damping[0]


def test_a_step_that_bends_too_much_is_not_tried_but_damped():
    seen = []
    history = train(
        small(), X, Y, loss=HALF, solver=LevenbergMarquardt(damping=1e-9, acceleration=1e-3), tol=0,
        max_iter=4, on_epoch=[lambda report: seen.append(report.loss)],
    )  # fmt: skip
    assert np.isnan(history.gain_ratio[0])
    assert not history.accepted[0]
    assert history.step_length[0] > 0
    assert seen[0] == pytest.approx(small().error(X, Y, HALF))
    assert history.damping[1] == pytest.approx(2 * history.damping[0])


def test_a_correction_that_overflows_is_damped_too():
    rng = np.random.default_rng(21)
    rows = rng.normal(size=(30, 3)) * 10 ** rng.uniform(0, 4)
    net = Network((3, 5, 1), "relu", "tanh", random_state=21)
    stands(net, rows, (rng.random(30) > 0.5) * 1.0, solver=LevenbergMarquardt(method="normal"), tol=0)


def test_rows_of_no_weight_do_no_harm_where_they_overflow():
    rows, weights = X.copy(), np.ones(60)
    rows[:20], weights[:20] = 1e200, 0
    net, twin = small(1, "exp"), small(1, "exp")
    options = {"loss": "poisson", "solver": LevenbergMarquardt(), "max_iter": 5, "tol": 0}
    train(net, rows, np.abs(Y[:, :1]), sample_weight=weights, **options)
    train(twin, X[20:], np.abs(Y[20:, :1]), **options)
    np.testing.assert_array_equal(net.parameters, twin.parameters)


def test_an_error_that_is_not_finite_at_the_start_is_said():
    net = Network((3, 4, 1), "identity", "exp", random_state=0)
    net.parameters[:] = 1e3
    with pytest.raises(ValueError, match="not finite where learning begins"):
        train(net, np.abs(X), Y[:, 0], loss=HALF, solver=LevenbergMarquardt())


# ---- when it stops, and what it says


@pytest.mark.parametrize(
    ("solver", "options", "reason"),
    [
        (LevenbergMarquardt(), {"tol": 1e-2}, "small gradient"),
        (LevenbergMarquardt(step_tol=0.03), {"tol": 0}, "small step"),
        (LevenbergMarquardt(loss_tol=0.3), {"tol": 0}, "small change"),
        (LevenbergMarquardt(), {"tol": 0, "max_iter": 3}, "max_iter"),
        (LevenbergMarquardt(), {"tol": 0, "on_epoch": [lambda report: report.epoch == 2]}, "callback"),
    ],
)
def test_it_says_why_it_stops(solver, options, reason):
    history = train(small(), X, Y, loss=HALF, solver=solver, **options)
    assert history.stop_reason == reason
    columns = history.columns()
    assert set(columns) >= {"loss", "damping", "gain_ratio", "accepted", "step_length", "seconds"}
    assert "effective_parameters" not in columns
    assert len(history) == len(history.damping) == len(history.accepted)


def test_validation_keeps_the_best_and_ends_learning():
    net = small(1, sizes=(30,))
    y = Y[:, :1] + np.random.default_rng(1).normal(size=(60, 1))
    history = train(
        net, X[:40], y[:40], loss=HALF, solver=LevenbergMarquardt(), validation=(X[40:], y[40:]), tol=1e-12,
        n_iter_no_change=5,
    )  # fmt: skip
    assert history.stop_reason == "no improvement"
    assert -net.error(X[40:], y[40:], HALF) == pytest.approx(history.validation_score.max(), rel=1e-12)


def test_an_interruption_keeps_the_last_point_accepted():
    losses = []

    def interrupt(report):
        losses.append(report.loss)
        if report.epoch == 4:
            raise KeyboardInterrupt

    net = small()
    with pytest.warns(UserWarning, match="interrupted"):
        history = train(net, X, Y, loss=HALF, solver=LevenbergMarquardt(), tol=0, on_epoch=[interrupt])
    assert history.stop_reason == "interrupted"
    assert net.error(X, Y, HALF) == pytest.approx(losses[-1], rel=1e-12)


# ---- what does not fit


def test_a_method_that_does_not_fit():
    net = small(1, sizes=(50,))
    with pytest.raises(MemoryError, match=r"of 251 parameters.*allowed are 1 MiB.*method='cg'"):
        train(net, X, Y[:, 0], loss=HALF, solver=LevenbergMarquardt(method="normal", max_memory="1MiB"))
    many = RNG.uniform(-1, 1, (600, 3))
    with pytest.warns(UserWarning, match="251 parameters would take.*conjugate gradients"):
        train(
            net, many, many[:, 0], loss=HALF, solver=LevenbergMarquardt(max_memory="1MiB"), max_iter=2, tol=0
        )
    with pytest.raises(MemoryError, match="alpha='bayes' needs the normal equations"):
        train(net, X, Y[:, 0], loss=HALF, alpha="bayes", solver=LevenbergMarquardt(max_memory="1MiB"))
    with pytest.raises(
        ValueError,
        match=r"method='dual' is for outputs .* not for softmax",
    ):
        train(small(2, "softmax"), X, np.arange(60) % 2, solver=LevenbergMarquardt(method="dual"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"damping": 0}, "damping must be > 0, got 0"),
        ({"acceleration": -0.1}, "acceleration must be >= 0, got -0.1"),
        ({"step_tol": -1}, "step_tol must be >= 0"),
        ({"loss_tol": np.nan}, "loss_tol must be >= 0, got nan"),
        ({"method": "qr"}, "method must be one of auto, normal, dual, cg, got 'qr'"),
    ],
)
def test_bad_settings(settings, words):
    with pytest.raises(ValueError, match=words):
        LevenbergMarquardt(**settings)


@pytest.mark.parametrize(
    ("solver", "settings"),
    [(LevenbergMarquardt, {"acceleration": "much"}), (Adam, {"beta_1": None}), (LBFGS, {"max_fun": True})],
)
def test_settings_that_are_no_numbers(solver, settings):
    name, value = next(iter(settings.items()))
    with pytest.raises(TypeError, match=f"{name} must be a number .*, got {value!r}"):
        solver(**settings)


@pytest.mark.parametrize(
    ("alpha", "solver"), [("bayes", Adam()), ("bayes", None), ("large", LevenbergMarquardt())]
)
def test_alpha_in_words(alpha, solver):
    with pytest.raises(ValueError, match="bayes"):
        train(small(), X, Y, loss=HALF, solver=solver, alpha=alpha)


def test_another_solver_is_made_by_naming_what_changes():
    solver = LevenbergMarquardt()
    other = solver.changed(damping=0.5)
    assert (solver.damping, other.damping) == (0.03, 0.5)
    assert other.get_params() == {
        "damping": 0.5, "acceleration": 0.5, "step_tol": 1e-8, "loss_tol": 1e-10, "method": "auto",
        "max_memory": None,
    }  # fmt: skip
    with pytest.raises(ValueError, match="has no setting 'damp'; there are damping, acceleration, step_tol"):
        solver.changed(damp=1)
    with pytest.raises(ValueError, match="damping must be > 0"):
        solver.changed(damping=-1)
    assert not hasattr(solver, "set_params")  # models that share a solver would change together
