"""scikit-learn's own checks of an estimator; nothing may fail that passes for scikit-learn's MLPs."""

from functools import partial

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from chainrule import MLPClassifier, MLPRegressor
from sweeps import some

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
]

# Few iterations, and steps that suit what the checks give: some ask for a model that has learnt.
SETTINGS = ({"max_iter": 30, "learning_rate_init": 0.02}, {"max_iter": 20, "solver": "lbfgs"})
CHECKED = [
    *(MLPClassifier((20,), **settings) for settings in SETTINGS),
    MLPClassifier((20,), max_iter=30, solver="sgd", learning_rate_init=0.1),
    *(MLPRegressor(hidden_layer_sizes=(20,), **settings) for settings in SETTINGS),
    MLPRegressor(hidden_layer_sizes=(20,), max_iter=100, solver="sgd"),
    MLPRegressor(hidden_layer_sizes=(5,), max_iter=30, solver="lm"),
    MLPRegressor(hidden_layer_sizes=(5,), max_iter=30, solver="lm", alpha="bayes", keep_covariance=True),
]


def named(value):
    """An estimator by class and solver, a check by its name and arguments."""
    if not isinstance(value, partial):
        return f"{type(value).__name__}-{value.solver}"
    arguments = "".join(f"-{name}={given}" for name, given in value.keywords.items())
    return value.func.__name__ + arguments


# A list: parametrize_with_checks of scikit-learn 1.8 hands pytest a generator, which pytest 9 warns of.
CASES = [case for model in CHECKED for case in estimator_checks_generator(model)]
# Beside each other: the same check of several estimators. One in three are enough that each check is there.
CASES.sort(key=lambda case: named(case[1]))


@pytest.mark.parametrize(("estimator", "check"), some(CASES, -(-len(CASES) // 3)), ids=named)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
