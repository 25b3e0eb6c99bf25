"""MLPRegressor(solver="lm") and solvers given as objects: what they learn, promise and refuse."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from chainrule import LBFGS, SGD, Adam, LevenbergMarquardt, MLPClassifier, MLPRegressor, Network
from chainrule.network import Inputs
from chainrule.training import Posterior, Problem, Rules

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (120, 3))
CLEAN = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]
y = CLEAN + 0.1 * RNG.normal(size=120)


def lm(**parameters):
    given = {"hidden_layer_sizes": (6,), "activation": "tanh", "random_state": 0, "max_iter": 300}
    return MLPRegressor(solver=parameters.pop("solver", "lm"), **(given | parameters))


# ---- solvers as objects


@pytest.mark.parametrize(
    ("named", "given"),
    [
        ({"solver": "adam", "learning_rate_init": 0.01, "beta_1": 0.8}, Adam(0.01, beta_1=0.8)),
        ({"solver": "sgd", "learning_rate_init": 0.01, "momentum": 0.5}, SGD(0.01, momentum=0.5)),
        ({"solver": "lbfgs", "max_fun": 20}, LBFGS(20)),
        ({"solver": "lm"}, LevenbergMarquardt()),
    ],
    ids=lambda each: str(each)[:20],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_object_learns_what_its_name_does(named, given):
    one, other = lm(max_iter=8, **named).fit(X, y), lm(max_iter=8, solver=given).fit(X, y)
    np.testing.assert_array_equal(one.network_.parameters, other.network_.parameters)


@pytest.mark.parametrize(
    ("solver", "parameters", "words"),
    [
        (Adam(), {"learning_rate_init": 0.1}, r"learning_rate_init=0.1 is a setting.*Adam\(.*set it there"),
        (SGD(), {"momentum": 0.1}, "momentum=0.1 is a setting of the solver"),
        (LBFGS(), {"max_fun": 7}, "max_fun=7 is a setting of the solver"),
    ],
)
def test_what_belongs_to_the_object_is_refused_beside_it(solver, parameters, words):
    with pytest.raises(ValueError, match=words):
        lm(solver=solver, **parameters).fit(X, y)


def test_a_search_reaches_a_solvers_settings():
    search = GridSearchCV(lm(solver=LevenbergMarquardt()), {"solver__damping": [1e-3, 10.0]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(X, y)
    assert set(search.best_params_) == {"solver__damping"}
    assert search.best_estimator_.solver.damping == search.best_params_["solver__damping"]
    assert "solver__damping" in search.estimator.get_params()


def test_a_setting_that_is_changed_is_this_models_alone():
    shared = LevenbergMarquardt()
    one, other = lm(solver=shared), lm(solver=shared)
    copied = clone(one)
    assert one.set_params(solver__damping=9.0, alpha=1.0) is one
    assert (one.solver.damping, one.alpha) == (9.0, 1.0)
    assert [each.damping for each in (shared, other.solver, copied.solver)] == [0.03] * 3
    both = make_pipeline(StandardScaler(), one).set_params(mlpregressor__solver__damping=5.0)
    assert (both[-1].solver.damping, shared.damping) == (5.0, 0.03)
    one.set_params(solver=Adam(0.1), solver__beta_1=0.5)
    assert one.solver == Adam(0.1, beta_1=0.5)


@pytest.mark.parametrize(
    ("solver", "settings", "words"),
    [
        (Adam(), {"solver__damping": 1}, "Adam has no setting 'damping'; there are learning_rate_init"),
        (Adam(), {"solver__beta_1": 2}, r"beta_1 must be in \[0, 1\), got 2"),
        ("adam", {"solver__beta_1": 0.5}, r"solver__beta_1 is a setting of .*Adam\(\); solver='adam' takes"),
        (Adam(), {"solvers": 1}, "Invalid parameter 'solvers'"),
    ],
)
def test_settings_of_a_solver_that_are_not_there(solver, settings, words):
    with pytest.raises(ValueError, match=words):
        lm(solver=solver).set_params(**settings)


@pytest.mark.parametrize("solver", ["lm", LevenbergMarquardt()])
def test_the_classifier_names_what_to_use_instead(solver):
    with pytest.raises(ValueError, match="is for MLPRegressor; MLPClassifier has 'adam', 'sgd', 'lbfgs'; "):
        MLPClassifier(solver=solver).fit(X, y > 0)


def test_partial_fit_is_not_for_all_rows_at_once():
    model = lm()
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        model.partial_fit(X, y)


# ---- fitting


def test_attributes_history_and_lines(capsys):
    model = lm(verbose=True, alpha=1e-3).fit(X, y)
    assert model.history_.stop_reason == "small gradient"
    assert model.loss_ == model.loss_curve_[-1] == model.history_.loss[-1]
    assert model.n_iter_ == len(model.history_)
    frame = model.history_.to_frame()
    assert {"damping", "gain_ratio", "accepted", "step_length"} <= set(frame.columns)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Iteration 1, loss = ")
    assert lines[-1].startswith("No entry of the gradient exceeds")


def test_where_no_step_is_asked_for_the_loss_is_that_of_the_beginning():
    with pytest.warns(ConvergenceWarning, match="R² is -.* or alpha or tol is too large"):
        model = lm(tol=1e9, alpha=0).fit(X, y)
    assert model.n_iter_ == 0
    assert model.loss_ == pytest.approx(0.5 * np.mean((model.predict(X) - y) ** 2), rel=1e-12)


def test_the_end_of_the_iterations_is_a_warning():
    with pytest.warns(ConvergenceWarning, match=r"Levenberg-Marquardt: Maximum iterations \(2\) reached"):
        lm(max_iter=2).fit(X, y)


def test_warm_start_goes_on_and_another_solver_too():
    model = lm(warm_start=True, alpha=1e-3).fit(X, y)
    loss = model.loss_
    model.fit(X, y)
    assert model.loss_ <= loss * (1 + 1e-14)  # η goes to the units of the data and back: that rounds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(solver="adam", max_iter=2).fit(X, y)
    assert model.loss_ < 2 * loss


def test_early_stopping_keeps_the_best():
    model = lm(hidden_layer_sizes=(40,), alpha=0, early_stopping=True, tol=1e-12).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.history_.stop_reason == "no improvement"


def test_float32_rows_are_learnt_from_in_double():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        single = lm(tol=1e-6).fit(X.astype(np.float32), y)
        double = lm(tol=1e-6).fit(X.astype(np.float32).astype(float), y.astype(np.float32).astype(float))
    assert single.network_.dtype == np.float32
    assert single.predict(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(single.predict(X.astype(np.float32)), double.predict(X), atol=1e-3)


def test_poisson_works_through_its_curvature():
    counts = RNG.poisson(np.exp(CLEAN))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = lm(loss="poisson", alpha=1.0).fit(X, counts)
    assert model.score(X, counts) > 0.3


# ---- several beginnings


def test_restarts_are_each_what_they_are_alone_and_the_best_is_kept():
    many = lm(n_restarts=4, alpha=1e-3).fit(X, y)
    losses, alone = [], []
    random = np.random.RandomState(0)
    for _ in range(4):  # the networks are drawn one after the other
        model = lm(random_state=random, alpha=1e-3).fit(X, y)
        alone.append(model)
        losses.append(model.loss_)
    best = alone[int(np.argmin(losses))]
    np.testing.assert_array_equal(many.network_.parameters, best.network_.parameters)
    assert len(set(losses)) > 1
    with threadpool_limits(1):
        again = lm(n_restarts=4, alpha=1e-3).fit(X, y)
    np.testing.assert_array_equal(many.network_.parameters, again.network_.parameters)


def test_restarts_tell_nobody_of_their_iterations(capsys):
    """Several at once would speak over each other: neither lines nor a callback's epochs."""
    with pytest.warns(UserWarning, match="n_restarts=3.*verbose prints nothing$") as caught:
        model = lm(n_restarts=3, alpha=1e-3, verbose=True).fit(X, y)
    assert caught[0].filename == __file__
    assert capsys.readouterr().out == ""
    rules = Rules(hooks=(print,), starts=(print,), announce=print).silent()
    assert (rules.hooks, rules.starts) == ((), ())
    assert model.n_iter_ > 0


