"""Plot of residuals against predictions."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.display._dots import draw_rows, label_numbers, limits_of
from chainrule.display._prediction import PredictionDisplay
from chainrule.display._style import GREY, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ResidualDisplay"]


class ResidualDisplay(PredictionDisplay):
    """Plot of residuals, true minus predicted, against predictions.

    Of a good model they lie around 0 without a pattern. Where they lie above 0, the prediction is too small.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
    name : str
        Name of the target, for the labels.
    unit : str, optional
        Unit of the target, for the labels.

    Attributes
    ----------
    residuals : ndarray of shape (n_samples,)
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        The two have different lengths, more than one dimension, or hold NaN or infinity.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = ResidualDisplay([326.0, 327.0], [330.0, 320.0], name="price")
    >>> display.residuals
    array([-4.,  7.])
    >>> display.plot(ax=Figure().subplots()).ax_.get_ylabel()
    'true - predicted price'
    """

    @property
    def residuals(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        """True minus predicted values."""
        return self.y_true - self.y_pred

    def _draw(self, ax: "Axes") -> None:
        tidy(ax)
        limits = limits_of(self.y_pred)
        draw_rows(ax, self.y_pred, self.residuals, limits, limits_of(self.residuals))
        ax.axhline(0, color=GREY, linewidth=0.9, linestyle="--")
        ax.set_xlim(limits)
        largest = float(np.abs(self.y_pred).max(initial=0))
        label_numbers(ax, f"predicted {self.name}", f"true - predicted {self.name}", self.unit, largest)
