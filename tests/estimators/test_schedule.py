"""The learning rate by a schedule: the plain estimators' parameter."""

import numpy as np
import pytest
from sklearn.base import clone

from chainrule import LBFGS, SGD, Adam, LevenbergMarquardt

from .data import X, classifier, regressor, target_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
solvers = pytest.mark.parametrize("solver", ["adam", "sgd"])


def fitted(make, **settings):
    model = make(**{"max_iter": 10, "tol": 0.0, "n_iter_no_change": np.inf} | settings)
    return model.fit(X, target_of(model))


@makers
@solvers
def test_the_rates_of_half_a_cosine(make, solver):
    rates = fitted(make, solver=solver, schedule="cosine", learning_rate_init=0.02).history_.learning_rate
    np.testing.assert_allclose(rates, 0.02 * (1 + np.cos(np.pi * np.arange(10) / 10)) / 2, rtol=1e-14)


@makers
@solvers
def test_the_rates_of_a_function(make, solver):
    model = fitted(make, solver=solver, schedule=lambda done: 1 - done**2, learning_rate_init=0.02)
    expected = 0.02 * (1 - (np.arange(10) / 10) ** 2)
    np.testing.assert_allclose(model.history_.learning_rate, expected, rtol=1e-14)


@makers
@solvers
def test_it_learns_as_the_solver_given_as_an_object(make, solver):
    kind = {"adam": Adam, "sgd": SGD}[solver]
    by_name = fitted(make, solver=solver, schedule="cosine", learning_rate_init=0.02)
    by_object = fitted(make, solver=kind(0.02, schedule="cosine"))
    assert by_name.network_ == by_object.network_ != fitted(make, solver=kind(0.02)).network_


@makers
def test_a_warm_start_begins_with_the_first_rate_again(make):
    model = fitted(make, schedule="cosine", warm_start=True)
    model.fit(X, target_of(model))
    rates = model.history_.learning_rate
    np.testing.assert_array_equal(rates[:10], rates[10:])


@makers
def test_it_can_be_searched_over(make):
    model = fitted(make, solver=Adam(0.02)).set_params(solver__schedule="cosine")
    assert model.solver == Adam(0.02, schedule="cosine")
    assert clone(make(schedule="cosine")).schedule == "cosine"


@makers
@pytest.mark.parametrize("solver", ["lbfgs", LBFGS()], ids=["name", "object"])
def test_a_solver_without_a_rate_names_those_with_one(make, solver):
    with pytest.raises(ValueError, match=r"schedule='cosine' sets a learning rate.*'adam' and 'sgd' take it"):
        fitted(make, solver=solver, schedule="cosine")


@pytest.mark.parametrize("solver", ["lm", LevenbergMarquardt()], ids=["name", "object"])
def test_levenberg_marquardt_has_no_rate(solver):
    with pytest.raises(ValueError, match=r"schedule='cosine' sets a learning rate.*'adam' and 'sgd' take it"):
        fitted(regressor, solver=solver, schedule="cosine")


@makers
@solvers
@pytest.mark.parametrize("rate", ["invscaling", "adaptive"])
def test_two_that_set_the_rate(make, solver, rate):
    with pytest.raises(ValueError, match=f"schedule='cosine' and learning_rate='{rate}' both set the rate"):
        fitted(make, solver=solver, schedule="cosine", learning_rate=rate)


@makers
def test_a_solver_given_as_an_object_has_its_own(make):
    with pytest.raises(
        ValueError, match="schedule='cosine' is a setting of the solver; it is given as an obj"
    ):
        fitted(make, solver=Adam(), schedule="cosine")


@makers
@pytest.mark.parametrize("schedule", ["cosin", 0.5, True])
def test_what_is_no_schedule(make, schedule):
    with pytest.raises(ValueError, match=r"'schedule' parameter of MLP.* must be .*'cosine'"):
        fitted(make, schedule=schedule)


@makers
@pytest.mark.parametrize("settings", [{"schedule": "cosine"}, {"solver": Adam(schedule="cosine")}])
def test_partial_fit_does_not_know_how_much_comes(make, settings):
    model = make(**settings)
    y = target_of(model)
    more = {"classes": [0, 1]} if make is classifier else {}
    with pytest.raises(ValueError, match="partial_fit does not support a schedule"):
        model.partial_fit(X, y, **more)
    assert not hasattr(model, "network_")  # it would predict by random weights
