"""Plot of sensitivities: the derivatives ∂output/∂feature."""

from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from chainrule.display._display import Display, check_count, place_of
from chainrule.display._style import BLUE, GREY, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SensitivitiesLike", "SensitivityDisplay"]


class SensitivitiesLike(Protocol):
    """Attributes that sensitivities need to be drawn: names, and arrays (n_outputs, n_features)."""

    @property
    def mean(self) -> Any: ...
    @property
    def root_mean_square(self) -> Any: ...
    @property
    def features(self) -> Any: ...
    @property
    def outputs(self) -> Any: ...


class SensitivityDisplay(Display):
    """∂output/∂feature for each feature: root mean square as bars, mean as dots, largest on top.

    A dot at the end of its bar means that the effect has the same sign everywhere; a dot at 0 means that
    its sign changes.

    Parameters
    ----------
    sensitivities : object
        With attributes ``mean``, ``root_mean_square``, ``features`` and ``outputs``, such as
        ``MLPRegressor.sensitivities`` returns.
    output : int or str, default=0
        The output to draw, by index or name.
    n_features : int, default=20
        Number of features to draw: those with the largest root mean square.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        There is no such output, or ``n_features`` is below 1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from matplotlib.figure import Figure
    >>> found = SimpleNamespace(
    ...     mean=[[1.0, -2.0]], root_mean_square=[[1.5, 2.0]], features=["a", "b"], outputs=["price"]
    ... )
    >>> display = SensitivityDisplay(found).plot(ax=Figure().subplots())
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['a', 'b']
    """

    def __init__(
        self, sensitivities: SensitivitiesLike, *, output: int | str = 0, n_features: int = 20
    ) -> None:
        self.sensitivities, self.n_features = sensitivities, n_features
        self.output = place_of(output, list(sensitivities.outputs), "output")
        check_count(n_features, "n_features")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        of: str | None = None,
        output: int | str = 0,
        n_features: int = 20,
        ax: "Axes | None" = None,
    ) -> Self:
        """Average ∂output/∂feature of a fitted estimator over the rows of X, and draw it.

        Parameters
        ----------
        estimator : object
            With a method ``sensitivities``.
        X : array of shape (n_samples, n_features)
        of : str, optional
            Passed to ``sensitivities``.
        output, n_features
            As in `SensitivityDisplay`.
        ax : matplotlib Axes, optional

        Returns
        -------
        SensitivityDisplay
        """
        found = estimator.sensitivities(X) if of is None else estimator.sensitivities(X, of=of)
        return cls(found, output=output, n_features=n_features).plot(ax)

    def _draw(self, ax: "Axes") -> None:
        tidy(ax)
        sizes = np.asarray(self.sensitivities.root_mean_square)[self.output]
        means = np.asarray(self.sensitivities.mean)[self.output]
        shown = np.argsort(sizes, kind="stable")[-self.n_features :]
        places = np.arange(len(shown))
        signs = np.where(means[shown] < 0, -1, 1)
        ax.barh(places, signs * sizes[shown], color=BLUE, alpha=0.35, label="root mean square")
        ax.plot(means[shown], places, "o", color=BLUE, markersize=5, label="mean")
        ax.axvline(0, color=GREY, linewidth=0.9)
        ax.set_yticks(places, [str(self.sensitivities.features[j]) for j in shown])
        ax.grid(visible=False, axis="y")
        name = self.sensitivities.outputs[self.output]
        ax.set_xlabel(f"∂{name} / ∂feature")
        ax.legend(loc="best", frameon=False)
