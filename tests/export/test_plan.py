"""Plans say all that a model does: what is computed from one equals the model, and its derivatives."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)
from tests.export.models import CASES, KINDS, case, compared, fit

from chainrule import Activation, MLPClassifier, MLPRegressor, Network
from chainrule.export import evaluate, plan_of
from sweeps import for_each

DOUBLE = {"rtol": 1e-9, "atol": 1e-9}
SINGLE = {"rtol": 2e-4, "atol": 2e-5}


@for_each("name", CASES)
def test_a_plan_evaluates_to_what_the_model_predicts(name):
    known = case(name)
    plan = plan_of(known.model)
    found = evaluate(plan, known.columns)
    size = np.abs(known.predicted).max()
    close = DOUBLE if plan.dtype == np.float64 else SINGLE
    np.testing.assert_allclose(found.values / size, known.predicted / size, **close)
    steep = np.abs(known.jacobian).max(axis=(0, 1))
    assert (steep > 0).all()
    J = compared(plan, known, found.jacobian)
    np.testing.assert_allclose(J / steep, known.jacobian / steep, **close)


def test_the_plan_s_columns_are_those_of_the_table():
    plan = plan_of(case("table model of an ensemble").model)
    assert [(each.name, each.kind) for each in plan.inputs] == [*KINDS.items()]
    assert "red" in plan.inputs[5].categories and plan.named
    assert [each.wave for each in plan.encodings if each.column == 4] == ["sine", "cosine"]
    assert len(plan.networks) == 2 and plan.firsts[-1] == plan.networks[0].sizes[0]


def test_a_plan_holds_what_the_model_was_then():
    net = Network((2, 3, 1), random_state=0)
    plan = plan_of(net)
    before = evaluate(plan, [[1.0], [2.0]]).values
    net.parameters = net.parameters * 2
    assert evaluate(plan, [[1.0], [2.0]]).values == before
    with pytest.raises(ValueError, match="read-only"):
        plan.networks[0].weights[0][0, 0] = 1


def test_where_a_model_accepts_no_such_cell_a_plan_says_nan():
    words = np.array([["a"], ["b"]] * 10, dtype=object)
    model = make_pipeline(OneHotEncoder(), MLPRegressor(max_iter=2))
    with pytest.warns(ConvergenceWarning):
        model.fit(words, np.arange(20.0))
    found = evaluate(plan_of(model), [["a", "c", None]])
    assert np.isnan(found.values[1:]).all() and np.isfinite(found.values[0]).all()


def line():
    return MLPRegressor(hidden_layer_sizes=(), max_iter=1)


X = np.arange(12.0).reshape(6, 2)
FITTED = fit(line(), X, X[:, 0])
ONE_CLASS = fit(MLPClassifier((), max_iter=1), X, [1] * 6)


def through(*steps):
    return fit(make_pipeline(*steps, line()), X, X[:, 0])


REFUSED = {
    "nothing": (None, TypeError, "got NoneType"),
    "another's": (Ridge().fit(X, X[:, 0]), TypeError, "export takes .*MLPClass.*got sklearn.Ridge$"),
    "a class": (MLPRegressor, TypeError, "got the class chainrule.MLPRegressor$"),
    "a search": (
        fit(GridSearchCV(line(), {}, cv=2), X, X[:, 0]), TypeError, "best_estimator_",
    ),
    "not fitted": (MLPRegressor(), NotFittedError, "not fitted"),
    "a pipeline not fitted": (make_pipeline(StandardScaler(), MLPRegressor()), NotFittedError, "not fitted"),
    "one class": (ONE_CLASS, ValueError, "one class only, 1"),
    "own activation": (
        Network((2, 3, 1), Activation("cube", lambda q: q**3, lambda q: 3 * q**2, lambda q: 6 * q)),
        ValueError, "activation 'cube' is of one's own",
    ),
    "a transformer": (lambda: through(PCA()), TypeError, r"step 'pca' \(PCA\) cannot be exported; Standard"),
    "one within": (
        lambda: through(make_pipeline(StandardScaler(), PolynomialFeatures())), TypeError,
        "step 'pipeline' → 'polynomialfeatures'",
    ),
    "a limit": (lambda: through(MinMaxScaler(clip=True)), ValueError, "clip=True"),
    "an indicator": (lambda: through(SimpleImputer(add_indicator=True)), ValueError, "without add_indicator"),
    "categories of numbers": (
        lambda: through(OneHotEncoder(sparse_output=False)), ValueError, "OneHotEncoder.* of numbers, 'x0'",
    ),
    "a scaler behind categories": (
        lambda: fit(
            make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler(), line()),
            np.array([["a"], ["b"]] * 3), X[:, 0],
        ),
        TypeError, "step 'standardscaler' is behind a OneHotEncoder",
    ),
    "a function of the target": (
        lambda: fit(
            TransformedTargetRegressor(line(), func=np.sqrt, inverse_func=np.square),
            X, X[:, 0],
        ),
        ValueError, "function square cannot be exported",
    ),
    "a transformer of the target": (
        lambda: fit(
            TransformedTargetRegressor(line(), transformer=PowerTransformer()),
            X, X[:, 0],
        ),
        TypeError, "PowerTransformer",
    ),
}  # fmt: skip


@for_each("name", REFUSED)
def test_what_cannot_be_exported_is_named(name):
    model, error, message = REFUSED[name]
    made = model() if isinstance(model, type(lambda: 0)) else model
    with pytest.raises(error, match=message) as raised:
        plan_of(made)
    assert "\n" not in str(raised.value)


def test_columns_that_are_lacking_are_counted():
    with pytest.raises(ValueError, match="takes 2 columns, got 1"):
        evaluate(plan_of(FITTED), [[1.0]])


def held_within(low, high):
    """Return the plan of y = x, held within limits."""
    plan = plan_of(Network.from_weights([[[1.0]]], [[0.0]]))
    return replace(plan, output=replace(plan.output, limits=(low, high)))


def test_at_a_limit_the_derivative_is_that_to_the_right():
    found = evaluate(held_within(0.0, 1.0), [[-1.0, 0.0, 0.5, 1.0, 2.0]])
    assert found.values[:, 0].tolist() == [0, 0, 0.5, 1, 1]
    assert found.jacobian[:, 0, 0].tolist() == [0, 1, 1, 0, 0]
