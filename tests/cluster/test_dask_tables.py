"""Ensembles on tables: the same bits for any number of workers; frames, Parquet files, predictions."""

import asyncio
import hashlib
import itertools
import os
import pickle
import re
import signal
import threading

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from dask.distributed import Client, LocalCluster
from pyarrow import parquet as pq
from sklearn.base import clone

import chainrule
from chainrule.dask import TableClassifier, TableRegressor
from chainrule.dask._group import Members
from chainrule.dask._holder import Holder
from chainrule.dask._lines import Line

SETTINGS = {
    "n_members": 2, "n_steps": 30, "hidden_layer_sizes": (8,), "random_state": 0, "kinds": "stored",
    "verbose": False, "leaf_rows": 60, "n_lanes": 8,
}  # fmt: skip
FEW_STEPS = SETTINGS | {"batch_size": 512}
pytestmark = pytest.mark.filterwarnings("ignore:a step of", "ignore:intervals rest on")
N, PART = 1200, 200

_random = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "size": np.where(_random.uniform(size=N) < 0.1, np.nan, _random.uniform(1, 9, N)),
        "town": _random.choice(["Rome", "Oslo", "Lima"], N),
        "sold": pd.Timestamp("2020-01-01") + pd.to_timedelta(_random.integers(0, 2000, N), "D"),
        "new": _random.uniform(size=N) < 0.5,
        "rooms": _random.integers(1, 7, N),
    }
)
FRAME.loc[::7, "town"] = None
FRAME["weight"] = _random.uniform(0.5, 2, N)
FRAME["price"] = FRAME["size"].fillna(5) ** 2 + 3 * (FRAME["town"] == "Oslo") + FRAME["rooms"]
FRAME["kind"] = np.where(FRAME["price"] > 30, "dear", "cheap")
COLUMNS = ["size", "town", "sold", "new", "rooms"]


def bits(model):
    """The SHA-256 of all that predictions and the report are made of."""
    parts = [
        one.network.parameters.tobytes() + np.array(one.history.loss).tobytes() for one in model.members_
    ]
    return hashlib.sha256(b"".join(parts) + repr(model.report_).encode()).hexdigest()


def parts_of(frame=FRAME):
    """A Dask frame of six partitions."""
    return dd.from_delayed([dask.delayed(frame[k : k + PART]) for k in range(0, N, PART)], meta=frame[:0])


def fitted(model=None, client=None, **given):
    """Fitted to the parts of the frame; ``given`` is for `fit`."""
    parts, model = parts_of(), model or TableRegressor(**SETTINGS, client=client)
    return model.fit(parts[COLUMNS], parts["price"], parts["weight"], **given)


@pytest.fixture(scope="module")
def regressor(two_workers):
    return fitted()


def test_any_number_of_workers(workers, regressor):
    for n_workers, threads in ((1, 2), (3, 1), (5, 1)):
        workers(n_workers, threads)
        assert bits(fitted()) == bits(regressor)


def test_reports(regressor):
    local = regressor.to_local()
    assert type(local) is chainrule.TableRegressor and len(local.members_) == 2
    assert regressor.report_.model.share > 0.5 and "root mean squared error" in str(regressor.report_)
    assert regressor.fit_report_.leaves == 6 * 4 and regressor.fit_report_.n_rows == N
    assert sum(regressor.fit_report_.partitions.values()) == 6 and regressor.fit_report_.rounds > 60


def test_predictions_are_lazy(regressor):
    X, local = parts_of()[COLUMNS], regressor.to_local()
    found = regressor.predict(X)
    assert isinstance(found, dd.Series)
    with pytest.raises(ValueError, match=r"from 0 to 1 as there are 2 members, got 2$"):
        regressor.predict(X, member=2)
    np.testing.assert_array_equal(found.compute(), local.predict(FRAME[COLUMNS]))
    for asked in ({"interval": 0.9}, {"return_std": True}):
        together, expected = regressor.predict(X, **asked), local.predict(FRAME[COLUMNS], **asked)
        assert len(together) == len(expected)
        for one, other in zip(together, expected, strict=True):
            np.testing.assert_array_equal(one.compute(), other)
    with pytest.raises(ValueError, match="interval is a probability between 0 and 1, got 2"):
        regressor.predict(X, interval=2)
    with pytest.raises(ValueError, match="ask for interval or for return_std, not for both"):
        regressor.predict(X, interval=0.5, return_std=True)


def test_scores(regressor):
    parts = parts_of()
    for weights in (None, "weight"):
        lazily = None if weights is None else parts[weights]
        here = regressor.to_local().score(FRAME[COLUMNS], FRAME.price, weights and FRAME[weights])
        assert regressor.score(parts[COLUMNS], parts["price"], lazily) == pytest.approx(here, rel=1e-12)


