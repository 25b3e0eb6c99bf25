"""Confusion matrix of a classifier."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.display._display import Display, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ConfusionDisplay"]

_MOST_WRITTEN = 12


class ConfusionDisplay(Display):
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

    Raises
    ------
    ValueError
        There are no classes, two have the same name, or the shape of ``counts`` is another.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = ConfusionDisplay([[8, 2], [1, 9]], ["bad", "good"], name="Status")
    >>> display.plot(ax=Figure().subplots()).ax_.get_ylabel()
    'true Status'
    """

    def __init__(self, counts: ArrayLike, classes: Sequence[object], *, name: str = "class") -> None:
        if not len(classes):
            raise ValueError("a confusion matrix needs at least one class")
        self.counts = np.asarray(counts)
        if self.counts.shape != (len(classes), len(classes)):
            raise ValueError(f"counts of {len(classes)} classes cannot have the shape {self.counts.shape}")
        self.classes = [str(label) for label in classes]
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"two of the classes have the same name: {', '.join(self.classes)}")
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        classes: Sequence[object] | None = None,
        name: str | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Count the rows of each pair of true and predicted class, and draw the counts.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,)
        classes : sequence, optional
            The classes in the order of the picture; by default those that occur, sorted. Rows of others are
            not counted.
        name : str, optional
            Name of the target; by default that of ``y_true``.
        ax : matplotlib Axes, optional

        Returns
        -------
        ConfusionDisplay

        Raises
        ------
        ValueError
            Lengths differ, there are no rows and no classes, or values cannot be compared with the classes.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> made = ConfusionDisplay.from_predictions(["a", "b"], ["a", "a"], ax=Figure().subplots())
        >>> made.counts
        array([[1, 0],
               [1, 0]])
        """
        true, predicted = np.asarray(y_true), np.asarray(y_pred)
        if true.shape != predicted.shape or true.ndim != 1:
            raise ValueError(
                f"y_true and y_pred must have one dimension and the same length; "
                f"their shapes are {true.shape} and {predicted.shape}"
            )
        known = _occurring(true, predicted) if classes is None else np.asarray(classes)
        rows, columns = (each[:, None] == known for each in (true, predicted))
        for name, found in (("y_true", rows), ("y_pred", columns)):
            if len(found) and not found.any():
                raise ValueError(f"no row of {name} is of one of the classes: {', '.join(map(str, known))}")
        counts = rows.T.astype(np.int64) @ columns
        return cls(counts, known.tolist(), name=name_of(y_true, name)).plot(ax)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, *, name: str | None = None, ax: "Axes | None" = None
    ) -> Self:
        """Predict the classes of rows, and draw how often each is taken for each.

        Parameters
        ----------
        estimator : object
            A fitted classifier.
        X : data frame or array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            The true classes.
        name : str, optional
            Name of the target; by default that of ``y``.
        ax : matplotlib Axes, optional

        Returns
        -------
        ConfusionDisplay
        """
        predicted, classes = estimator.predict(X), estimator.classes_
        return cls.from_predictions(y, predicted, classes=classes, name=name_of(y, name), ax=ax)

    def _draw(self, ax: "Axes") -> None:
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        picture = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        self.figure_.colorbar(picture, ax=ax, label=f"fraction of the true {self.name}", shrink=0.8)
        if len(self.classes) <= _MOST_WRITTEN:
            for (row, column), count in np.ndenumerate(self.counts):
                colour = "white" if shares[row, column] > 0.55 else "black"
                ax.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
        self._label(ax)

    def _label(self, ax: "Axes") -> None:
        if len(self.classes) <= 3 * _MOST_WRITTEN:
            places = range(len(self.classes))
            long = max(map(len, self.classes)) * len(self.classes) > 40
            ax.set_xticks(places, self.classes, rotation=90 if long else 0)
            ax.set_yticks(places, self.classes)
        ax.set_xlabel(f"predicted {self.name}")
        ax.set_ylabel(f"true {self.name}")


def _occurring(true: NDArray[Any], predicted: NDArray[Any]) -> NDArray[Any]:
    """Return the classes that occur, sorted; raise ValueError for texts beside numbers, or missing values."""
    both = [*true.tolist(), *predicted.tolist()]
    if any(each is None or each != each for each in both):
        raise ValueError("y_true and y_pred must not hold missing values")
    if len({isinstance(each, str) for each in both}) > 1:
        raise ValueError("y_true and y_pred hold texts and numbers, which are never the same class")
    return np.unique(np.concatenate([true, predicted]))
