"""Every solver on every problem with every option: it learns, or says in one line why it does not."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from chainrule import LBFGS, SGD, Adam, LevenbergMarquardt, MLPClassifier, MLPRegressor, Network
from chainrule.training import EpochReport
from sweeps import crossed

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3))
SIGNAL = np.tanh(X[:, 0] - X[:, 1])
PROBLEMS = {
    "one output": (MLPRegressor, {}, 2 * SIGNAL + 1),
    "two outputs": (MLPRegressor, {}, np.c_[2 * SIGNAL + 1, X[:, 2]]),
    "poisson": (MLPRegressor, {"loss": "poisson"}, RNG.poisson(np.exp(1 + SIGNAL)).astype(float)),
    "a quantile": (MLPRegressor, {"loss": "quantile", "quantile": 0.7}, 2 * SIGNAL + 1),
    "two classes": (MLPClassifier, {}, np.where(SIGNAL > 0, "yes", "no")),
    "three classes": (MLPClassifier, {}, np.digitize(SIGNAL, [-0.4, 0.4])),
    "several labels": (MLPClassifier, {}, np.c_[SIGNAL > 0, X[:, 2] > 0, X[:, 0] > 0].astype(int)),
}
SOLVERS = ["adam", "sgd", "lbfgs", "lm"]
WEIGHTS = np.linspace(0.2, 2.0, len(X))


def make(solver, problem, **settings):
    kind, own, y = PROBLEMS[problem]
    shared = {"hidden_layer_sizes": (5,), "activation": "tanh", "max_iter": 40, "random_state": 0}
    rate = {"learning_rate_init": 0.02, "batch_size": 20}
    return kind(**shared | rate | own | {"solver": solver} | settings), y


def error_of(model, net, rows, y, weights=None):
    """The average error that is learnt from."""
    if isinstance(model, MLPClassifier):
        y = model._label_binarizer.transform(y)
    Y = np.asarray(y, dtype=net.dtype).reshape(len(y), -1)
    name = {"identity": "half_squared_error", "exp": "poisson"}.get(net.output)
    name = "quantile(0.7)" if model.loss == "quantile" else name
    return net.error(rows, Y, name, sample_weight=weights)


def assert_learnt(model, y, rows=X, weights=None):
    net = model.network_
    assert np.isfinite(net.parameters).all()
    begun = Network(net.layer_sizes, "tanh", net.output, net.dtype, random_state=0)
    assert error_of(model, net, rows, y, weights) < 0.95 * error_of(model, begun, rows, y, weights)
    assert np.shape(model.predict(rows)) == np.shape(y)


def plain(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    assert_learnt(model.fit(X, y), y)
    assert 1 <= model.n_iter_ == len(model.history_) <= 40


def strong_penalty(solver, problem, monkeypatch):
    (weak, y), (strong, _) = make(solver, problem), make(solver, problem, alpha=30.0)
    weak.fit(X, y), strong.fit(X, y)
    squares = [sum((W**2).sum() for W in model.coefs_) for model in (weak, strong)]
    assert squares[1] < squares[0]


def weights(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    assert_learnt(model.fit(X, y, sample_weight=WEIGHTS), y, weights=WEIGHTS)
    assert model.network_ != make(solver, problem)[0].fit(X, y).network_


def single(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    rows = X.astype(np.float32)
    assert_learnt(model.fit(rows, y), y, rows)
    assert model.network_.dtype == np.float32


def sparse_rows(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    rows = np.where(np.abs(X) > 0.3, X, 0)
    assert_learnt(model.fit(sparse.csr_array(rows), y), y, rows)
    # lm scales the columns of sparse rows, and centres those of dense ones: another model.
    if solver != "lm":
        again = make(solver, problem)[0].fit(rows, y)
        np.testing.assert_allclose(model.network_.parameters, again.network_.parameters, rtol=1e-6, atol=1e-9)


def one_row(solver, problem, monkeypatch):
    model, y = make(solver, problem, max_iter=3, batch_size="auto")
    assert np.isfinite(model.fit(X[:1], y[:1]).network_.parameters).all()


def restarts(solver, problem, monkeypatch):
    alone, y = make(solver, problem)
    model, _ = make(solver, problem, n_restarts=3)
    assert_learnt(model.fit(X, y), y)
    assert model.loss_ <= alone.fit(X, y).loss_


def bayes(solver, problem, monkeypatch):
    model, y = make(solver, problem, alpha="bayes")
    assert_learnt(model.fit(X, y), y)
    assert 0 < model.n_effective_parameters_ <= model.network_.n_parameters
    assert model.alpha_ > 0


def covariance(solver, problem, monkeypatch):
    model, y = make(solver, problem, keep_covariance=True)
    mean, std = model.fit(X, y).predict(X, return_std=True)
    assert mean.shape == std.shape and (std > 0).all()


def early_stopping(solver, problem, monkeypatch):
    model, y = make(solver, problem, early_stopping=True, validation_fraction=0.3)
    assert_learnt(model.fit(X, y), y)
    assert (model.history_.validation_score is not None) == (solver != "lbfgs")


def by_the_loss(solver, problem, monkeypatch):
    model, y = make(solver, problem, early_stopping=True, validation_fraction=0.3, validation_score="loss")
    assert_learnt(model.fit(X, y), y)
    assert (model.history_.validation_score is not None) == (solver != "lbfgs")


def rows_to_validate(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    model.fit(X[:50], y[:50], validation_data=(X[50:], y[50:]))
    assert_learnt(model, y[:50], X[:50])
    best = model.history_.validation_score.max()
    assert model.score(X[50:], y[50:]) == pytest.approx(best)


def schedule(solver, problem, monkeypatch):
    model, y = make(solver, problem, schedule="cosine", tol=0.0)
    assert_learnt(model.fit(X, y), y)
    np.testing.assert_allclose(
        model.history_.learning_rate, 0.01 * (1 + np.cos(np.pi * np.arange(40) / 40)), rtol=1e-12
    )


def class_weight(solver, problem, monkeypatch):
    model, y = make(solver, problem, class_weight="balanced")
    assert_learnt(model.fit(X, y), y)


def callback(solver, problem, monkeypatch):
    """scikit-learn's callbacks, told of each epoch."""
    pytest.importorskip("sklearn.callback")
    told = []

    class Listening:
        setup = teardown = on_fit_task_begin = lambda self, estimator, context: None

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
            told.append(context.task_name)

    model, y = make(solver, problem, max_iter=5, tol=0.0)
    model.set_callbacks(Listening()).fit(X, y)
    assert_learnt(model, y)
    assert len(told) == len(model.history_) + 1  # and of the fit


