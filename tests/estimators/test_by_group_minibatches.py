"""Adam and SGD on rows that others hold: the same bits for any number of owners, as good as a shuffle."""

import numpy as np
import pytest
from sklearn.datasets import make_classification

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators._by_group import fit_by_group, r2_of, rows_for
from chainrule.training import Draw, Evaluator, leaf_rows
from chainrule.training._lanes import held_back

from .groups import Blocks, Several, fitted_by_group

random = np.random.default_rng(0)
X = random.uniform(-1, 1, (1200, 4))
Y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * random.standard_normal(len(X))
SETTINGS = {
    "hidden_layer_sizes": (12,), "solver": "adam", "max_iter": 3, "batch_size": 160, "random_state": 0,
    "learning_rate_init": 0.01,
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


def fitted(model, X=X, y=Y, weights=None, owners=1, rows=50, group=Several, classes=None, **given):
    """A model fitted to leaves of so many rows, and its group."""
    groups = []

    def open_group(asked):
        source = Blocks(*rows_for(model, X, y, weights), rows)
        groups.append(group(Evaluator(asked.net, asked.loss, source), owners, 1 + owners % 2))
        return groups[0]

    y_some = y[:50] if classes is None else np.resize(classes, 50)
    given = {"n_lanes": 16} | given
    return fit_by_group(model, X[:50], y_some, open_group, **given), groups[0]


def results(model):
    rows = [(row.loss, row.validation_score, row.learning_rate) for row in model._state.epochs]
    return [model.network_.parameters, np.array(rows), np.array([model.n_iter_, model.loss_])]


OWNERS = 1, 2, 3, 5, 7
SOLVERS = [
    {},
    {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
    {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 1, "max_iter": 8},
    {"solver": "sgd", "learning_rate": "invscaling", "momentum": 0.0},
    {"early_stopping": True, "schedule": "cosine"},
    {"early_stopping": True, "validation_score": "loss", "loss": "huber"},
    {"early_stopping": True, "loss": "quantile", "quantile": [0.2, 0.9]},
]


@pytest.mark.parametrize("number", range(len(SOLVERS)))
def test_the_same_bits_for_any_number_of_owners(number):
    settings, dtype, weighted = SOLVERS[number], (np.float32, np.float64)[number % 2], number % 3 == 0
    rows, targets = X[:320].astype(dtype), Y[:320]
    weights = np.random.default_rng(1).uniform(0.5, 2, len(rows)) if weighted else None
    made = [
        fitted(MLPRegressor(**SETTINGS | settings), rows, targets, weights, owners, rows=16)[0]
        for owners in OWNERS
    ]
    assert made[0].network_.dtype == dtype
    for other in made[1:]:
        for one, same in zip(results(made[0]), results(other), strict=True):
            np.testing.assert_array_equal(one, same)
    if settings.get("learning_rate") == "adaptive":
        rates = [row.learning_rate for row in made[0]._state.epochs]
        assert rates[-1] < rates[0]
    if "early_stopping" in settings:
        assert made[0].validation_scores_ is not None and np.isfinite(made[0].validation_scores_).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes(n_classes):
    rows, y = make_classification(500, 8, n_informative=6, n_classes=n_classes, random_state=0)
    order = np.argsort(y, kind="stable")  # the first rows are of one class
    rows, y = rows[order], np.array(list("abc"))[y[order]]
    settings = SETTINGS | {"early_stopping": True, "class_weight": {"b": 2.0}, "max_iter": 12}
    one, three = (
        fitted(MLPClassifier(**settings), rows, y, owners=owners, classes=np.unique(y))[0]
        for owners in (1, 3)
    )
    for each, other in zip(results(one), results(three), strict=True):
        np.testing.assert_array_equal(each, other)
    assert one.score(rows, y) > MLPClassifier(**settings).fit(rows, y).score(rows, y) - 0.03
    assert max(one.validation_scores_) > 0.7


def test_one_class_is_always_right():
    y = np.repeat("a", len(X))
    settings = SETTINGS | {"early_stopping": True, "max_iter": 2, "learning_rate_init": 1e-6}
    model = fitted(MLPClassifier(**settings), X, y, classes=["a"])[0]
    assert model.network_(X).max() > 0.5  # which would be another class if there were two
    assert model.validation_scores_ == [1.0, 1.0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("settings", [{}, {"solver": "sgd"}, {"early_stopping": True}])
def test_a_step_is_that_of_fit(dtype, settings):
    """All rows in one step, in an order that one leaf draws: the bits of `fit` where it takes that order."""
    few = slice(0, 90)
    given = SETTINGS | settings | {"max_iter": 1, "batch_size": 90, "alpha": 0.3}
    rows, targets, weights = X[few].astype(dtype), np.c_[Y, X[:, 0]][few], np.linspace(0.5, 2, 90)
    model, group = fitted(MLPRegressor(**given), rows, targets, weights, rows=100, n_lanes=1, group=Recorded)
    order = group.order
    assert len(order) == 90 if "early_stopping" not in settings else 50 < len(order) < 90
    plain = MLPRegressor(**given | {"early_stopping": False, "shuffle": False, "batch_size": len(order)})
    plain.fit(rows[order], targets[order], weights[order])
    np.testing.assert_array_equal(model.network_.parameters, plain.network_.parameters)
    assert model.loss_ == plain.loss_


class HeldBack(Several):
    """A group that keeps the draw by which rows are held back."""

    def total(self, question, *arrays):
        if question == "held rows":
            self.draw = Draw.of(arrays[-1])
        return super().total(question, *arrays)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("quantile, case", [(0.9, "ties"), ([0.1, 0.5], "one"), (0.3, "two")])
def test_early_stopping_goes_by_the_score_of_quantiles(quantile, case, weighted):
    """That of the estimator on the rows held back: weights of 0, numbers of both signs, several targets."""
    rng = np.random.default_rng(2)
    y = {"ties": np.round(4 * Y), "one": Y, "two": np.c_[1e3 * Y, np.round(2 * Y)]}[case]
    weights = rng.integers(0, 3, len(X)) * rng.choice([1.0, 0.3], len(X)) if weighted else None
    settings = SETTINGS | {"early_stopping": True, "loss": "quantile", "quantile": quantile, "max_iter": 2}
    model, group = fitted(MLPRegressor(**settings), X, y, weights, owners=3, group=HeldBack)
    held = np.concatenate(
        [first + held_back(group.draw, leaf, 50) for leaf, first in enumerate(range(0, len(X), 50))]
    )
    assert 50 < len(held) < 250
    score = model.score(X[held], y[held], None if weights is None else weights[held])
    assert max(model.validation_scores_) == pytest.approx(score, rel=1e-9)


def test_a_constant_that_is_held_back():
    """Predictions never meet it to the bit: the score is 0, as there is nothing to be explained."""
    settings = SETTINGS | {"early_stopping": True, "loss": "quantile"}
    model, _ = fitted(MLPRegressor(**settings), X, np.full(len(X), -0.7))
    assert model.validation_scores_ == [0.0] * 3


class Recorded(Several):
    """A group that keeps the order of the rows of the one step of one leaf."""

    def total(self, question, *arrays):
        found = super().total(question, *arrays)
        if question == "step":
            ((_, leaf),) = self._evaluator._open._open.items()
            self.order = leaf._order
        return found


class Listening(Several):
    """A group that keeps the draws it is asked for."""

    draws: list = []  # noqa: RUF012

    def total(self, question, *arrays):
        if question == "step":
            self.draws = [*self.draws, Draw.of(arrays[-1])]
        return super().total(question, *arrays)


def test_each_epoch_has_draws_of_its_own():
    draws = fitted(MLPRegressor(**SETTINGS), group=Listening)[1].draws
    steps = -(-len(X) // 160)
    assert [(draw.epoch, draw.step) for draw in draws] == [(e, s) for e in range(3) for s in range(steps)]
    assert {(draw.n_lanes, draw.n_steps, draw.held) for draw in draws} == {(16, steps, 0)}
    others = fitted(MLPRegressor(**SETTINGS | {"random_state": 1}), group=Listening)[1].draws
    assert others[0].seed != draws[0].seed


def test_rows_sorted_by_target_are_learnt_as_well_as_shuffled_ones():
    test = slice(1000, None)
    order = np.argsort(Y[:1000])
    settings = SETTINGS | {"max_iter": 3, "batch_size": 8, "learning_rate_init": 0.02, "random_state": 1}
    shuffled = MLPRegressor(**settings).fit(X[:1000], Y[:1000])
    by_lanes, _ = fitted(MLPRegressor(**settings), X[order], Y[order], rows=5, n_lanes=8)
    in_order = MLPRegressor(**settings | {"shuffle": False}).fit(X[order], Y[order])
    errors = [np.mean((m.predict(X[test]) - Y[test]) ** 2) for m in (shuffled, by_lanes, in_order)]
    assert errors[1] < 1.5 * errors[0]
    assert errors[2] > 3 * errors[0]


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True, "solver": "sgd"}])
def test_going_on_from_a_checkpoint(tmp_path, settings):
    settings = SETTINGS | settings | {"max_iter": 6}
    whole, _ = fitted(MLPRegressor(**settings))
    path = tmp_path / "fit.checkpoint"

    def stop(report):
        if report.epoch == 4:
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        fitted(MLPRegressor(**settings), owners=2, hooks=[stop], checkpoint=path)
    model, _ = fitted(MLPRegressor(**settings), owners=3, resume=path)
    for one, same in zip(results(whole), results(model), strict=True):
        np.testing.assert_array_equal(one, same)
    with pytest.raises(ValueError, match=r"fit\.checkpoint is of a fit with n_lanes=16, and this one has 8"):
        fitted(MLPRegressor(**settings), resume=path, n_lanes=8)
    with pytest.raises(ValueError, match="a fit to other data: rows is not the same"):
        fitted(MLPRegressor(**settings), resume=path, rows=100)


def test_going_on_with_a_warm_start(tmp_path):
    def begun():
        model = MLPRegressor(**SETTINGS | {"warm_start": True, "early_stopping": True})
        return fitted(model)[0]

    whole, path = begun(), tmp_path / "fit.checkpoint"
    first = whole.network_.parameters.copy()
    fitted(whole)
    assert not np.array_equal(first, whole.network_.parameters) and len(whole._state.epochs) == 6

    def stop(report):
        raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        fitted(begun(), hooks=[stop], checkpoint=path)
    model, _ = fitted(MLPRegressor(**whole.get_params()), resume=path, owners=2)
    np.testing.assert_array_equal(model.network_.parameters, whole.network_.parameters)


@pytest.mark.parametrize(
    "changed, given, problem",
    [
        ({"batch_size": 100}, {}, r"batch_size=100 must be a multiple of n_lanes=16"),
        ({"batch_size": 8}, {}, r"batch_size=8 must be a multiple of n_lanes=16"),
        ({}, {"n_lanes": 0}, r"n_lanes must be at least 1, got 0"),
        ({"shuffle": False}, {}, r"shuffle=False takes the rows in their order"),
        ({"n_restarts": 2}, {}, r"n_restarts=2 is for solver='lm'"),
        ({"keep_covariance": True}, {}, r"keep_covariance=True is for solver='lm'"),
        ({"alpha": "bayes"}, {}, r"alpha='bayes' goes with LevenbergMarquardt"),
        ({"momentum": 2.0}, {}, r"The 'momentum' parameter"),
        ({"early_stopping": True, "validation_fraction": 0.0}, {}, r"holds back 0 of 1200 rows"),
        ({"early_stopping": True, "validation_fraction": 1 - 1e-9}, {}, r"holds back 1200 of 1200 rows"),
        ({"solver": "sgd", "learning_rate_init": 1e9}, {}, r"non-finite parameter weights"),
    ],
)
def test_what_cannot_be_done_is_said(changed, given, problem):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=problem):
        fitted(MLPRegressor(**SETTINGS | changed), **given)


