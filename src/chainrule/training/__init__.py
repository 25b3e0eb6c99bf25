"""Learning: solvers, stopping rules, and a record of what each epoch did."""

from chainrule._public import publish
from chainrule.training._history import History
from chainrule.training._problem import Problem
from chainrule.training._rules import EpochReport, Hook, Rules, TimeLimit
from chainrule.training._scaling import Scaling, units_of
from chainrule.training._schedule import SCHEDULES, Schedule
from chainrule.training._state import TrainingState
from chainrule.training._train import as_bayes, learn, train
from chainrule.training._watch import all_learning_watched
from chainrule.training.solvers import LBFGS, SGD, SOLVERS, Adam, LevenbergMarquardt, Posterior, Solver

__all__ = [
    "LBFGS",
    "SCHEDULES",
    "SGD",
    "SOLVERS",
    "Adam",
    "EpochReport",
    "History",
    "Hook",
    "LevenbergMarquardt",
    "Posterior",
    "Problem",
    "Rules",
    "Scaling",
    "Schedule",
    "Solver",
    "TimeLimit",
    "TrainingState",
    "all_learning_watched",
    "as_bayes",
    "learn",
    "train",
    "units_of",
]

publish(globals())
