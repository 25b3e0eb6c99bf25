"""What `train` and the solvers take as settings: one line says what was given and what is accepted."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from chainrule import LBFGS, SGD, Adam, LevenbergMarquardt, Network, train
from sweeps import for_each

X = np.random.default_rng(0).normal(size=(20, 2))
NO_NUMBERS = [None, "1", True, np.True_, 1j, [1], np.array([1.0, 2.0]), np.array([1.0]), Fraction(1, 2),
              Decimal("0.5")]  # fmt: skip


def learn(**settings):
    net = Network((2, 3, 1), random_state=0)
    return train(net, X, X[:, 0], **{"loss": "half_squared_error", "max_iter": 2} | settings)


@for_each("value", NO_NUMBERS)
@for_each("name", ["alpha", "tol", "n_iter_no_change"])
def test_what_is_no_number(name, value):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be a number >= [01].*, got "):
        learn(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", np.nan), ("alpha", np.inf), ("alpha", -1), ("alpha", 10**400), ("tol", np.nan), ("tol", -1.0),
     ("tol", 10**400), ("n_iter_no_change", np.nan), ("n_iter_no_change", 0)],
)  # fmt: skip
def test_numbers_that_are_not_accepted(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be >= [01].*, got "):
        learn(**{name: value})


@for_each("value", [*NO_NUMBERS, 0, -1, 1.0, np.float32(2), np.nan])
@for_each("name", ["batch_size", "max_iter"])
def test_what_is_no_count(name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be ('auto' or )?an integer >= 1, got "):
        learn(**{name: value})


@pytest.mark.parametrize("value", [None, "no", 1, 0.0, np.array([True])], ids=repr)
@pytest.mark.parametrize("name", ["shuffle", "progress"])
def test_what_is_neither_true_nor_false(name, value):
    with pytest.raises(TypeError, match=f"^{name} must be True or False, got "):
        learn(**{name: value})


@pytest.mark.parametrize("value", [None, 1, "ab", [1], [None], np.array(2.0)], ids=repr)
def test_hooks_that_cannot_be_called(value):
    with pytest.raises(TypeError, match=r"^on_epoch must be a sequence of callables, got "):
        learn(on_epoch=value)


@pytest.mark.parametrize("value", [1, True, "abc", (X,), (X, X[:, 0], None)], ids=lambda v: str(type(v)))
def test_validation_that_is_no_pair(value):
    with pytest.raises((TypeError, ValueError), match=r"^validation must be \(X, y\), got "):
        learn(validation=value)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
def test_numpys_numbers_are_numbers(kind):
    solver = Adam(learning_rate_init=kind(1), epsilon=kind(1))
    history = learn(alpha=kind(1), tol=kind(0), n_iter_no_change=kind(2), max_iter=np.int64(2), solver=solver)
    assert len(history) == 2


SETTINGS = [
    (solver, name)
    for solver, names in {
        Adam: ["learning_rate_init", "beta_1", "beta_2", "epsilon"],
        SGD: ["learning_rate_init", "momentum", "power_t"],
        LBFGS: ["max_fun"],
        LevenbergMarquardt: ["damping", "acceleration", "step_tol", "loss_tol"],
    }.items()
    for name in names
]


@for_each("value", NO_NUMBERS)
@for_each(("solver", "name"), SETTINGS)
def test_settings_of_solvers(solver, name, value):
    with pytest.raises(TypeError, match=f"^{name} must be a number .*, got "):
        solver(**{name: value})
    with pytest.raises(TypeError, match=f"^{name} must be a number .*, got "):
        solver().changed(**{name: value})


@for_each("value", [np.nan, -1, 10**400])
@for_each(("solver", "name"), SETTINGS)
def test_settings_out_of_range(solver, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be .*, got "):
        solver(**{name: value})


@pytest.mark.parametrize("value", [None, 1, 1.5, "fast", ["constant"], np.array(["constant"] * 2)], ids=repr)
def test_choices(value):
    for solver, name in ((SGD, "learning_rate"), (LevenbergMarquardt, "method")):
        with pytest.raises(ValueError, match=f"^{name} must be one of .*, got "):
            solver(**{name: value})


@pytest.mark.parametrize("value", [None, "yes", 1, 1.0, [True]], ids=repr)
def test_flags(value):
    with pytest.raises(TypeError, match=r"^nesterovs_momentum must be True or False, got "):
        SGD(nesterovs_momentum=value)


@pytest.mark.parametrize("value", [True, [1], np.nan, 0, "much", 1j], ids=repr)
def test_memory_is_checked_when_it_is_given(value):
    with pytest.raises((TypeError, ValueError), match=r"^max_memory "):
        LevenbergMarquardt(max_memory=value)


def test_memory_without_end_is_accepted():
    assert learn(solver=LevenbergMarquardt(max_memory=10**400)).stop_reason
