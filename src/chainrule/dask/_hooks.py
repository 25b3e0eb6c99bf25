"""Who is told of each epoch of a fit on a cluster, on the client."""

from collections.abc import Callable
from typing import Any

import numpy as np
from distributed.protocol import pickle as pickles

from chainrule.estimators._callbacks import FitCallbacks
from chainrule.estimators._solver import kind_of
from chainrule.estimators._verbose import print_epoch
from chainrule.training import EpochReport, TrainingState
from chainrule.training._state import EpochRow

__all__ = ["HereHook", "hooks_of"]

HereHook = Callable[[EpochReport, bytes | None], bool | None]
"""Told of an epoch and, where hooks may stop the fit, of the network as it is, pickled."""


def hooks_of(model: Any, callbacks: FitCallbacks) -> list[HereHook]:
    """Return hooks for what a model's parameters ask for, and its callbacks."""
    hooks: list[HereHook] = []
    if model.verbose and kind_of(model.solver).reports:
        hooks.append(lambda report, network: print_epoch(report))
    if callbacks.listening:
        model._state = TrainingState()
        hooks.append(_Told(model, callbacks))
    return hooks


class _Told:
    """Tells callbacks of an epoch that is over; they read the loss from the model, whose state it is."""

    def __init__(self, model: Any, callbacks: FitCallbacks) -> None:
        self._model, self._callbacks = model, callbacks
        self._state: TrainingState = model._state

    def __call__(self, report: EpochReport, network: bytes | None) -> bool:
        self._model.network_ = pickles.loads(network)
        score = np.nan if report.validation_score is None else report.validation_score
        self._state.epochs.append(EpochRow(report.loss, score, report.learning_rate, report.seconds))
        self._state.n_iter, self._state.best_loss = report.epoch, min(report.loss, self._state.best_loss)
        self._callbacks.begin_epoch()
        return self._callbacks(report)
