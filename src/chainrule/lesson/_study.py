"""What all sections of a lesson look at: data, a network that learns them, and one row that was chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from chainrule.calculus import ACTIVATIONS
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Integer, Number, Several, shortened
from chainrule.lesson._learner import Learner
from chainrule.lesson.data import (
    MODEL,
    MOST_PARAMETERS,
    MOST_ROWS,
    NAMES,
    OWN,
    Data,
    check_size,
    data_by_name,
)
from chainrule.network import Network
from chainrule.training import LBFGS, SGD, Adam, LevenbergMarquardt, Solver

__all__ = ["MOST_PARAMETERS", "MOST_ROWS", "SETTINGS", "SOLVERS", "Setup", "Study"]

Array = NDArray[Any]

_MOST_FOR_NORMAL_EQUATIONS = 1_000
"""Parameters up to which an iteration of Levenberg-Marquardt takes moments."""
_MOST_PRODUCTS = 10**10
"""Multiplications of one of its iterations, for the same."""

SOLVERS: dict[str, Any] = {
    "sgd": lambda rate: SGD(learning_rate_init=rate, momentum=0.0),
    "adam": lambda rate: Adam(learning_rate_init=rate),
    "lbfgs": lambda rate: LBFGS(),
    "lm": lambda rate: LevenbergMarquardt(),
}


@dataclass(frozen=True)
class Setup:
    """What makes a lesson's data and network, and how that learns."""

    data: str = "xor"
    n: int = 200
    noise: float = 0.1
    hidden: tuple[int, ...] = (4,)
    activations: tuple[str, ...] = ("tanh",)
    loss: str = "cross_entropy"
    solver: str = "adam"
    rate: float = 0.03
    batch: int = 10
    l2: float = 0.0
    seed: int = 0


SETTINGS: dict[str, tuple[Field, Any]] = {
    name: (field, getattr(Setup(), name))
    for name, field in {
        "data": Choice([*NAMES, *OWN]),
        "n": Integer(2, 2_000),
        "noise": Number(0.0, 1.0),
        "hidden": Several(Integer(1, 1_000), 0, 12),
        "activations": Several(Choice([*ACTIVATIONS]), 0, 12),
        "loss": Choice(["cross_entropy", "half_squared_error", "sum_squared_error"]),
        "solver": Choice([*SOLVERS]),
        "rate": Number(1e-6, 10.0),
        "batch": Integer(1, MOST_ROWS),
        "l2": Number(0.0, 10.0),
        "seed": Integer(0, 999_999),
    }.items()
}
_OF_LEARNING = {"loss", "solver", "rate", "batch", "l2"}


