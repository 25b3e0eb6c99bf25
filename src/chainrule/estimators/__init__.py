"""Estimators with scikit-learn's interface: MLPClassifier and MLPRegressor."""

from chainrule._public import publish
from chainrule.estimators._classifier import MLPClassifier
from chainrule.estimators._regressor import MLPRegressor
from chainrule.estimators._sensitivities import Sensitivities

__all__ = ["MLPClassifier", "MLPRegressor", "Sensitivities"]

publish(globals())
