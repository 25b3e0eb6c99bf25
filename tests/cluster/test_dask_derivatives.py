"""Derivatives at rows on a cluster: lazy Jacobians, and sensitivities that the workers average."""

import asyncio
import inspect

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask.distributed import Client
from tests.cluster.data import LABELS, SETTINGS, D, X, Y

from chainrule.dask import MLPClassifier, MLPRegressor, TableRegressor

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
SHORT = SETTINGS | {"max_iter": 5}
ROWS = da.from_array(X, (3000, D))
FRAME = pd.DataFrame(X, columns=[f"x{j}" for j in range(D)])
TARGETS = {
    "one": (MLPRegressor, Y, {}),
    "several": (MLPRegressor, np.stack([Y, -Y, Y**2], axis=1), {}),
    "classes": (MLPClassifier, LABELS, {}),
    "two classes": (MLPClassifier, Y > 0, {}),
    "logits": (MLPClassifier, Y > 0, {"of": "logits"}),
}


def same(found, expected):
    assert (found.features, found.outputs, found.n_samples) == (
        expected.features, expected.outputs, expected.n_samples,
    )  # fmt: skip
    for name in ("mean", "mean_absolute", "root_mean_square"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", TARGETS)
def test_of_arrays(two_workers, case):
    kind, y, of = TARGETS[case]
    model = kind(**SHORT).fit(ROWS, da.from_array(y, (3000, 3)[: y.ndim]))
    found, expected = model.jacobian(ROWS, **of), model.to_local().jacobian(X, **of)
    assert isinstance(found, da.Array)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(found.compute(), expected)
    np.testing.assert_array_equal(model.jacobian(ROWS.rechunk((5000, 7)), **of).compute(), expected)
    same(model.sensitivities(ROWS.rechunk((5000, 7)), **of), model.to_local().sensitivities(X, **of))
    np.testing.assert_array_equal(model.jacobian(X, **of), expected)
    same(model.sensitivities(X, **of), model.to_local().sensitivities(X, **of))


def test_of_frames_with_an_empty_partition(two_workers):
    parts = [FRAME[:3000], FRAME[3000:3000], FRAME[3000:]]
    frame = dd.from_delayed([dask.delayed(part) for part in parts], meta=FRAME[:0])
    model = MLPRegressor(**SHORT).fit(frame.assign(price=frame["x0"] * 2), "price")
    expected = model.to_local().jacobian(FRAME)
    np.testing.assert_array_equal(model.jacobian(frame).compute(), expected)
    same(model.sensitivities(frame), model.to_local().sensitivities(FRAME))
    assert model.sensitivities(frame).features == tuple(FRAME.columns)


def test_what_is_refused(two_workers, caplog):
    model = MLPRegressor(**SHORT).fit(ROWS, da.from_array(Y, 3000))
    for ask in (model.jacobian, model.sensitivities):
        with pytest.raises(ValueError, match=f"X has 2 features, but MLPRegressor is expecting {D} features"):
            ask(ROWS[:, :2])
    with pytest.raises(ValueError, match="X holds no rows: there is nothing to average"):
        model.sensitivities(ROWS[:0])
    hole = X.copy()
    hole[4000, 1] = np.nan
    with pytest.raises(ValueError, match="partition 1: Input X contains NaN"):
        model.sensitivities(da.from_array(hole, (3000, D)))
    classes = MLPClassifier(**SHORT).fit(ROWS, da.from_array(LABELS, 3000))
    for ask in (classes.jacobian, classes.sensitivities):
        with pytest.raises(ValueError, match=r"^of is 'odds'; accepted are 'probabilities', 'logits'"):
            ask(ROWS, of="odds")
    for ask in (model.predict, model.jacobian, model.sensitivities):
        with pytest.raises(ValueError, match=r"^X must have two dimensions, rows and columns, got shape"):
            ask(ROWS[:, 0])
        with pytest.raises(TypeError, match=r"^rows are a Dask array or data frame, got a Dask Series$"):
            ask(dd.from_pandas(FRAME["x0"], npartitions=2))
    assert not caplog.records


def test_a_coroutine_of_an_asynchronous_client(two_workers):
    async def ask():
        async with Client(two_workers.scheduler.address, asynchronous=True) as client:
            model = await MLPRegressor(**SHORT, client=client).fit(ROWS, da.from_array(Y, 3000))
            asked = model.sensitivities(ROWS)
            assert inspect.isawaitable(asked)
            return await asked, model.to_local()

    found, local = asyncio.run(ask())
    same(found, local.sensitivities(X))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_tables_are_asked_in_memory(two_workers):
    frame = dd.from_pandas(FRAME[["x0", "x1"]][:500].assign(price=Y[:500]), npartitions=2)
    model = TableRegressor(n_members=2, n_steps=20, kinds="stored", random_state=0)
    model.fit(frame[["x0", "x1"]], frame["price"])
    for ask in (model.jacobian, model.sensitivities):
        with pytest.raises(TypeError, match=r"^X is a Dask DataFrame: its rows are needed in memory: "):
            ask(frame[["x0", "x1"]])
    assert model.jacobian(FRAME[["x0", "x1"]][:3]).values.shape == (3, 1, 2)
