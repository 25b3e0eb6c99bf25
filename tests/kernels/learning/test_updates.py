"""The solvers' steps against the formulas, in plain NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from chainrule.kernels.learning.updates import STEPS, UPDATES, WEIGHT_SUM
from chainrule.training import SGD, SOLVERS, Adam
from sweeps import for_each

from ..direct import DTYPES, Guarded, call

both_types = pytest.mark.parametrize("dtype", DTYPES)
every_update = pytest.mark.parametrize("name", UPDATES)
N, N_WEIGHTS, ROUNDS = 23, 17, 6


def gradients(rng, dtype):
    """Sums over batches, of several sizes, and the weights of each batch."""
    for _ in range(ROUNDS):
        S = rng.uniform(1, 50)
        yield (S * rng.normal(size=N) * 10.0 ** rng.uniform(-3, 1, N)).astype(dtype), S


def run(update, solver, alpha, dtype):
    """η after each of some steps by the loop, and by the rule given as a generator."""
    rng = np.random.default_rng(0)
    eta = rng.normal(size=N).astype(dtype)
    reference = solver_rule(solver)
    next(reference)
    expected = eta.astype(float)
    values, memory = Guarded(N, dtype), Guarded(N * solver.n_moments, dtype)
    values.inner[:], memory.inner[:] = eta, 0
    settings = solver.settings(alpha)
    for gradient, S in gradients(rng, dtype):
        settings[WEIGHT_SUM] = S
        settings[STEPS] += 1
        call(update, dtype, [values.inner, gradient, memory.inner, settings], 0, N, N_WEIGHTS, N)
        penalised = np.where(np.arange(N) < N_WEIGHTS, expected, 0)
        expected = expected + reference.send((gradient.astype(float) + alpha * penalised) / S)
        yield values.inner.copy(), expected
    values.check()
    memory.check()


def solver_rule(solver):
    """Send a gradient, receive the step."""
    v = m = 0.0
    step, t = None, 0
    while True:
        g = yield step
        t += 1
        rate = solver.learning_rate_init
        if isinstance(solver, Adam):
            # Kingma & Ba, algorithm 1, in the form of the text below it; ε stands beside the plain √v.
            m = solver.beta_1 * m + (1 - solver.beta_1) * g
            v = solver.beta_2 * v + (1 - solver.beta_2) * g**2
            corrected = rate * np.sqrt(1 - solver.beta_2**t) / (1 - solver.beta_1**t)
            step = -corrected * m / (np.sqrt(v) + solver.epsilon)
        else:
            v = solver.momentum * v - rate * g
            step = solver.momentum * v - rate * g if solver.nesterovs_momentum else v


def check(update, solver, alpha, dtype):
    tolerance = 40 * ROUNDS * np.finfo(dtype).eps
    moved = 0.0
    for got, expected in run(update, solver, alpha, dtype):
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
        moved += np.abs(got).sum()
    assert moved > 0


@both_types
@for_each("alpha", [0.0, 0.7])
@for_each("solver", [Adam(), Adam(0.1, 0.5, 0.7, 1e-3), Adam(0.01, 0.0, 0.0)])
def test_adam(solver, alpha, dtype):
    check(UPDATES["adam"], solver, alpha, dtype)


@both_types
@for_each("alpha", [0.0, 0.7])
@for_each("nesterov", [False, True])
@for_each("momentum", [0.0, 0.5, 1.0])
def test_sgd(momentum, nesterov, alpha, dtype):
    check(UPDATES["sgd"], SGD(0.05, momentum=momentum, nesterovs_momentum=nesterov), alpha, dtype)


@both_types
def test_adams_first_step_has_the_length_of_the_rate(dtype):
    (got, _), *_ = run(UPDATES["adam"], Adam(0.25, epsilon=1e-12), 0.0, dtype)
    start = np.random.default_rng(0).normal(size=N).astype(dtype)
    np.testing.assert_allclose(np.abs(got - start), 0.25, rtol=1e-3)


@both_types
@every_update
def test_nan_in_a_gradient_stays_in_its_place(name, dtype):
    update, solver = UPDATES[name], SOLVERS[name]()
    eta, gradient = np.ones(N, dtype), np.ones(N, dtype)
    gradient[[3, 20]] = np.nan
    settings, memory = solver.settings(0.1), np.zeros(N * solver.n_moments, dtype)
    settings[STEPS] = 1
    call(update, dtype, [eta, gradient, memory, settings], 0, N, N_WEIGHTS, N)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(eta)), [3, 20])


@both_types
@every_update
def test_shares_of_eta_make_the_whole(name, dtype):
    """Cut within the weights, at their end, and within the biases."""
    update, solver = UPDATES[name], SOLVERS[name]()
    rng = np.random.default_rng(0)
    start, gradient = rng.normal(size=N).astype(dtype), rng.normal(size=N).astype(dtype)
    found = []
    for cuts in ([0, N], [0, 3, N_WEIGHTS, N_WEIGHTS, N - 1, N]):
        eta, memory, settings = start.copy(), np.zeros(N * solver.n_moments, dtype), solver.settings(0.1)
        settings[STEPS] = 1
        for first, end in pairwise(cuts):
            call(update, dtype, [eta, gradient, memory, settings], first, end, N_WEIGHTS, N)
        found.append(np.concatenate([eta, memory]))
    np.testing.assert_array_equal(*found)


def test_every_minibatch_solver_has_its_update():
    assert set(UPDATES) == {name for name, kind in SOLVERS.items() if kind.stochastic}
