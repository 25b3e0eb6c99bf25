"""Pictures in scikit-learn's manner. They take arrays, or objects with attributes; they need matplotlib."""

from chainrule.display._confusion import ConfusionDisplay
from chainrule.display._history import HistoryDisplay
from chainrule.display._prediction import PredictionDisplay
from chainrule.display._sensitivity import SensitivityDisplay

__all__ = ["ConfusionDisplay", "HistoryDisplay", "PredictionDisplay", "SensitivityDisplay"]

for _class in (ConfusionDisplay, HistoryDisplay, PredictionDisplay, SensitivityDisplay):
    _class.__module__ = __name__  # pickles name a class by where it is imported from
