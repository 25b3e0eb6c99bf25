"""Callbacks of scikit-learn (1.9 and newer) for our estimators: a task for the fit, one for each epoch."""

from copy import deepcopy
from typing import Any

from chainrule.training import EpochReport

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
except ImportError:  # scikit-learn 1.8

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in where scikit-learn has no callbacks yet."""


class FitCallbacks:
    """Tells the callbacks of an estimator of its fit and of each epoch; a hook of training.

    Parameters
    ----------
    estimator : estimator
        Being fitted; its callbacks are told, if there are any.
    X, y, sample_weight
        What it is fitted to.
    max_epochs : int
        Most epochs to come; with 0, as in partial_fit, nobody is told anything.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any, max_epochs: int) -> None:
        self._estimator = estimator
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit: Any = None
        self._epoch: Any = None
        if max_epochs and hasattr(estimator, "_init_callback_context"):
            self._fit = estimator._init_callback_context(max_subtasks=max_epochs)
            self._fit.call_on_fit_task_begin(**self._told)

    @property
    def listening(self) -> bool:
        """Whether anybody listens to epochs."""
        return self._fit is not None and bool(getattr(self._estimator, "_skl_callbacks", None))

    def skip(self, epochs: int) -> None:
        """Count epochs that an earlier process has told of: the next one has the number after theirs."""
        for _ in range(epochs):
            self._fit.subcontext(task_name="epoch")

    def begin_epoch(self) -> None:
        """Open the task of the next epoch."""
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._told, reconstruction_attributes=self._fitted)

    def __call__(self, report: EpochReport) -> bool:
        """Close the task of an epoch; True if a callback wants to stop.

        A callback reads the loss from the estimator: ``loss_``, ``history_``.
        """
        epoch, self._epoch = self._epoch, None
        return bool(epoch.call_on_fit_task_end(**self._told, reconstruction_attributes=self._fitted))

    def end(self) -> None:
        """Close the task of an epoch that did not run to its end, and that of the fit."""
        if self._fit is None:
            return
        if self._epoch is not None:
            self._epoch.call_on_fit_task_end(estimator=self._estimator)
        self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes=self._fitted)

    def _fitted(self) -> dict[str, Any]:
        # Only called for a callback that asks for a fitted estimator: learning goes on in the original.
        return {name: deepcopy(getattr(self._estimator, name)) for name in ("network_", "_state")}
