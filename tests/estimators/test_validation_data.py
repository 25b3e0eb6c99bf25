"""Rows given to validate with: they take the place of rows drawn from X, to the bit."""

import numpy as np
import pytest
from scipy import sparse

from chainrule import MLPRegressor
from sweeps import for_each

from .data import BINARY, MULTICLASS, MULTILABEL, ONE_OUTPUT, TWO_OUTPUTS, X, classifier, regressor, target_of
from .test_stopping import held_back

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
TARGETS = {
    "binary": (classifier, BINARY),
    "words": (classifier, np.array(["no", "yes"])[BINARY]),
    "multiclass": (classifier, MULTICLASS),
    "multilabel": (classifier, MULTILABEL),
    "one output": (regressor, ONE_OUTPUT),
    "two outputs": (regressor, TWO_OUTPUTS),
}
targets = pytest.mark.parametrize(("make", "y"), TARGETS.values(), ids=TARGETS)
FIRST, LAST = slice(0, 60), slice(60, 80)
WEIGHTS = np.linspace(0.1, 2.0, len(X))


def by_hand(model, rows, y, weights):
    """Fit another model to the rows that the first one drew, and to those that it held back."""
    held = held_back(model, y)
    learnt = drawn_to_learn_from(model, y)
    taken = [None if weights is None else weights[part] for part in (learnt, held)]
    data = (rows[held], y[held]) if weights is None else (rows[held], y[held], taken[1])
    return model.__class__(**model.get_params() | {"early_stopping": False}).fit(
        rows[learnt], y[learnt], taken[0], validation_data=data
    )


def drawn_to_learn_from(model, y):
    from sklearn.model_selection import train_test_split

    random = np.random.RandomState(model.random_state)
    for matrix in model.coefs_:
        random.uniform(size=matrix.size + matrix.shape[1])
    binary = y[:, None] if model.n_outputs_ == 1 and hasattr(model, "classes_") else None
    return train_test_split(
        np.arange(len(y)), test_size=model.validation_fraction, random_state=random, stratify=binary
    )[0]


@targets
@for_each("weights", [None, WEIGHTS])
@for_each("validation_score", ["score", "loss"])
@for_each("solver", ["adam", "sgd"])
def test_as_rows_that_were_drawn(make, y, weights, validation_score, solver):
    settings = {"solver": solver, "validation_score": validation_score, "learning_rate_init": 0.02}
    model = make(
        early_stopping=True, shuffle=False, batch_size=9, max_iter=15, validation_fraction=0.2, **settings
    )
    model.fit(X, y, weights)
    same = by_hand(model, X, y, weights)
    assert same.validation_scores_ == model.validation_scores_
    np.testing.assert_array_equal(same.history_.validation_score, model.history_.validation_score)
    assert same.network_ == model.network_
    assert same.best_validation_score_ == model.best_validation_score_
    assert same.best_loss_ is None


@pytest.mark.parametrize("y", [ONE_OUTPUT, TWO_OUTPUTS], ids=["one", "two"])
@pytest.mark.parametrize("validation_score", ["score", "loss"])
def test_as_rows_that_were_drawn_with_levenberg_marquardt(y, validation_score):
    model = regressor(
        early_stopping=True, solver="lm", activation="tanh", validation_score=validation_score, max_iter=20,
        validation_fraction=0.2,
    ).fit(X, y)  # fmt: skip
    same = by_hand(model, X, y, None)
    assert same.network_ == model.network_
    np.testing.assert_array_equal(same.history_.validation_score, model.history_.validation_score)


@makers
@pytest.mark.parametrize("form", [sparse.csr_array, lambda X: X.astype(np.float32)], ids=["sparse", "single"])
def test_as_rows_that_were_drawn_of_another_form(make, form):
    model = make(early_stopping=True, shuffle=False, max_iter=15)
    y = target_of(model)
    model.fit(form(X), y)
    assert by_hand(model, form(X), y, None).network_ == model.network_


@makers
def test_all_of_X_is_learnt_from_and_no_row_is_drawn(make):
    model, plain = make(), make()
    y = target_of(model)
    model.fit(X, y, validation_data=(X[LAST], y[LAST]))
    plain.fit(X, y)
    assert model.t_ == model.n_iter_ * len(X)
    assert model.loss_curve_ == plain.loss_curve_[: model.n_iter_]  # the same draws


@makers
def test_the_scores_are_those_of_score(make):
    model = make(learning_rate_init=0.05, max_iter=30)
    y = target_of(model)
    model.fit(X[FIRST], y[FIRST], validation_data=(X[LAST], y[LAST], WEIGHTS[LAST]))
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X[LAST], y[LAST], WEIGHTS[LAST]) == pytest.approx(model.best_validation_score_)


@makers
def test_learning_stops_by_rows_that_say_the_opposite(make):
    model = make(learning_rate_init=0.02, max_iter=200, n_iter_no_change=3, tol=0.0)
    y = target_of(model)
    opposite = 1 - y if make is classifier else -y
    model.fit(X, y, validation_data=(X, opposite))
    assert model.history_.stop_reason == "no improvement"
    assert model.n_iter_ < 200


