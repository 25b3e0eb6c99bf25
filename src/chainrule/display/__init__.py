"""Pictures, drawn by Display classes like scikit-learn's. They need matplotlib.

They take arrays, or objects with certain attributes, so that other libraries' results can be drawn too.
"""

from chainrule.display._confusion import ConfusionDisplay
from chainrule.display._history import HistoryDisplay
from chainrule.display._prediction import PredictionDisplay
from chainrule.display._sensitivity import SensitivityDisplay

__all__ = ["ConfusionDisplay", "HistoryDisplay", "PredictionDisplay", "SensitivityDisplay"]

for _class in (ConfusionDisplay, HistoryDisplay, PredictionDisplay, SensitivityDisplay):
    _class.__module__ = __name__  # pickles name a class by where it is imported from
