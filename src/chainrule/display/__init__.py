"""Pictures, drawn by Display classes like scikit-learn's. They need matplotlib.

They take arrays, or objects with certain attributes, so that other libraries' results can be drawn too.
"""

from chainrule.display._calibration import CalibrationDisplay
from chainrule.display._confusion import ConfusionDisplay
from chainrule.display._explanation import ExplanationDisplay
from chainrule.display._history import HistoryDisplay
from chainrule.display._layer_jacobians import LayerJacobianDisplay
from chainrule.display._partial_effect import PartialEffectDisplay
from chainrule.display._prediction import PredictionDisplay
from chainrule.display._residual import ResidualDisplay
from chainrule.display._sensitivity import SensitivityDisplay

_CLASSES = (
    CalibrationDisplay, ConfusionDisplay, ExplanationDisplay, HistoryDisplay, LayerJacobianDisplay,
    PartialEffectDisplay, PredictionDisplay, ResidualDisplay, SensitivityDisplay,
)  # fmt: skip
__all__ = [
    "CalibrationDisplay",
    "ConfusionDisplay",
    "ExplanationDisplay",
    "HistoryDisplay",
    "LayerJacobianDisplay",
    "PartialEffectDisplay",
    "PredictionDisplay",
    "ResidualDisplay",
    "SensitivityDisplay",
]

for _class in _CLASSES:
    _class.__module__ = __name__  # pickles name a class by where it is imported from
