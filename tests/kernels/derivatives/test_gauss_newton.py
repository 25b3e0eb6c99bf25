"""Σ h_io J_ioᵀ J_io by blocks of pairs and entries, against the product of the rows of J in NumPy."""

import numpy as np

from chainrule import kernels
from sweeps import for_each

from .taped import BOTH, Taped

NETS = [
    {"n": 300, "first": 7, "m": 281},  # more samples than are laid out at once, and not a multiple
    {"sizes": (4, 6, 1), "hidden": ("tanh",), "output": "identity"},  # blocks of one unit with one unit
    {"sizes": (3, 1, 2), "hidden": ("silu",)},
    {"sizes": (6, 2), "hidden": ()},
    {"is_sparse": True},
    {"m": 0},
]


def jobs_of(net):
    """A job for each block, its sums after those of the last; where each begins, and how many there are."""
    L = len(net.W)
    jobs, starts, place = [], np.zeros((L, L), np.intp), 0
    for high in range(L):
        for low in range(high + 1):
            pairs, entries, _ = kernels.shape_of_block.py_func(net.program, low, high)
            jobs.append((low, high, 0, entries, place))
            starts[low, high] = place
            place += int(pairs * entries)
    return np.array(jobs, dtype=np.intp), starts, place


def summed(net, h, jobs, size):
    p = net.sizes[-1]
    S = net.join(net.sensitivities(kernels.NONE))
    sums = np.zeros(size, net.dtype)
    memory = np.full(kernels.sums_memory(net.sizes), np.nan, net.dtype)
    kernels.gauss_newton_sums[net.dtype](
        net.program, net.inputs, net.tape, net.n, net.place, S, p, h.ravel(), jobs, sums, memory
    )
    return sums


def truth(net, h):
    J = net.jacobian(kernels.NONE)
    return np.einsum("mpk,mp,mpj->kj", J, h, J, optimize=True)


@for_each("dtype", BOTH)
@for_each("settings", NETS)
def test_the_matrix(dtype, settings):
    net = Taped(dtype, **settings)
    h = np.random.default_rng(0).uniform(0.5, 2, (net.m, net.sizes[-1])).astype(dtype)
    jobs, starts, size = jobs_of(net)
    sums = summed(net, h, jobs, size)
    A = np.full((net.n_parameters, net.n_parameters), 7, net.dtype)
    kernels.unfold[net.dtype](net.program, starts, sums, A, True)
    net.close(A, truth(net, h.astype(float)), 4)


def test_jobs_may_share_a_block():
    net = Taped(np.float64, sizes=(3, 9, 5), hidden=("tanh",), output="identity")
    h = np.ones((net.m, 5))
    jobs, _, size = jobs_of(net)
    whole = summed(net, h, jobs, size)
    parts = [(low, high, *part, start) for low, high, begin, stop, start in jobs
             for part in ((begin, stop // 3), (stop // 3, stop))]  # fmt: skip
    np.testing.assert_allclose(summed(net, h, np.array(parts, np.intp), size), whole, rtol=1e-13)
