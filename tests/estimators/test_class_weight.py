"""Weights of classes: they multiply those of the rows, to the bit."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from chainrule import MLPClassifier
from sweeps import for_each

from .data import BINARY, MULTICLASS, MULTILABEL, X, classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
WEIGHTS = np.arange(1, len(X) + 1) / 8  # sums of them are exact
RARE = (X[:, 0] > 0.8).astype(int)
WORDS = np.array(["a", "b", "c"])[MULTICLASS]


def balanced(y, weights):
    """n / (n_classes · n_c), by hand, for each row."""
    total, kinds = weights.sum(), np.unique(y)
    sizes = {kind: weights[y == kind].sum() for kind in kinds}
    return np.array([total / (len(kinds) * sizes[kind]) for kind in y])


CASES = {
    "a dict": (BINARY, {0: 2.0, 1: 0.5}, lambda y, w: np.where(y == 0, 2.0, 0.5)),
    "one of three": (MULTICLASS, {2: 3.0}, lambda y, w: np.where(y == 2, 3.0, 1.0)),
    "words": (WORDS, {"a": 2, "c": 0.25}, lambda y, w: np.select([y == "a", y == "c"], [2.0, 0.25], 1.0)),
    "none": (BINARY, {}, lambda y, w: np.ones(len(y))),
    "balanced": (RARE, "balanced", balanced),
    "balanced words": (WORDS, "balanced", balanced),
}  # fmt: skip
cases = pytest.mark.parametrize(("y", "given", "by_hand"), CASES.values(), ids=CASES)


@cases
@for_each("weighed", [False, True])
@for_each("settings", [{}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"early_stopping": True}])
def test_as_weights_of_rows(y, given, by_hand, weighed, settings):
    weights = WEIGHTS if weighed else np.ones(len(X))
    model = classifier(class_weight=given, **settings).fit(X, y, weights if weighed else None)
    same = classifier(**settings).fit(X, y, weights * by_hand(y, weights))
    assert model.network_ == same.network_
    assert model.history_.loss.tolist() == same.history_.loss.tolist()


@cases
def test_in_single_precision(y, given, by_hand):
    rows = X.astype(np.float32)
    model = classifier(class_weight=given).fit(rows, y)
    same = classifier().fit(rows, y, by_hand(y, np.ones(len(y))))
    np.testing.assert_allclose(model.network_.parameters, same.network_.parameters, rtol=1e-5, atol=1e-6)


def test_rows_given_to_validate_with_are_weighed_too():
    given = {0: 5.0, 1: 0.5}
    model = classifier(class_weight=given, validation_score="loss")
    model.fit(X[:50], BINARY[:50], validation_data=(X[50:], BINARY[50:], WEIGHTS[50:]))
    factors = np.where(BINARY == 0, 5.0, 0.5)
    same = classifier(validation_score="loss").fit(
        X[:50], BINARY[:50], factors[:50], validation_data=(X[50:], BINARY[50:], WEIGHTS[50:] * factors[50:])
    )
    assert model.validation_scores_ == same.validation_scores_
    assert model.network_ == same.network_


@pytest.mark.parametrize("y", [RARE, MULTICLASS], ids=["two", "three"])
@pytest.mark.parametrize("given", ["balanced", {0: 0.2, 1: 4.0}], ids=str)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighed"])
def test_without_a_hidden_layer_it_is_logistic_regression(y, given, weights):
    strength = 2.0
    model = MLPClassifier((), solver="lbfgs", alpha=strength, class_weight=given, tol=1e-9, max_iter=5000)
    model.fit(X, y, weights)
    logistic = LogisticRegression(
        C=1 / strength, class_weight=given, solver="newton-cg", tol=1e-10, max_iter=10000
    )
    logistic.fit(X, y, weights)
    # L-BFGS stops where the loss falls by a share of 2e-9: probabilities are then off by its root.
    np.testing.assert_allclose(model.predict_proba(X), logistic.predict_proba(X), atol=2e-4)


def test_a_class_of_no_weight_is_not_balanced():
    weights = np.where(MULTICLASS == 1, 0.0, 1.0)
    model = classifier(class_weight="balanced", batch_size=80).fit(X, MULTICLASS, weights)
    assert np.isfinite(model.network_.parameters).all()


def test_classes_that_come_in_parts_have_the_weights_of_a_dict():
    model, same = classifier(class_weight={1: 3.0}), classifier()
    for part in (slice(0, 30), slice(30, 80)):
        model.partial_fit(X[part], BINARY[part], classes=[0, 1])
        same.partial_fit(X[part], BINARY[part], np.where(BINARY[part] == 1, 3.0, 1.0), classes=[0, 1])
    assert model.network_ == same.network_


def test_parts_cannot_be_balanced():
    with pytest.raises(ValueError, match="class_weight='balanced' is not for partial_fit"):
        classifier(class_weight="balanced").partial_fit(X, BINARY, classes=[0, 1])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({2: 1.0}, r"class_weight has a weight for 2, y has the classes \[0, 1\]"),
        ({"0": 1.0}, "class_weight has a weight for '0', y has"),
        ({0: 1.0, 1: 1.0, 5: 1.0}, "class_weight has a weight for 5, y has"),
        ({0: -1.0}, "class_weight of 0 must be >= 0, got -1.0"),
        ({0: np.nan}, "class_weight of 0 must be >= 0, got nan"),
        ({0: np.inf}, "class_weight of 0 must be >= 0, got inf"),
        ("balance", "'class_weight' parameter of MLPClassifier must be"),
        ([1.0, 2.0], "'class_weight' parameter of MLPClassifier must be"),
    ],
)
def test_weights_that_are_none(given, words):
    with pytest.raises(ValueError, match=words):
        classifier(class_weight=given).fit(X, BINARY)


def test_a_weight_that_is_no_number():
    with pytest.raises(TypeError, match="class_weight of 0 must be a number >= 0, got 'much'"):
        classifier(class_weight={0: "much"}).fit(X, BINARY)


@pytest.mark.parametrize("given", ["balanced", {0: 2.0}], ids=str)
def test_several_labels_have_no_common_weight(given):
    with pytest.raises(ValueError, match="is for rows of one class each, not for several labels a row"):
        classifier(class_weight=given).fit(X, MULTILABEL)


def test_they_can_be_searched_over():
    search = GridSearchCV(classifier(), {"class_weight": [None, "balanced", {1: 2.0}]}, cv=2).fit(X, RARE)
    assert len(search.cv_results_["mean_test_score"]) == 3


def test_one_label_a_row_where_several_are_learnt():
    """Read as class numbers they would be taken for labels, silently."""
    model = classifier().partial_fit(X, MULTILABEL, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="y holds one label a row, the model learns several"):
        model.partial_fit(X, BINARY)
