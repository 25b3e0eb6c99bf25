"""Who is told of each epoch of a fit on a cluster, on the client."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from distributed.protocol import pickle as pickles

from chainrule.estimators._callbacks import FitCallbacks
from chainrule.estimators._solver import kind_of
from chainrule.estimators._verbose import print_epoch
from chainrule.tables.ensemble._watching import Announcement, Bar
from chainrule.training import EpochReport, TrainingState
from chainrule.training._progress import ProgressBar
from chainrule.training._state import EpochRow

__all__ = ["Audience", "HereHook", "those_of_members", "those_of_network"]

HereHook = Callable[[EpochReport, bytes | None], bool | None]
"""Told of an epoch and, where hooks may stop the fit, of the network as it is, pickled."""


@dataclass(frozen=True)
class Audience:
    """Those who are told of a fit.

    Attributes
    ----------
    hooks : sequence of callable
        Told of each epoch.
    shown : context manager
        Open while the fit runs; gives more hooks.
    answers : bool
        Whether a hook may stop the fit.
    end : callable
        Called when the fit has come to its end.
    """

    hooks: Sequence[HereHook]
    shown: AbstractContextManager[Sequence[HereHook]]
    answers: bool = False
    end: Callable[[], None] = lambda: None

    @contextmanager
    def listening(self) -> Iterator[Sequence[HereHook]]:
        """Return all hooks."""
        with self.shown as more:
            yield [*self.hooks, *more]


def those_of_network(model: Any, callbacks: FitCallbacks) -> Audience:
    """Return who is told of a network's epochs: as its parameters ask for, and its callbacks."""
    hooks: list[HereHook] = []
    if model.verbose and kind_of(model.solver).reports:
        hooks.append(lambda report, network: print_epoch(report))
    if callbacks.listening:
        model._state = TrainingState()
        hooks.append(_Told(model, callbacks))
    shown = _showing(ProgressBar()) if model.progress else nullcontext(())
    return Audience(hooks, shown, callbacks.listening, callbacks.end)


@contextmanager
def _showing(bar: ProgressBar) -> Iterator[Sequence[HereHook]]:
    with bar:
        yield [lambda report, network: bar(report)]


def those_of_members(n_members: int, verbose: bool, progress: bool) -> Audience:
    """Return who is told of the epochs of an ensemble's members, which learn one after the other."""
    if not (verbose or progress):
        return Audience((), nullcontext(()))
    return Audience((), _of_members(Bar(n_members) if progress else Announcement(n_members, verbose)))


@contextmanager
def _of_members(shown: Announcement) -> Iterator[Sequence[HereHook]]:
    last: EpochReport | None = None

    def hear(report: EpochReport, network: bytes | None) -> None:
        nonlocal last
        if last is not None and report.member > last.member:
            shown.ended(last)
        last = report
        shown(report)

    with shown:
        yield [hear]
        shown.ended(last)


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
