"""The same parameters, data and seed: the same trajectory as scikit-learn's, epoch by epoch."""

import pytest

from sweeps import some

from .cases import SOLVERS, TARGETS, Configuration, configurations, sample
from .comparison import Tally, compare


@pytest.mark.parametrize("case", some(sample(150), 30), ids=str)
def test_a_trajectory(case: Configuration, tally: Tally) -> None:
    compare(case, tally)


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_trajectory(target: str, solver: str, tally: Tally) -> None:
    different = {}
    for case in configurations():
        if (case.target, case.solver) == (target, solver):
            try:
                compare(case, tally)
            except AssertionError as error:
                different[str(case)] = str(error)
    assert not different
