"""X in any memory, type or container: the same model, without copying or changing what is given."""

import numpy as np
import pandas as pd
import pytest

from sweeps import for_each

from .data import BINARY, MULTICLASS, ONE_OUTPUT, TWO_OUTPUTS, X, assert_equal_fits, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def frozen(array):
    array = array.copy(order="K")
    array.flags.writeable = False
    return array


def mapped(array, tmp_path):
    np.save(tmp_path / "X.npy", array)
    return np.load(tmp_path / "X.npy", mmap_mode="r")


FORMS = {
    "F order": np.asfortranarray,
    "read-only": frozen,
    "read-only F order": lambda a: frozen(np.asfortranarray(a)),
    "every other row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "backwards": lambda a: a[::-1].copy()[::-1],
    "big-endian": lambda a: a.astype(">f8"),
    "list": lambda a: a.tolist(),
    "objects": lambda a: a.astype(object),
}


@for_each("solver", ["adam", "lbfgs"])
@for_each("form", FORMS.values())
def test_memory_does_not_matter(form, solver):
    plain = regressor(solver=solver).fit(X, TWO_OUTPUTS, 1 + BINARY)
    model = regressor(solver=solver).fit(form(X), form(TWO_OUTPUTS), form(1.0 + BINARY))
    assert_equal_fits(model, plain)
    np.testing.assert_allclose(model.predict(form(X)), plain.predict(X), rtol=1e-9)


def test_columns_apart_in_memory():
    wide = np.random.RandomState(0).normal(size=(len(X), 8))
    model = classifier().fit(wide[:, ::-2], MULTICLASS)
    assert_equal_fits(model, classifier().fit(wide[:, ::-2].copy(), MULTICLASS))


def test_a_memory_mapped_file(tmp_path):
    assert_equal_fits(classifier().fit(mapped(X, tmp_path), BINARY), classifier().fit(X, BINARY))


@pytest.mark.parametrize("early_stopping", [False, True])
def test_nothing_that_is_given_is_changed(early_stopping):
    given = [X.copy(), TWO_OUTPUTS.copy(), np.ones(len(X))]
    regressor(early_stopping=early_stopping).fit(*given).predict(given[0])
    for array, before in zip(given, [X, TWO_OUTPUTS, np.ones(len(X))], strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, bool, np.float16])
def test_other_types_become_float64(dtype):
    given = (9 * np.abs(X)).astype(dtype)
    model = classifier().fit(given, BINARY)
    assert model.network_.dtype == np.float64
    assert_equal_fits(model, classifier().fit(given.astype(float), BINARY))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("y", [ONE_OUTPUT, TWO_OUTPUTS, BINARY], ids=["one", "two", "integers"])
def test_float32_stays_float32(solver, y):
    X32 = X.astype(np.float32)
    model = regressor(solver=solver).fit(X32, y, np.ones(len(X)))
    for array in model.coefs_ + model.intercepts_ + [model.network_.parameters, model.predict(X32)]:
        assert array.dtype == np.float32
    assert_equal_fits(model, regressor(solver=solver).fit(X, y), rtol=2e-4)


def test_float32_probabilities():
    model = classifier().fit(X.astype(np.float32), MULTICLASS)
    assert model.predict_proba(X.astype(np.float32)).dtype == np.float32
    assert model.predict_log_proba(X).dtype == np.float32


def test_a_network_keeps_its_type_when_the_rows_change_theirs():
    model = regressor().fit(X.astype(np.float32), ONE_OUTPUT)
    assert model.partial_fit(X, ONE_OUTPUT).network_.dtype == np.float32
    model = regressor().fit(X, ONE_OUTPUT)
    assert model.partial_fit(X.astype(np.float32), ONE_OUTPUT).network_.dtype == np.float64


@pytest.mark.parametrize(
    ("what", "arguments"),
    [("y", (ONE_OUTPUT * 1e60,)), ("sample_weight", (ONE_OUTPUT, np.full(len(X), 1e60)))],
)
def test_values_too_large_for_float32_are_named(what, arguments):
    with pytest.raises(ValueError, match=f"{what} holds values too large for float32"):
        regressor().fit(X.astype(np.float32), *arguments)


def test_rows_too_large_for_a_float32_network_are_named():
    model = regressor().fit(X.astype(np.float32), ONE_OUTPUT)
    with pytest.raises(ValueError, match="X holds values too large for float32"):
        model.predict(X * 1e60)


def test_data_frames_bring_their_names():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = classifier(early_stopping=True).fit(frame, pd.Series(BINARY))
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert model.n_features_in_ == 4
    np.testing.assert_array_equal(
        model.predict(frame), classifier(early_stopping=True).fit(X, BINARY).predict(X)
    )
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(frame[["b", "a", "c", "d"]])
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        model.predict(frame.rename(columns={"a": "z"}))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)


def test_without_a_frame_there_are_no_names():
    model = classifier().fit(X, BINARY)
    assert not hasattr(model, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names"):
        model.predict(pd.DataFrame(X, columns=["a", "b", "c", "d"]))


def test_a_frame_with_missing_cells_or_words_is_refused():
    frame = pd.DataFrame(X).assign(word="x")
    frame.columns = frame.columns.astype(str)
    with pytest.raises(ValueError, match="could not convert string to float"):
        classifier().fit(frame, BINARY)
    with pytest.raises(ValueError, match="contains NaN"):
        classifier().fit(frame.drop(columns="word").replace(X[3, 2], None), BINARY)
