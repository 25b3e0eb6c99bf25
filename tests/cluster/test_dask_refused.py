"""What cannot be learnt from is refused in one line, by all workers alike."""

import inspect
import re

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask.dataframe.utils import clear_known_categories
from dask.distributed import Client
from sklearn.exceptions import NotFittedError, UndefinedMetricWarning
from tests.cluster.data import SETTINGS

import chainrule
from chainrule.dask import (
    MLPClassifier,
    MLPRegressor,
    TableClassifier,
    TableRegressor,
    _holder,
    _tasks,
)

X, Y = np.random.RandomState(0).standard_normal((40, 3)), np.arange(40.0)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y)
ARRAY, TARGETS = da.from_array(X, (10, 3)), da.from_array(Y, 10)
UNLIKE = da.from_array(Y[:35], 10)
TABLE = dd.from_pandas(FRAME, npartitions=4)
TABLES = TableClassifier, TableRegressor


def with_one(value):
    rows = X.copy()
    rows[25, 1] = value
    return da.from_array(rows, (10, 3))


def frames(*changes):
    """A frame of partitions, each of which is changed in its own way."""
    parts = [change(FRAME.drop(columns="y")) for change in changes]
    return dd.from_delayed([dask.delayed(part) for part in parts], meta=parts[0], verify_meta=False)


def twice(frame):
    """The same columns, two of which have one name."""
    return frame.rename(columns={"b": "a"})


def sizes(*categories, known=True):
    """A frame whose partitions have their own categories, as where they are given to Dask unchecked."""
    parts = [FRAME.assign(size=pd.Categorical(np.resize(each, len(FRAME)), each)) for each in categories]
    meta = parts[0] if known else clear_known_categories(parts[0], ["size"], dtype_backend=None)
    return dd.from_delayed([dask.delayed(part) for part in parts], meta=meta, verify_meta=False)


def column(*changes):
    """The targets as partitions of their own, each of which is changed in its own way."""
    parts = [change(FRAME["y"]) for change in changes]
    return dd.from_delayed([dask.delayed(part) for part in parts], meta=FRAME["y"][:0], verify_meta=False)


def same(given):
    return given


def of_unknown_size(array):
    """The same array, of which Dask does not know how many rows each chunk has."""
    return array[da.from_array(np.ones(40, bool), 10)]


def test_no_client():
    with pytest.raises(ValueError, match=r"there is no Dask client: make a dask.distributed.Client"):
        MLPRegressor(**SETTINGS).fit(ARRAY, TARGETS)