class Study:
    """Data, network and learner.

    Attributes
    ----------
    data : Data
    setup, beginning : Setup
        Now, and when the study began.
    network : Network
    learner : Learner
    row : int
        The row that was chosen.
    version : int
        Grows with every change.
    """

    def __init__(
        self,
        setup: Setup | None = None,
        own: Data | None = None,
        start: Network | None = None,
        said: Sequence[str] = (),
    ) -> None:
        self.own: Mapping[str, Data] = {} if own is None else {own.name: own}
        self._start = start
        self._said = self._said_first = tuple(said)
        self.version, self.row = 0, 0
        if setup is None:
            setup = Setup() if own is None else Setup(data=own.name, loss=own.losses[0])
        self._begin(setup, self._data(setup))
        self.beginning = self.setup

    def again(self) -> "Study":
        """Return another study that begins as this one did, with the same settings."""
        return Study(self.setup, self.own.get(self.setup.data), self._start, self._said_first)

    def say(self, line: str) -> None:
        """Have the next frame say something; nothing if it is empty."""
        self._said = (*self._said, line) if line else self._said

    def take_said(self) -> list[str]:
        """Return what was said since the last time."""
        said, self._said = self._said, ()
        return list(said)

    def use(self, own: Data, *, keep: bool = False) -> None:
        """Learn from other data, given to the lesson.

        Parameters
        ----------
        own : Data
            Its name is one of `OWN`.
        keep : bool
            Whether learning goes on from the weights as they are, if the network stays the same.

        Raises
        ------
        MessageError
            If they are too many, or the network would be too large; nothing has changed then.
        """
        check_size(*own.X.shape)
        before = self.network
        setup = replace(self.setup, data=own.name)
        if own.losses != self.data.losses:
            setup = replace(setup, loss=own.losses[0])
        self._begin(setup, own)
        self.own = {**self.own, own.name: own}
        if keep and before.architecture == self.network.architecture:
            self.network.parameters[:] = before.parameters
            self.learner.was_edited()

    def forget(self, name: str) -> None:
        """Let go of data that the lesson was given."""
        self.own = {each: data for each, data in self.own.items() if each != name}
        self.changed()

    def show_as(self, data: Data) -> None:
        """Show the same rows in another plane."""
        if data.name in self.own:
            self.own = {**self.own, data.name: data}
        self.data = data
        self.changed()

    def change(self, **settings: Any) -> None:
        """Change settings; those that make data or network begin anew, others let learning go on.

        Raises
        ------
        MessageError
            If they do not go together, or the network would be too large; nothing has changed then.
        """
        before, after = self.setup.data, settings.get("data", self.setup.data)
        if before != after == "notes":
            settings.setdefault("hidden", ())  # the notes' example is a single layer
        elif after != before == "notes" and not self.setup.hidden:
            settings.setdefault("hidden", Setup.hidden)
        if "hidden" in settings and "activations" not in settings:
            settings["activations"] = _lengthened(self.setup.activations, len(settings["hidden"]))
        setup = replace(self.setup, **settings)
        if setup.data in OWN and setup.data not in self.own:
            raise MessageError(
                f"there are no {setup.data} data here: network.draw adds points, network.upload takes a table"
            )
        same = {f.name for f in fields(Setup) if getattr(setup, f.name) == getattr(self.setup, f.name)}
        others = {f.name for f in fields(Setup)} - same
        if not others:
            return
        data = self.data if not others & {"data", "n", "noise", "seed"} else self._data(setup)
        if data.losses != self.data.losses and "loss" not in settings:
            setup = replace(setup, loss=data.losses[0])
        self._check(setup, data)
        if others <= _OF_LEARNING:
            self._go_on(setup)
        else:
            self._begin(setup, data)

    def restart(self) -> None:
        """Begin learning anew: with the same seed, or from the same fitted network."""
        self._begin(self.setup, self.data)

    def choose_row(self, row: int) -> None:
        """Let sections look at another row."""
        if not 0 <= row < len(self.data.X):
            raise MessageError(f"row is {shortened(row)}; rows here are 0 to {len(self.data.X) - 1:,}")
        self.row = row
        self.changed()

    def set_parameter(self, place: int, value: float) -> None:
        """Set one number of η."""
        self.network.parameters[place] = value
        self.learner.was_edited()
        self.changed()

    def set_parameters(self, values: Array) -> None:
        """Set all of η."""
        self.network.parameters[:] = values
        self.learner.was_edited()
        self.changed()

    def changed(self) -> None:
        """Say that something is another now."""
        self.version += 1

    @property
    def x(self) -> Array:
        """Inputs of the chosen row, (1, n_inputs)."""
        row: Array = self.data.X[self.row : self.row + 1]
        return row

    @property
    def y(self) -> Array:
        """Answer of the chosen row, (1, n_outputs)."""
        row: Array = self.data.Y[self.row : self.row + 1]
        return row

    def common(self) -> dict[str, Any]:
        """Return what every section may need."""
        net, data = self.network, self.data
        return {
            "layer_sizes": list(net.layer_sizes), "activations": [str(each) for each in net.activations],
            "output": net.output, "loss": self.setup.loss, "n_parameters": net.n_parameters,
            "inputs": list(data.inputs), "outputs": list(data.outputs), "task": data.task,
            "n_rows": len(data.X), "row": self.row, "x": self.x[0].tolist(), "y": self.y[0].tolist(),
            "position": self.learner.position, "epoch": self.learner.epoch, "solver": self.setup.solver,
        }  # fmt: skip

    def _data(self, setup: Setup) -> Data:
        if setup.data in OWN:
            return self.own[setup.data]
        return data_by_name(setup.data, setup.n, setup.noise, setup.seed)

    def _check(self, setup: Setup, data: Data) -> None:
        if len(setup.hidden) != len(setup.activations):
            raise MessageError(
                f"hidden has {len(setup.hidden)} layers and activations {len(setup.activations)}: one each"
            )
        if setup.loss not in data.losses:
            raise MessageError(
                f"loss is {setup.loss!r}; for these data it is one of {', '.join(data.losses)}"
            )
        sizes = (data.X.shape[1], *setup.hidden, data.Y.shape[1])
        n = sum((a + 1) * b for a, b in pairwise(sizes))
        most, how = MOST_PARAMETERS, ""
        if setup.solver == "lm":
            rows = len(data.X) * data.Y.shape[1]
            most = min(_MOST_FOR_NORMAL_EQUATIONS, int((_MOST_PRODUCTS / rows) ** 0.5))
            how = f" with Levenberg-Marquardt and {len(data.X):,} rows"
        if n > most:
            raise MessageError(
                f"this network would have {n:,} parameters; a lesson takes up to {most:,}{how}"
            )

    def _begin(self, setup: Setup, data: Data) -> None:
        self._check(setup, data)
        network = self._network(setup, data)
        learner = Learner(network, data.X, data.Y, seed=setup.seed, **_rules(setup))
        self.setup, self.data, self.network, self.learner = setup, data, network, learner
        self.row = min(self.row, len(data.X) - 1)
        self.changed()

    def _go_on(self, setup: Setup) -> None:
        self.learner.change(**_rules(setup))
        self.setup = setup
        self.changed()

    def _network(self, setup: Setup, data: Data) -> Network:
        sizes = (data.X.shape[1], *setup.hidden, data.Y.shape[1])
        start = self._start
        if start is not None and setup.data == MODEL and setup.seed == Setup.seed:
            if (start.layer_sizes, start.activations) == (sizes, setup.activations):
                return start.copy()
        return Network(sizes, setup.activations or "tanh", data.output, random_state=setup.seed)

    def memento(self) -> Any:
        """Return what `put_back` needs."""
        return dict(self.__dict__), self.learner.memento()

    def put_back(self, kept: Any) -> None:
        """Be as at the time of a memento."""
        attributes, learner = kept
        self.__dict__.update(attributes)
        self.learner.put_back(learner)


def _rules(setup: Setup) -> dict[str, Any]:
    solver: Solver = SOLVERS[setup.solver](setup.rate)
    return {"loss": setup.loss, "solver": solver, "alpha": setup.l2, "batch_size": setup.batch}


def _lengthened(activations: tuple[str, ...], n: int) -> tuple[str, ...]:
    last = activations[-1] if activations else "tanh"
    return (*activations, *(last,) * n)[:n]
