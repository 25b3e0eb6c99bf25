"""Early stopping by the loss of the rows held back, instead of accuracy or R²."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance

from chainrule import MLPClassifier, MLPRegressor

from .data import (
    BINARY,
    COUNTS,
    MULTICLASS,
    MULTILABEL,
    ONE_OUTPUT,
    TWO_OUTPUTS,
    X,
    classifier,
    regressor,
    target_of,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
LEARNT, HELD = slice(0, 50), slice(50, 80)
WEIGHTS = np.linspace(0.1, 2.0, len(X))[HELD]


def cross_entropy(y, model, w):
    return log_loss(y, model.predict_proba(X[HELD]), sample_weight=w)


def per_label(y, model, w):
    p = model.predict_proba(X[HELD])
    return sum(log_loss(y[:, k], p[:, k], sample_weight=w) for k in range(y.shape[1]))


def half_squares(y, model, w):
    """Half the squares, in the mean over the outputs, as ``loss_`` is."""
    errors = 0.5 * (model.predict(X[HELD]).reshape(len(y), -1) - y.reshape(len(y), -1)) ** 2
    return np.average(errors.mean(axis=1), weights=w)


LOSSES = {
    "binary": (MLPClassifier, {}, BINARY, cross_entropy),
    "multiclass": (
        MLPClassifier, {}, MULTICLASS, cross_entropy,
    ),
    "multilabel": (MLPClassifier, {}, MULTILABEL, per_label),
    "one output": (MLPRegressor, {}, ONE_OUTPUT, half_squares),
    "two outputs": (MLPRegressor, {}, TWO_OUTPUTS, half_squares),
    "poisson": (
        MLPRegressor, {"loss": "poisson"}, COUNTS,
        lambda y, m, w: mean_poisson_deviance(y, m.predict(X[HELD]), sample_weight=w) / 2,
    ),
    "quantile": (
        MLPRegressor, {"loss": "quantile", "quantile": 0.8}, ONE_OUTPUT,
        lambda y, m, w: mean_pinball_loss(y, m.predict(X[HELD]), sample_weight=w, alpha=0.8),
    ),
}  # fmt: skip
losses = pytest.mark.parametrize(("kind", "own", "y", "loss"), LOSSES.values(), ids=LOSSES)


@losses
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighed"])
def test_the_best_weights_are_those_of_the_least_loss(kind, own, y, loss, weights):
    model = kind(
        hidden_layer_sizes=(6,), max_iter=40, random_state=0, learning_rate_init=0.02, batch_size=10,
        validation_score="loss", **own,
    )  # fmt: skip
    data = (X[HELD], y[HELD]) if weights is None else (X[HELD], y[HELD], weights)
    model.fit(X[LEARNT], y[LEARNT], validation_data=data)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert -model.best_validation_score_ == pytest.approx(loss(y[HELD], model, weights), rel=1e-9)


def test_of_rows_that_are_drawn():
    model = classifier(early_stopping=True, validation_score="loss", learning_rate_init=0.02, max_iter=40)
    model.fit(X, MULTICLASS)
    assert all(score < 0 for score in model.validation_scores_)
    assert len(model.validation_scores_) == len(model.history_.validation_score) == model.n_iter_


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_of_levenberg_marquardt_one_target(unit):
    """In the units of y, and the least improvement is a share of its variance: units do not matter."""
    y = unit * ONE_OUTPUT
    model = regressor(solver="lm", activation="tanh", validation_score="loss", max_iter=60, tol=1e-3)
    model.fit(X[LEARNT], y[LEARNT], validation_data=(X[HELD], y[HELD]))
    assert -model.best_validation_score_ == pytest.approx(half_squares(y[HELD], model, None), rel=1e-9)
    same = regressor(**model.get_params()).fit(
        X[LEARNT], ONE_OUTPUT[LEARNT], validation_data=(X[HELD], ONE_OUTPUT[HELD])
    )
    assert model.n_iter_ == same.n_iter_


def test_of_levenberg_marquardt_two_targets():
    """Each is taken over its own standard deviation, as in ``loss_``."""
    y = TWO_OUTPUTS * [1.0, 1000.0]
    model = regressor(solver="lm", activation="tanh", validation_score="loss", max_iter=30, alpha=0.0)
    model.fit(X[LEARNT], y[LEARNT], validation_data=(X[HELD], y[HELD]))
    off = (model.predict(X[HELD]) - y[HELD]) / y[LEARNT].std(axis=0)
    assert -model.best_validation_score_ == pytest.approx(0.5 * (off**2).sum(axis=1).mean(), rel=1e-9)
    on_its_own = regressor(**model.get_params()).fit(
        X[LEARNT], y[LEARNT], validation_data=(X[LEARNT], y[LEARNT])
    )
    scores = on_its_own.history_.validation_score
    np.testing.assert_allclose(-scores, on_its_own.history_.loss, rtol=1e-9)


def test_of_levenberg_marquardt_two_counts():
    """Counts are not scaled."""
    y = np.c_[COUNTS, COUNTS[::-1]]
    model = MLPRegressor(
        "poisson", (4,), solver="lm", activation="tanh", validation_score="loss", max_iter=20, random_state=0
    ).fit(X[LEARNT], y[LEARNT], validation_data=(X[HELD], y[HELD]))
    by_hand = sum(
        mean_poisson_deviance(y[HELD, k], model.predict(X[HELD])[:, k]) / 2 for k in range(y.shape[1])
    )
    assert -model.best_validation_score_ == pytest.approx(by_hand, rel=1e-9)


def test_accuracy_and_loss_choose_different_weights():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 4))
    y = (rows[:, 0] + 1.5 * rng.normal(size=300) > 0).astype(int)
    found = {}
    for by in ("score", "loss"):
        model = MLPClassifier(
            (50,), validation_score=by, learning_rate_init=0.02, max_iter=300, tol=0.0, n_iter_no_change=100,
            random_state=0,
        ).fit(rows[:150], y[:150], validation_data=(rows[150:], y[150:]))  # fmt: skip
        found[by] = log_loss(y[150:], model.predict_proba(rows[150:]))
    assert found["loss"] < found["score"]


@makers
def test_the_score_of_a_warm_start_is_of_one_kind(make):
    """An accuracy of 0.9 would be better than any loss."""
    model = make(early_stopping=True, warm_start=True, max_iter=60, learning_rate_init=0.02)
    y = target_of(model)
    model.fit(X, y)
    model.set_params(validation_score="loss").fit(X, y)
    assert model.best_validation_score_ < 0
    model.set_params(validation_score="score").fit(X, y)
    assert model.best_validation_score_ > 0


@makers
@pytest.mark.parametrize("value", ["accuracy", None, 1])
def test_other_scores_are_refused(make, value):
    model = make(validation_score=value)
    with pytest.raises(ValueError, match="'validation_score' parameter"):
        model.fit(X, target_of(model))
