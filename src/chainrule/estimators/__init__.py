"""scikit-learn's face: MLPClassifier and MLPRegressor."""

from chainrule.estimators._classifier import MLPClassifier
from chainrule.estimators._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
