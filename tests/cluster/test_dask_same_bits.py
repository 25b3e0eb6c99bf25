"""The same bits for any number of workers and threads, and those of a plain fit where leaves coincide."""

import shutil
import warnings
from collections import Counter
from operator import getitem

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask import delayed
from dask.distributed import wait
from tests.cluster.data import LABELS, LANES, QUANTILES, SETTINGS, WEIGHTS, D, N, X, Y, bits, leaf_of
from tests.estimators.groups import fitted_by_group

import chainrule
from chainrule.dask import MLPClassifier, MLPRegressor, _packed

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


@pytest.fixture(scope="module")
def plain():
    return chainrule.MLPRegressor(**SETTINGS).fit(X, Y)


@pytest.fixture(scope="module")
def size(plain):
    return leaf_of(plain)


@pytest.mark.parametrize("n_workers, threads", [(1, 1), (1, 2), (2, 1), (3, 2), (5, 1)])
def test_arrays(workers, plain, size, n_workers, threads):
    workers(n_workers, threads)
    model = MLPRegressor(**SETTINGS).fit(da.from_array(X, (size, D)), da.from_array(Y, size))
    assert bits(model) == bits(plain)
    assert bits(model.to_local()) == bits(plain)
    assert model.fit_report_.leaves == -(-N // size) and model.fit_report_.failures == ()
    assert len(model.fit_report_.partitions) == min(n_workers, model.fit_report_.leaves)
    assert sum(model.fit_report_.partitions.values()) == model.fit_report_.leaves


@pytest.mark.parametrize("protocol", ["inproc://", "tcp://"])
@pytest.mark.parametrize("small", [0, 2**20], ids=["frames", "in the message"])
def test_messages_of_both_kinds(workers, plain, size, monkeypatch, protocol, small):
    """Arrays travel within a message or as frames of their own; workers of one process share some of them."""
    monkeypatch.setattr(_packed, "_SMALL", small)
    workers(2, protocol=protocol)
    model = MLPRegressor(**SETTINGS).fit(da.from_array(X, (size, D)), da.from_array(Y, size))
    assert bits(model) == bits(plain)


def test_partitions_may_hold_several_leaves(two_workers, plain, size):
    model = MLPRegressor(**SETTINGS).fit(da.from_array(X, (2 * size, D)), da.from_array(Y, 2 * size))
    assert bits(model) == bits(plain)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("settings", [LANES, QUANTILES], ids=["means", "quantiles"])
def test_minibatches(workers, settings):
    """By lanes of leaves: the bits are those of one process that has the same leaves."""
    settings = settings | {"batch_size": 4096}
    one = fitted_by_group(chainrule.MLPRegressor(**settings), X, Y)[0]
    size = leaf_of(one)
    for n_workers, threads in ((1, 1), (3, 2)):
        workers(n_workers, threads)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "a step of 4096 rows is too little work")  # as fast as it is
            model = MLPRegressor(**settings).fit(da.from_array(X, (size, D)), da.from_array(Y, size))
        assert bits(model) == bits(one)
        np.testing.assert_array_equal(model.validation_scores_, one.validation_scores_)


@pytest.mark.filterwarnings("ignore:Levenberg-Marquardt. Maximum iterations")
@pytest.mark.filterwarnings("ignore:alpha='bayes'. the evidence was still rising")
@pytest.mark.parametrize("alpha", [1e-3, "bayes"])
def test_levenberg_marquardt(workers, alpha):
    settings = SETTINGS | {"hidden_layer_sizes": (6,), "solver": "lm", "alpha": alpha, "max_iter": 6}
    found = []
    for n_workers in (1, 3):
        workers(n_workers, 1)
        X_, y_ = da.from_array(X, (2000, D)), da.from_array(Y, 2000)
        model = MLPRegressor(**settings, keep_covariance=True, leaf_rows=900).fit(X_, y_).to_local()
        found.append((bits(model), model._posterior.factor.tobytes()))
    assert found[0] == found[1]
    plain = chainrule.MLPRegressor(**settings).fit(X, Y)
    np.testing.assert_allclose(model.predict(X), plain.predict(X), atol=1e-9)


def test_what_is_in_memory_is_one_partition(two_workers, plain):
    assert bits(MLPRegressor(**SETTINGS).fit(X, Y)) == bits(plain)


def test_where_partitions_are_changes_nothing(two_workers):
    """Other leaves than a plain fit's: the bits are those of the leaves all the same."""
    X_, y_ = da.from_array(X, (1000, D)), da.from_array(Y, 1000)
    found = [bits(MLPRegressor(**SETTINGS, leaf_rows=400).fit(X_, y_))]
    one, other = sorted(two_workers.scheduler_info()["workers"])
    for homes in ([one] * 12, [one, other] * 6, [other] * 11 + [one]):
        parts = [
            two_workers.submit(
                lambda n=n: (X[n * 1000 : n * 1000 + 1000], Y[n * 1000 : n * 1000 + 1000]),
                workers=[home],
                pure=False,
            )
            for n, home in enumerate(homes)
        ]
        persisted = [
            da.concatenate([da.from_delayed(delayed(getitem)(part, place), shape, float) for part in parts])
            for place, shape in enumerate([(1000, D), (1000,)])
        ]
        wait(parts)
        model = MLPRegressor(**SETTINGS, leaf_rows=400).fit(*persisted)
        assert model.fit_report_.partitions == Counter(homes)
        found.append(bits(model))
    assert len(set(found)) == 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("by", ["arrays", "series", "name"])
