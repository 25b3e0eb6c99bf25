from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from chainrule import LBFGS, SGD, Adam, Network, train

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (50, 2))
y = X[:, 0] * X[:, 1]
HALF = {"loss": "half_squared_error"}


def rates(solver, **options):
    net = Network((2, 4, 1), random_state=0)
    return train(net, X, y, solver=solver, random_state=0, **options, **HALF).learning_rate


def test_constant_rates():
    np.testing.assert_array_equal(rates(SGD(0.05), max_iter=5), 0.05)
    np.testing.assert_array_equal(rates(Adam(0.05), max_iter=5), 0.05)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_invscaling_falls_with_the_samples_seen(power):
    expected = 0.1 / (50 * np.arange(6) + 1) ** power
    got = rates(SGD(0.1, "invscaling", power), max_iter=6, batch_size=7, tol=0)
    np.testing.assert_allclose(got, expected, rtol=1e-15)


def test_adaptive_divides_by_five_at_every_halt_and_ends_below_a_millionth():
    got = rates(SGD(1e-3, "adaptive"), n_iter_no_change=1, tol=1.0, max_iter=100)
    # The first epoch betters infinity, then two in a row do not better 1.
    expected = [1e-3] * 3 + [1e-3 / 5**k for k in (1, 2, 3, 4, 5) for _ in range(2)]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert expected[-1] < 1e-6 < expected[-3]


def test_lbfgs_has_no_rate():
    assert np.isnan(rates(LBFGS(), max_iter=3)).all()


def test_words_at_a_plateau():
    settings = SGD(1e-6, "adaptive").settings(0.0)
    assert SGD(1e-6, "adaptive").on_plateau(settings) == (False, "Learning rate too small. Stopping.")
    settings = SGD(0.5, "adaptive").settings(0.0)
    assert SGD(0.5, "adaptive").on_plateau(settings) == (True, "Setting learning rate to 0.100000")
    for solver in (SGD(), SGD(learning_rate="invscaling"), Adam()):
        assert solver.on_plateau(solver.settings(0.0)) == (False, "Stopping.")


@pytest.mark.parametrize("solver", [Adam(), SGD(), LBFGS()], ids=str)
def test_solvers_are_frozen_values(solver):
    assert solver == type(solver)()
    assert hash(solver) == hash(type(solver)())
    with pytest.raises(FrozenInstanceError):
        solver.learning_rate_init = 1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Adam(learning_rate_init=0), ["learning_rate_init", "> 0", "0"]),
        (lambda: Adam(learning_rate_init=-1.0), ["learning_rate_init", "-1.0"]),
        (lambda: Adam(learning_rate_init=np.nan), ["learning_rate_init", "nan"]),
        (lambda: Adam(beta_1=1), ["beta_1", "[0, 1)", "1"]),
        (lambda: Adam(beta_2=-0.1), ["beta_2", "[0, 1)", "-0.1"]),
        (lambda: Adam(epsilon=0), ["epsilon", "> 0"]),
        (lambda: SGD(learning_rate_init=0), ["learning_rate_init", "> 0", "0"]),
        (lambda: SGD(momentum=1.1), ["momentum", "[0, 1]", "1.1"]),
        (lambda: SGD(power_t=-1), ["power_t", ">= 0", "-1"]),
        (lambda: SGD(learning_rate="fast"), ["learning_rate", "constant, invscaling, adaptive", "'fast'"]),
        (lambda: LBFGS(max_fun=0), ["max_fun", ">= 1", "0"]),
    ],
)
def test_bad_settings(make, words):
    with pytest.raises(ValueError) as raised:
        make()
    assert not [word for word in words if word not in str(raised.value)]
