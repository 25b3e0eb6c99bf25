"""Many fits on Dask's workers, by joblib: the same scores as in this process."""

import joblib
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from chainrule import MLPRegressor, TableRegressor
from chainrule.tables import cross_validate, split_table, tune

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=2000), "kind": rng.choice(list("xyz"), 2000)})
    frame["y"] = np.sin(2 * frame.a) + (frame.kind == "x") + 0.1 * rng.normal(size=2000)
    return split_table(frame, "y", seed=0)


MODEL = TableRegressor(n_members=3, n_steps=60, random_state=0, verbose=False)


def folds(data):
    return cross_validate(data, MODEL, 3, seed=0).model.folds


def settings(data):
    return [
        (dict(one.settings), one.error)
        for one in tune(data, MODEL, 4, 2, engine="halving", n_jobs=2, seed=0).trials
    ]


def members(data):
    return MODEL.fit(data.X_train, data.y_train).predict(data.X_test).tolist()


def restarts(data):
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="lm", n_restarts=3, random_state=0, tol=1e-3)
    X = data.X_train[["a"]].to_numpy()
    return model.fit(X, data.y_train).network_.parameters.tolist()


@pytest.mark.parametrize("found", [folds, settings, members, restarts])
def test_the_same_as_in_this_process(found, data, client):
    here = found(data)
    with joblib.parallel_config(backend="dask"):
        assert found(data) == here
