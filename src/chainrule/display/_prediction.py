"""Plot of predicted against true values."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.display._style import BLUE, GREY, axes_to_draw_on, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PredictionDisplay"]

_MOST_DOTS = 1500
"""More rows than this are drawn as a density, because dots would hide each other."""


class PredictionDisplay:
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
        The two have different lengths, or more than one dimension.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = PredictionDisplay([326.0, 327.0], [330.0, 320.0], name="price", unit="US dollars")
    >>> display.plot(ax=Figure().subplots()).ax_.get_xlabel()
    'true price (US dollars)'
    """

    ax_: "Axes"
    figure_: "Figure"

    def __init__(
        self, y_true: ArrayLike, y_pred: ArrayLike, *, name: str = "target", unit: str | None = None
    ) -> None:
        self.y_true, self.y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
        if self.y_true.shape != self.y_pred.shape or self.y_true.ndim != 1:
            raise ValueError(
                f"y_true and y_pred must have one dimension and the same length; "
                f"their shapes are {self.y_true.shape} and {self.y_pred.shape}"
            )
        self.name = name
        self.unit = unit

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into the given axes, or into new ones.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        PredictionDisplay
            Itself, with the attributes set.
        """
        self.ax_ = axes_to_draw_on(ax)
        self.figure_ = self.ax_.get_figure(root=True)  # type: ignore[assignment]
        tidy(self.ax_)
        limits = _limits(self.y_true)
        self._draw_rows(self.ax_, limits)
        self.ax_.plot(limits, limits, color=GREY, linewidth=0.9, linestyle="--", label="predicted = true")
        self.ax_.set(xlim=limits, ylim=limits, aspect="equal")
        self.ax_.legend(loc="upper left", frameon=False)
        self._label(self.ax_)
        return self

    def _draw_rows(self, ax: "Axes", limits: tuple[float, float]) -> None:
        # Predictions outside the limits are drawn at the edge.
        shown = np.clip(self.y_pred, *limits)
        if len(self.y_true) <= _MOST_DOTS:
            ax.scatter(self.y_true, shown, s=14, color=BLUE, alpha=0.5, linewidths=0)
            return
        cells = ax.hexbin(
            self.y_true,
            shown,
            gridsize=70,
            extent=(*limits, *limits),
            norm="log",
            mincnt=1,
            cmap="Blues",
            vmin=0.3,
        )
        cells.set_edgecolor("face")
        # The palest third of the colours would not show on white; it is left out of the scale too.
        self.figure_.colorbar(cells, ax=ax, label="rows", shrink=0.8, format="{x:,.0f}").ax.set_ylim(bottom=1)

    def _label(self, ax: "Axes") -> None:
        unit = f" ({self.unit})" if self.unit else ""
        ax.set_xlabel(f"true {self.name}{unit}")
        ax.set_ylabel(f"predicted {self.name}{unit}")
        ax.locator_params(nbins=5)
        if np.abs(self.y_true).max(initial=0) >= 1000:
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_formatter("{x:,.0f}")


def _limits(values: NDArray[Any]) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin
