"""Validation: scores on rows held out in turn, of one model, of several, and of settings that are tried."""

from chainrule.tables.validation._compare import Comparison, compare, peer_names
from chainrule.tables.validation._cross_validate import CrossValidation, cross_validate
from chainrule.tables.validation._fold_scores import MethodScores
from chainrule.tables.validation._methods import ERRORS, Method, of_estimator
from chainrule.tables.validation._trials import Trial
from chainrule.tables.validation._tune import Tuning, optuna_is_there, tune

__all__ = [
    "ERRORS",
    "Comparison",
    "CrossValidation",
    "Method",
    "MethodScores",
    "Trial",
    "Tuning",
    "compare",
    "cross_validate",
    "of_estimator",
    "optuna_is_there",
    "peer_names",
    "tune",
]
