"""alpha="bayes": what the evidence is, where its search ends, and what ends it early."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from chainrule import LevenbergMarquardt, MLPRegressor, Network, train
from chainrule.network import SMALL, Inputs
from chainrule.network._team import Team
from chainrule.training import Problem, Rules, Scaling, TrainingState
from chainrule.training._scaled_problem import ScaledProblem
from chainrule.training.solvers._descent import Descent, Shown
from chainrule.training.solvers._evidence import Evidence
from chainrule.training.solvers._hidden_units import HiddenUnits

HALF = "half_squared_error"


def noisy(f, n, noise, columns=1, reach=2, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.uniform(-reach, reach, (n, columns))
    new = rng.uniform(-reach, reach, (500, columns))
    return X, f(X[:, 0]) + noise * rng.normal(size=n), new, f(new[:, 0])


def wave(x):
    return np.sin(3 * x)


SMOOTH = {
    "sine": noisy(wave, 100, 0.1),
    "cubic": noisy(lambda x: x**3 - 2 * x, 50, 0.1),
    "sine beside an idle column": noisy(wave, 400, 0.1, columns=2),
}


def bayes(seed, **parameters):
    given = {"hidden_layer_sizes": (12,), "activation": "tanh", "solver": "lm", "max_iter": 500}
    return MLPRegressor(alpha="bayes", random_state=seed, **(given | parameters))


# ---- where the search ends


@pytest.mark.parametrize("name", SMOOTH)
def test_a_smooth_function_is_found_from_every_start_without_restarts(name):
    X, y, new, truth = SMOOTH[name]
    models = [bayes(seed).fit(X, y) for seed in range(6)]
    assert min(r2_score(truth, model.predict(new)) for model in models) > 0.99
    if name != "sine beside an idle column":
        evidence = [model._state.log_evidence for model in models]
        assert max(evidence) - min(evidence) < 2


def test_a_very_noisy_function_is_no_straight_line():
    X, y, new, truth = noisy(wave, 200, 1.0)
    assert min(r2_score(truth, bayes(seed).fit(X, y).predict(new)) for seed in range(4)) > 0.8


def test_units_that_the_data_do_not_ask_for_are_removed():
    """Of a step the evidence is highest with one unit or two; the others end with weights of zero."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (80, 1))
    model = bayes(0, hidden_layer_sizes=(6,)).fit(x, (x[:, 0] > 0.3) + 0.1 * rng.normal(size=80))
    importance = np.abs(model.coefs_[0][0] * model.coefs_[1][:, 0])
    assert (importance < 1e-3 * importance.max()).sum() >= 3


def test_noise_free_data_are_fitted_closely():
    x = np.linspace(-1, 1, 60)[:, None]
    model = bayes(0, hidden_layer_sizes=(8,), max_iter=2000).fit(x, wave(x[:, 0]))
    assert 1 - model.score(x, wave(x[:, 0])) < 1e-6