def test_arrays_and_classes(two_workers):
    X = FRAME[["size", "rooms", "weight"]].to_numpy(float)
    lazy, labels = da.from_array(X, (PART, 3)), da.from_array(FRAME["kind"].to_numpy(object), PART)
    model = TableClassifier(**SETTINGS).fit(lazy, labels)
    local = model.to_local()
    assert local.classes_.tolist() == ["cheap", "dear"]
    np.testing.assert_array_equal(model.predict_proba(lazy).compute(), local.predict_proba(X))
    np.testing.assert_array_equal(model.predict(lazy).compute(), local.predict(X))
    assert model.score(lazy, labels) == pytest.approx(local.score(X, FRAME["kind"]), rel=1e-12)


def test_parquet_files(regressor, tmp_path):
    table = pa.Table.from_pandas(FRAME.drop(columns="kind"), preserve_index=False)
    for number in range(3):
        part = table.slice(number * 400, 400)
        part = part.select(part.column_names[::-1]) if number else part
        pq.write_table(part, tmp_path / f"{number}.parquet", row_group_size=PART)
    model = TableRegressor(**SETTINGS).fit_parquet(tmp_path, "price", columns=COLUMNS, sample_weight="weight")
    assert bits(model) == bits(regressor)
    np.testing.assert_array_equal(model.predict(FRAME[COLUMNS]), regressor.predict(FRAME[COLUMNS]))


def test_a_column_without_values_in_one_file(two_workers, tmp_path):
    table = pa.Table.from_pandas(FRAME[[*COLUMNS, "price"]], preserve_index=False)
    found = []
    for folder, empty in ((tmp_path / "typed", None), (tmp_path / "without", pa.null())):
        folder.mkdir()
        for number in range(3):
            part = table.slice(number * 400, 400)
            for name in COLUMNS if not number else ():
                nothing = pa.nulls(400, empty or part[name].type)
                part = part.set_column(part.column_names.index(name), name, nothing)
            pq.write_table(part, folder / f"{number}.parquet", row_group_size=PART)
        found.append(TableRegressor(**FEW_STEPS).fit_parquet(folder, "price"))
    assert bits(found[0]) == bits(found[1])
    first = pq.read_table(tmp_path / "without" / "0.parquet").select(COLUMNS)
    assert len(set(found[1].predict(first))) == 1


def grouped():
    """Fitted to the parts of the frame, whose rows belong together by a column."""
    parts = parts_of()
    return TableRegressor(**FEW_STEPS).fit(parts[COLUMNS], parts["price"], groups=parts["rooms"] * 10)


def test_groups(workers, tmp_path):
    workers(2)
    model = grouped()
    shops = FRAME["rooms"].value_counts().tolist()
    assert all(len(member.held_back) in shops for member in model.members_)  # six groups, six folds
    frame = FRAME.assign(shop=FRAME["rooms"] * 10).drop(columns=["kind", "weight"])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, tmp_path / "0.parquet", row_group_size=PART)
    stored = TableRegressor(**FEW_STEPS).fit_parquet(tmp_path, "price", groups="shop")
    assert bits(stored) == bits(model) and stored.feature_names_in_.tolist() == COLUMNS
    X = FRAME[["size", "rooms", "weight"]].to_numpy(float)
    arrays = (X, FRAME["price"].to_numpy(), None, FRAME["rooms"].to_numpy())
    lazy = [None if each is None else da.from_array(each, (PART, *each.shape[1:])) for each in arrays]
    model = TableClassifier(**FEW_STEPS).fit(lazy[0], lazy[1] > 30, groups=lazy[3])
    assert all(len(member.held_back) in shops for member in model.members_)
    workers(3)
    assert bits(grouped()) == bits(stored)


def test_groups_that_are_refused(two_workers):
    parts = parts_of()
    with pytest.raises(ValueError, match="partition 0: groups has no value in row 1: each row is of a group"):
        TableRegressor(**SETTINGS).fit(parts[COLUMNS], parts["price"], groups=parts["town"])
    with pytest.raises(ValueError, match="X has 6 partitions, groups has 2"):
        groups = parts["rooms"].repartition(npartitions=2)
        TableRegressor(**SETTINGS).fit(parts[COLUMNS], parts["price"], groups=groups)
    with pytest.raises(TypeError, match="groups is in memory: give all as Dask"):
        TableRegressor(**SETTINGS).fit(parts[COLUMNS], parts["price"], groups=FRAME["rooms"])
    with pytest.raises(ValueError, match="partition 0 of X has 1200 rows, that of groups 3"):
        TableRegressor(**SETTINGS).fit(FRAME[COLUMNS], FRAME["price"], groups=[1, 2, 3])
    with pytest.raises(TypeError, match=r"got the name 'rooms': .* as in groups=table\['rooms'\]"):
        TableRegressor(**SETTINGS).fit(parts, "price", groups="rooms")


