"""Workers are processes, and killed: learning goes on without them, to the same bits."""

import re

import dask
import dask.array as da
import pytest
from dask import delayed
from dask.distributed import Client, LocalCluster
from distributed.utils import get_mp_context
from tests.cluster.callback import EndOfEpoch
from tests.cluster.data import LANES, SECOND_ORDER, SETTINGS, D, N, X, Y, bits, leaf_of
from tests.cluster.dying import die, die_now, rows_once_deadly
from tests.cluster.test_dask_tables import bits as bits_of_table
from tests.cluster.test_dask_tables import fitted
from tests.estimators.groups import fitted_by_group

import chainrule
from chainrule.dask import MLPRegressor, WorkerLostError

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")


@pytest.fixture(scope="module")
def plain():
    return chainrule.MLPRegressor(**SETTINGS).fit(X, Y)


@pytest.fixture(scope="module")
def cluster():
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        # Workers come of a process that has imported everything: those that are killed are soon back.
        get_mp_context().set_forkserver_preload(["distributed", "chainrule.dask", "tests.cluster.dying"])
        with (
            LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=":0") as cluster,
            Client(cluster) as client,
        ):
            yield client


@pytest.fixture
def several(cluster):
    """All three: Dask starts those again that were killed; one that came later would be told nothing."""
    wait_for_three(cluster)
    return cluster


def wait_for_three(client):
    """Until three answer: of one that was killed the scheduler may not have heard yet.

    Now and then Dask does not start a worker again that was killed: then another one is started.
    """
    while len(client.run(lambda: None, on_error="ignore")) < 3:
        try:
            client.wait_for_workers(3, timeout=30)
        except TimeoutError:
            client.cluster.scale(len(client.cluster.worker_spec) + 1)


def last(client):
    """A worker that does not drive."""
    return sorted(client.nthreads())[-1]


@pytest.fixture
def parts(plain):
    size = leaf_of(plain)
    return da.from_array(X, (size, D)), da.from_array(Y, size)


def test_processes(several, plain, parts):
    model = MLPRegressor(**SETTINGS).fit(*parts)
    assert bits(model) == bits(plain)
    assert len(model.fit_report_.partitions) > 1 and not model.fit_report_.failures


@pytest.mark.parametrize("moment, count", [("in a sum", 1), ("in a sum", 7), ("after a sum", 5)])
def test_a_worker_killed(several, plain, parts, tmp_path, moment, count):
    victim = last(several)
    several.run(die, moment, count, tmp_path / "flag", workers=[victim])
    model = MLPRegressor(**SETTINGS).fit(*parts)
    assert bits(model) == bits(plain)
    assert [failure.split(": ")[0] for failure in model.fit_report_.failures] == [victim]
    assert victim not in model.fit_report_.partitions


def test_a_worker_killed_while_it_loads(several, plain, tmp_path):
    size = leaf_of(plain)
    rows = [
        delayed(rows_once_deadly)(X[first : first + size], str(tmp_path / "flag")) if first == 4 * size
        else delayed(X[first : first + size])
        for first in range(0, N, size)
    ]  # fmt: skip
    blocks = [da.from_delayed(each, (min(size, N - k * size), D), float) for k, each in enumerate(rows)]
    whole = da.concatenate(blocks)
    model = MLPRegressor(**SETTINGS).fit(whole, da.from_array(Y, size))
    assert bits(model) == bits(plain)
    assert (tmp_path / "flag").exists()


def test_the_driver_killed(several, plain, parts, tmp_path):
    several.run(die, "driving", 9, tmp_path / "flag")
    kept = chainrule.Checkpoint(tmp_path / "run.ckpt", epochs=1)
    model = MLPRegressor(**SETTINGS).fit(*parts, checkpoint=kept)
    assert bits(model) == bits(plain)
    assert len(model.fit_report_.failures) == 1 and "it drove" in model.fit_report_.failures[0]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:a step of 256 rows is too little work")
