"""What reads as numbers and is none: text, times, masked cells. Nothing of it is silently used."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from chainrule import MLPClassifier, MLPRegressor, Network

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, 0]
NET = Network((2, 3, 1), random_state=0)
TEXT = {
    "text": X.astype(str),
    "a list of text": X.astype(str).tolist(),
    "text among objects": np.where(Y[:, None] < 9, X.astype(str).astype(object), X),
    "bytes": X.astype("S"),
    "times": np.full(X.shape, np.datetime64("2020-01-01")),
    "spans of time": np.full(X.shape, np.timedelta64(3, "s")),
    "fields": np.zeros(X.shape, dtype=[("a", float)]),
}
FRAMES = {
    "a frame of text": pd.DataFrame(X.astype(str)),
    "one column of text": pd.DataFrame({"a": X[:, 0], "b": X[:, 1].astype(str)}),
}
MASKED = np.ma.array(X, mask=X > 1)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor():
    return MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0)


class Lazy:
    """A collection of Dask's, as far as one can tell without Dask."""

    def __dask_graph__(self):
        raise AssertionError

    def __array__(self, *args, **kwargs):
        raise AssertionError("it came to memory")


def models():
    return [regressor(), MLPClassifier((3,), max_iter=2)]


@pytest.fixture
def fitted():
    return regressor().fit(X, Y)


def column_of(values):
    return [row[0] for row in values] if isinstance(values, list) else values[:, 0]


@pytest.mark.parametrize("kind", TEXT)
def test_a_network_takes_none(kind):
    for ask in (NET, NET.at, NET.jacobian):
        with pytest.raises(TypeError, match=r"^X "):
            ask(TEXT[kind])
    with pytest.raises(TypeError, match=r"^y "):
        NET.error(X, column_of(TEXT[kind]), "half_squared_error")
    with pytest.raises(TypeError, match=r"^sample_weight "):
        NET.error(X, Y, "half_squared_error", sample_weight=column_of(TEXT[kind]))


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("kind", [*TEXT, *FRAMES])
def test_estimators_take_none(kind, fitted):
    given = (TEXT | FRAMES)[kind]
    for model in models():
        with pytest.raises(ValueError, match=r"^X must hold real numbers, got "):
            model.fit(given, Y > 0)
    with pytest.raises(ValueError, match=r"^X must hold real numbers, got "):
        fitted.partial_fit(given, Y)
    for ask in (fitted.predict, fitted.jacobian):
        with pytest.raises(ValueError, match=r"^X must hold real numbers, got "):
            ask(given)


@pytest.mark.parametrize("kind", TEXT)
def test_nor_as_targets_and_weights(kind):
    with pytest.raises((TypeError, ValueError), match=r"^y must hold (real )?numbers, got "):
        regressor().fit(X, column_of(TEXT[kind]))
    for model in models():
        with pytest.raises(ValueError, match=r"^sample_weight |float|non-zero"):
            model.fit(X, Y > 0, sample_weight=column_of(TEXT[kind]))


def test_masked_cells_are_counted(fitted):
    asked = [NET, NET.at, NET.jacobian, fitted.predict, fitted.jacobian]
    for ask in asked + [lambda X, model=model: model.fit(X, Y > 0) for model in models()]:
        with pytest.raises(ValueError, match=f"^X is a masked array with {(X > 1).sum()} masked cells; fill"):
            ask(MASKED)


def test_those_of_targets_and_weights_too():
    mask = X[:, 0] > 1
    with pytest.raises(ValueError, match=r"^y is a masked"):
        NET.error(X, np.ma.array(Y, mask=mask), "half_squared_error")
    with pytest.raises(ValueError, match=r"^sample_weight is a masked"):
        NET.error(X, Y, "half_squared_error", sample_weight=np.ma.array(np.abs(Y), mask=mask))
    for model in models():
        with pytest.raises(ValueError, match=r"^y is a masked"):
            model.fit(X, np.ma.array(Y > 0, mask=mask))
        with pytest.raises(ValueError, match=r"^sample_weight is a masked"):
            model.fit(X, Y > 0, sample_weight=np.ma.array(np.abs(Y), mask=mask))


