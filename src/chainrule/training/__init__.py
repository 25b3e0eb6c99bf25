"""Learning: solvers, stopping rules, and a record of what each epoch did."""

from chainrule._public import publish
from chainrule.training._history import History
from chainrule.training._posterior import Posterior
from chainrule.training._problem import Problem
from chainrule.training._restarts import learn_best_of
from chainrule.training._rules import EpochReport, Hook, Rules
from chainrule.training._scaling import Scaling
from chainrule.training._solvers import LBFGS, SGD, Adam, LevenbergMarquardt
from chainrule.training._state import TrainingState
from chainrule.training._train import Solver, as_bayes, learn, train

__all__ = [
    "LBFGS",
    "SGD",
    "Adam",
    "EpochReport",
    "History",
    "Hook",
    "LevenbergMarquardt",
    "Posterior",
    "Problem",
    "Rules",
    "Scaling",
    "Solver",
    "TrainingState",
    "as_bayes",
    "learn",
    "learn_best_of",
    "train",
]

publish(globals())