def interruption(solver, problem, monkeypatch):
    """After the third epoch: what was learnt until then is kept."""
    report, calls = EpochReport.of, []

    def pressed(state, rules):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return report(state, rules)

    model, y = make(solver, problem)
    monkeypatch.setattr(EpochReport, "of", staticmethod(pressed))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert [str(each.message) for each in told] == ["Training interrupted by user."]
    assert (model.history_.stop_reason, len(model.history_)) == ("interrupted", 3)
    assert model.history_.loss[-1] <= model.history_.loss[0]
    assert np.isfinite(model.network_.parameters).all()


def warm_start(solver, problem, monkeypatch):
    model, y = make(solver, problem, warm_start=True, max_iter=4)
    first = error_of(model.fit(X, y), model.network_, X, y)
    model.set_params(max_iter=40).fit(X, y)
    assert error_of(model, model.network_, X, y) < first
    assert len(model.history_) > 4


def partial_fit(solver, problem, monkeypatch):
    model, y = make(solver, problem)
    classes = {}
    if isinstance(model, MLPClassifier):
        classes = {"classes": np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])}
    for _ in range(15):
        model.partial_fit(X, y, **classes)
    assert_learnt(model, y)
    assert model.t_ == 15 * len(X)
    assert len(model.history_) == 15


def an_object(solver, problem, monkeypatch):
    """The solver given as an object learns as the one given by its name."""
    rate = {"learning_rate_init": 0.02}
    given = {"adam": Adam(**rate), "sgd": SGD(**rate), "lbfgs": LBFGS(), "lm": LevenbergMarquardt()}[solver]
    named, y = make(solver, problem)
    model, _ = make(given, problem, learning_rate_init=0.001)
    assert model.fit(X, y).network_ == named.fit(X, y).network_


OPTIONS = [
    plain, strong_penalty, weights, single, sparse_rows, one_row, restarts, bayes, covariance, early_stopping,
    by_the_loss, rows_to_validate, schedule, class_weight, callback, interruption, warm_start, partial_fit,
    an_object,
]  # fmt: skip
CLASSES = ("two classes", "three classes", "several labels")


def refusal(solver, problem, option):
    """The exception and its words where a pair is refused; None where it learns."""
    if option is class_weight and problem not in CLASSES:
        return TypeError, "unexpected keyword argument"
    if option is class_weight and problem == "several labels" and solver != "lm":
        return ValueError, "class_weight='balanced' is for rows of one class each"
    if problem in CLASSES:
        if option in (restarts, covariance):
            return TypeError, "unexpected keyword argument"
        if option is bayes:
            return ValueError, "'alpha' parameter of MLPClassifier must be a float"
        if solver == "lm":
            if option is partial_fit:
                return (AttributeError, ValueError), "partial_fit|solver='lm' is for MLPRegressor"
            return (TypeError, ValueError), "MLPRegressor|'solver' parameter"
    if option is schedule and solver in ("lbfgs", "lm"):
        return ValueError, f"schedule='cosine' sets a learning rate, and solver='{solver}' has none"
    if option is rows_to_validate and solver == "lbfgs":
        return ValueError, "validation_data goes with the other solvers; 'lbfgs' learns without"
    if solver != "lm" and option in (restarts, covariance):
        name = "n_restarts=3" if option is restarts else "keep_covariance=True"
        return ValueError, f"{name} is for solver='lm', not for {solver!r}"
    loss = {"poisson": "poisson", "a quantile": "quantile"}.get(problem)
    if option is bayes and loss and solver == "lm":
        return ValueError, f"alpha='bayes' goes with a squared error, not with loss='{loss}"
    if solver != "lm" and option is bayes:
        return ValueError, "alpha='bayes' goes with LevenbergMarquardt"
    if option is covariance and loss:
        return ValueError, f"keep_covariance=True is for loss='squared_error', not for '{loss}'"
    if option is partial_fit and solver in ("lbfgs", "lm"):
        return AttributeError, "partial_fit"
    if problem == "a quantile" and solver == "lm":
        return ValueError, "steps come from the curvature of the loss, and loss=.* has none"
    return None


@pytest.mark.parametrize(
    ("option", "problem", "solver"),
    crossed(OPTIONS, PROBLEMS, SOLVERS),
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_it_learns_or_says_why_not(option, problem, solver, monkeypatch):
    refused = refusal(solver, problem, option)
    if refused is None:
        option(solver, problem, monkeypatch)
        return
    with pytest.raises(refused[0], match=refused[1]) as told:
        option(solver, problem, monkeypatch)
    assert "\n" not in str(told.value)


def test_what_does_not_converge_is_said_once():
    for solver in SOLVERS:
        model, y = make(solver, "one output", max_iter=2, tol=0.0)
        with pytest.warns(ConvergenceWarning) as caught:
            model.fit(X, y)
        assert len(caught) == 1
