"""Threads wait for each other, as often as they like, and are let go where one gives up."""

import threading

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule import kernels
from chainrule.kernels._compile import Entry, named
from chainrule.kernels.arithmetic.partition import SHARE
from chainrule.kernels.learning.barrier import BARRIER, wait_at

COUNTS = types.Array(types.intp, 1, "C")


def _rounds(barrier, share, counts, rounds):
    """Each thread writes its round, waits, and looks whether all others have; returns the rounds done."""
    for number in range(1, rounds + 1):
        counts[share[0]] = number
        if not wait_at(barrier, share):
            return number - 1
        for k in range(share[1]):
            if counts[k] < number:
                return -1
        if not wait_at(barrier, share):
            return number - 1
    return rounds


rounds = Entry(
    named("rounds_of_the_tests", _rounds),
    lambda real: signature(types.intp, BARRIER, SHARE, COUNTS, types.intp),
)


def together(threads, barrier, repeats, missing=()):
    done, counts = {}, np.zeros(threads, np.intp)
    kernel = rounds[np.float64]

    def work(number):
        done[number] = kernel(barrier, (number, threads), counts, repeats)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(threads) if k not in missing]
    for worker in workers:
        worker.start()
    return workers, done


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_nobody_goes_on_before_all_have_come(threads):
    workers, done = together(threads, np.zeros(kernels.BARRIER_SIZE, np.intp), 50)
    for worker in workers:
        worker.join()
    assert done == dict.fromkeys(range(threads), 50)


def test_who_waits_for_one_that_has_given_up_is_let_go():
    barrier = np.zeros(kernels.BARRIER_SIZE, np.intp)
    workers, done = together(3, barrier, 5, missing={1})
    assert all(worker.is_alive() for worker in workers)
    barrier[kernels.ABORTED] = 1
    for worker in workers:
        worker.join()
    assert done == {0: 0, 2: 0}
