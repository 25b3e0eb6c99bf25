"""Plot of how often what is predicted with a probability is so."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.display._display import Display, check_count, name_of
from chainrule.display._style import BLUE, GREY, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CalibrationDisplay"]


class CalibrationDisplay(Display):
    """Share of rows that are of a class, against the probability that was predicted for it, in bins.

    Of a calibrated model the dots lie on the diagonal: of the rows with a probability around 0.7 seven in ten
    are of the class. Bars are two standard errors of the share, √(s (1 - s) / n).

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Whether each row is of the class: truth values, or 0 and 1.
    y_prob : array-like of shape (n_samples,)
        The predicted probability that it is.
    n_bins : int, default=10
        Bins with equal numbers of rows; fewer where probabilities are equal.
    name : str
        Of the class.

    Attributes
    ----------
    predicted, observed : ndarray of shape (n_bins_used,)
        Mean probability of each bin, and share of its rows that are of the class.
    counts : ndarray of int
        Rows of each bin.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        Lengths differ, there are no rows, ``y_true`` holds other values than these, probabilities are outside
        0 to 1, or ``n_bins`` is below 1.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = CalibrationDisplay([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], n_bins=2, name="sold")
    >>> display.predicted, display.observed, display.counts
    (array([0.2, 0.7]), array([0., 1.]), array([2, 2]))
    >>> display.plot(ax=Figure().subplots()).ax_.get_ylabel()
    'share that is sold'
    """

    def __init__(
        self, y_true: ArrayLike, y_prob: ArrayLike, *, n_bins: int = 10, name: str = "the class"
    ) -> None:
        true, prob = np.asarray(y_true, dtype=float), np.asarray(y_prob, dtype=float)
        if true.shape != prob.shape or true.ndim != 1 or not true.size:
            raise ValueError(
                f"y_true and y_prob must have one dimension, the same length and at least one row; "
                f"their shapes are {true.shape} and {prob.shape}"
            )
        if not ((prob >= 0) & (prob <= 1)).all():
            raise ValueError("y_prob holds a number outside 0 to 1: give the probability of one class")
        if not np.isin(true, (0, 1)).all():
            raise ValueError("y_true must hold whether each row is of the class: truth values, or 0 and 1")
        check_count(n_bins, "n_bins")
        edges = np.unique(np.quantile(prob, np.linspace(0, 1, n_bins + 1)))
        bins = np.searchsorted(edges[1:-1], prob, side="left")
        counts = np.bincount(bins, minlength=max(1, len(edges) - 1))
        used = counts > 0
        self.counts = counts[used]
        sums = (np.bincount(bins, each, len(counts))[used] for each in (prob, true))
        self.predicted, self.observed = (each / self.counts for each in sums)
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_prob: ArrayLike,
        *,
        n_bins: int = 10,
        name: str | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw the calibration of predicted probabilities.

        Parameters
        ----------
        y_true, y_prob, n_bins, name
            As in `CalibrationDisplay`.
        ax : matplotlib Axes, optional

        Returns
        -------
        CalibrationDisplay
        """
        return cls(y_true, y_prob, n_bins=n_bins, name=name_of(y_true, name)).plot(ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        label: object = None,
        n_bins: int = 10,
        ax: "Axes | None" = None,
    ) -> Self:
        """Predict the probability of one class for rows, and draw how well it is calibrated.

        Parameters
        ----------
        estimator : object
            A fitted classifier with ``predict_proba``.
        X : data frame or array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            The true classes.
        label : object, optional
            The class; by default the last one, which of two is the second.
        n_bins : int, default=10
        ax : matplotlib Axes, optional

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError
            There is no such class.
        """
        classes = list(estimator.classes_)
        wanted = classes[-1] if label is None else label
        if wanted not in classes:
            raise ValueError(f"label is {wanted!r}; the classes are {', '.join(map(str, classes))}")
        prob = np.asarray(estimator.predict_proba(X))[:, classes.index(wanted)]
        return cls(np.asarray(y) == wanted, prob, n_bins=n_bins, name=str(wanted)).plot(ax)

    @property
    def standard_errors(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        """Of the observed shares."""
        return np.asarray(np.sqrt(self.observed * (1 - self.observed) / self.counts))

    def _draw(self, ax: "Axes") -> None:
        tidy(ax)
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.9, linestyle="--", label="calibrated")
        ax.errorbar(
            self.predicted, self.observed, yerr=2 * self.standard_errors, color=BLUE, marker="o", capsize=2
        )
        ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        ax.set_xlabel(f"predicted probability of {self.name}")
        ax.set_ylabel(f"share that is {self.name}")
        ax.legend(loc="upper left", frameon=False)
