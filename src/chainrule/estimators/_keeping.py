"""A fit of an estimator that is kept in a file now and then, and gone on with."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.estimators._held_back import HeldBack
from chainrule.network import Network
from chainrule.training import (
    Identity,
    Problem,
    Recorder,
    Rules,
    Snapshot,
    TrainingState,
    digests_of,
    open_recorder,
    random_snapshot,
    restore_random,
    settings_of,
)

NOT_SETTINGS = {"verbose", "progress", "n_jobs"}
"""Parameters that change nothing of what is learnt."""


class Keeping:
    """What ``checkpoint=`` and ``resume=`` of a fit ask for; nothing where both are left out.

    Parameters
    ----------
    model : estimator
    checkpoint : path-like, Checkpoint or None
    resume : path-like or None

    Raises
    ------
    OSError, ValueError, TypeError
        As `open_recorder`.
    """

    def __init__(self, model: Any, checkpoint: Any, resume: Any) -> None:
        self._given = model.random_state
        self.recorder: Recorder | None = open_recorder(
            checkpoint, resume, lambda: identity_of(model), stacklevel=5
        )
        self._start = Snapshot()

    @property
    def _found(self) -> Snapshot | None:
        return None if self.recorder is None else self.recorder.start

    def drawn(self, drawn: bool) -> bool:
        """Return whether the network of the fit that is gone on with was drawn; without one, as it is now."""
        return drawn if self._found is None else self._found.flag("drawn")

    @property
    def seconds_before(self) -> float:
        """How long the fit that is gone on with took so far."""
        return 0.0 if self.recorder is None else self.recorder.seconds_before

    def random(self, random: np.random.RandomState) -> np.random.RandomState:
        """Return the source of all draws, as it was where the fit began."""
        if self.recorder is None:
            return random
        if self._found is not None:
            if not isinstance(self._given, np.random.RandomState):  # NumPy's own is left alone
                random = np.random.RandomState(0)
            restore_random(random, self._found.part("random"))
        self._start = Snapshot.joined({"random": random_snapshot(random)})
        return random

    def begin(
        self,
        problem: Problem,
        state: TrainingState,
        rules: Rules,
        digests: Callable[[], dict[str, str | None]],
    ) -> tuple[Rules, int]:
        """Compare what is learnt from, and bring a fit that went on from an earlier one to where it began.

        Digests of it are made only where that is asked for. Returns the rules, and how many epochs were done
        before.
        """
        if self.recorder is None:
            return rules, 0
        network, found = problem.network, self._found
        if not problem.drawn and found is None:
            net = Snapshot(arrays={"parameters": network.parameters})
            self._start |= Snapshot.joined({"network": net, "state": state.snapshot()}).settled()
        self.compare(problem.drawn, digests)
        if not problem.drawn and found is not None:
            network.parameters[:] = found.part("network").array("parameters", like=network.parameters)
            state.restore(found.part("state"), network.parameters, None)
        run = self.recorder.run()
        return replace(rules, record=run), run.done

    def compare(self, drawn: bool, digests: Callable[[], dict[str, str | None]]) -> None:
        """Compare what is learnt from with what was; digests are made only where that is asked for."""
        if self.recorder is not None:
            self.recorder.begin(self._start | Snapshot({"drawn": drawn}), digests())

    def beginnings(self, networks: list[Network] | None) -> list[Network] | None:
        """Return networks to go on from as they were where the fit began; None if all are drawn."""
        if networks is None or self.recorder is None:
            return networks
        if self._found is not None:
            networks = [one.copy() for one in networks]
            for number, network in enumerate(networks):
                eta = self._found.part("begun").array(f"{number}", like=network.parameters)
                network.parameters[:] = eta
        begun = Snapshot(arrays={f"{number}": one.parameters for number, one in enumerate(networks)})
        self._start |= Snapshot.joined({"begun": begun}).settled()
        return networks

    def learning(self) -> AbstractContextManager[Any]:
        """Return a context in which checkpoints are written."""
        return nullcontext() if self.recorder is None else self.recorder


def digests_with_held(problem: Problem, held: HeldBack | None) -> dict[str, str | None]:
    data = digests_of(problem.inputs, problem.Y, problem.weights)
    if held is not None and held.given:
        given = digests_of(held.inputs, held.Y, held.weights)
        data |= {f"{name} of validation_data": each for name, each in given.items()}
    return data


def identity_of(model: Any) -> Identity:
    """Return which model it is, with which settings."""
    settings = {name: each for name, each in model.get_params(deep=False).items() if name not in NOT_SETTINGS}
    return Identity(type(model).__name__, settings_of(settings))
