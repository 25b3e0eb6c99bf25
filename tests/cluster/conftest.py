"""Clusters that the tests of this folder share; all of them are slow."""

import pytest
from dask.distributed import Client, LocalCluster


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/cluster" in item.path.as_posix():
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def workers(request):
    """Return a function that starts a cluster in this process, and makes it the active one."""
    started = []

    def start(n_workers, threads=1, **given):
        cluster = LocalCluster(
            n_workers=n_workers, threads_per_worker=threads, processes=False, dashboard_address=":0", **given
        )
        started.append(cluster)
        started.append(Client(cluster))
        return started[-1]

    yield start
    for each in reversed(started):
        each.close()


@pytest.fixture(scope="module")
def two_workers():
    """A cluster of two workers in this process."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client
