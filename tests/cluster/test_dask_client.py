"""What the one who calls `fit` sees: clients of both kinds, Ctrl-C, predictions, scores, files."""

import asyncio
import itertools
import os
import pickle
import signal
import threading

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask.distributed import Client, LocalCluster
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from tests.cluster.callback import EndOfEpoch
from tests.cluster.data import LABELS, SETTINGS, WEIGHTS, D, X, Y, bits

import chainrule
from chainrule.dask import MLPClassifier, MLPRegressor
from chainrule.dask._group import Members
from chainrule.dask._holder import Holder, holders_of
from chainrule.estimators._engine import become

quietly = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
X_, Y_, LABELS_, WEIGHTS_ = (da.from_array(each, (3000, D)[: each.ndim]) for each in (X, Y, LABELS, WEIGHTS))
FRAME = pd.DataFrame(X, columns=[f"x{j}" for j in range(D)])


@pytest.fixture(scope="module")
def regressor(two_workers):
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):  # said by the driver, heard here
        return MLPRegressor(**SETTINGS).fit(X_, Y_)


@pytest.fixture(scope="module")
def classifier(two_workers):
    with pytest.warns(ConvergenceWarning):
        return MLPClassifier(**SETTINGS).fit(X_, LABELS_)


def test_predictions_are_lazy(regressor):
    found = regressor.predict(X_)
    assert isinstance(found, da.Array) and found.chunks == Y_.chunks and found.dtype == Y_.dtype
    np.testing.assert_array_equal(found.compute(), regressor.to_local().predict(X))
    np.testing.assert_array_equal(regressor.predict(X_.rechunk((3000, 7))).compute(), found.compute())
    np.testing.assert_array_equal(regressor.predict(X), found.compute())
    assert isinstance(regressor.predict(X), np.ndarray)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_predictions_of_classes(classifier, method):
    found = getattr(classifier, method)(X_)
    expected = getattr(classifier.to_local(), method)(X)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_array_equal(found.compute(), expected)


@quietly
def test_predictions_of_frames(two_workers):
    frame = dd.from_pandas(FRAME.assign(price=Y, kind=LABELS), npartitions=3)
    features = frame[list(FRAME)]
    model = MLPRegressor(**SETTINGS).fit(features, frame["price"])
    found = model.predict(features)
    assert isinstance(found, dd.Series)
    pd.testing.assert_index_equal(found.compute().index, FRAME.index)
    np.testing.assert_array_equal(found.compute(), model.to_local().predict(FRAME))
    empty = features[features["x0"] > 1e9]
    assert len(model.predict(empty).compute()) == 0
    model = MLPClassifier(**SETTINGS).fit(features, frame["kind"])
    found = model.predict_proba(features)
    assert list(found.columns) == [0, 1, 2]
    np.testing.assert_array_equal(found.compute(), model.to_local().predict_proba(FRAME))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_of_quantiles(two_workers):
    """Weights of 0, ties, whole weights, an empty partition; several levels, and several targets."""
    rng = np.random.default_rng(0)
    many, few = X[:1000, :3], np.round(Y[:1000])
    cut = (400, 0, 300, 300)
    weights = None, rng.uniform(size=1000) * (few > -1), rng.integers(0, 3, 1000).astype(float)
    answers = {0.9: Y[:1000], (0.1, 0.5): few, 0.25: np.stack([-Y[:1000], few], axis=1)}

    def lazy(given):
        return None if given is None else da.from_array(given, (cut, *given.shape[1:]))

    for quantile, y in answers.items():
        quantile = list(quantile) if isinstance(quantile, tuple) else quantile
        settings = {"hidden_layer_sizes": (4,), "solver": "adam", "max_iter": 20, "random_state": 0}
        plain = chainrule.MLPRegressor(loss="quantile", quantile=quantile, **settings).fit(many, y)
        model = MLPRegressor(loss="quantile", quantile=quantile)
        become(model, plain)
        for w in weights:
            expected = plain.score(many, y, w)
            assert model.score(lazy(many), lazy(y), lazy(w)) == pytest.approx(expected, rel=1e-12)
    flat = np.zeros(1000)
    assert model.score(lazy(many), lazy(np.stack([flat, flat], axis=1))) == 0


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_scores(regressor, classifier, weights):
    lazily = None if weights is None else WEIGHTS_
    for model, lazy, y in ((regressor, Y_, Y), (classifier, LABELS_, LABELS)):
        assert model.score(X_, lazy, lazily) == pytest.approx(
            model.to_local().score(X, y, weights), rel=1e-12
        )
        assert model.score(X, y, weights) == model.to_local().score(X, y, weights)


def test_what_is_kept_is_the_plain_estimator(regressor, tmp_path):
    local = regressor.to_local()
    assert type(local) is chainrule.MLPRegressor
    loaded = pickle.loads(pickle.dumps(regressor))
    assert type(loaded) is chainrule.MLPRegressor and bits(loaded) == bits(regressor)
    chainrule.save(local, tmp_path / "plain.chainrule")
    chainrule.save(regressor, tmp_path / "dask.chainrule")
    assert bits(chainrule.load(tmp_path / "dask.chainrule")) == bits(regressor)
    assert (tmp_path / "plain.chainrule").read_bytes() == (tmp_path / "dask.chainrule").read_bytes()


def test_parameters(two_workers):
    plain, ours = chainrule.MLPRegressor().get_params(), MLPRegressor().get_params()
    own = {"client", "leaf_rows", "n_lanes", "max_memory", "max_failures", "same_bits"}
    assert set(ours) - set(plain) == own and not set(plain) - set(ours)
    model = clone(MLPRegressor("squared_error", (3,), alpha=0.5, leaf_rows=7))
    assert (model.hidden_layer_sizes, model.alpha, model.leaf_rows) == ((3,), 0.5, 7)
    assert clone(model.set_params(client=two_workers)).client is two_workers is model.client
    with pytest.raises(TypeError, match="alpa"):
        MLPRegressor(alpa=1)
    assert not hasattr(model.set_params(solver="adam"), "partial_fit")


@quietly
def test_partitions_without_rows_or_weights(two_workers):
    weights = np.where(np.arange(len(X)) < 3000, 0.0, 1.0)
    some = da.concatenate([X_[:3000], X_[:0], X_[3000:]])
    targets = da.concatenate([Y_[:3000], Y_[:0], Y_[3000:]])
    given = da.concatenate(
        [da.from_array(weights[:3000]), da.from_array(weights[:0]), da.from_array(weights[3000:])]
    )
    model = MLPRegressor(**SETTINGS).fit(some, targets, given.rechunk(targets.chunks))
    plain = chainrule.MLPRegressor(**SETTINGS).fit(X[3000:], Y[3000:])
    np.testing.assert_allclose(model.network_.parameters, plain.network_.parameters, atol=1e-6)
    assert sum(model.fit_report_.partitions.values()) == len(targets.chunks[0])


@quietly
def test_little_memory_changes_nothing(two_workers, regressor, monkeypatch):
    written = []
    write = chainrule.training._row_cache.RawFile.write
    monkeypatch.setattr(
        chainrule.training._row_cache.RawFile, "write", lambda *given: written.append(1) or write(*given)
    )
    model = MLPRegressor(**SETTINGS, max_memory="1.6MB").fit(X_, Y_)
    assert bits(model) == bits(regressor) and written
    with pytest.raises(ValueError, match=r"partition \d takes .*to fit max_memory=.*: make partitions"):
        MLPRegressor(**SETTINGS, max_memory="1MB").fit(X_, Y_)


@quietly
def test_warm_start_and_resume(two_workers, regressor, tmp_path):
    settings = SETTINGS | {"max_iter": 5}
    kept = chainrule.Checkpoint(tmp_path / "run.ckpt", epochs=1)
    MLPRegressor(**settings).fit(X_, Y_, checkpoint=kept)
    plain = chainrule.MLPRegressor(**settings, warm_start=True).fit(X, Y).fit(X, Y)
    model = MLPRegressor(**settings, warm_start=True, leaf_rows=2240).fit(X, Y).fit(X, Y)
    assert bits(model) == bits(plain)
    again = MLPRegressor(**settings).fit(X_, Y_, resume=tmp_path / "run.ckpt")
    assert again.n_iter_ == 5
    with pytest.raises(ValueError, match="fit to other data: rows is not the same"):
        MLPRegressor(**settings).fit(X_, Y_ * 2, resume=tmp_path / "run.ckpt")


@quietly
def test_two_fits_wait_for_each_other(two_workers, regressor):
    found, errors = [], []

    def fit():
        try:
            found.append(bits(MLPRegressor(**SETTINGS, client=two_workers).fit(X_, Y_)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=fit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert not errors and found == [bits(regressor)] * 3


@quietly
def test_asynchronous_clients(regressor):
    async def fit():
        async with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", asynchronous=True
            ) as cluster,
            Client(cluster, asynchronous=True) as client,
        ):
            model = await MLPRegressor(**SETTINGS, client=client).fit(X_, Y_)
            return model, await model.score(X_, Y_)

    model, score = asyncio.run(fit())
    assert bits(model) == bits(regressor)
    assert score == pytest.approx(regressor.to_local().score(X, Y))


@pytest.mark.filterwarnings("ignore:a step of")
@pytest.mark.parametrize("more", [{}, {"solver": "adam", "batch_size": 640}], ids=["lbfgs", "adam"])
def test_ctrl_c_keeps_what_is_learnt(two_workers, monkeypatch, more):
    sums, asked, interrupt, heard = Holder.sums, itertools.count(1), Members.interrupt, threading.Event()

    def pressed(self, *question):
        number = next(asked)
        if number == 60:
            os.kill(os.getpid(), signal.SIGINT)
        if number >= 60:
            heard.wait(600)
        return sums(self, *question)

    monkeypatch.setattr(Holder, "sums", pressed)
    monkeypatch.setattr(Members, "interrupt", lambda members: (heard.set(), interrupt(members))[1])
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model = MLPRegressor(**SETTINGS | {"max_iter": 1000} | more).fit(X_, Y_)
    assert 0 < model.n_iter_ < 60 and model.history_.stop_reason == "interrupted"
    assert np.isfinite(model.predict(X)).all()


def test_callbacks_are_told_here_and_may_end_it(two_workers, regressor):
    model, listener = MLPRegressor(**SETTINGS), EndOfEpoch(4, lambda: True)
    model.set_callbacks(listener).fit(X_, Y_)
    assert listener.losses == regressor.history_.loss[:4].tolist()
    assert listener.threads == {threading.main_thread().name}
    assert model.n_iter_ == 4 and model.history_.stop_reason == "callback"
    assert model.history_.loss.tolist() == regressor.history_.loss[:4].tolist()


@pytest.mark.parametrize("more", [{}, {"solver": "adam", "batch_size": 4096}], ids=["lbfgs", "adam"])
@pytest.mark.filterwarnings("ignore:a step of")
def test_ctrl_c_in_a_callback_keeps_what_is_learnt(two_workers, more):
    """The driver waits for the callback's answer, which does not come."""
    listener = EndOfEpoch(3, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model = MLPRegressor(**SETTINGS | more).set_callbacks(listener).fit(X_, Y_)
    assert model.n_iter_ == len(listener.losses) == 3 and model.history_.stop_reason == "interrupted"
    assert np.isfinite(model.predict(X)).all()


def test_the_scheduler_keeps_small_events_of_one_topic(two_workers, regressor):
    before = len(two_workers.get_events("chainrule"))
    MLPRegressor(**SETTINGS).set_callbacks(EndOfEpoch(4, lambda: True)).fit(X_, Y_)
    events = [event for _, event in two_workers.get_events("chainrule")][before:]
    assert len({event["fit"] for event in events}) == 1
    assert sorted(event["what"] for event in events) == ["epoch"] * 4 + ["holds"] * 2
    assert [event["report"]["loss"] for event in events if event["what"] == "epoch"] == pytest.approx(
        regressor.history_.loss[:4]
    )
    # No networks, which would stay in its memory, and no topic for each fit, which would too.
    assert max(len(str(event)) for event in events) < 2_000
    topics = [topic for topic in two_workers.get_events() if str(topic).startswith("chainrule")]
    assert topics == ["chainrule"]


@pytest.mark.filterwarnings("ignore:a step of", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_epochs_are_printed_here(two_workers, capsys):
    settings = SETTINGS | {"solver": "adam", "batch_size": 4096, "max_iter": 3, "verbose": True}
    model = MLPRegressor(**settings).fit(X_, Y_)
    expected = [f"Iteration {1 + k}, loss = {loss:.8f}" for k, loss in enumerate(model.loss_curve_)]
    assert capsys.readouterr().out.splitlines() == expected


@quietly
def test_nothing_stays_on_workers(two_workers, regressor):
    MLPRegressor(**SETTINGS).fit(X_, Y_)

    async def held(dask_worker):
        for _ in range(12_000):
            if not holders_of(dask_worker):
                break
            await asyncio.sleep(0.05)
        return list(holders_of(dask_worker))

    assert set(map(tuple, two_workers.run(held).values())) == {()}


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_a_client_that_is_not_asked_by_default():
    """Data that are on its workers are found by it."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        with client.as_current():
            rows, answers = client.persist([da.from_array(X, (2000, D)), da.from_array(Y, 2000)])
        model = MLPRegressor(**SETTINGS, client=client).fit(rows, answers)
        assert model.n_iter_ == SETTINGS["max_iter"]
