"""Epochs of compiled calls: the same numbers in slices, batches in order, and what stops them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numba.core.runtime import _nrt_python, rtsys

from chainrule import calculus, kernels
from chainrule.kernels.learning.updates import ALPHA, STEPS
from chainrule.network import Inputs, Network
from chainrule.training import SGD, Adam
from sweeps import for_each

from ..direct import DTYPES, Guarded

both_types = pytest.mark.parametrize("dtype", DTYPES)
both_solvers = pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.01)], ids=["adam", "sgd"])
UNWEIGHTED = ()
NOBODY = np.zeros(kernels.BARRIER_SIZE, dtype=np.intp)


@dataclass
class Learning:
    """A network that learns in calls of the epoch kernel, all buffers guarded."""

    solver: Any
    dtype: Any = np.float64
    loss: str = "half_squared_error"
    output: str = "identity"
    batch_size: int = 7
    alpha: float = 0.0
    weights: Any = UNWEIGHTED
    share: float = 1.0

    def __post_init__(self):
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(40, 3)).astype(self.dtype)
        self.Y = rng.uniform(size=(40, 2)).astype(self.dtype)
        self.net = Network((3, 6, 2), "tanh", self.output, self.dtype, random_state=0)
        self.program, self.head = self.net.architecture.program_and_head(self.loss, sparse=False)
        self.inputs = Inputs.of(self.X, self.net.dtype).for_kernels()
        self.workspace = Guarded(kernels.workspace_size(self.program, self.batch_size), self.dtype)
        self.gradient = Guarded(self.net.n_parameters, self.dtype)
        self.moments = Guarded(self.net.n_parameters * self.solver.n_moments, self.dtype)
        self.moments.inner[:] = 0
        self.settings = self.solver.settings(self.alpha)
        self.squares = np.empty(1)
        self.weights = np.asarray(self.weights, dtype=self.dtype)

    def run(self, order, first, last, loss_sum=0.0):
        result = self.work(order, first, last, loss_sum, self.settings, (0, 1), NOBODY)
        for guarded in (self.workspace, self.gradient, self.moments):
            guarded.check()
        return result

    def run_in_threads(self, workers, order, first, last):
        barrier = np.zeros(kernels.BARRIER_SIZE, dtype=np.intp)
        settings = [self.settings.copy() for _ in range(workers)]

        def work(number):
            return self.work(order, first, last, 0.0, settings[number], (number, workers), barrier)

        with ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(work, range(workers)))
        assert len(set(results)) == 1
        self.settings[:] = settings[0]
        return results[0]

    def work(self, order, first, last, loss_sum, settings, share, barrier):
        return kernels.epoch[self.dtype](
            self.program, self.head, kernels.UPDATES[self.solver.name].address(self.dtype),
            self.net.parameters, self.inputs, self.Y, self.weights, order, self.gradient.inner,
            self.moments.inner, settings, self.squares, self.share, self.net.layout.n_weights,
            self.workspace.inner, self.batch_size, first, last, loss_sum, share, barrier,
            np.empty(0, dtype=np.intp), 0.0,
        )  # fmt: skip


ORDER = np.random.default_rng(5).permutation(40)  # five batches of 7 and one of 5


@both_types
@both_solvers
@for_each("cuts", [[0, 1, 2, 3, 4, 5, 6], [0, 4, 6], [0, 0, 6, 6]])
def test_slices_give_the_numbers_of_one_call_bit_for_bit(solver, dtype, cuts):
    weights = np.random.default_rng(1).uniform(0.5, 2, 40)
    whole, sliced = (Learning(solver, dtype, alpha=0.1, weights=weights) for _ in range(2))
    for _ in range(2):
        loss, done = whole.run(ORDER, 0, 6)
        so_far, batches = 0.0, 0
        for first, last in pairwise(cuts):
            so_far, more = sliced.run(ORDER, first, last, so_far)
            batches += more
        assert done == 6 == batches
        assert loss == so_far
        np.testing.assert_array_equal(whole.net.parameters, sliced.net.parameters)
        np.testing.assert_array_equal(whole.moments.inner, sliced.moments.inner)
        np.testing.assert_array_equal(whole.settings, sliced.settings)


def by_the_book(learning, order, batch_size):
    """An epoch of gradient descent by calculus; returns η and the loss that the epoch reports."""
    net, alpha, rate = learning.net.copy(), learning.alpha, learning.solver.learning_rate_init
    w = learning.weights if learning.weights.size else np.ones(40)
    loss_sum = 0.0
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        network = (net.weights, net.biases, net.activations, net.output, learning.loss, w[rows])
        X, Y, S = learning.X[rows], learning.Y[rows], w[rows].sum()
        penalised = np.zeros(net.n_parameters)
        penalised[: net.layout.n_weights] = net.parameters[: net.layout.n_weights]
        penalty = alpha / 2 * penalised @ penalised / S
        loss_sum += (learning.share * calculus.error(X, Y, *network) + penalty) * len(rows)
        net.parameters -= rate * (calculus.gradient(X, Y, *network) + alpha * penalised / S)
    return net.parameters, loss_sum


@for_each("batch_size", [1, 7, 8, 40])
@for_each(
    ("loss", "output"),
    [("half_squared_error", "identity"), ("cross_entropy", "logistic"), ("sum_squared_error", "softmax")],
)
@for_each("alpha", [0.0, 0.3])
@for_each("weighted", [False, True])
def test_batches_in_the_order_given_and_a_short_last_one(loss, output, batch_size, alpha, weighted):
    weights = np.random.default_rng(1).uniform(0.5, 2, 40) if weighted else UNWEIGHTED
    plain = SGD(0.01, momentum=0.0, nesterovs_momentum=False)
    learning = Learning(plain, np.float64, loss, output, batch_size, alpha, weights, share=0.5)
    for order in (ORDER, ORDER[:13], np.sort(ORDER), np.repeat(ORDER, 2)):
        expected, expected_loss = by_the_book(learning, order, batch_size)
        n_batches = -(-len(order) // batch_size)
        loss_sum, done = learning.run(order, 0, n_batches)
        assert done == n_batches
        assert loss_sum == pytest.approx(expected_loss, rel=1e-12)
        np.testing.assert_allclose(learning.net.parameters, expected, rtol=1e-11, atol=1e-14)


@both_types
@both_solvers
def test_a_batch_without_weight_ends_the_call_before_it(solver, dtype):
    weights = np.ones(40)
    weights[ORDER[14:21]] = 0  # the third batch
    learning, twin = (Learning(solver, dtype, weights=weights) for _ in range(2))
    loss, done = learning.run(ORDER, 0, 6)
    assert done == 2
    np.testing.assert_array_equal([loss, 2], twin.run(ORDER, 0, 2))
    np.testing.assert_array_equal(learning.net.parameters, twin.net.parameters)
    assert learning.run(ORDER, 2, 6) == (0.0, 0.0)


def test_a_row_without_weight_teaches_nothing():
    weights = np.ones(40)
    weights[ORDER[:3]] = 0
    learning, twin = (Learning(SGD(0.1), weights=weights) for _ in range(2))
    twin.X[ORDER[:3]], twin.Y[ORDER[:3]] = 100.0, -100.0
    assert learning.run(ORDER, 0, 6) == twin.run(ORDER, 0, 6)
    np.testing.assert_array_equal(learning.net.parameters, twin.net.parameters)


@both_types
def test_settings_hold_what_the_next_call_needs(dtype):
    learning = Learning(Adam(0.01), dtype, alpha=0.25)
    learning.run(ORDER, 0, 4)
    assert learning.settings[STEPS] == 4
    assert learning.settings[ALPHA] == 0.25


def test_nan_is_neither_hidden_nor_an_end():
    learning = Learning(SGD(0.1))
    learning.X[ORDER[0], 0] = np.nan
    loss, done = learning.run(ORDER, 0, 6)
    assert np.isnan(loss) and done == 6
    assert np.isnan(learning.net.parameters).any()


@both_types
@both_solvers
@for_each("workers", [2, 3])
@for_each("weights", [UNWEIGHTED, np.linspace(0, 2, 40)])
def test_threads_that_share_the_batches_learn_the_same_to_the_bit(dtype, solver, workers, weights):
    alone, together = (Learning(solver, dtype, batch_size=33, alpha=0.3, weights=weights) for _ in range(2))
    order = np.tile(ORDER, 9)
    assert together.run_in_threads(workers, order, 0, 10) == alone.run(order, 0, 10)
    np.testing.assert_array_equal(together.net.parameters, alone.net.parameters)
    np.testing.assert_array_equal(together.settings, alone.settings)


def test_nothing_is_allocated_inside_the_epoch():
    learning = Learning(Adam(), batch_size=1)
    order = np.tile(ORDER, 50)

    def allocations(last):
        before = rtsys.get_allocation_stats()
        learning.run(order, 0, last)
        after = rtsys.get_allocation_stats()
        return after.alloc - before.alloc, after.mi_alloc - before.mi_alloc

    learning.run(order, 0, 1)
    _nrt_python.memsys_enable_stats()
    try:
        assert allocations(2000) == allocations(1)  # what one call takes to read its arguments
    finally:
        _nrt_python.memsys_disable_stats()


@both_types
def test_any_memory_layout_of_the_rows(dtype, nothing_compiled):
    expected = Learning(Adam(0.01), dtype)
    expected.run(ORDER, 0, 6)
    with nothing_compiled():
        for arrange in (
            np.asfortranarray,
            lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=1)[::2, ::3],
            lambda a: a[::-1].copy()[::-1],
            lambda a: np.frombuffer(b"x" + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
        ):
            learning = Learning(Adam(0.01), dtype)
            learning.X, learning.Y = arrange(learning.X), arrange(learning.Y)
            learning.run(ORDER, 0, 6)
            np.testing.assert_array_equal(learning.net.parameters, expected.net.parameters)
    assert len(kernels.epoch[dtype].signatures) == 1