def test_lanes_are_a_number():
    with pytest.raises(TypeError, match=r"n_lanes must be a whole number, got 1\.5"):
        fitted(MLPRegressor(**SETTINGS), n_lanes=1.5)


def test_weights_that_sum_to_zero():
    weights = np.zeros(len(X))
    weights[-1] = 1.0
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero"):
        fitted(MLPRegressor(**SETTINGS), weights=weights)


class Far(Several):
    """Owners who are far away, by a clock of their own."""

    threads = 1

    def __init__(self, *given):
        super().__init__(*given)
        self.n_owners = 2


def test_steps_that_do_not_pay_are_said_before_learning(monkeypatch):
    seconds = iter(range(1000))
    monkeypatch.setattr("chainrule.estimators._group_batches.time.perf_counter", lambda: next(seconds))
    told = []
    with pytest.warns(UserWarning, match=r"a step of 160 rows is too little work for 2 to share") as caught:
        fitted(MLPRegressor(**SETTINGS), group=Far, hooks=[lambda report: told.append(len(caught))])
    assert told[0] == 1


def test_batches_are_large_enough_for_a_row_of_each_lane():
    model, group = fitted_by_group(MLPRegressor(**SETTINGS | {"batch_size": "auto"}), X, Y, owners=2)
    assert group.n_leaves == -(-len(X) // leaf_rows(model.network_.architecture, len(X)))
    assert model._state.settings[3] == 3 * -(-1200 // 256)
    assert r2_of(group, model.network_) == pytest.approx(model.score(X, Y), rel=1e-9)
