"""Learning: solvers, stopping rules, and a record of what each epoch did."""

from chainrule.training._history import History
from chainrule.training._problem import Problem
from chainrule.training._rules import EpochReport, Hook, Rules
from chainrule.training._solvers import LBFGS, SGD, Adam, LevenbergMarquardt
from chainrule.training._state import TrainingState
from chainrule.training._train import Solver, learn, train

__all__ = [
    "LBFGS",
    "SGD",
    "Adam",
    "EpochReport",
    "History",
    "Hook",
    "LevenbergMarquardt",
    "Problem",
    "Rules",
    "Solver",
    "TrainingState",
    "learn",
    "train",
]
