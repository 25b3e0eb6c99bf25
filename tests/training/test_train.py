"""`train`: it learns, it learns what scikit-learn learns, and every option does what it says."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from chainrule import LBFGS, SGD, Adam, Network, calculus, train
from chainrule.training.solvers import _minibatches
from sweeps import crossed, for_each

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (90, 3))
Y = np.column_stack([np.sin(2 * X[:, 0]) + X[:, 1] ** 2, X[:, 2] * X[:, 0]])
LABELS = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0.3)
HALF = "half_squared_error"

SOLVERS = {
    "adam": Adam(0.01),
    "sgd": SGD(0.05, momentum=0.0, nesterovs_momentum=False),
    "momentum": SGD(0.02, nesterovs_momentum=False),
    "nesterov": SGD(0.02),
    "lbfgs": LBFGS(),
}
every_solver = pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def small(output="identity", dtype=np.float64, seed=0):
    return Network((3, 8, 2 if output != "softmax" else 3), "tanh", output, dtype, random_state=seed)


# ---- N3


@both_types
@every_solver
@for_each(
    ("loss", "output", "y"),
    [
        (HALF, "identity", Y),
        ("sum_squared_error", "tanh", Y / 4),
        ("cross_entropy", "softmax", LABELS),
        ("cross_entropy", "logistic", np.eye(3)[LABELS][:, :2]),
        ("poisson", "exp", np.round(np.abs(3 * Y))),
    ],
)
def test_N3_learning_diminishes_the_error(loss, output, y, solver, dtype):
    net = small(output, dtype)
    before = net.error(X, y, loss)
    history = train(net, X, y, loss=loss, solver=solver, max_iter=30, tol=0, random_state=0)
    after = net.error(X, y, loss)
    assert after < 0.9 * before
    assert history.loss[-1] < history.loss[0]
    assert net.parameters.dtype == dtype


def test_it_learns_in_place():
    net = small()
    eta, first = net.parameters, net.weights[0]
    before = eta.copy()
    train(net, X, Y, loss=HALF, max_iter=1)
    assert net.parameters is eta
    assert not np.array_equal(eta, before)
    assert np.shares_memory(first, eta)


def test_what_is_given_stays_as_it_was():
    given, answers = X.copy(), Y.copy()
    given.flags.writeable = answers.flags.writeable = False
    train(small(), given, answers, loss=HALF, max_iter=2)
    np.testing.assert_array_equal(given, X)


# ---- scikit-learn's trajectories, through a plain Network


def sides(theirs, output, solver, y, *, loss, max_iter=25, weights=None, **rules):
    """Their fit and ours from one seed: coefficients and losses of both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.set_params(max_iter=max_iter, random_state=3, hidden_layer_sizes=(7, 5), **rules)
        theirs.fit(X, y, sample_weight=weights)
    stream = np.random.RandomState(3)
    n_outputs = theirs.n_outputs_
    net = Network((3, 7, 5, n_outputs), theirs.activation, output, random_state=stream)
    alpha = theirs.alpha
    history = train(
        net, X, y, loss=loss, solver=solver, alpha=alpha, max_iter=max_iter, random_state=stream,
        sample_weight=weights, tol=theirs.tol, batch_size=theirs.batch_size, shuffle=theirs.shuffle,
        n_iter_no_change=theirs.n_iter_no_change,
    )  # fmt: skip
    for ours, expected in zip(net.weights + net.biases, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-9)
    return theirs, history