def test_none_among_the_targets():
    with pytest.raises(ValueError, match="Input y contains NaN"):
        regressor().fit(X, np.where(Y > 0, None, Y.astype(object)))


@pytest.mark.parametrize("values", [X + 0j, (X + 1j).astype(object)], ids=["complex", "objects"])
def test_complex_numbers(values):
    with pytest.raises(TypeError, match=r"^X must hold real numbers"):
        NET(values)
    for model in models():
        with pytest.raises((TypeError, ValueError), match=r"[Cc]omplex"):
            model.fit(values, Y > 0)


NUMBERS = {
    "objects": X.astype(object),
    "lists": X.tolist(),
    "nothing masked": np.ma.array(X),
    "frame": pd.DataFrame(X).rename(columns=str),
    "nullable frame": pd.DataFrame(X).astype("Float64"),
    "frame of objects": pd.DataFrame(X.astype(object)),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_in_other_clothes_are_numbers(kind, fitted):
    again = regressor().fit(NUMBERS[kind], Y.astype(object))
    assert again.network_ == fitted.network_
    np.testing.assert_array_equal(again.predict(NUMBERS[kind]), fitted.predict(X))


def test_classes_may_be_words():
    labels = np.where(Y > 0, "right", "left")
    for given in (labels, labels.astype(object), labels.tolist()):
        model = MLPClassifier((3,), max_iter=2).fit(X, given)
        assert set(model.predict(X)) <= {"left", "right"}


def test_a_column_of_times_is_refused():
    with pytest.raises(
        ValueError, match=r"^X must hold real numbers, got dtype datetime64\[.*\] in column .b."
    ):
        regressor().fit(pd.DataFrame({"a": X[:, 0], "b": pd.Timestamp("2020-01-01")}), Y)
    with pytest.raises(
        ValueError, match=r"^X must hold real numbers, got dtype datetime64\[.*\] in column .b."
    ):
        regressor().fit(pd.DataFrame({"b": np.full(20, np.datetime64("2020-01-01"))}), Y)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("cells", [["x", "y", "z"], pd.Categorical(["x", "y", "z"]), [1.0, "x", 2.0]])
def test_the_column_with_text_is_named(cells, fitted):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "size": cells})
    twins = frame.set_axis(["same", "same"], axis=1)
    for given, label in ((frame, "size"), (twins, "same")):
        for ask in (
            lambda X: regressor().fit(X, [1.0, 2.0, 3.0]),
            lambda X: MLPClassifier((3,)).fit(X, [0, 1, 0]),
            fitted.predict,
        ):
            with pytest.raises(ValueError) as caught:
                ask(given)
            assert f"X must hold real numbers, got 'x' in column {label!r}" in str(caught.value)
            assert given is twins or str(caught.value).startswith("could not convert string to float: 'x'")


def test_so_are_dates_and_the_place_of_text_among_objects():
    frame = pd.DataFrame({"a": [1.0, 2.0], "day": [date(2020, 1, 2), date(2020, 1, 3)]})
    with pytest.raises(ValueError, match=r"got datetime.date\(2020, 1, 2\) in column 'day'"):
        regressor().fit(frame, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"X must hold real numbers, got 'x' at \[1, 0\] \(dtype object\)"):
        regressor().fit(np.array([[1.0, 2.0], ["x", 3.0]], object), [1.0, 2.0])


def test_what_is_not_in_memory_does_not_come_there_unasked(fitted):
    for ask in (NET, NET.at, NET.jacobian, lambda X: NET.error(X, Y, "half_squared_error")):
        with pytest.raises(
            TypeError, match=r"^X is a Dask Lazy: its rows are needed in memory: .compute\(\) gives"
        ):
            ask(Lazy())
    with pytest.raises(TypeError, match=r"^y is a Dask Lazy: "):
        NET.error(X, Lazy(), "half_squared_error")
    for ask in (lambda X: regressor().fit(X, Y), fitted.predict, fitted.jacobian, fitted.sensitivities):
        with pytest.raises(
            TypeError, match=r"^X is a Dask Lazy: use chainrule.dask.MLPRegressor, or .compute"
        ):
            ask(Lazy())
