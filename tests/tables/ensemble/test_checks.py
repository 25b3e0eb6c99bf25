"""scikit-learn's own checks of an estimator."""

from functools import partial

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from chainrule import TableClassifier, TableRegressor
from sweeps import some

pytestmark = [
    pytest.mark.filterwarnings("ignore::chainrule.tables.TableWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
]

SETTINGS = {"n_members": 2, "n_steps": 300}
MODELS = [TableRegressor(**SETTINGS), TableClassifier(**SETTINGS)]
CASES = [case for model in MODELS for case in estimator_checks_generator(model)]

# A weight of 2 is not a second row here: folds, batches and quantiles go by rows.
BY_ROWS = "check_sample_weight_equivalence_on_dense_data"


def named(value):
    if not isinstance(value, partial):
        return type(value).__name__
    arguments = "".join(f"-{name}={given}" for name, given in value.keywords.items())
    return value.func.__name__ + arguments


@pytest.mark.parametrize(("estimator", "check"), some(CASES, 30), ids=named)
def test_scikit_learns_checks(estimator, check):
    if check.func.__name__ == BY_ROWS:
        with pytest.raises(AssertionError, match="not equivalent to fitting with removed or repeated"):
            check(estimator)
    else:
        check(estimator)