PAIRS_OF_SOLVERS = [
    ({"solver": "adam", "learning_rate_init": 0.01}, Adam(0.01)),
    ({"solver": "adam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}, Adam(0.001, 0.5, 0.9, 1e-3)),
    ({"solver": "sgd", "learning_rate_init": 0.05}, SGD(0.05)),
    (
        {"solver": "sgd", "learning_rate_init": 0.05, "nesterovs_momentum": False},
        SGD(0.05, nesterovs_momentum=False),
    ),
    (
        {"solver": "sgd", "learning_rate_init": 0.3, "learning_rate": "invscaling", "power_t": 0.3},
        SGD(0.3, "invscaling", 0.3),
    ),
    (
        {"solver": "sgd", "learning_rate_init": 0.3, "learning_rate": "adaptive", "tol": 0.01,
         "n_iter_no_change": 1},
        SGD(0.3, "adaptive"),
    ),
]  # fmt: skip


PROBLEMS = [
    (MLPRegressor, "identity", HALF, Y[:, 0], "tanh"),
    (MLPClassifier, "softmax", "cross_entropy", LABELS, "relu"),
    (MLPClassifier, "logistic", "cross_entropy", LABELS > 0, "logistic"),
]


@pytest.mark.parametrize(
    ("solvers", "problem", "weighted"), crossed(PAIRS_OF_SOLVERS, PROBLEMS, [False, True])
)
def test_minibatches_go_scikit_learns_way(solvers, problem, weighted):
    (theirs, ours), (kind, output, loss, y, activation) = solvers, problem
    model = kind(activation=activation, batch_size=20, alpha=0.01, **theirs)
    weights = np.random.default_rng(1).uniform(0.5, 2, 90) if weighted else None
    model, history = sides(model, output, ours, y, loss=loss, weights=weights)
    np.testing.assert_allclose(history.loss, model.loss_curve_, rtol=1e-9)
    assert len(history) == model.n_iter_


def test_the_last_short_batch_and_no_shuffling_go_scikit_learns_way():
    for batch_size, shuffle in ((1, False), (89, True), (40, False), (1000, True), ("auto", True)):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Got `batch_size` less than 1")
            model = MLPRegressor(activation="tanh", batch_size=batch_size, shuffle=shuffle, alpha=0.0)
            model, history = sides(model, "identity", Adam(), Y[:, 0], loss=HALF, max_iter=5)
        np.testing.assert_allclose(history.loss, model.loss_curve_, rtol=1e-10)


@pytest.mark.parametrize(
    ("model", "output", "loss", "y"),
    [
        (MLPRegressor(activation="tanh"), "identity", HALF, Y[:, 0]),
        (MLPRegressor("poisson", activation="logistic"), "exp", "poisson", np.abs(Y[:, 0])),
        (MLPClassifier(activation="tanh"), "softmax", "cross_entropy", LABELS),
        (MLPClassifier(activation="tanh"), "logistic", "cross_entropy", LABELS > 0),
    ],
)
def test_lbfgs_goes_scikit_learns_way(model, output, loss, y):
    # A few iterations: its line searches magnify a rounding tenfold every few of them.
    model.set_params(solver="lbfgs", alpha=0.01)
    model, history = sides(model, output, LBFGS(), y, loss=loss, max_iter=8)
    assert len(history) == model.n_iter_
    assert history.loss[-1] == pytest.approx(model.loss_, rel=1e-8)


# ---- options


def test_the_order_of_the_rows_comes_from_random_state():
    nets = [small() for _ in range(4)]
    for net, seed in zip(nets, (1, np.int64(1), np.random.RandomState(1), 2), strict=True):
        train(net, X, Y, loss=HALF, batch_size=10, max_iter=3, random_state=seed)
    assert nets[0] == nets[1] == nets[2] != nets[3]


def test_without_shuffling_rows_come_as_they_lie():
    nets = [small() for _ in range(2)]
    for net, seed in zip(nets, (1, 2), strict=True):
        train(net, X, Y, loss=HALF, batch_size=10, max_iter=3, shuffle=False, random_state=seed)
    assert nets[0] == nets[1]


def test_adam_is_the_solver_if_none_is_named_and_auto_is_200_rows():
    nets = [small() for _ in range(3)]
    rows, answers = np.tile(X, (5, 1)), np.tile(Y, (5, 1))
    train(nets[0], rows, answers, loss=HALF, max_iter=2, random_state=0)
    train(nets[1], rows, answers, loss=HALF, max_iter=2, random_state=0, solver=Adam(), batch_size=200)
    train(nets[2], rows, answers, loss=HALF, max_iter=2, random_state=0, solver=Adam(), batch_size=100)
    assert nets[0] == nets[1] != nets[2]


def test_the_loss_may_be_left_out_where_the_output_has_one():
    for output, y in (("softmax", LABELS), ("logistic", Y > 0), ("exp", np.abs(Y))):
        nets = [small(output) for _ in range(2)]
        train(nets[0], X, y, max_iter=2, random_state=0)
        loss = "poisson" if output == "exp" else "cross_entropy"
        train(nets[1], X, y, loss=loss, max_iter=2, random_state=0)
        assert nets[0] == nets[1]


@every_solver
def test_the_reported_loss_is_error_and_penalty(solver):
    net = small()
    E = net.error(X, Y, HALF)
    squares = sum(float((W**2).sum()) for W in net.weights)
    history = train(net, X, Y, loss=HALF, solver=solver, alpha=0.5, max_iter=1, batch_size=90)
    if solver == LBFGS():  # reports where it arrived, the others where they began
        E = net.error(X, Y, HALF)
        squares = sum(float((W**2).sum()) for W in net.weights)
    assert history.loss[0] == pytest.approx(E + 0.5 * 0.5 * squares / 90, rel=1e-12)


@every_solver
def test_penalised_weights_are_smaller(solver):
    sizes = []
    for alpha in (0.0, 20.0):
        net = small()
        train(net, X, Y, loss=HALF, solver=solver, alpha=alpha, max_iter=60, tol=0, random_state=0)
        sizes.append(sum(float((W**2).sum()) for W in net.weights))
    assert sizes[1] < 0.8 * sizes[0]


@every_solver
def test_a_weight_of_two_is_the_row_twice(solver):
    w = RNG.integers(0, 3, 90)
    again = np.repeat(np.arange(90), w)
    nets = [small() for _ in range(2)]
    options = {"loss": HALF, "solver": solver, "max_iter": 8, "tol": 0, "alpha": 0.1}
    train(nets[0], X, Y, sample_weight=w, batch_size=90, **options)
    train(nets[1], X[again], Y[again], batch_size=len(again), **options)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-7, atol=1e-9)


@every_solver
def test_numbers_of_any_kind(solver):
    expected = small()
    options = {"loss": HALF, "solver": solver, "max_iter": 3, "batch_size": 20, "random_state": 0}
    train(expected, X, Y, **options)
    for given, answers in (
        (np.asfortranarray(X), np.asfortranarray(Y)),
        (np.repeat(X, 2, axis=0)[::2], Y[::-1].copy()[::-1]),
        (X.tolist(), Y.tolist()),
        (pd.DataFrame(X), pd.DataFrame(Y)),
    ):
        net = small()
        train(net, given, answers, **options)
        assert net == expected


def test_vectors_of_answers():
    nets = [Network((3, 4, 1), random_state=0) for _ in range(2)]
    for net, answers in zip(nets, (Y[:, 0], Y[:, :1]), strict=True):
        train(net, X, answers, loss=HALF, max_iter=3, random_state=0)
    assert nets[0] == nets[1]
    nets = [small("softmax") for _ in range(2)]
    for net, answers in zip(nets, (LABELS, np.eye(3)[LABELS]), strict=True):
        train(net, X, answers, max_iter=3, random_state=0)
    assert nets[0] == nets[1]


@for_each("activation", calculus.ACTIVATIONS)
def test_every_activation_learns(activation):
    net = Network((3, 8, 2), activation, random_state=0)
    history = train(net, X, Y, loss=HALF, solver=Adam(0.01), max_iter=30, random_state=0)
    assert history.loss[-1] < history.loss[0]


def test_one_row_and_one_column():
    net = Network((1, 1), random_state=0)
    train(net, [[1.0]], [3.0], loss=HALF, solver=Adam(0.1), max_iter=300, tol=0, n_iter_no_change=np.inf)
    assert net([[1.0]])[0, 0] == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.01)], ids=["adam", "sgd"])
