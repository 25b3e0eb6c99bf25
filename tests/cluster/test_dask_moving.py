"""Workers that are slow, leave, come late or have nothing to do: the same bits."""

import asyncio
import itertools
import threading

import dask.array as da
import pytest
from tests.cluster.data import SETTINGS, D, X, Y, bits, leaf_of
from tests.cluster.dying import is_driver

import chainrule
from chainrule.dask import MLPRegressor, _group
from chainrule.dask._holder import Holder, holders_of
from chainrule.dask._lines import Line

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


@pytest.fixture(scope="module")
def plain():
    return chainrule.MLPRegressor(**SETTINGS).fit(X, Y)


def when_asked(monkeypatch, client, count, act):
    """Call ``act`` with the last worker, which does not drive the fit, when it has been asked so often."""
    sums, asked, last = Holder.sums, itertools.count(1), last_of(client)

    def watched(self, *question):
        workers = list(client.cluster.workers.values())  # others may come meanwhile
        mine = [worker for worker in workers if self in list(holders_of(worker).values())]
        if mine and mine[0].address == last and next(asked) == count:
            assert not is_driver(mine[0])
            act(mine[0])
        return sums(self, *question)

    monkeypatch.setattr(Holder, "sums", watched)


def last_of(client):
    return sorted(client.nthreads())[-1]


def parts_of(plain):
    size = leaf_of(plain)
    return da.from_array(X, (size, D)), da.from_array(Y, size)


def test_a_slow_one_loses_what_it_holds(workers, plain, monkeypatch):
    monkeypatch.setattr(_group, "_LEAST_LIMIT", 2.0)
    client, over, ask = workers(3), threading.Event(), Line.ask
    slow = last_of(client)

    def asked(self, op, arrays=None, limit=None, **message):
        """On a machine that stands still for two seconds nobody else is lost."""
        return ask(self, op, arrays, limit if self.address == slow else None, **message)

    monkeypatch.setattr(Line, "ask", asked)
    when_asked(monkeypatch, client, 10, lambda worker: over.wait(600))
    model = MLPRegressor(**SETTINGS).fit(*parts_of(plain))
    over.set()
    assert bits(model) == bits(plain)
    assert len(model.fit_report_.failures) == 1 and "no answer within" in model.fit_report_.failures[0]
    assert len(model.fit_report_.partitions) == 2


SOLVERS = {
    "lbfgs": {},
    "adam": {"batch_size": 512, "max_iter": 3},
    "lm": {"max_iter": 3, "hidden_layer_sizes": (8,)},
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:a step of")
@pytest.mark.parametrize("solver", SOLVERS)
def test_one_leaves_and_another_comes(workers, plain, monkeypatch, solver):
    settings = SETTINGS | {"solver": solver} | SOLVERS[solver]
    client, parts = workers(2), parts_of(plain)
    undisturbed = MLPRegressor(**settings).fit(*parts)
    assert solver != "lbfgs" or bits(undisturbed) == bits(plain)

    def leave(worker):
        """It has gone before it answers, or the fit might be over first."""
        client.cluster.scale(3)
        client.wait_for_workers(3)
        asyncio.run_coroutine_threadsafe(worker.close(), client.loop.asyncio_loop).result(600)

    when_asked(monkeypatch, client, 6, leave)
    model = MLPRegressor(**settings).fit(*parts)
    assert bits(model) == bits(undisturbed)
    assert len(model.fit_report_.failures) == 1


def test_most_have_nothing_to_do(workers, plain):
    workers(5)
    model = MLPRegressor(**SETTINGS).fit(X, Y)
    assert bits(model) == bits(plain)
    assert len(model.fit_report_.partitions) == 1


def test_an_adaptive_cluster_that_has_no_worker_yet(workers, plain):
    client = workers(0)
    client.cluster.adapt(minimum=0, maximum=2, interval="100ms")
    model = MLPRegressor(**SETTINGS).fit(*parts_of(plain))
    assert bits(model) == bits(plain) and not model.fit_report_.failures
