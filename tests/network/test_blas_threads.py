"""The limit on BLAS threads is as it was found, whoever comes and goes in between."""

import os
import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from chainrule import LBFGS, Adam, Network, train
from chainrule.network._blas_threads import _let_go, one_blas_thread

X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
y = X[:, 0] * X[:, 1]
HALF = {"loss": "half_squared_error", "tol": 0}
LIBRARIES = [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


def threads():
    return [library.num_threads for library in LIBRARIES]


@pytest.fixture(autouse=True)
def two_threads():
    """Two threads for every BLAS, whatever the machine, and the machine's own afterwards."""
    own = threads()
    for library in LIBRARIES:
        library.set_num_threads(2)
    _let_go(force=True)
    if set(threads()) != {2}:
        pytest.skip("this BLAS has one thread at most")
    yield
    _let_go(force=True)
    for library, number in zip(LIBRARIES, own, strict=True):
        library.set_num_threads(number)
    _let_go(force=True)


def fit(hook=None, solver=None, **options):
    net = Network((2, 4, 1), random_state=0)
    train(net, X, y, solver=solver, on_epoch=[hook] if hook else [], **(HALF | options))


def in_threads(*works):
    workers = [threading.Thread(target=work) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@pytest.mark.parametrize("solver", [Adam(), LBFGS()], ids=["adam", "lbfgs"])
@pytest.mark.parametrize("in_main", [True, False])
def test_one_thread_while_small_products_run_and_as_found_afterwards(solver, in_main):
    during = []

    def work():
        fit(lambda report: during.append(set(threads())), solver, max_iter=2)

    work() if in_main else in_threads(work)
    assert during == [{1}, {1}]
    assert set(threads()) == {2}


@pytest.mark.parametrize("solver", [Adam(), LBFGS()], ids=["adam", "lbfgs"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.filterwarnings("ignore:Training interrupted")
def test_as_found_after_an_error(solver, error):
    def fail(report):
        raise error

    try:
        fit(fail, solver)
    except (RuntimeError, SystemExit):
        pass
    assert set(threads()) == {2}


def test_as_found_after_two_overlapping_fits_of_which_the_first_ends_first():
    seen = {}
    first_runs, second_runs, first_is_over, all_over = (threading.Event() for _ in range(4))

    def in_first(report):
        seen["first"] = set(threads())
        first_runs.set()
        assert second_runs.wait(600)

    def in_second(report):
        second_runs.set()
        assert first_is_over.wait(600)
        seen["second, alone"] = set(threads())

    def first():
        fit(in_first, max_iter=1)
        first_is_over.set()
        assert all_over.wait(600)  # its thread lives on, as those of a pool do

    def second():
        assert first_runs.wait(600)
        fit(in_second, max_iter=1)
        seen["after both"] = set(threads())
        all_over.set()

    in_threads(first, second)
    assert seen == {"first": {1}, "second, alone": {1}, "after both": {2}}
    assert set(threads()) == {2}


def test_many_overlapping_fits():
    in_threads(*[lambda: fit(max_iter=20)] * 8)
    assert set(threads()) == {2}


def test_a_fit_inside_limits_of_ones_own():
    with threadpool_limits(1, user_api="blas"):
        fit(max_iter=1)
        assert set(threads()) == {1}
        in_threads(lambda: fit(max_iter=1))
        assert set(threads()) == {1}
    assert set(threads()) == {2}


def test_limits_of_ones_own_that_end_during_a_fit():
    begun, over = threading.Event(), threading.Event()

    def hook(report):
        begun.set()
        assert over.wait(600)

    worker = threading.Thread(target=fit, args=(hook,), kwargs={"max_iter": 1})
    with threadpool_limits(1, user_api="blas"):
        worker.start()
        assert begun.wait(600)
    over.set()
    worker.join()
    assert set(threads()) == {2}


def test_after_a_fit_other_threads_may_set_limits():
    fit(max_iter=1)
    seen = []

    def work():
        with threadpool_limits(1, user_api="blas"):
            seen.append(set(threads()))

    in_threads(work)
    assert seen == [{1}]
    assert set(threads()) == {2}


def test_predictions_leave_the_limit_alone():
    net = Network((2, 4, 1), random_state=0)
    net(X)
    net.gradient(X, y, "half_squared_error")
    assert set(threads()) == {2}


def test_how_many_threads_there_were_is_told_to_the_first_alone():
    with one_blas_thread() as found:
        assert found == 2
        assert set(threads()) == {1}
        with one_blas_thread() as found:
            assert found == 1
        assert set(threads()) == {1}
    assert set(threads()) == {2}


def in_a_forked_child(work):
    """What a child process makes of the work, as a byte."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writes, bytes([work()]))
        finally:
            os._exit(0)
    os.close(writes)
    told = os.read(reads, 1)
    os.close(reads)
    os.waitpid(child, 0)
    assert told, "the child failed"
    return told[0]


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows starts processes anew")


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_forked_in_the_midst_of_another_threads_fit_has_blas_as_it_was():
    forked, children = threading.Event(), []
    fitting = threading.Event()

    def hook(report):
        fitting.set()
        assert forked.wait(600)

    def work():
        before = max(threads())
        fit(max_iter=1)
        return 10 * before + max(threads())

    worker = threading.Thread(target=fit, args=(hook,), kwargs={"max_iter": 1})
    worker.start()
    assert fitting.wait(600)
    assert set(threads()) == {1}
    children.append(in_a_forked_child(work))
    forked.set()
    worker.join()
    assert children == [22]
    assert set(threads()) == {2}


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_forked_within_its_own_hold_keeps_it_until_it_leaves():
    with one_blas_thread():

        def work():
            within = max(threads())
            holding.__exit__(None, None, None)
            return 10 * within + max(threads())

        holding = one_blas_thread()
        holding.__enter__()
        assert in_a_forked_child(work) == 11  # one hold is left
        holding.__exit__(None, None, None)
    assert set(threads()) == {2}
