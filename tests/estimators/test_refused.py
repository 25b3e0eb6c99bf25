"""X and y that are refused: scikit-learn's type of exception, and its words where it has clear ones."""

import numpy as np
import pytest
from scipy import sparse

from sweeps import for_each

from .data import BINARY, COUNTS, MULTILABEL, ONE_OUTPUT, X, classifier, regressor, target_of, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])


def with_one(array, value):
    array = np.array(array, dtype=float)
    array.flat[5] = value
    return array


ROWS = {
    "NaN": (with_one(X, np.nan), "contains NaN"),
    "infinity": (with_one(X, np.inf), "contains infinity or a value too large"),
    "one dimension": (X[:, 0], "Expected 2D array, got 1D array instead"),
    "three dimensions": (X[:, :, None], "dim 3"),
    "a number": (3.0, "Expected 2D array, got scalar array instead"),
    "no rows": (X[:0], "Found array with 0 sample"),
    "no columns": (X[:, :0], "Found array with 0 feature"),
    "words": (np.full(X.shape, "x"), "could not convert string to float"),
    "complex": (X + 1j, "Complex data not supported"),
    "too few rows": (X[:9], "Found input variables with inconsistent numbers of samples"),
}


@makers
@for_each(("given", "message"), ROWS.values())
def test_rows_are_refused_in_fit(make, given, message):
    model = make()
    y = target_of(model)[: np.shape(given)[0]] if np.shape(given)[:1] == (0,) else target_of(model)
    for each in (model, twin(model)):
        with pytest.raises(ValueError) as refused:
            each.fit(given, y)
        assert message in str(refused.value)


@makers
@for_each("case", ["NaN", "infinity", "one dimension", "three dimensions", "no rows", "words", "complex"])
def test_rows_are_refused_in_predict(make, case):
    model = make()
    model.fit(X, target_of(model))
    with pytest.raises(ValueError) as refused:
        model.predict(ROWS[case][0])
    assert ROWS[case][1] in str(refused.value)


@makers
def test_another_number_of_columns_is_refused(make):
    model = make()
    model.fit(X, target_of(model))
    with pytest.raises(ValueError, match=r"X has 2 features, but MLP.* is expecting 4 features as input"):
        model.predict(X[:, :2])


CLASSES = {
    "NaN": with_one(BINARY, np.nan),
    "missing words": np.array([None, "a"] * 40, dtype=object),
    "numbers and words": np.array([1, "a"] * 40, dtype=object),
    "several classes a row": np.c_[2 * BINARY, BINARY + 3],
    "three dimensions": MULTILABEL[:, :, None],
    "too few": BINARY[:9],
    "nothing": None,
}


@pytest.mark.parametrize("y", CLASSES.values(), ids=CLASSES)
def test_classes_are_refused_as_by_scikit_learn(y):
    assert_same_refusal(classifier(), y)


NUMBERS = {
    "NaN": with_one(ONE_OUTPUT, np.nan),
    "infinity": with_one(ONE_OUTPUT, np.inf),
    "complex": ONE_OUTPUT + 1j,
    "three dimensions": MULTILABEL[:, :, None],
    "too few": ONE_OUTPUT[:9],
    "nothing": None,
}


@pytest.mark.parametrize("y", NUMBERS.values(), ids=NUMBERS)
def test_numbers_are_refused_as_by_scikit_learn(y):
    assert_same_refusal(regressor(), y)


def test_measurements_are_no_classes():
    """In one line: scikit-learn's MLPClassifier shows all of y."""
    said = "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects discrete"
    with pytest.raises(ValueError, match=f"^{said}.*$"):
        classifier().fit(X, ONE_OUTPUT)


def test_the_first_word_among_numbers_is_named():
    """In scikit-learn's words, and it is said which and where."""
    words = np.array(["a", "b"], dtype=object)[BINARY]
    with pytest.raises(ValueError) as expected:
        twin(regressor()).fit(X, words)
    with pytest.raises(ValueError) as refused:
        regressor().fit(X, words)
    where = f"y must hold real numbers, got {words[0]!r} at [0] (dtype object)"
    assert str(refused.value) == f"{expected.value} ({where})"


def assert_same_refusal(model, y):
    with pytest.raises((ValueError, TypeError)) as expected:
        twin(model).fit(X, y)
    with pytest.raises(expected.type) as refused:
        model.fit(X, y)
    assert str(refused.value) == str(expected.value)
    assert not hasattr(model, "network_")


def test_words_are_no_numbers():
    with pytest.raises(TypeError, match="y must hold numbers, got dtype <U1"):
        regressor().fit(X, np.array(["1", "2"])[BINARY])


def test_sparse_numbers_are_refused():
    with pytest.raises(ValueError, match=r"y is sparse; MLPRegressor takes dense targets"):
        regressor().fit(X, sparse.csr_array(MULTILABEL))


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
@pytest.mark.parametrize("y", [with_one(COUNTS, -2), np.c_[COUNTS, -COUNTS]], ids=["one", "two"])
def test_poisson_takes_no_negative_counts(y, call):
    """Quirk 7: scikit-learn reports a loss of NaN, and goes on."""
    with pytest.raises(ValueError, match=r"y holds -\d.*; loss='poisson' takes counts >= 0"):
        getattr(regressor(loss="poisson"), call)(X, y)


@makers
def test_a_model_survives_what_it_refused(make):
    model = make(warm_start=True)
    y = target_of(model)
    before = model.fit(X, y).network_.copy()
    for bad in (with_one(X, np.nan), X[:, :2]):
        with pytest.raises(ValueError, match=r"contains NaN|has 2 features"):
            model.fit(bad, y)
    assert model.network_ == before
    assert model.n_features_in_ == 4
