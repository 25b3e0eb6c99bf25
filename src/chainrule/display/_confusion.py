"""Confusion matrix of a classifier."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.display._style import axes_to_draw_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ConfusionDisplay"]

_MOST_WRITTEN = 12


class ConfusionDisplay:
    """Confusion matrix: how many rows of each true class are predicted as each class.

    A perfect model has all rows on the diagonal. Each cell shows its number of rows, and its colour the
    fraction of the true class.

    Parameters
    ----------
    counts : array-like of shape (n_classes, n_classes)
        True classes down, predicted classes across.
    classes : sequence
        Their names.
    name : str
        Name of the target.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = ConfusionDisplay([[8, 2], [1, 9]], ["bad", "good"], name="Status")
    >>> display.plot(ax=Figure().subplots()).ax_.get_ylabel()
    'true Status'
    """

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, counts: ArrayLike, classes: Sequence[object], *, name: str = "class") -> None:
        self.counts = np.asarray(counts)
        if self.counts.shape != (len(classes), len(classes)):
            raise ValueError(f"counts of {len(classes)} classes cannot have the shape {self.counts.shape}")
        self.classes = [str(label) for label in classes]
        self.name = name

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into the given axes, or into new ones.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        ConfusionDisplay
            Itself, with the attributes set.
        """
        self.ax_ = axes_to_draw_on(ax)
        self.figure_ = self.ax_.get_figure(root=True)  # type: ignore[assignment]
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        picture = self.ax_.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        self.figure_.colorbar(picture, ax=self.ax_, label=f"fraction of the true {self.name}", shrink=0.8)
        if len(self.classes) <= _MOST_WRITTEN:
            for (row, column), count in np.ndenumerate(self.counts):
                colour = "white" if shares[row, column] > 0.55 else "black"
                self.ax_.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
        self._label(self.ax_)
        return self

    def _label(self, ax: "Axes") -> None:
        if len(self.classes) <= 3 * _MOST_WRITTEN:
            places = range(len(self.classes))
            long = max(map(len, self.classes)) * len(self.classes) > 40
            ax.set_xticks(places, self.classes, rotation=90 if long else 0)
            ax.set_yticks(places, self.classes)
        ax.set_xlabel(f"predicted {self.name}")
        ax.set_ylabel(f"true {self.name}")