@pytest.mark.parametrize(
    "given, error, message",
    [
        ((ARRAY, TARGETS.rechunk(20)), ValueError, "X has 4 partitions, y 2: rechunk one like the other"),
        ((ARRAY, UNLIKE), ValueError, "partition 3 of X has 10 rows, that of y 5"),
        ((ARRAY, TARGETS, TARGETS.rechunk(40)), ValueError, "X has 4 partitions, sample_weight 1"),
        ((of_unknown_size(ARRAY), UNLIKE), ValueError, "partition 3 of X has 10 rows, that of y 5"),
        ((ARRAY, Y), TypeError, "X is a Dask array, y is in memory: give all as Dask arrays"),
        ((TABLE[["a"]], TARGETS), TypeError, "X is a Dask data frame, y is a Dask array"),
        ((TABLE[["a"]], TABLE["y"].repartition(npartitions=2)), ValueError, "X has 4 partitions, y has 2"),
        ((frames(same, same), column(same, lambda y: y[:30])), ValueError,
         "partition 1 of X has 40 rows, that of y 30: make both from the same rows"),
        ((frames(same, same), column(lambda y: y[::-1], same)), ValueError,
         "rows belong together by their place, but in partition 0 the index of y is not that of X: 39 stands "
         "beside 0; sort both alike, or reset the index of both"),
        ((frames(same), column(same), column(lambda y: y.set_axis(range(1, 41)))), ValueError,
         "in partition 0 the index of sample_weight is not that of X: 1 stands beside 0"),
        ((TABLE, "z"), ValueError, "y names the column 'z', which X does not have: ['a', 'b', 'c', 'y']"),
        ((with_one(np.inf), TARGETS), ValueError, "partition 2: Input X contains infinity"),
        ((with_one(np.nan), TARGETS), ValueError, "partition 2: Input X contains NaN"),
        ((frames(same, lambda f: f.rename(columns={"b": "d"})), "a"), ValueError,
         "columns of X differ: ['b', 'c'] in partition 0, ['d', 'c'] in partition 1"),
        ((frames(same, lambda f: f.astype({"c": str})), "a"), ValueError, "dtypes of X differ: "),
        ((sizes(["1", "2", "3"], ["1", "4"]), "y"), ValueError,
         "column 'size' has not the categories in partition 1 that the data frame has: it lacks '2', '3', "
         "has also '4'"),
        ((frames(same, same), sizes(["1", "2"], ["1", "4"])["size"]), ValueError,
         "column 'size' has not the categories in partition 1 that the data frame has: it lacks '2', has "),
        ((ARRAY[:0], TARGETS[:0]), ValueError, "X holds no rows"),
        ((ARRAY, None), TypeError, "y is None: fit and score take X and y"),
        ((FRAME, "y"), TypeError, "y must be values, one for each row, got the name 'y': give the"),
        ((ARRAY, TARGETS[:, None, None]), ValueError,
         "y must have one dimension, or two for several targets, got shape (40, 1, 1)"),
        ((ARRAY, TARGETS, ARRAY.rechunk((10, 1))), ValueError,
         "sample_weight must have one dimension, a value for each row, got shape (40, 3)"),
        ((TABLE[["a"]], TABLE["y"], TABLE[["b", "c"]]), ValueError,
         "sample_weight must be one value for each row, got a data frame of 2 columns, 'b', 'c': give one"),
        ((TABLE, ["y", "y"]), ValueError, "y names the column 'y' twice"),
        ((TABLE, []), ValueError, "y must name targets and leave columns to learn from, got [] of ['a', 'b'"),
        ((TABLE[["y"]], "y"), ValueError, "y must name targets and leave columns to learn from, got y of "),
        ((frames(twice), "c"), ValueError, "more than one column of X is named 'a'"),
        ((twice(FRAME), Y), ValueError, "more than one column of X is named 'a'"),
        ((dask.delayed(X), TARGETS), TypeError, "a Dask array or data frame is learnt from, got Delayed"),
        ((ARRAY, TARGETS.map_blocks(lambda y: -y), TARGETS * 0), ZeroDivisionError, "Weights sum to zero"),
    ],
)  # fmt: skip
def test_data(two_workers, caplog, given, error, message):
    with pytest.raises(error, match=re.escape(message)):
        MLPRegressor(**SETTINGS).fit(*given)
    assert not caplog.records  # of workers, whose log is the terminal where they run on the same machine


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    "rows, message",
    [
        (TABLE[["b", "a"]], "Feature names must be in the same order as they were in fit"),
        (TABLE[["b"]], "Feature names seen at fit time, yet now missing:\n- a"),
        (TABLE, "Feature names unseen at fit time:\n- c\n- y"),
        (ARRAY, "X has 3 features, but MLPRegressor is expecting 2 features as input"),
    ],
)
def test_other_columns_are_refused_before_anything_is_computed(two_workers, caplog, rows, message):
    model = MLPRegressor(**SETTINGS | {"max_iter": 1}).fit(TABLE[["a", "b"]], TABLE["y"])
    for ask in (model.predict, lambda X: model.score(X, TARGETS if X is ARRAY else TABLE["y"])):
        with pytest.raises(ValueError, match=re.escape(message)):
            ask(rows)
    assert not caplog.records


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_one_row_has_no_r2(two_workers):
    model = MLPRegressor(**SETTINGS | {"max_iter": 1}).fit(ARRAY, TARGETS)
    for given in ((ARRAY[:1], TARGETS[:1]), (X[:1], Y[:1])):
        with pytest.warns(UndefinedMetricWarning, match="not well-defined with less than two samples"):
            assert np.isnan(model.score(*given))


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_scores_of_wrong_rows_are_refused(two_workers, caplog):
    model = MLPRegressor(**SETTINGS | {"max_iter": 1}).fit(ARRAY, TARGETS)
    with pytest.raises(ValueError, match="partition 2: Input X contains NaN"):
        model.score(with_one(np.nan), TARGETS)
    assert not caplog.records


def test_lists_are_rows_too(two_workers):
    one, other = (MLPRegressor(**SETTINGS | {"max_iter": 1}) for _ in range(2))
    with pytest.warns(UserWarning, match="lbfgs failed"):
        one.fit(X.tolist(), Y.tolist())
    with pytest.warns(UserWarning, match="lbfgs failed"):
        other.fit(X, Y)
    np.testing.assert_array_equal(one.network_.parameters, other.network_.parameters)


def test_groups_of_two_columns(two_workers):
    with pytest.raises(ValueError, match=r"groups must be one value for each row, got a data frame of 2 col"):
        TableRegressor().fit(TABLE[["a"]], TABLE["y"], groups=TABLE[["b", "c"]])
    with pytest.raises(
        ValueError, match=r"groups must have one dimension, a value for each row, got shape \(40"
    ):
        TableRegressor().fit(ARRAY, TARGETS, groups=ARRAY)


@pytest.mark.parametrize(
    "kind, methods",
    [
        (MLPRegressor, ["predict", "score"]),
        (MLPClassifier, ["predict", "predict_proba", "predict_log_proba", "score"]),
        (TableRegressor, ["predict", "score"]),
        (TableClassifier, ["predict", "predict_proba", "score"]),
    ],
)
def test_what_is_not_fitted_says_so_at_once(kind, methods):
    for method in methods:
        with pytest.raises(NotFittedError, match=f"^This {kind.__name__} instance is not fitted yet"):
            getattr(kind(), method)(ARRAY, *[TARGETS] * (method == "score"))
    if kind is TableRegressor:
        with pytest.raises(NotFittedError, match=r"^This TableRegressor instance is not fitted yet"):
            kind().predict(TABLE, interval=0.9)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:R² is")
