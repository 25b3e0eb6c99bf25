"""Plot of one prediction: what each column adds to that of a typical row."""

from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from chainrule.display._display import Display, check_count, place_of
from chainrule.display._style import BLUE, GREY, ORANGE, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ExplanationDisplay", "ExplanationLike"]


class ExplanationLike(Protocol):
    """Attributes that an explanation needs to be drawn."""

    @property
    def columns(self) -> Any: ...
    @property
    def cells(self) -> Any: ...
    @property
    def parts(self) -> Any: ...
    @property
    def typical(self) -> Any: ...
    @property
    def prediction(self) -> Any: ...
    @property
    def remainder(self) -> Any: ...
    @property
    def outputs(self) -> Any: ...


class ExplanationDisplay(Display):
    """Bars from the prediction of a typical row to that of one row: columns, the largest on top, remainder.

    Parameters
    ----------
    explanation : object
        As ``TableRegressor.explain`` returns it.
    output : int or str, default=0
        The output to draw, by index or name.
    n_columns : int, default=12
        The largest parts to draw; the others are drawn together.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        There is no such output, or ``n_columns`` is below 1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from matplotlib.figure import Figure
    >>> found = SimpleNamespace(
    ...     columns=["carat", "cut"], cells=["1.2", "Ideal"], parts=[[900.0, -100.0]], typical=[2400.0],
    ...     prediction=[3150.0], remainder=[-50.0], outputs=["price"],
    ... )
    >>> display = ExplanationDisplay(found).plot(ax=Figure().subplots())
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['remainder', 'cut = Ideal', 'carat = 1.2']
    """

    def __init__(self, explanation: ExplanationLike, *, output: int | str = 0, n_columns: int = 12) -> None:
        self.explanation, self.n_columns = explanation, n_columns
        self.output = place_of(output, list(explanation.outputs), "output")
        check_count(n_columns, "n_columns")

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        row: Any,
        *,
        output: int | str = 0,
        n_columns: int = 12,
        ax: "Axes | None" = None,
    ) -> Self:
        """Take the prediction of one row apart, and draw its parts.

        Parameters
        ----------
        estimator : object
            With a method ``explain``, like `TableRegressor`.
        row : data frame or array of one row
        output, n_columns
            As in `ExplanationDisplay`.
        ax : matplotlib Axes, optional

        Returns
        -------
        ExplanationDisplay
        """
        return cls(estimator.explain(row), output=output, n_columns=n_columns).plot(ax)

    def _draw(self, ax: "Axes") -> None:
        tidy(ax)
        found, k = self.explanation, self.output
        names, sizes = self._parts()
        ends = float(np.asarray(found.typical)[k]) + np.cumsum(sizes)
        places = np.arange(len(sizes))[::-1]
        colours = [GREY if name == "remainder" else BLUE if size >= 0 else ORANGE
                   for name, size in zip(names, sizes, strict=True)]  # fmt: skip
        ax.barh(places, sizes, left=ends - sizes, color=colours, alpha=0.75)
        for place, size, end in zip(places, sizes, ends, strict=True):
            ax.annotate(
                f"{size:+.4g}", (end, place), xytext=(3 if size >= 0 else -3, 0), textcoords="offset points",
                ha="left" if size >= 0 else "right", va="center", fontsize=8,
            )  # fmt: skip
        ax.use_sticky_edges = False
        ax.margins(x=0.12)
        for value, words in ((found.typical, "typical row"), (found.prediction, "prediction")):
            at = float(np.asarray(value)[k])
            ax.axvline(at, color=GREY, linewidth=0.9, linestyle="--")
            ax.annotate(
                f"{words} {at:.4g}", (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
                textcoords="offset points", ha="center", fontsize=8, color=GREY,
            )  # fmt: skip
        ax.set_yticks(places[::-1], names[::-1])
        ax.grid(visible=False, axis="y")
        ax.set_xlabel(str(found.outputs[k]))

    def _parts(self) -> tuple[list[str], Any]:
        """Names and sizes of the bars, the largest first; then the others together, and the remainder."""
        found, parts = self.explanation, np.asarray(self.explanation.parts)[self.output]
        order = np.argsort(-np.abs(parts), kind="stable")
        shown, rest = order[: self.n_columns], order[self.n_columns :]
        names = [f"{found.columns[j]} = {found.cells[j]}" for j in shown]
        sizes = [float(parts[j]) for j in shown]
        if len(rest):
            names.append(f"{len(rest)} other columns")
            sizes.append(float(parts[rest].sum()))
        return [*names, "remainder"], np.array([*sizes, float(np.asarray(found.remainder)[self.output])])