@pytest.mark.parametrize("moment, count", [("in a sum", 60), ("driving", 70)])
def test_killed_while_adam_learns(several, parts, tmp_path, moment, count):
    """In the second epoch: the steps that were lost are asked again, after the driver's death of others."""
    alone, _ = fitted_by_group(chainrule.MLPRegressor(**LANES), X, Y)
    victims = [last(several)] if moment == "in a sum" else None
    several.run(die, moment, count, tmp_path / "flag", workers=victims)
    kept = chainrule.Checkpoint(tmp_path / "run.ckpt", epochs=1)
    model = MLPRegressor(**LANES).fit(*parts, checkpoint=kept)
    assert bits(model) == bits(alone)
    assert len(model.fit_report_.failures) == 1
    assert ("it drove" in model.fit_report_.failures[0]) == (moment == "driving")


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:a step of 256 rows is too little work")
@pytest.mark.parametrize("settings, drives", [(SETTINGS, False), (SETTINGS, True), (LANES, True)])
def test_killed_at_the_end_of_an_epoch(several, parts, tmp_path, settings, drives):
    """The driver waits for what callbacks on the client answer; these hear of no epoch twice."""
    alone, _ = fitted_by_group(chainrule.MLPRegressor(**settings), X, Y)
    flag = str(tmp_path / "flag")
    kill = EndOfEpoch(2, lambda: several.run(die_now, drives, flag, on_error="ignore"))
    kept = chainrule.Checkpoint(tmp_path / "run.ckpt", epochs=1)
    model = MLPRegressor(**settings).set_callbacks(kill).fit(*parts, checkpoint=kept)
    assert bits(model) == bits(alone)
    assert [("it drove" in failure) for failure in model.fit_report_.failures] == [drives]
    assert kill.losses == model.history_.loss.tolist()


@pytest.mark.filterwarnings("ignore:Levenberg-Marquardt")
def test_killed_in_a_trial_step(several, parts, tmp_path):
    """Levenberg-Marquardt asks for the error where a step would lead."""
    settings = SECOND_ORDER | {"alpha": 1e-3}
    whole = MLPRegressor(**settings).fit(*parts)
    victim = last(several)
    several.run(die, "in a sum", 2, tmp_path / "flag", of="error", workers=[victim])
    model = MLPRegressor(**settings).fit(*parts)
    assert bits(model) == bits(whole)
    assert [failure.split(": ")[0] for failure in model.fit_report_.failures] == [victim]


def test_the_driver_killed_without_a_checkpoint(several, parts, tmp_path):
    several.run(die, "driving", 5, tmp_path / "flag")
    with pytest.raises(WorkerLostError, match=r"drove the fit was lost.*call fit again; with checkpoint="):
        MLPRegressor(**SETTINGS).fit(*parts)


def test_more_killed_than_allowed(several, parts, tmp_path):
    victim = last(several)
    several.run(die, "in a sum", 4, tmp_path / "flag", workers=[victim])
    path = str(tmp_path / "run.ckpt")
    with pytest.raises(WorkerLostError, match=rf"max_failures is 0.*{victim}.*'{re.escape(path)}' goes on"):
        MLPRegressor(**SETTINGS, max_failures=0).fit(*parts, checkpoint=path)


@pytest.fixture(scope="module")
def table(cluster):
    wait_for_three(cluster)
    return bits_of_table(fitted())


@pytest.mark.filterwarnings("ignore:a step of")
@pytest.mark.parametrize("moment, count", [("in a sum", 40), ("after a sum", 90)])
def test_a_worker_killed_while_a_member_learns(several, table, tmp_path, moment, count):
    """What it held is asked about once more after learning, for the report."""
    victim = last(several)
    several.run(die, moment, count, tmp_path / "flag", workers=[victim])
    model = fitted()
    assert bits_of_table(model) == table
    assert [failure.split(": ")[0] for failure in model.fit_report_.failures] == [victim]


@pytest.mark.filterwarnings("ignore:a step of")
def test_the_driver_of_members_killed(several, table, tmp_path):
    several.run(die, "driving", 60, tmp_path / "flag")
    model = fitted(checkpoint=chainrule.Checkpoint(tmp_path / "run.ckpt", epochs=1))
    assert bits_of_table(model) == table
    assert len(model.fit_report_.failures) == 1 and "it drove" in model.fit_report_.failures[0]
