"""Progress bar of training, a hook: epochs, loss, learning rate and time left."""

from types import TracebackType
from typing import Any

import numpy as np

from chainrule._progress import bar
from chainrule.training._rules import EpochReport


class ProgressBar:
    """A context manager that is called with each `EpochReport`; drawn by rich on standard error.

    Raises
    ------
    ImportError
        Without rich.
    """

    def __init__(self) -> None:
        self._bar = bar("learning", "figures")
        self._task: Any = None

    def __enter__(self) -> "ProgressBar":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, report: EpochReport) -> None:
        """Show an epoch."""
        if self._task is None:
            self._task = self._bar.add_task("learning", total=report.max_epochs, figures="")
        self._bar.update(self._task, completed=report.epoch, figures=_figures(report))


def _figures(report: EpochReport) -> str:
    words = [f"loss {report.loss:.6g}"]
    if report.validation_score is not None:
        words.append(f"validation {report.validation_score:.4f}")
    if np.isfinite(report.learning_rate):
        words.append(f"rate {report.learning_rate:.2g}")
    return "  ".join(words)