def test_the_target_says_not_which_rows_belong_together(two_workers, tmp_path):
    parts = parts_of()
    with pytest.raises(ValueError, match=r"^groups has the values of y, the target: give another column"):
        TableClassifier(**SETTINGS).fit(parts[COLUMNS], parts["kind"], groups=parts["kind"])
    with pytest.raises(ValueError, match=r"^groups names the target, 'kind': give another column"):
        TableClassifier(**SETTINGS).fit(parts, "kind", groups="kind")
    FRAME.to_parquet(tmp_path / "0.parquet")
    with pytest.raises(ValueError, match=r"^groups names the target, 'price': give another column"):
        TableRegressor(**SETTINGS).fit_parquet(tmp_path, "price", groups="price")


def test_what_is_kept(regressor, two_workers, tmp_path):
    for kept in (pickle.loads(pickle.dumps(regressor)), _saved(regressor, tmp_path / "model.chainrule")):
        assert type(kept) is chainrule.TableRegressor
        np.testing.assert_array_equal(kept.predict(FRAME[COLUMNS]), regressor.predict(FRAME[COLUMNS]))
    twin = clone(TableRegressor(**SETTINGS, client=two_workers))
    assert twin.client is two_workers and twin.get_params()["n_lanes"] == 8 and not hasattr(twin, "members_")


def _saved(model, path):
    chainrule.save(model, path)
    return chainrule.load(path)


def test_asynchronous_clients(regressor):
    async def fit():
        async with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", asynchronous=True
            ) as cluster,
            Client(cluster, asynchronous=True) as client,
        ):
            return await fitted(client=client)

    assert bits(asyncio.run(fit())) == bits(regressor)


def test_ctrl_c_keeps_what_is_learnt(two_workers, monkeypatch):
    sums, ask, interrupt = Holder.sums, Line.ask, Members.interrupt
    asked, heard, asked_again = itertools.count(1), threading.Event(), threading.Event()

    def pressed(self, *question):
        number = next(asked)
        if number == 150:
            os.kill(os.getpid(), signal.SIGINT)
        if number >= 150:  # what comes next is asked before the sum that nobody waits for is there
            asked_again.wait(600)
        return sums(self, *question)

    def asking(self, *given, **message):
        if heard.is_set():
            asked_again.set()
        return ask(self, *given, **message)

    monkeypatch.setattr(Holder, "sums", pressed)
    monkeypatch.setattr(Line, "ask", asking)
    monkeypatch.setattr(Members, "interrupt", lambda members: (heard.set(), interrupt(members))[1])
    with pytest.warns(UserWarning, match="interrupted"):
        model = fitted(TableRegressor(**SETTINGS | {"n_steps": 10_000}))
    assert model.stop_reason_ == "interrupted" and np.isfinite(model.predict(FRAME[COLUMNS])).all()


def changed(number, change):
    """A frame of which one partition is changed."""
    whole = FRAME[[*COLUMNS, "price"]]
    parts = [whole[k : k + PART] for k in range(0, N, PART)]
    parts[number] = change(parts[number].copy())
    return dd.from_delayed([dask.delayed(each) for each in parts], meta=whole[:0], verify_meta=False)


@pytest.mark.parametrize(
    "number, change, message",
    [
        (3, lambda f: f.assign(price=f.price.where(f.index != 650)), "partition 3: Input y contains NaN"),
        (2, lambda f: f.assign(rooms="many"),
         "column 'rooms' holds text in partition 2 and numbers in partition 0"),
        (1, lambda f: f.assign(size=np.inf),
         "partition 1: Input X contains infinity, in column 'size', row 1"),
        (4, lambda f: f.drop(columns="new"), "the columns of partition 4 differ from those of partition 0"),
    ],
)  # fmt: skip
def test_what_is_refused(two_workers, number, change, message):
    parts = changed(number, change)
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        TableRegressor(**SETTINGS).fit(parts, "price")


def test_other_things_that_are_refused(two_workers):
    parts = parts_of()
    with pytest.raises(ValueError, match="X has 6 partitions, y has 2"):
        TableRegressor(**SETTINGS).fit(parts[COLUMNS], parts["price"].repartition(npartitions=2))
    with pytest.raises(ValueError, match="X holds no rows"):
        TableRegressor(**SETTINGS).fit(da.empty((0, 3), chunks=(1, 3)), da.empty(0, chunks=1))
    missing = parts.assign(kind=parts["kind"].where(parts["rooms"] != 3))
    with pytest.raises(ValueError, match=r"partition 0: Input y contains NaN, infinity or None: None in row"):
        TableClassifier(**SETTINGS).fit(missing[COLUMNS], missing["kind"])
    for plain in (chainrule.TableRegressor(), chainrule.TableClassifier()):
        with pytest.raises(TypeError, match=f"use chainrule.dask.{type(plain).__name__}, or .compute"):
            plain.fit(parts[COLUMNS], parts["price"])