def test_short_slices_give_the_numbers_of_long_ones(solver, monkeypatch):
    results = []
    for seconds in (0.0, 1e9):
        monkeypatch.setattr(_minibatches, "_SLICE_SECONDS", seconds)
        net = small()
        history = train(net, X, Y, loss=HALF, solver=solver, batch_size=4, max_iter=5, random_state=0)
        results.append((net, history.loss))
    assert results[0][0] == results[1][0]
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_a_batch_without_weight_is_an_error():
    weights = np.ones(90)
    weights[20:40] = 0
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero"):
        train(small(), X, Y, loss=HALF, sample_weight=weights, batch_size=20, shuffle=False)


# ---- what is not accepted

NET = small()
GOOD = {"loss": HALF, "max_iter": 2}
BAD = [
    ((NET, X[:, :2], Y), {}, ValueError, ["(90, 2)", "(n_samples, 3)"]),
    ((NET, X, Y[:5]), {}, ValueError, ["(5, 2)", "(90, 2)"]),
    ((NET, X, Y[:, 0]), {}, ValueError, ["(90,)", "(90, 2)"]),
    ((NET, np.where(X > 0.9, np.nan, X), Y), {}, ValueError, ["X holds nan at"]),
    ((NET, X, np.where(Y > 0.9, np.inf, Y)), {}, ValueError, ["y holds inf at"]),
    ((NET, X[:0], Y[:0]), {}, ValueError, ["no samples"]),
    ((small("softmax"), X, LABELS + 1), {"loss": None}, ValueError, ["label 3", "0 to 2"]),
    ((NET, X, Y), {"loss": None}, ValueError, ["sum_squared_error or half_squared_error"]),
    ((NET, X, Y), {"loss": "poisson"}, ValueError, ["poisson", "identity"]),
    ((NET, X, Y), {"solver": "adam"}, TypeError, ["Adam, SGD, LBFGS, LevenbergMarquardt", "'adam'"]),
    ((NET, X, Y), {"solver": Adam}, TypeError, ["Adam, SGD, LBFGS, LevenbergMarquardt"]),
    ((NET, X, Y), {"batch_size": 0}, ValueError, ["batch_size", "'auto'", "0"]),
    ((NET, X, Y), {"batch_size": 2.0}, ValueError, ["batch_size", "2.0"]),
    ((NET, X, Y), {"batch_size": "all"}, ValueError, ["batch_size", "'all'"]),
    ((NET, X, Y), {"max_iter": 0}, ValueError, ["max_iter", "0"]),
    ((NET, X, Y), {"max_iter": 1.5}, ValueError, ["max_iter", "1.5"]),
    ((NET, X, Y), {"alpha": -1}, ValueError, ["alpha", "-1"]),
    ((NET, X, Y), {"alpha": np.nan}, ValueError, ["alpha", "nan"]),
    ((NET, X, Y), {"tol": -1e-4}, ValueError, ["tol", "-0.0001"]),
    ((NET, X, Y), {"n_iter_no_change": 0}, ValueError, ["n_iter_no_change", "0"]),
    ((NET, X, Y), {"random_state": "a"}, ValueError, ["random_state", "'a'"]),
    ((NET, X, Y), {"sample_weight": np.ones(3)}, ValueError, ["(3,)", "90 samples"]),
    ((NET, X, Y), {"sample_weight": -np.ones(90)}, ValueError, ["sample_weight", ">= 0"]),
    ((NET, X, Y), {"sample_weight": np.zeros(90)}, ValueError, ["sample_weight", "not all zero"]),
    ((NET, X, Y), {"validation": (X, Y[:5])}, ValueError, ["(5, 2)", "(90, 2)"]),
    ((NET, X, Y), {"validation": (X[:0], Y[:0])}, ValueError, ["X holds no rows", "at least one"]),
    ((NET, X, Y), {"validation": X}, ValueError, ["validation must be (X, y)"]),
    ((NET, X, Y), {"validation": (X, Y), "solver": LBFGS()}, ValueError, ["validation", "LBFGS"]),
]


@for_each(("data", "options", "kind", "words"), BAD)
def test_bad_arguments_are_said_before_learning_begins(data, options, kind, words):
    before = data[0].copy()
    with pytest.raises(kind) as raised:
        train(*data, **(GOOD | options))
    assert not [word for word in words if word not in str(raised.value)], raised.value
    assert data[0] == before


def test_a_ruined_network_is_said_to_be_one():
    net = small()
    net.parameters[3] = np.nan
    with pytest.raises(ValueError, match="parameters are not finite"):
        train(net, X, Y, **GOOD)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("inputs", [1, 3])
def test_rows_in_any_memory_give_the_same_numbers(inputs, outputs):
    found = []
    for arrange in (lambda a: a, lambda a: a[::-1].copy()[::-1], lambda a: np.repeat(a, 3, axis=0)[1::3]):
        net = Network((inputs, 5, outputs), random_state=0)
        rows, answers = arrange(X[:, :inputs].copy()), arrange(Y[:, :outputs].copy())
        train(net, rows, answers, loss=HALF, max_iter=3, tol=0, batch_size=20, random_state=0)
        found.append(net.parameters)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