def test_every_start_of_several_is_judged():
    model = regressor(solver="lm", activation="tanh", n_restarts=3, max_iter=15)
    model.fit(X[FIRST], ONE_OUTPUT[FIRST], validation_data=(X[LAST], ONE_OUTPUT[LAST]))
    assert model.best_validation_score_ == pytest.approx(model.score(X[LAST], ONE_OUTPUT[LAST]))


@makers
def test_a_later_fit_judges_the_best_by_its_own_rows(make):
    model = make(warm_start=True, learning_rate_init=0.02, max_iter=30)
    y = target_of(model)
    opposite = 1 - y if make is classifier else -y
    model.fit(X, y, validation_data=(X, y))
    good = model.network_.copy()
    model.set_params(max_iter=1, learning_rate_init=1e-12).fit(X, opposite, validation_data=(X, opposite))
    assert model.best_validation_score_ < 0.5  # not that of the first fit, by its rows
    score = model.score(X, opposite)
    assert model.best_validation_score_ == pytest.approx(score)
    model.set_params(max_iter=3, learning_rate_init=1.0).fit(X, y, validation_data=(X, y))
    assert model.best_validation_score_ >= good_score(model, good, y) - 1e-12


def good_score(model, network, y):
    now = model.network_
    model.network_ = network
    try:
        return model.score(X, y)
    finally:
        model.network_ = now


BAD = {
    "not a pair": (lambda y: X, TypeError, r"must be \(X, y\) or \(X, y, sample_weight\), got ndarray"),
    "one": (lambda y: (X,), ValueError, r"must be \(X, y\) .* got 1 objects"),
    "four": (lambda y: (X, y, None, None), ValueError, "got 4 objects"),
    "columns": (lambda y: (X[:, :2], y), ValueError, "validation_data: X has 2 features, but MLP"),
    "rows": (lambda y: (X, y[:5]), ValueError, "validation_data: Found input variables with inconsistent"),
    "NaN": (lambda y: (X * np.nan, y), ValueError, "validation_data: Input X contains NaN"),
    "words": (lambda y: (X.astype(str), y), ValueError, "validation_data: "),
    "one row": (lambda y: (X[:1], y[:1]), ValueError, "validation_data: a score takes at least two rows"),
    "no weight": (lambda y: (X, y, 0 * X[:, 0]), ValueError, "validation_data: .*[wW]eights"),
    "few weights": (lambda y: (X, y, np.ones(3)), ValueError, "validation_data: sample_weight.shape"),
    "no answers": (lambda y: (X, None), ValueError, "validation_data: "),
}


@makers
@for_each(("data", "error", "words"), BAD.values())
def test_rows_that_are_refused(make, data, error, words):
    model = make(warm_start=True)
    y = target_of(model)
    before = model.fit(X, y).network_.copy()
    with pytest.raises(error, match=words) as told:
        model.fit(X, y, validation_data=data(y))
    assert "\n" not in str(told.value).split("validation_data: ")[0]
    assert model.network_ == before


@pytest.mark.parametrize(
    ("y", "held", "words"),
    [
        (BINARY, BINARY + 1, "y holds 2, which is not one of the classes learnt from, \\[0, 1\\]"),
        (BINARY, BINARY.astype(str), "y holds '0', which is not one of the classes"),
        (np.array(["a", "b"])[BINARY], np.array(["a", "c"])[BINARY], "y holds 'c', which is not one"),
        (MULTILABEL, MULTILABEL[:, :2], "validation_data: "),
        (MULTILABEL, BINARY, "validation_data: "),
        (BINARY, ONE_OUTPUT, "validation_data: "),
    ],
)
def test_classes_that_are_not_learnt(y, held, words):
    with pytest.raises(ValueError, match=words):
        classifier().fit(X, y, validation_data=(X, held))


def test_some_of_the_classes_are_enough():
    model = classifier().fit(X, MULTICLASS, validation_data=(X[MULTICLASS > 0], MULTICLASS[MULTICLASS > 0]))
    assert len(model.validation_scores_) == model.n_iter_


@pytest.mark.parametrize("held", [TWO_OUTPUTS, np.array(["a", "b"])[BINARY], np.where(BINARY, np.inf, 0.0)])
def test_targets_that_are_none(held):
    with pytest.raises((ValueError, TypeError), match="validation_data: "):
        regressor().fit(X, ONE_OUTPUT, validation_data=(X, held))


def test_counts_are_counts():
    with pytest.raises(ValueError, match=r"validation_data: y holds -1; loss='poisson'"):
        MLPRegressor("poisson").fit(X, BINARY, validation_data=(X, -BINARY))


@makers
def test_lbfgs_learns_without(make):
    model = make(solver="lbfgs")
    y = target_of(model)
    with pytest.raises(ValueError, match="validation_data goes with the other solvers; 'lbfgs' learns"):
        model.fit(X, y, validation_data=(X, y))
