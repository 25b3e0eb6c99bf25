"""Plot of predicted against true values."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.display._display import Display, name_of
from chainrule.display._dots import draw_rows, label_numbers, limits_of, two_rows_of_numbers
from chainrule.display._style import GREY, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PredictionDisplay"]


class PredictionDisplay(Display):
    """Plot of predicted against true values; a perfect model has all of them on the diagonal.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
    name : str
        Name of the target, for the labels.
    unit : str, optional
        Unit of the target, for the labels.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        The two have different lengths, more than one dimension, or hold NaN or infinity.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = PredictionDisplay([326.0, 327.0], [330.0, 320.0], name="price", unit="US dollars")
    >>> display.plot(ax=Figure().subplots()).ax_.get_xlabel()
    'true price (US dollars)'
    """

    def __init__(
        self, y_true: ArrayLike, y_pred: ArrayLike, *, name: str = "target", unit: str | None = None
    ) -> None:
        self.y_true, self.y_pred = two_rows_of_numbers(y_true, y_pred)
        self.name, self.unit = name, unit

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        name: str | None = None,
        unit: str | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw predicted against true values.

        Parameters
        ----------
        y_true, y_pred, unit
            As in the constructor.
        name : str, optional
            Name of the target; by default that of ``y_true``.
        ax : matplotlib Axes, optional

        Returns
        -------
        PredictionDisplay or ResidualDisplay
        """
        return cls(y_true, y_pred, name=name_of(y_true, name), unit=unit).plot(ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        name: str | None = None,
        unit: str | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Predict the target of rows, and draw the predictions beside the true values.

        Parameters
        ----------
        estimator : object
            A fitted regressor.
        X : data frame or array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            The true values.
        name, unit, ax
            As in `from_predictions`.

        Returns
        -------
        PredictionDisplay or ResidualDisplay
        """
        return cls.from_predictions(y, estimator.predict(X), name=name, unit=unit, ax=ax)

    def _draw(self, ax: "Axes") -> None:
        tidy(ax)
        limits = limits_of(self.y_true)
        draw_rows(ax, self.y_true, self.y_pred, limits, limits)
        ax.plot(limits, limits, color=GREY, linewidth=0.9, linestyle="--", label="predicted = true")
        ax.set(xlim=limits, ylim=limits, aspect="equal")
        ax.legend(loc="upper left", frameon=False)
        largest = float(np.abs(self.y_true).max(initial=0))
        label_numbers(ax, f"true {self.name}", f"predicted {self.name}", self.unit, largest)
