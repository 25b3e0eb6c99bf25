"""Plot of the effect of one column: mean prediction, its derivative, and how much members differ."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.display._display import Display
from chainrule.display._style import BLUE, GREY, ORANGE, axes_to_draw_on, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PartialEffectDisplay"]

_MOST_ROWS = 200


class PartialEffectDisplay(Display):
    """Mean prediction over the rows of a table as one column takes each of its values (Friedman 2001).

    The curve stands above, its derivative below; bands are the range of the members of an ensemble.

    Parameters
    ----------
    column : str
    grid : array of shape (n_points,)
        Values of the column.
    effects : array of shape (n_members, n_points)
        Mean prediction of each member.
    slopes : array of shape (n_members, n_points)
        Mean derivative of each member.
    name : str
        Of what is predicted.
    values : array, optional
        Values of the column in the table, drawn as ticks.

    Attributes
    ----------
    ax_, slope_ax_ : matplotlib Axes
        The curve, and its derivative.
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        Shapes do not fit, or there are no points.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = PartialEffectDisplay("carat", [1.0, 2.0], [[2.0, 4.0]], [[2.0, 2.0]], name="price")
    >>> display.plot(ax=Figure().subplots(2)).slope_ax_.get_ylabel()
    '∂price / ∂carat'
    """

    slope_ax_: "Axes"

    def __init__(
        self,
        column: str,
        grid: ArrayLike,
        effects: ArrayLike,
        slopes: ArrayLike,
        *,
        name: str = "prediction",
        values: ArrayLike | None = None,
    ) -> None:
        self.column, self.name = column, name
        self.grid, self.effects, self.slopes = (np.asarray(each, float) for each in (grid, effects, slopes))
        self.values = None if values is None else np.asarray(values, float)
        shapes_fit = self.effects.shape == self.slopes.shape and self.effects.shape[1:] == self.grid.shape
        if not shapes_fit or not self.grid.size:
            raise ValueError(
                f"effects {self.effects.shape} and slopes {self.slopes.shape} must be (n_members, n_points) "
                f"for a grid of shape {self.grid.shape}"
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        column: str,
        *,
        output: int = 0,
        n_points: int = 60,
        name: str | None = None,
        smooth: float | None = None,
        ax: "tuple[Axes, Axes] | Any | None" = None,
    ) -> Self:
        """Compute the effect of a column of numbers, and draw it.

        Parameters
        ----------
        estimator : object
            With methods ``effect_of`` like `TableRegressor`.
        X : data frame or array
            At most 200 rows, drawn evenly, are averaged over.
        column : str
        output : int, default=0
        n_points : int, default=60
            Between the 1st and the 99th percentile.
        name : str, optional
        smooth : float, optional
            As for ``jacobian``.
        ax : pair of matplotlib Axes, optional

        Returns
        -------
        PartialEffectDisplay
        """
        found = estimator.effect_of(
            X, column, output=output, n_points=n_points, most_rows=_MOST_ROWS, smooth=smooth
        )
        grid, effects, slopes, values = found
        return cls(column, grid, effects, slopes, name=name or "prediction", values=values).plot(ax)

    def plot(self, ax: "tuple[Axes, Axes] | Any | None" = None) -> Self:
        """Draw into two axes, or into new ones.

        Parameters
        ----------
        ax : pair of matplotlib Axes, optional
            For the curve and for its derivative.

        Returns
        -------
        PartialEffectDisplay
            Itself, with the attributes set.
        """
        above, self.slope_ax_ = _two_new_axes() if ax is None else ax
        return super().plot(above)

    def _draw(self, ax: "Axes") -> None:
        above, below = ax, self.slope_ax_
        for place, curves, colour in ((above, self.effects, BLUE), (below, self.slopes, ORANGE)):
            tidy(place)
            place.plot(self.grid, curves.mean(axis=0), color=colour)
            if len(curves) > 1:
                low, high = curves.min(axis=0), curves.max(axis=0)
                place.fill_between(
                    self.grid, low, high, color=colour, alpha=0.2, linewidth=0, label="members"
                )
                place.legend(loc="best", frameon=False)
        below.axhline(0, color=GREY, linewidth=0.9)
        if self.values is not None:
            shown = self.values[(self.values >= self.grid[0]) & (self.values <= self.grid[-1])]
            above.plot(shown, np.zeros(len(shown)), "|", color=GREY, markersize=6, alpha=0.4,
                       transform=above.get_xaxis_transform(), clip_on=False)  # fmt: skip
        above.set_ylabel(f"mean {self.name}")
        below.set_ylabel(f"∂{self.name} / ∂{self.column}")
        below.set_xlabel(self.column)


def _two_new_axes() -> "tuple[Axes, Axes]":
    alone = axes_to_draw_on(None)
    figure = alone.get_figure(root=True)
    assert figure is not None
    alone.remove()
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    return above, below
