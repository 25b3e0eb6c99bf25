"""Levenberg-Marquardt over rows that others hold: the same bits whoever holds which leaves."""

import numpy as np
import pytest

from chainrule import LevenbergMarquardt, MLPRegressor
from chainrule.estimators._by_group import fit_by_group, rows_for
from chainrule.network import Inputs, Tree
from chainrule.network._team import Team
from chainrule.training import Evaluator, InMemory

pytestmark = [
    pytest.mark.filterwarnings("ignore:Levenberg-Marquardt. Maximum iterations"),
    pytest.mark.filterwarnings("ignore:alpha='bayes'. the evidence was still rising"),
]

RNG = np.random.default_rng(0)
N, LEAF = 600, 70  # nine leaves, of which the last is short
X = RNG.uniform(-1, 1, (N, 3)) * [1e3, 1.0, 1e-3] + [2000.0, 0.5, 0.0]
Y = np.sin(3 * X[:, 1]) + X[:, 0] / 1e3 + 0.1 * RNG.normal(size=N)
TWO = np.column_stack([Y, 1e4 * X[:, 2] ** 2])
WEIGHTS = RNG.uniform(0.5, 2, N)
SOME_NONE = np.where(RNG.random(N) < 0.3, 0.0, WEIGHTS)
SOME_NONE[:LEAF] = 0  # a leaf of which nothing counts
NOTHING_LARGE = np.where(SOME_NONE == 0, 1e200, 1.0)  # what does not count may hold what would overflow
SETTINGS = {
    "hidden_layer_sizes": (5, 4), "activation": "tanh", "solver": "lm", "max_iter": 8, "random_state": 0
}  # fmt: skip


class Owners:
    """A group of several owners, each of whom merges what it can; counts what it is asked."""

    def __init__(self, evaluator, owners):
        self._evaluator, self._owners, self.asked = evaluator, owners, []
        self.n_rows, self.n_leaves = evaluator.source.n_rows, evaluator.source.n_leaves

    def total(self, question, *arrays):
        self.asked.append(question)
        made = []
        with Team(1 + self._owners % 2) as team:
            for number in range(self._owners):
                own = range(number, self.n_leaves, self._owners)
                made += self._evaluator.nodes(question, arrays, own, team)
        whole = Tree(self.n_leaves, len(made[0][1]))
        for node, vector in reversed(made):
            whole.add(node, vector)
        found = whole.total()
        found.flags.writeable = False  # as what has come in a message
        return found


def over(owners, model, X=X, y=Y, weights=None, leaf=LEAF, **given):
    groups = []

    def open_group(asked):
        rows, answers, _ = rows_for(model, X, y)
        counted = np.empty(0, rows.dtype) if weights is None else weights.astype(rows.dtype)
        source = InMemory(Inputs.of(rows, rows.dtype), answers, counted, leaf)
        groups.append(Owners(Evaluator(asked.net, asked.loss, source), owners))
        return groups[0]

    fit_by_group(model, X[:20], y[:20], open_group, **given)
    return model, groups[0]


def eta(model):
    return model.network_.parameters


CASES = {
    "one target": {},
    "weights": {"weights": WEIGHTS},
    "rows without a weight": {"X": X * NOTHING_LARGE[:, None], "y": Y * NOTHING_LARGE, "weights": SOME_NONE},
    "two targets": {"y": TWO, "weights": WEIGHTS},
    "float32": {"X": X.astype(np.float32), "y": Y.astype(np.float32)},
    "poisson": {"y": np.abs(Y), "loss": "poisson"},
    "huber": {"loss": "huber"},
    "no acceleration": {"solver": LevenbergMarquardt(acceleration=0)},
    "cg": {"solver": LevenbergMarquardt(method="cg")},
    "bayes": {"alpha": "bayes"},
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits_for_any_number_of_owners_and_nearly_those_of_fit(case):
    rows = {name: CASES[case][name] for name in ("X", "y", "weights") if name in CASES[case]}
    changed = {name: value for name, value in CASES[case].items() if name not in rows}
    made = [over(owners, MLPRegressor(**SETTINGS | changed), **rows)[0] for owners in (1, 2, 3, 5)]
    for model in made[1:]:
        np.testing.assert_array_equal(eta(model), eta(made[0]))
        assert (model.loss_curve_, model.n_iter_) == (made[0].loss_curve_, made[0].n_iter_)
    plain = MLPRegressor(**SETTINGS | changed)
    plain.fit(rows.get("X", X), rows.get("y", Y), rows.get("weights"))
    one, other = made[0].predict(X), plain.predict(X)
    rtol = 1e-5 if case == "float32" else 1e-9
    np.testing.assert_allclose(one, other, rtol=0, atol=rtol * np.abs(other).max())
    np.testing.assert_allclose(made[0].loss_curve_, plain.loss_curve_, rtol=1e-9)
    assert made[0].n_iter_ == plain.n_iter_
    assert made[0]._state.samples_seen == plain._state.samples_seen
    if case == "bayes":
        assert made[0].alpha_ == pytest.approx(plain.alpha_, rel=1e-9)
        assert made[0].n_effective_parameters_ == pytest.approx(plain.n_effective_parameters_, rel=1e-9)


@pytest.mark.parametrize("changed", [{}, {"solver": LevenbergMarquardt(method="cg")}, {"alpha": "bayes"}])
def test_a_table_of_one_leaf_has_the_bits_of_fit(changed):
    settings = SETTINGS | {"hidden_layer_sizes": (40,), "max_iter": 5} | changed  # wide: in pieces, or kept
    plain = MLPRegressor(**settings).fit(X, TWO, WEIGHTS)
    model, group = over(1, MLPRegressor(**settings), y=TWO, weights=WEIGHTS, leaf=N)
    assert group.n_leaves == 1
    np.testing.assert_array_equal(eta(model), eta(plain))
    assert model.loss_curve_ == plain.loss_curve_


def test_some_of_the_rows_may_all_have_no_weight():
    model, _ = over(1, MLPRegressor(**SETTINGS))
    for some in (slice(LEAF), slice(LEAF, 2 * LEAF)):
        np.testing.assert_array_equal(rows_for(model, X[some], Y[some], SOME_NONE[some])[2], SOME_NONE[some])
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\)"):
        rows_for(model, X[:LEAF], Y[:LEAF], np.zeros(3))


def test_the_covariance():
    settings = SETTINGS | {"keep_covariance": True, "alpha": 1e-3}
    plain = MLPRegressor(**settings).fit(X, Y, SOME_NONE)
    one, three = (over(owners, MLPRegressor(**settings), weights=SOME_NONE)[0] for owners in (1, 3))
    np.testing.assert_array_equal(one._posterior.factor, three._posterior.factor)
    assert one._posterior.noise == three._posterior.noise
    assert one._posterior.residuals == pytest.approx(SOME_NONE.sum(), rel=1e-12)
    (mean, std), (_, expected) = (model.predict(X, return_std=True) for model in (one, plain))
    np.testing.assert_array_equal(mean, one.predict(X))
    np.testing.assert_allclose(std, expected, rtol=1e-7)


def test_the_bend_is_asked_for_unless_there_is_no_acceleration():
    asked = over(1, MLPRegressor(**SETTINGS))[1].asked
    assert asked.count("scaled bend") >= asked.count("scaled matrix") - 1 > 3
    asked = over(1, MLPRegressor(**SETTINGS | {"solver": LevenbergMarquardt(acceleration=0)}))[1].asked
    assert "scaled bend" not in asked


def test_the_best_of_several_beginnings():
    settings = SETTINGS | {"n_restarts": 3, "max_iter": 4}
    plain = MLPRegressor(**settings).fit(X, Y)
    one, two = (over(owners, MLPRegressor(**settings))[0] for owners in (1, 2))
    np.testing.assert_array_equal(eta(one), eta(two))
    np.testing.assert_allclose(one.predict(X), plain.predict(X), rtol=1e-9)


@pytest.mark.parametrize("alpha", [1e-3, "bayes"])
def test_going_on_from_a_checkpoint_with_other_owners(tmp_path, alpha):
    settings = SETTINGS | {"alpha": alpha, "max_iter": 12}
    whole, _ = over(2, MLPRegressor(**settings))
    path = tmp_path / "fit.checkpoint"

    def stop(report):
        if report.epoch == 7:
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        over(3, MLPRegressor(**settings), hooks=[stop], checkpoint=path)
    resumed, _ = over(5, MLPRegressor(**settings), resume=path)
    np.testing.assert_array_equal(eta(resumed), eta(whole))
    assert resumed.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("value", [0.0, 0.1, -7e8, 1e20, 3e300])
def test_constant_columns_and_large_numbers_are_measured_as_fit_measures_them(value):
    rows = X.copy()
    rows[:, 2] = value
    rows[:, 1] *= 1e290
    model, _ = over(2, MLPRegressor(**SETTINGS | {"max_iter": 2}), X=rows, y=1e-150 * Y)
    plain = MLPRegressor(**SETTINGS | {"max_iter": 2}).fit(rows, 1e-150 * Y)
    expected = plain.predict(rows)
    np.testing.assert_allclose(model.predict(rows), expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(model.coefs_[0][2], plain.coefs_[0][2], rtol=1e-9)  # its unit is 1


@pytest.mark.parametrize(
    "changed, weights, error, problem",
    [
        (
            {"solver": LevenbergMarquardt(method="dual")},
            None,
            ValueError,
            "method='dual' works on the rows",
        ),
        ({"early_stopping": True}, None, ValueError, "early_stopping=True goes over leaves with"),
        ({"loss": "quantile"}, None, ValueError, "has none: take 'adam'"),
        ({"loss": "huber", "alpha": "bayes"}, None, ValueError, "alpha='bayes' goes with a squared error"),
        ({"loss": "huber", "keep_covariance": True}, None, ValueError, "is for loss='squared_error'"),
        ({}, np.zeros(N), ZeroDivisionError, "Weights sum to zero"),
        (
            {"solver": LevenbergMarquardt(method="normal", max_memory=100_000)},
            None,
            MemoryError,
            "'cg' needs",
        ),
    ],
)
def test_what_is_refused(changed, weights, error, problem):
    with pytest.raises(error, match=problem):
        over(2, MLPRegressor(**SETTINGS | {"hidden_layer_sizes": (20,)} | changed), weights=weights)


def test_conjugate_gradients_where_the_sums_of_the_tree_do_not_fit():
    settings = SETTINGS | {"hidden_layer_sizes": (20,), "max_iter": 2}
    P = 101
    matrices = LevenbergMarquardt(max_memory=24 * P * P)  # enough for the matrix alone
    with pytest.warns(UserWarning, match="conjugate gradients are used instead"):
        model, group = over(1, MLPRegressor(**settings | {"solver": matrices}))
    assert eta(model).size == P
    assert "scaled product" in group.asked and "scaled matrix" not in group.asked
