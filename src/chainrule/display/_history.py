"""Loss and validation score by epoch."""

from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from chainrule.display._display import Display, place_of
from chainrule.display._style import BLUE, GREY, ORANGE, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["HistoryDisplay", "HistoryLike"]

_LOG_FROM = 5.0
"""The axis is logarithmic if the largest loss is more than this many times the smallest."""


class HistoryLike(Protocol):
    """Attributes that a history needs to be drawn: arrays with one value for each epoch."""

    @property
    def epoch(self) -> Any: ...
    @property
    def loss(self) -> Any: ...
    @property
    def validation_score(self) -> Any: ...


class HistoryDisplay(Display):
    """Learning curve: the loss and, where there is one, the validation score of each epoch.

    Parameters
    ----------
    history : object
        With attributes ``epoch``, ``loss`` and ``validation_score`` (or None), such as ``history_`` of a
        fitted estimator.
    loss_name, score_name : str
        Labels of the two vertical axes.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The loss is drawn here.
    score_ax_ : matplotlib Axes or None
        The validation score is drawn here; it shares the epochs.
    figure_ : matplotlib Figure
    lines_ : list of Line2D

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from matplotlib.figure import Figure
    >>> history = SimpleNamespace(epoch=[1, 2, 3], loss=[0.9, 0.4, 0.2], validation_score=[0.5, 0.8, 0.7])
    >>> display = HistoryDisplay(history).plot(ax=Figure().subplots())
    >>> display.ax_.get_ylabel(), display.score_ax_.get_ylabel()
    ('training loss', 'validation score')
    """

    score_ax_: "Axes | None"
    lines_: "list[Line2D]"

    def __init__(
        self,
        history: HistoryLike,
        *,
        loss_name: str = "training loss",
        score_name: str = "validation score",
    ) -> None:
        self.history = history
        self.loss_name = loss_name
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        member: int = 0,
        loss_name: str = "training loss",
        score_name: str = "validation score",
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw how a fitted estimator has learned.

        Parameters
        ----------
        estimator : object
            With ``history_`` like `MLPRegressor`, or with ``histories_`` of several networks like
            `TableRegressor`.
        member : int, default=0
            Which of several networks.
        loss_name, score_name : str
        ax : matplotlib Axes, optional

        Returns
        -------
        HistoryDisplay

        Raises
        ------
        ValueError
            There is no such network.
        """
        histories = estimator.histories_ if hasattr(estimator, "histories_") else [estimator.history_]
        history = histories[place_of(member, range(len(histories)), "member")]
        return cls(history, loss_name=loss_name, score_name=score_name).plot(ax)

    def _draw(self, ax: "Axes") -> None:
        self.lines_ = self._draw_loss(ax)
        self.score_ax_ = None
        if self.history.validation_score is not None:
            self.score_ax_ = ax.twinx()
            self.lines_ += self._draw_score(self.score_ax_)

    def _draw_loss(self, ax: "Axes") -> "list[Line2D]":
        epoch, loss = np.asarray(self.history.epoch), np.asarray(self.history.loss)
        lines = ax.plot(epoch, loss, color=BLUE, label=self.loss_name, marker=_marker(epoch))
        if np.isfinite(loss).any() and np.nanmin(loss) > 0 and np.nanmax(loss) > _LOG_FROM * np.nanmin(loss):
            _scale_by_logarithms(ax, decades=float(np.log10(np.nanmax(loss) / np.nanmin(loss))))
        ax.set_xlabel("epoch")
        ax.set_ylabel(self.loss_name, color=BLUE)
        ax.locator_params(axis="x", integer=True)
        tidy(ax)
        return lines

    def _draw_score(self, ax: "Axes") -> "list[Line2D]":
        epoch, score = np.asarray(self.history.epoch), np.asarray(self.history.validation_score)
        lines = ax.plot(epoch, score, color=ORANGE, label=self.score_name, marker=_marker(epoch))
        if np.isfinite(score).any():
            best = int(np.nanargmax(score))
            ax.axvline(float(epoch[best]), color=GREY, linewidth=0.8, linestyle=":")
            lines += ax.plot(
                epoch[best],
                score[best],
                "o",
                color=ORANGE,
                label=f"best: {score[best]:.4g}, epoch {epoch[best]}",
            )
            ax.legend(handles=lines[-1:], loc="center right", framealpha=1.0, edgecolor="none")
        ax.set_ylabel(self.score_name, color=ORANGE)
        ax.spines["top"].set_visible(False)
        return lines


def _scale_by_logarithms(ax: "Axes", decades: float) -> None:
    ax.set_yscale("log", subs=[2, 3, 5])
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}" if decades < 3 else "")


def _marker(epoch: Any) -> str:
    # A single epoch makes no line.
    return "o" if len(epoch) < 3 else ""
