"""Sums of blocks, put where their rows and columns stand in η."""

import numpy as np
import pytest

from chainrule import kernels

from .taped import BOTH, Taped
from .test_gauss_newton import jobs_of, summed, truth


@pytest.mark.parametrize("dtype", BOTH)
def test_the_lower_half_alone(dtype):
    net = Taped(dtype)
    h = np.ones((net.m, net.sizes[-1]), dtype)
    jobs, starts, size = jobs_of(net)
    A = np.full((net.n_parameters, net.n_parameters), 7, net.dtype)
    kernels.unfold[net.dtype](net.program, starts, summed(net, h, jobs, size), A, False)
    lower = np.tril_indices(len(A))
    net.close(A[lower], truth(net, h.astype(float))[lower], 4)
    assert np.any(A[np.triu_indices(len(A), 1)] == 7)  # of blocks above the diagonal nothing is written


def test_every_entry_is_written():
    """Entry by entry, from sums that are all 1, of which the diagonal of the last layer lacks some."""
    net = Taped(np.float64)
    _, starts, size = jobs_of(net)
    A = np.full((net.n_parameters, net.n_parameters), np.nan)
    kernels.unfold[net.dtype](net.program, starts, np.ones(size), A, True)
    last, p = net.sizes[-2] + 1, net.sizes[-1]
    assert set(np.unique(A)) == {0.0, 1.0}
    assert np.sum(A == 0) == last**2 * p * (p - 1)