@pytest.mark.parametrize("sizes", [(), (5,), (6, 4)])
@pytest.mark.parametrize("activation", ["tanh", "relu", "logistic"])
def test_every_architecture_comes_to_an_evidence(sizes, activation):
    X, y, _, _ = SMOOTH["cubic"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = bayes(0, hidden_layer_sizes=sizes, activation=activation, max_iter=200).fit(X, y)
    assert np.isfinite(model._state.log_evidence)
    assert 0 < model.n_effective_parameters_ <= model.network_.n_parameters


def test_early_stopping_counts_from_where_the_strength_is_found():
    X, y, new, truth = noisy(wave, 400, 0.1)
    model = bayes(0, early_stopping=True, n_iter_no_change=3).fit(X, y)
    assert r2_score(truth, model.predict(new)) > 0.99
    scores = np.array(model.validation_scores_)
    begun = np.isfinite(scores)
    assert begun[np.argmax(begun) :].all()  # none while the strength is looked for, then each iteration's
    assert not begun[0]
    assert model.best_validation_score_ >= np.nanmax(scores, initial=-np.inf)


# ---- what ends it early


def test_a_search_cut_short_is_said():
    X, y, _, _ = SMOOTH["sine"]
    with pytest.warns(ConvergenceWarning, match="evidence was still rising.*max_iter.*n_restarts=5"):
        model = bayes(0, max_iter=60).fit(X, y)
    assert model.alpha_ > 0
    net = Network((1, 12, 1), "tanh", random_state=0)
    with pytest.warns(UserWarning, match="evidence was still rising"):
        train(net, X, y, loss=HALF, alpha="bayes", solver=LevenbergMarquardt(), max_iter=60)


@pytest.mark.parametrize("max_iter", [1, 2, 5])
def test_few_iterations_are_enough_for_an_answer(max_iter):
    X, y, _, _ = SMOOTH["sine"]
    with pytest.warns(ConvergenceWarning):
        model = bayes(0, max_iter=max_iter).fit(X, y)
    assert model.n_iter_ <= max_iter
    assert model.alpha_ > 0


@pytest.mark.parametrize("interrupted", [True, False])
def test_what_is_stopped_keeps_the_highest_evidence(interrupted):
    X, y, _, _ = SMOOTH["sine"]
    net = Network((1, 12, 1), "tanh", random_state=0)

    def hook(report):
        if report.epoch == 90 and interrupted:
            raise KeyboardInterrupt
        return report.epoch == 90

    options = {"loss": HALF, "alpha": "bayes", "solver": LevenbergMarquardt(), "max_iter": 500}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = train(net, X, y, on_epoch=[hook], **options)
    assert history.stop_reason == ("interrupted" if interrupted else "callback")
    assert [str(each.message) for each in caught] == ["Training interrupted by user."] * interrupted
    assert 1 - np.mean((net(X)[:, 0] - y) ** 2) / y.var() > 0.95


# ---- what the evidence is


def descent_at(sizes, eta, alpha=0.3):
    X, y, _, _ = SMOOTH["sine"]
    net = Network(sizes, "tanh", random_state=0)
    net.parameters[:] = eta
    rows = Inputs.of(X, X.dtype)
    problem = Problem(net, rows, y[:, None], np.ones(len(y)), np.arange(len(y)), HALF, bayes=True)
    as_given = Scaling(np.zeros(1), np.ones(1), np.zeros(1), np.ones(1), error_unit=1.0)
    scaled, shown = ScaledProblem(problem, as_given, float(len(y))), Shown(net, as_given)
    descent = Descent(scaled, shown, LevenbergMarquardt(), "normal", Rules(), TrainingState(), Team(1), SMALL)
    descent.alpha = alpha
    return descent


def split(eta, hidden):
    return eta[:hidden], eta[hidden : 2 * hidden], eta[2 * hidden : 3 * hidden], eta[3 * hidden :]


def test_neither_a_unit_without_weights_nor_the_order_or_sign_of_units_changes_the_evidence():
    eta = np.random.default_rng(0).normal(size=3 * 4 + 1)
    first = Evidence.of(descent_at((1, 4, 1), eta))
    into, out, biases, last = split(eta, 4)
    wider = np.concatenate([into, [0, 0], out, [0, 0], biases, [0, 0], last])
    order, sign = [2, 0, 3, 1], np.array([1, -1, -1, 1])
    other = np.concatenate([(sign * into)[order], (sign * out)[order], (sign * biases)[order], last])
    for sizes, same in (((1, 6, 1), wider), ((1, 4, 1), other)):
        found = Evidence.of(descent_at(sizes, same))
        assert found.logarithm == pytest.approx(first.logarithm, rel=1e-9)
        assert found.effective == pytest.approx(first.effective, rel=1e-6)
        assert found.estimate == pytest.approx(first.estimate, rel=1e-6)


def test_the_evidence_is_the_determinants_formula():
    eta, alpha = np.random.default_rng(0).normal(size=13), 0.3
    found = Evidence.of(descent_at((1, 4, 1), eta, alpha))
    X, y, _, _ = SMOOTH["sine"]
    net = Network((1, 4, 1), "tanh", random_state=0)
    net.parameters[:] = eta
    J, r = net.parameter_jacobian(X)[:, 0], net(X)[:, 0] - y
    A, W = J.T @ J, eta[:8]
    noise = (r @ r + alpha * W @ W) / len(y)
    expected = len(y) * np.log(noise) + np.linalg.slogdet(A + alpha * np.eye(13))[1] - 13 * np.log(alpha)
    assert found.logarithm == pytest.approx(-0.5 * expected, rel=1e-10)
    gamma = 13 - alpha * np.trace(np.linalg.inv(A + alpha * np.eye(13)))
    assert found.effective == pytest.approx(gamma, rel=1e-9)


# ---- hidden units


def test_units_are_removed_or_drawn_from_the_first_weights():
    net = Network((3, 6, 2), random_state=0)
    (into, out), (biases, _) = net.layout.weights, net.layout.biases
    eta = np.random.default_rng(1).normal(size=net.n_parameters)
    units, kinds = HiddenUnits(net.layout, net.parameters, np.random.default_rng(2)), set()
    for _ in range(60):
        new = units.varied(eta)
        changed = ~out.view(new).any(axis=1)
        assert changed.any()
        np.testing.assert_array_equal(into.view(new)[:, ~changed], into.view(eta)[:, ~changed])
        np.testing.assert_array_equal(biases.view(new)[~changed], biases.view(eta)[~changed])
        np.testing.assert_array_equal(out.view(new)[~changed], out.view(eta)[~changed])
        drawn = into.view(new)[:, changed]
        kinds.add("drawn" if drawn.any() else "removed")
        assert not drawn.any() or np.isin(np.abs(drawn), np.abs(net.weights[0])).all()
    assert kinds == {"drawn", "removed"}


def test_units_of_several_layers_send_nothing_on_at_first():
    net = Network((3, 5, 4, 1), random_state=0)
    eta = np.random.default_rng(1).normal(size=net.n_parameters)
    units = HiddenUnits(net.layout, net.parameters, np.random.default_rng(2))
    assert len(units) == 9
    silent = [
        sum((~out.view(units.varied(eta)).any(axis=1)).sum() for out in net.layout.weights[1:])
        for _ in range(40)
    ]
    assert {1, 2} < set(silent)


def test_the_last_unit_is_never_removed():
    net = Network((2, 3, 1), random_state=0)
    eta = net.parameters.copy()
    for block, axis in ((net.layout.weights[0], 1), (net.layout.weights[1], 0)):
        block.view(eta).swapaxes(0, axis)[:2] = 0  # two of three are gone
    units = HiddenUnits(net.layout, net.parameters, np.random.default_rng(0))
    for _ in range(30):
        new = units.varied(eta)
        assert net.layout.weights[0].view(new).any()