@pytest.mark.parametrize("parameters", [{"n_restarts": 3}, {"keep_covariance": True}])
def test_what_is_lms_alone(parameters):
    name = next(iter(parameters))
    with pytest.raises(ValueError, match=f"{name}=.* is for solver='lm', not for 'adam'"):
        lm(solver="adam", **parameters).fit(X, y)


# ---- alpha="bayes"


def test_the_strength_found_lies_near_the_best_of_a_grid():
    rng = np.random.default_rng(1)
    more = rng.uniform(-1, 1, (2000, 3))
    truth = np.sin(3 * more[:, 0]) + more[:, 1] * more[:, 2]

    def error(model):
        return np.mean((model.predict(more) - truth) ** 2)

    few, noisy = X[:60], CLEAN[:60] + 0.3 * np.random.default_rng(2).normal(size=60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = lm(hidden_layer_sizes=(12,), alpha="bayes", n_restarts=3).fit(few, noisy)
        given = {
            a: error(lm(hidden_layer_sizes=(12,), alpha=a).fit(few, noisy)) for a in (1e-6, 1e-2, 1.0, 100.0)
        }
    assert error(found) < 1.5 * min(given.values())
    assert error(found) < 0.5 * given[1e-6]
    assert 1e-3 < found.alpha_ < 100
    assert 1 < found.n_effective_parameters_ < found.network_.n_parameters
    effective = found.history_.effective_parameters
    assert effective[-1] == pytest.approx(found.n_effective_parameters_, rel=0.2)
    # The noise had the variance 0.09.
    parameters = {"hidden_layer_sizes": (12,), "alpha": "bayes", "n_restarts": 3, "max_iter": 1000}
    kept = lm(keep_covariance=True, **parameters).fit(few, noisy)
    assert 0.04 < kept._posterior.noise * noisy.var() < 0.2


def test_where_there_is_nothing_to_learn_the_mean_is_learnt():
    noise = 5 + np.random.default_rng(3).normal(size=120)
    with pytest.warns(ConvergenceWarning, match="no better than a constant"):
        model = lm(alpha="bayes", max_iter=1000).fit(X, noise)
    np.testing.assert_allclose(model.predict(X), noise.mean(), atol=1e-3)
    assert model.n_effective_parameters_ < 2


@pytest.mark.parametrize(
    "after", [{"alpha": 1.0}, {"alpha": 1.0, "solver": "lbfgs"}, {"alpha": 1.0, "solver": "adam"}]
)
def test_what_bayes_found_is_not_told_of_a_later_fit(after):
    model = lm(alpha="bayes", warm_start=True).fit(X, y)
    assert model.alpha_ > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(**after).fit(X, y)
    for name in ("alpha_", "n_effective_parameters_"):
        with pytest.raises(AttributeError, match=name):
            getattr(model, name)


def test_bayes_is_for_lm():
    with pytest.raises(ValueError, match="alpha='bayes' goes with LevenbergMarquardt"):
        lm(solver="adam", alpha="bayes").fit(X, y)
    with pytest.raises(AttributeError, match="alpha_"):
        _ = lm(alpha=1.0).fit(X, y).alpha_


# ---- intervals


@pytest.mark.parametrize("outputs", [1, 2])
def test_without_hidden_layers_the_interval_is_the_linear_models(outputs):
    Y = np.column_stack([y, y[::-1]]) if outputs == 2 else y
    model = lm(hidden_layer_sizes=(), alpha=0, tol=1e-10, keep_covariance=True).fit(X, Y)
    new = RNG.uniform(-3, 3, (20, 3))
    prediction, std = model.predict(new, return_std=True)
    exact = LinearRegression().fit(X, Y)
    A, B = (np.column_stack([np.ones(len(each)), each]) for each in (X, new))
    noise = ((exact.predict(X) - Y) ** 2).sum() / (outputs * (120 - 4))
    spread = np.einsum("ij,jk,ik->i", B, np.linalg.inv(A.T @ A), B)
    expected = np.sqrt(noise * (1 + spread))
    np.testing.assert_allclose(prediction, exact.predict(new).squeeze(), atol=1e-8)
    np.testing.assert_allclose(std.reshape(20, outputs), expected[:, None].repeat(outputs, 1), rtol=1e-8)


def test_std_grows_outside_the_data():
    model = lm(keep_covariance=True, alpha=1e-2).fit(X, y)
    _, inside = model.predict(X, return_std=True)
    _, outside = model.predict(4 * X, return_std=True)
    assert np.median(outside) > 1.5 * np.median(inside)
    assert (inside > 0.05).all()


def test_intervals_that_cannot_be_had():
    with pytest.raises(ValueError, match="needs a fit with solver='lm' and keep_covariance=True"):
        lm(alpha=1.0).fit(X, y).predict(X, return_std=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = lm(hidden_layer_sizes=(20,), alpha=0, keep_covariance=True, max_iter=5).fit(X[:20], y[:20])
    with pytest.raises(ValueError, match="the noise cannot be estimated: 20 residuals"):
        model.predict(X, return_std=True)
    with pytest.raises(ValueError, match="keep_covariance=True is for loss='squared_error'"):
        lm(loss="poisson", keep_covariance=True).fit(X, np.abs(y))


def test_a_covariance_that_does_not_fit_is_refused_before_anything_is_learnt():
    solver = LevenbergMarquardt(method="cg", max_memory="100KB")
    model = lm(hidden_layer_sizes=(40,), solver=solver, keep_covariance=True)
    with pytest.raises(MemoryError, match=r"keep_covariance=True takes .* for 201 parameters.*max_memory"):
        model.fit(X, y)
    assert len(model.history_) == 0


@pytest.mark.parametrize("second", [1.0, 0.0], ids=["infinite", "no number"])
def test_a_matrix_that_is_not_finite_is_said(second):
    rows = np.array([[1.0, second], [-1.0, -second], [2.0, 0.0]])
    net = Network((2, 1, 1), "identity", random_state=0)
    net.weights, net.biases = [[[0.0], [0.0]], [[1e160]]], [[0.0], [0.0]]
    problem = Problem(
        net, Inputs.of(rows, rows.dtype), np.ones((3, 1)), np.empty(0), np.arange(3), "half_squared_error"
    )
    with pytest.raises(ValueError, match=r"covariance cannot be estimated.* as large as (inf|nan)"):
        Posterior.of(problem, 1.0)


def test_files_and_pickles_keep_the_interval(tmp_path):
    model = lm(keep_covariance=True, alpha="bayes", solver=LevenbergMarquardt(damping=1e-2)).fit(X, y)
    expected = model.predict(X, return_std=True)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X, return_std=True), expected)
