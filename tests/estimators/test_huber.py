"""Huber's loss: learnt by every solver, hardly moved by outliers, judged against SciPy."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import huber
from sklearn.exceptions import ConvergenceWarning

from chainrule import LevenbergMarquardt, MLPRegressor, Network, train

SOLVERS = ["adam", "sgd", "lbfgs", "lm"]
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (400, 2))
TRUTH = 3 * X[:, 0] - 2 * X[:, 1]
Y = TRUTH + 0.1 * RNG.normal(size=400)
Y[::10] += 30.0  # a tenth is far off


def test_a_linear_model_is_that_of_scipys_huber():
    def error(eta):
        return huber(1.0, X @ eta[:2] + eta[2] - Y).mean()

    best = minimize(error, np.zeros(3), tol=1e-12).x
    for solver in ("lbfgs", "lm"):
        model = MLPRegressor("huber", (), solver=solver, alpha=0, tol=1e-9, max_iter=2000, random_state=0)
        model.fit(X, Y)
        found = np.append(model.coefs_[0].ravel(), model.intercepts_[0])
        np.testing.assert_allclose(found, best, rtol=1e-4)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_is_hardly_moved_by_outliers(solver):
    options = {"learning_rate_init": 0.02} if solver in ("adam", "sgd") else {}
    off = {}
    for loss in ("squared_error", "huber"):
        model = MLPRegressor(
            loss, (8,), activation="tanh", solver=solver, alpha=0.1, max_iter=300, random_state=0, **options
        )
        off[loss] = np.abs(model.fit(X, Y).predict(X) - TRUTH).mean()
    assert off["huber"] < 0.3 < 1.5 < off["squared_error"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_loss_reported_is_that_of_the_network(dtype):
    model = MLPRegressor(
        "huber", (6,), activation="tanh", solver="lbfgs", alpha=0, max_iter=30, random_state=0
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(X.astype(dtype), np.stack([Y, -Y], axis=1).astype(dtype))
    expected = huber(1.0, model.predict(X.astype(dtype)) - np.stack([Y, -Y], axis=1)).sum(axis=1).mean()
    assert model.loss_ == pytest.approx(expected, rel=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_lm_gives_the_same_model_wherever_the_targets_lie():
    found = []
    for shift in (0.0, 1e6):
        model = MLPRegressor("huber", (5,), activation="tanh", solver="lm", max_iter=50, random_state=0)
        found.append(model.fit(X, Y + shift).predict(X) - shift)
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-6)


def test_a_residual_that_is_no_number_stays_none():
    net = Network((1, 1), random_state=0)
    net.parameters[:] = [1e308, 1e308]
    assert not np.isfinite(net.error([[10.0]], [0.0], "huber"))


@pytest.mark.parametrize("loss", ["huber", "poisson"])
def test_the_evidence_is_that_of_normal_noise_alone(loss):
    with pytest.raises(ValueError, match=f"squared error, not with loss='{loss}'"):
        MLPRegressor(loss, (3,), solver="lm", alpha="bayes").fit(X, np.abs(Y))
    net = Network((2, 3, 1), "tanh", "exp" if loss == "poisson" else "identity", random_state=0)
    with pytest.raises(ValueError, match=f"squared error, not with loss='{loss}'"):
        train(net, X, np.abs(Y), loss=loss, solver=LevenbergMarquardt(), alpha="bayes")
