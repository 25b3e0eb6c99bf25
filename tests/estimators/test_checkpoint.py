"""Fits of the estimators that end in the middle, and go on from a checkpoint."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Adam, Checkpoint, LevenbergMarquardt, MLPClassifier, MLPRegressor
from chainrule.training import read_checkpoint

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (90, 3))
NUMBERS = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * RNG.normal(size=90)
CLASSES = np.digitize(NUMBERS, [-0.2, 0.2])
SEVERAL = np.stack([NUMBERS, X[:, 2] ** 2], axis=1)
SMALL = {"hidden_layer_sizes": (6,), "random_state": 3}
HELD = {"validation_data": (X[:20], NUMBERS[:20])}

FITS = {
    "classes": (MLPClassifier(max_iter=8, class_weight="balanced"), CLASSES, {}),
    "classes stopped early": (MLPClassifier(max_iter=9, early_stopping=True), CLASSES, {}),
    "numbers stopped early": (MLPRegressor(max_iter=9, early_stopping=True), NUMBERS, {}),
    "given rows validate": (
        MLPRegressor(max_iter=9, n_iter_no_change=2, learning_rate_init=0.1),
        NUMBERS,
        HELD,
    ),
    "a schedule": (MLPRegressor(max_iter=8, schedule="cosine"), NUMBERS, {}),
    "weights": (MLPRegressor(max_iter=8), NUMBERS, {"sample_weight": np.linspace(0.5, 2, 90)}),
    "sgd": (MLPRegressor(solver="sgd", max_iter=8, learning_rate="adaptive"), SEVERAL, {}),
    "lbfgs": (MLPClassifier(solver="lbfgs", max_iter=12), CLASSES == 1, {}),
    "lm": (MLPRegressor(solver="lm", max_iter=8, keep_covariance=True), NUMBERS, {}),
    "lm stopped early": (MLPRegressor(solver="lm", max_iter=8, early_stopping=True), SEVERAL, {}),
    "a solver as an object": (MLPRegressor(solver=Adam(0.01), max_iter=5), NUMBERS, {}),
}
EVERY = pytest.mark.parametrize("name", FITS)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


def interrupted_after(epochs, model):
    """Let Ctrl-C come in the epoch after these."""
    rules = model._rules

    def counting(*given):
        made, seen = rules(*given), []

        def press(report):
            seen.append(report)
            if len(seen) == epochs + 1:
                raise KeyboardInterrupt

        return made.watched_by(press)

    model._rules = counting
    return model


def fit(model, y, given, interrupted=None, **files):
    model = model if hasattr(model, "network_") else clone(model).set_params(**SMALL)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted|.*onverge|.*evidence|R² is")
        if interrupted is not None:
            interrupted_after(interrupted, model)
        model.fit(X, y, **given, **files)
        vars(model).pop("_rules", None)
    return model


def assert_same(one, other):
    """Everything that is fitted is the same to the bit, but for the time that it took."""
    np.testing.assert_array_equal(one.network_.parameters, other.network_.parameters)
    states = [dict(vars(model._state)) for model in (one, other)]
    for state in states:
        state["epochs"] = np.array([row._replace(seconds=0.0) for row in state["epochs"]])
        state["solver"] = repr(state["solver"])
    for name, value in states[0].items():
        assert np.array_equal(value, states[1][name], equal_nan=name == "epochs") or (
            value != value and states[1][name] != states[1][name]
        ), name
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    if getattr(one, "keep_covariance", False):
        np.testing.assert_array_equal(*(model.predict(X, return_std=True)[1] for model in (one, other)))


@EVERY
def test_it_goes_on_as_if_it_had_never_ended(name, path):
    whole = fit(*FITS[name])
    for epochs in (1, 4):
        fit(*FITS[name], interrupted=epochs, checkpoint=path)
        assert read_checkpoint(path).epochs == epochs
        assert_same(fit(*FITS[name], resume=path), whole)
        path.unlink()


@EVERY
def test_the_checkpoint_of_a_fit_that_had_ended_gives_the_model(name, path):
    whole = fit(*FITS[name], checkpoint=path)
    model, y, given = FITS[name]
    model = interrupted_after(0, clone(model).set_params(**SMALL))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*onverge|R² is")
        model.fit(X, y, **given, resume=path)
    assert_same(model, whole)


def test_the_rows_that_are_held_back_are_the_same_without_a_seed(path):
    model = MLPRegressor(hidden_layer_sizes=(6,), max_iter=6, early_stopping=True)
    quietly(interrupted_after(2, clone(model)).fit, X, NUMBERS, checkpoint=path)
    before = np.random.get_state()[1].copy()
    ends = [quietly(clone(model).fit, X, NUMBERS, resume=path) for _ in range(2)]
    np.testing.assert_array_equal(*(end.network_.parameters for end in ends))
    assert ends[0].validation_scores_ == ends[1].validation_scores_
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # NumPy's own generator is left alone


def quietly(function, *given, **named):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted|.*onverge|R² is")
        return function(*given, **named)


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "lm"])
@pytest.mark.parametrize("epochs", [0, 3])
def test_a_fit_that_went_on_from_another_goes_on(solver, epochs, path):
    """Also in a process where the earlier one never was: its weights and history are in the file."""
    model = MLPRegressor(solver=solver, warm_start=True, max_iter=6, tol=0)
    whole = fit(fit(model, NUMBERS, {}), -NUMBERS, {})
    begun = fit(model, NUMBERS, {})
    fit(begun, -NUMBERS, {}, interrupted=epochs, checkpoint=path)
    assert_same(fit(model, -NUMBERS, {}, resume=path), whole)
    assert_same(fit(begun, -NUMBERS, {}, resume=path), whole)  # and in the same process, after Ctrl-C


def test_a_checkpoint_that_is_refused_leaves_the_weights_to_go_on_from(path):
    model = MLPRegressor(warm_start=True, max_iter=6, tol=0)
    begun = fit(model, NUMBERS, {})
    fit(begun, -NUMBERS, {}, interrupted=3, checkpoint=path)
    before, epochs = begun.network_.parameters.copy(), len(begun.history_)
    with pytest.raises(ValueError, match="fit to other data: y is not the same"):
        begun.fit(X, NUMBERS, resume=path)
    np.testing.assert_array_equal(begun.network_.parameters, before)
    assert len(begun.history_) == epochs


def test_a_first_fit_goes_on_with_the_model_that_ctrl_c_has_left(path):
    model = MLPRegressor(warm_start=True, max_iter=6, early_stopping=True)
    left = fit(model, NUMBERS, {}, interrupted=2, checkpoint=path)
    assert_same(fit(left, NUMBERS, {}, resume=path), fit(model, NUMBERS, {}))


@pytest.mark.parametrize("alpha", [1e-3, "bayes"])
def test_restarts_go_on_each_from_where_it_was(alpha, path, monkeypatch):
    model = MLPRegressor(solver="lm", n_restarts=3, max_iter=30, alpha=alpha, activation="tanh")
    whole, calls, descend = fit(model, NUMBERS, {}), [], LevenbergMarquardt._learn

    def learn(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return descend(*given)

    monkeypatch.setattr(LevenbergMarquardt, "_learn", learn)
    with pytest.warns(UserWarning, match="interrupted"):
        clone(model).set_params(**SMALL).fit(X, NUMBERS, checkpoint=Checkpoint(path, epochs=1))
    monkeypatch.undo()
    assert not read_checkpoint(path).finished
    assert_same(fit(model, NUMBERS, {}, resume=path), whole)


def test_callbacks_count_on(path):
    pytest.importorskip("sklearn.callback", reason="scikit-learn 1.9 brings callbacks")
    told = []

    class Numbers:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch":
                told.append(context.task_id)

    fit(*FITS["a schedule"], interrupted=3, checkpoint=path)
    model, y, _ = FITS["a schedule"]
    model = clone(model).set_params(**SMALL)
    quietly(model.set_callbacks(Numbers()).fit, X, y, resume=path)
    assert told == [3, 4, 5, 6, 7]


def test_in_a_pipeline(path):
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(max_iter=5, **SMALL))
    whole = quietly(pipeline.fit, X, NUMBERS, mlpregressor__checkpoint=path).predict(X)
    again = quietly(clone(pipeline).fit, X, NUMBERS, mlpregressor__resume=path).predict(X)
    np.testing.assert_array_equal(whole, again)


OTHERS = {
    "alpha was 0.0001 there and is 0.5 here": {"alpha": 0.5},
    "hidden_layer_sizes was": {"hidden_layer_sizes": (7,)},
    "solver was 'adam' there and is 'sgd' here": {"solver": "sgd"},
    "schedule was 'cosine' there and is None here": {"schedule": None},
    "random_state was 3 there and is 4 here": {"random_state": 4},
}


@pytest.mark.parametrize("message", OTHERS)
def test_another_model_is_refused(message, path):
    fit(*FITS["a schedule"], interrupted=2, checkpoint=path)
    model = clone(FITS["a schedule"][0]).set_params(**SMALL | OTHERS[message])
    with pytest.raises(ValueError, match=f"checkpoint of another model: {message}"):
        model.fit(X, NUMBERS, resume=path)


def test_a_warning_points_at_the_line_of_the_caller(path):
    fit(*FITS["a schedule"], interrupted=2, checkpoint=path)
    with pytest.warns(UserWarning, match="had not come to its end") as said:
        quietly_but_for_checkpoints(MLPRegressor(max_iter=1), path)
    assert said[0].filename == __file__


def quietly_but_for_checkpoints(model, path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*onverge")
        model.fit(X, NUMBERS, checkpoint=path)


def test_another_estimator_is_refused(path):
    fit(*FITS["a schedule"], interrupted=2, checkpoint=path)
    with pytest.raises(ValueError, match="is a checkpoint of MLPRegressor, and this is MLPClassifier"):
        MLPClassifier().fit(X, CLASSES, resume=path)


def test_what_changes_nothing_may_differ(path):
    fit(*FITS["a schedule"], interrupted=2, checkpoint=path)
    model, y, given = FITS["a schedule"]
    assert_same(fit(clone(model).set_params(verbose=True), y, given, resume=path), fit(*FITS["a schedule"]))


@pytest.mark.parametrize(
    ("what", "rows", "given"),
    [
        ("X is not the same", (X + 1e-9, NUMBERS), HELD),
        ("y is not the same", (X, NUMBERS + 1e-9), HELD),
        ("y of validation_data is not the same", (X, NUMBERS), {"validation_data": (X[:20], NUMBERS[1:21])}),
        ("X of validation_data is not given here", (X, NUMBERS), {}),
        ("sample_weight is not given there", (X, NUMBERS), HELD | {"sample_weight": np.ones(90)}),
    ],
)
def test_other_data_are_refused(what, rows, given, path):
    fit(*FITS["given rows validate"], interrupted=2, checkpoint=path)
    model = clone(FITS["given rows validate"][0]).set_params(**SMALL)
    with pytest.raises(ValueError, match=f"fit to other data: {what}"):
        model.fit(*rows, **given, resume=path)
