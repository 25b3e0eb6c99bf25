"""Rows as dots, or as a density where dots would hide each other; axes of numbers."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.display._style import BLUE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]

__all__ = ["draw_rows", "label_numbers", "limits_of", "two_rows_of_numbers"]

_MOST_DOTS = 1500
"""More rows than this are drawn as a density."""


def two_rows_of_numbers(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """Return true and predicted values as floats; ValueError unless they are finite and of one length."""
    true, predicted = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if true.shape != predicted.shape or true.ndim != 1:
        raise ValueError(
            f"y_true and y_pred must have one dimension and the same length; "
            f"their shapes are {true.shape} and {predicted.shape}"
        )
    for name, values in (("y_true", true), ("y_pred", predicted)):
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} holds NaN or infinity, first in row {int(np.isfinite(values).argmin())}"
            )
    return true, predicted


def draw_rows(
    ax: "Axes", x: Array, y: Array, x_limits: tuple[float, float], y_limits: tuple[float, float]
) -> None:
    """Draw rows at (x, y); what lies outside the limits is drawn at the edge."""
    x, y = np.clip(x, *x_limits), np.clip(y, *y_limits)
    if len(x) <= _MOST_DOTS:
        ax.scatter(x, y, s=14, color=BLUE, alpha=0.5, linewidths=0)
        return
    extent = (*x_limits, *y_limits)
    cells = ax.hexbin(x, y, gridsize=70, extent=extent, norm="log", mincnt=1, cmap="Blues", vmin=0.3)
    cells.set_edgecolor("face")
    figure = ax.get_figure(root=True)
    assert figure is not None
    # The palest third of the colours would not show on white; it is left out of the scale too.
    figure.colorbar(cells, ax=ax, label="rows", shrink=0.8, format="{x:,.0f}").ax.set_ylim(bottom=1)


def label_numbers(ax: "Axes", x_label: str, y_label: str, unit: str | None, largest: float) -> None:
    """Name both axes, with the unit, and write thousands with a comma."""
    unit = f" ({unit})" if unit else ""
    ax.set_xlabel(f"{x_label}{unit}")
    ax.set_ylabel(f"{y_label}{unit}")
    ax.locator_params(nbins=5)
    if largest >= 1000:
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:,.0f}")


def limits_of(values: Array) -> tuple[float, float]:
    """Return the smallest and the largest value, with a margin."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin
