"""Fits to rows that others hold: the same bits as `fit`, whoever holds which leaves."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

from chainrule import LBFGS, MLPClassifier, MLPRegressor
from chainrule.estimators._by_group import accuracy_of, fit_by_group, r2_of, rows_for
from chainrule.network import Inputs
from chainrule.tables._class_sizes import all_sizes, class_sizes
from chainrule.training import InMemory

from .groups import fitted_by_group

SETTINGS = {"hidden_layer_sizes": (40, 30), "solver": "lbfgs", "max_iter": 12, "random_state": 0}
X, Y = make_regression(20_000, 8, noise=5.0, random_state=0)
Y /= 50.0


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("owners, size", [(1, 1), (1, 2), (3, 1), (5, 2)])
def test_the_same_bits_as_fit(weighted, dtype, owners, size):
    weights = np.random.default_rng(0).uniform(0.5, 2, len(X)) if weighted else None
    rows = X.astype(dtype)
    plain = MLPRegressor(**SETTINGS).fit(rows, Y, weights)
    model, group = fitted_by_group(MLPRegressor(**SETTINGS), rows, Y, weights, owners, size)
    assert group.n_leaves > 3
    np.testing.assert_array_equal(model.network_.parameters, plain.network_.parameters)
    assert [row.loss for row in model._state.epochs] == [row.loss for row in plain._state.epochs]
    assert (model.n_iter_, model.loss_) == (plain.n_iter_, plain.loss_)
    np.testing.assert_array_equal(model.predict(rows), plain.predict(rows))
    if not weighted:
        assert r2_of(group, model.network_) == pytest.approx(plain.score(rows, Y), rel=1e-5)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("class_weight", [None, {"b": 2.0}])
def test_classes(n_classes, class_weight):
    rows, y = make_classification(
        9000, 8, n_informative=6, n_classes=n_classes, random_state=0, shuffle=False
    )
    y = np.array(list("abc"))[y]  # in order: the first rows are of one class
    settings = SETTINGS | {"class_weight": class_weight}
    plain = MLPClassifier(**settings).fit(rows, y)
    model, group = fitted_by_group(MLPClassifier(**settings), rows, y, owners=2, classes=np.unique(y))
    np.testing.assert_array_equal(model.network_.parameters, plain.network_.parameters)
    np.testing.assert_array_equal(model.classes_, plain.classes_)
    if class_weight is None:
        assert accuracy_of(group, model.network_) == pytest.approx(plain.score(rows, y), rel=1e-12)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_going_on_from_a_checkpoint(tmp_path):
    whole = MLPRegressor(**SETTINGS).fit(X, Y)
    path = tmp_path / "fit.checkpoint"

    def stop(report):
        if report.epoch == 5:
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        fitted_by_group(MLPRegressor(**SETTINGS), X, Y, owners=2, hooks=[stop], checkpoint=path)
    model, _ = fitted_by_group(MLPRegressor(**SETTINGS), X, Y, owners=3, resume=path)
    np.testing.assert_array_equal(model.network_.parameters, whole.network_.parameters)
    other = Y.copy()
    other[-1] += 1.0
    with pytest.raises(ValueError, match="a fit to other data: rows is not the same"):
        fitted_by_group(MLPRegressor(**SETTINGS), X, other, resume=path)


def test_in_memory_leaves_are_those_of_the_table():
    source = InMemory(Inputs.of(X, X.dtype), Y[:, None], np.empty(0), 3000)
    assert (source.n_rows, source.n_leaves) == (20_000, 7)
    found = dict(source.leaves([6, 0]))
    np.testing.assert_array_equal(found[6].inputs.dense, X[18_000:])
    np.testing.assert_array_equal(found[0].Y[:, 0], Y[:3000])
    assert len(found[6]) == 2000


class OfOneProcess(LBFGS):
    """A solver of one's own that has not heard of groups."""

    by_groups = False


@pytest.mark.parametrize(
    "model, problem",
    [
        (
            MLPRegressor(solver=OfOneProcess()),
            r"solver=OfOneProcess\(.*\) needs all rows in one process; over leaves learn: adam, lb",
        ),
        (
            MLPClassifier(solver="lbfgs", class_weight="balanced"),
            r"class_weight='balanced' takes class_sizes",
        ),
    ],
)
def test_what_takes_the_rows_themselves_is_refused(model, problem):
    y = np.arange(len(X)) % 2 if isinstance(model, MLPClassifier) else Y
    with pytest.raises(ValueError, match=problem):
        fitted_by_group(model, X, y)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize(
    "change, problem",
    [
        (lambda X, y: (X[:, 1:], y), "X has 7 features"),
        (lambda X, y: (np.where(X > 3, np.inf, X), y), "infinity"),
        (lambda X, y: (X, np.where(y > 1, np.nan, y)), "NaN"),
    ],
)
def test_rows_are_checked_as_fit_checks_them(change, problem):
    model, _ = fitted_by_group(MLPRegressor(**SETTINGS | {"max_iter": 1}), X[:500], Y[:500])
    with pytest.raises(ValueError, match=problem):
        rows_for(model, *change(X, Y))


def test_a_poor_fit_is_said():
    settings = SETTINGS | {"max_iter": 20, "alpha": 1e9}
    with pytest.warns(UserWarning, match=r"R² is .* no better than a constant"):
        fitted_by_group(MLPRegressor(**settings), X[:2000], Y[:2000])


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("weighted", [False, True])
def test_classes_are_balanced_as_in_a_plain_fit(weighted):
    """Weights that are sums of few powers of two are added without rounding, in any order."""
    labels = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-1.5, 0.3])]
    weights = np.resize([0.5, 1.0, 2.0], len(X)) if weighted else None
    model = MLPClassifier((8,), solver="lbfgs", max_iter=4, random_state=0, class_weight="balanced")
    plain = clone(model).fit(X, labels, weights)
    cuts = [0, 100, 130, len(X)]
    parts = [(labels[a:b], None if weights is None else weights[a:b]) for a, b in pairwise(cuts)]
    sizes = all_sizes(class_sizes(*part) for part in parts)
    found, _ = fitted_by_group(model, X, labels, weights, owners=2, classes=plain.classes_, class_sizes=sizes)
    np.testing.assert_array_equal(found.network_.parameters, plain.network_.parameters)
    assert vars(found).keys() == vars(plain).keys()


def test_what_was_counted_is_forgotten_where_learning_fails():
    labels = np.where(X[:, 0] > 1, "a", "b")
    sizes = all_sizes([class_sizes(labels)])
    model = MLPClassifier((8,), solver="lbfgs", max_iter=4, random_state=0, class_weight="balanced")

    def nobody(asked):
        raise OSError("nobody is there")

    with pytest.raises(OSError, match="nobody is there"):
        fit_by_group(model, X[:2], np.array(["a", "b"]), nobody, class_sizes=sizes)
    assert model._balanced is None