def test_nothing_to_score(two_workers):
    for given in ({}, {"loss": "quantile"}):
        model = MLPRegressor(**SETTINGS | {"max_iter": 2} | given).fit(ARRAY, TARGETS)
        with pytest.raises(ValueError, match="X holds no rows: there is nothing to average"):
            model.score(ARRAY[:0], TARGETS[:0])


def test_clients_that_are_none(two_workers):
    closed = Client(two_workers.scheduler.address, set_as_default=False)
    closed.close()
    for model in (MLPRegressor(client=closed), TableRegressor(client=closed)):
        with pytest.raises(ValueError, match=r"^client is closed: make another dask.distributed.Client$"):
            model.fit(ARRAY, TARGETS)
    with pytest.raises(TypeError, match=r"client must be a dask.distributed.Client, got 'tcp://here:8786'"):
        MLPRegressor(client="tcp://here:8786").fit(ARRAY, TARGETS)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:R² is")
def test_categories_that_dask_does_not_know_are_those_of_each_partition(two_workers):
    MLPRegressor(**SETTINGS | {"max_iter": 2}).fit(sizes([1, 2], [1, 3], known=False), "y")


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"solver": "adam", "batch_size": 100}, "batch_size=100 must be a multiple of n_lanes=64"),
        ({"n_lanes": 0}, "'n_lanes' parameter of MLPRegressor must be"),
        ({"leaf_rows": 0}, "'leaf_rows' parameter of MLPRegressor must be"),
        ({"max_failures": -1}, "'max_failures' parameter of MLPRegressor must be"),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must be > 0"),
    ],
)
def test_settings(two_workers, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        MLPRegressor(**SETTINGS | settings).fit(ARRAY, TARGETS)


def test_versions_that_differ(two_workers, monkeypatch):
    found = _tasks.versions()
    monkeypatch.setattr(
        _tasks, "versions", lambda: found | {"kernels": np.random.default_rng().bytes(32).hex()}
    )
    with pytest.raises(
        ValueError, match=r"kernels is \w{16} on inproc.* and \w{16} on inproc.*: all workers need"
    ):
        MLPRegressor(**SETTINGS).fit(ARRAY, TARGETS)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_processors_with_other_bits(two_workers, monkeypatch):
    monkeypatch.setattr(_holder, "probe", lambda asked, team: np.random.default_rng().bytes(8).hex())
    with pytest.raises(ValueError, match=r"give other bits .*inproc.*NUMBA_CPU_NAME, or same_bits=False"):
        MLPRegressor(**SETTINGS).fit(ARRAY, TARGETS)
    MLPRegressor(**SETTINGS, same_bits=False).fit(ARRAY, TARGETS)


@pytest.mark.parametrize("kind", [MLPRegressor, TableClassifier])
def test_every_parameter_is_described(kind):
    for function in (kind.fit, kind.fit_parquet):
        named = re.findall(r"^(\w+(?:, \w+)*)(?: : .*)?$", inspect.getdoc(function), re.M)
        described = {name for names in named for name in names.split(", ")}
        assert set(inspect.signature(function).parameters) <= {"self"} | described
        assert "{" not in function.__doc__


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier, TableRegressor, TableClassifier])
def test_keywords_of_other_classes(kind):
    keyword, who = ("validation_data", "MLP") if issubclass(kind, TABLES) else ("groups", "Table")
    for fit in (kind().fit, kind().fit_parquet):
        said = f"^chainrule.dask.{kind.__name__}.{fit.__name__} takes no {keyword}: {who}Regressor and"
        with pytest.raises(TypeError, match=said):
            fit("nowhere", "y", **{keyword: TARGETS})


@pytest.mark.parametrize("kind", ["MLPRegressor", "MLPClassifier"])
@pytest.mark.parametrize("given", [(ARRAY, TARGETS), (X, TARGETS), (TABLE, Y), (X, Y, TARGETS)])
def test_plain_estimators_name_who_takes_it(kind, given):
    with pytest.raises(TypeError, match=rf"is a Dask \w+: use chainrule.dask.{kind}, or .compute\(\)"):
        getattr(chainrule, kind)().fit(*given)


def test_plain_estimators_refuse_to_validate_and_predict_by_them():
    model = chainrule.MLPRegressor(max_iter=1, alpha=0.0)
    with pytest.raises(TypeError, match=r"validation_data is a Dask Array: use chainrule.dask.MLPRegressor"):
        model.fit(X, Y, validation_data=(ARRAY, TARGETS))
    model = chainrule.MLPRegressor(**SETTINGS | {"max_iter": 3})
    with pytest.warns(UserWarning, match="lbfgs failed"):
        model.fit(X, Y / 40)
    with pytest.raises(TypeError, match=r"X is a Dask Array: use chainrule.dask.MLPRegressor"):
        model.predict(ARRAY)


def test_classes_of_one_partition_are_no_numbers(two_workers):
    labels = da.from_array(np.array([None, "b"] * 20, dtype=object), 10)
    with pytest.raises((ValueError, TypeError)):
        MLPClassifier(**SETTINGS).fit(ARRAY, labels)