def test_weights_and_types(two_workers, size, dtype, by):
    rows = X.astype(dtype)
    if by == "arrays":
        given = [da.from_array(each, (size, D)[: each.ndim]) for each in (rows, Y, WEIGHTS)]
        plain = chainrule.MLPRegressor(**SETTINGS).fit(rows, Y, WEIGHTS)
    else:
        frame = pd.DataFrame(rows, columns=[f"x{j}" for j in range(D)])
        plain = chainrule.MLPRegressor(**SETTINGS).fit(frame, Y, WEIGHTS)
        whole = parts_of(frame.assign(price=Y, count=WEIGHTS), size)
        features = whole.drop(columns=["count"]) if by == "name" else whole[list(frame)]
        given = [features, "price" if by == "name" else whole["price"], whole["count"]]
    model = MLPRegressor(**SETTINGS).fit(*given)
    assert bits(model) == bits(plain)
    assert getattr(model, "feature_names_in_", None) is getattr(plain, "feature_names_in_", None) or (
        list(model.feature_names_in_) == list(plain.feature_names_in_)
    )


@pytest.mark.parametrize("given", ["made apart", "two folders", "one folder"])
def test_frames_whose_divisions_are_unknown(two_workers, plain, size, tmp_path, given):
    """Rows stay where they are, and Dask does not read several files as one since few columns are wanted."""
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(D)]).assign(price=Y, count=WEIGHTS)
    parts = [frame[first : first + size] for first in range(0, N, size)]
    for n, part in enumerate(parts):
        part.assign(**{f"more{j}": 0.0 for j in range(20)}).to_parquet(tmp_path / f"{n}.parquet")
    if given == "made apart":
        wholes = [dd.from_delayed([delayed(part) for part in parts], meta=frame) for _ in range(2)]
    else:
        wholes = [dd.read_parquet(tmp_path)] * 2
    features, price = wholes[0][list(frame)[:D]], wholes[1]["price"]
    if given == "two folders":
        shutil.copytree(tmp_path, tmp_path / "other")
        price = dd.read_parquet(tmp_path / "other", columns=["price"])["price"]
    assert not features.known_divisions
    models = [MLPRegressor(**SETTINGS).fit(features, price)]
    if given == "one folder":
        models.append(MLPRegressor(**SETTINGS).fit(wholes[0][[*list(frame)[:D], "price"]], "price"))
    for model in models:
        assert model.fit_report_.leaves == len(parts)
        assert bits(model) == bits(plain)


def parts_of(frame, size):
    """A Dask frame whose partitions have so many rows."""
    edges = [*range(0, len(frame), size), len(frame) - 1]
    return dd.from_pandas(frame, npartitions=1).repartition(divisions=edges, force=True)


@pytest.mark.parametrize("dtype", [object, "U6", "category"])
def test_classes(two_workers, dtype):
    plain = chainrule.MLPClassifier(**SETTINGS).fit(X, LABELS)
    size = leaf_of(plain)
    frame = parts_of(pd.DataFrame(X).rename(columns=str).assign(kind=pd.Series(LABELS).astype(dtype)), size)
    model = MLPClassifier(**SETTINGS).fit(frame.drop(columns=["kind"]), frame["kind"])
    assert bits(model) == bits(plain)
    assert model.classes_.tolist() == plain.classes_.tolist() == ["high", "low", "middle"]


@pytest.mark.parametrize("class_weight", ["balanced", {"low": 3.0}])
def test_classes_that_weigh_differently(two_workers, class_weight):
    settings = SETTINGS | {"class_weight": class_weight, "max_iter": 5}
    plain = chainrule.MLPClassifier(**settings).fit(X, LABELS)
    size = leaf_of(plain)
    given = da.from_array(X, (size, D)), da.from_array(LABELS, size)
    model = MLPClassifier(**settings).fit(*given)
    assert bits(model) == bits(plain)
    assert model.score(*given) == pytest.approx(plain.score(X, LABELS), abs=1e-12)
    assert vars(model).keys() == vars(MLPClassifier(**SETTINGS).fit(*given)).keys()


def test_a_class_that_one_partition_alone_has(two_workers):
    labels = np.where(np.arange(N) < 10, 2, (Y > 0).astype(int))
    plain = chainrule.MLPClassifier(**SETTINGS).fit(X, labels)
    size = leaf_of(plain)
    model = MLPClassifier(**SETTINGS).fit(da.from_array(X, (size, D)), da.from_array(labels, size))
    assert model.classes_.tolist() == [0, 1, 2]
    assert bits(model) == bits(plain)


@pytest.mark.parametrize(
    "labels", [Y > 0, np.stack([Y > 0, Y < 1], axis=1).astype(int)], ids=["two", "several"]
)
def test_two_classes_and_several_labels(two_workers, labels):
    plain = chainrule.MLPClassifier(**SETTINGS).fit(X, labels)
    size = leaf_of(plain)
    model = MLPClassifier(**SETTINGS).fit(
        da.from_array(X, (size, D)), da.from_array(labels, (size, 2)[: labels.ndim])
    )
    assert bits(model) == bits(plain)
