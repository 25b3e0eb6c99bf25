"""The few colours and habits that all pictures share."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BLUE", "GREY", "ORANGE", "axes_to_draw_on", "tidy"]

BLUE = "#1f5fa8"
ORANGE = "#d9730d"
GREY = "#666666"


def axes_to_draw_on(ax: "Axes | None") -> "Axes":
    """The given axes, or new ones in a pyplot figure, as scikit-learn's displays make them."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("plots need matplotlib: pip install 'chainrule[plot]'") from error
    return plt.subplots(layout="constrained")[1]


def tidy(ax: "Axes") -> None:
    """A faint grid, and no frame where no axis is."""
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
