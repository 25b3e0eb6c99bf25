"""Clients that are closed while a fit runs, and schedulers that end: the fit ends too, in one sentence."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import dask
import pytest
from dask.distributed import Client, LocalCluster, Lock
from tests.cluster.callback import EndOfEpoch
from tests.cluster.data import SETTINGS, X, Y

from chainrule.dask import MLPRegressor, WorkerLostError, _fit

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
ENDLESS = SETTINGS | {"max_iter": 10**6, "max_fun": 10**9, "tol": 0}


@pytest.fixture
def cluster():
    """A cluster that soon forgets who learns, and whose clients say as often that they still do."""
    waits = {"lease-timeout": "5s", "lease-validation-interval": "500ms"}
    with (
        dask.config.set({"distributed.scheduler.locks": waits}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
    ):
        yield cluster


@pytest.mark.parametrize("kept", [False, True])
def test_a_client_that_is_closed(cluster, kept, caplog, tmp_path):
    client, more = Client(cluster, set_as_default=False), {"checkpoint": f"{tmp_path}/run"} if kept else {}
    model = MLPRegressor(**ENDLESS, client=client).set_callbacks(EndOfEpoch(2, client.close))
    goes_on = rf", or with resume='{tmp_path}/run' to go on" if kept else ""
    with pytest.raises(WorkerLostError, match=rf"^the client was closed, .*: call fit .* client{goes_on}$"):
        model.fit(X, Y, **more)
    with Client(cluster):  # once the scheduler has forgotten the other
        assert MLPRegressor(**SETTINGS).fit(X, Y).n_iter_ == SETTINGS["max_iter"]
    assert "Exception in callback" not in caplog.text


def test_a_scheduler_that_ends(cluster):
    with Client(cluster, set_as_default=False) as client:
        model = MLPRegressor(**ENDLESS, client=client).set_callbacks(EndOfEpoch(2, cluster.close))
        with pytest.raises(WorkerLostError, match=r"^the client was closed, or has lost its scheduler"):
            model.fit(X, Y)


def test_a_fit_that_waits_for_another_one_says_so(cluster, monkeypatch):
    said, lines = threading.Event(), []

    class Terminal(io.StringIO):
        def write(self, text):
            lines.append(text)
            if "another fit" in text:
                said.set()
            return len(text)

    monkeypatch.setattr(_fit, "_SOON", 0.1)
    with Client(cluster), ThreadPoolExecutor(1) as thread:
        with Lock("chainrule-fit"):
            monkeypatch.setattr("sys.stderr", Terminal())
            fit = thread.submit(MLPRegressor(**SETTINGS).fit, X, Y)
            assert said.wait(600)
            monkeypatch.undo()
            assert not fit.done()
        assert fit.result().n_iter_ == SETTINGS["max_iter"]
    assert "another fit learns on this cluster: this one waits for its end" in "".join(lines)
