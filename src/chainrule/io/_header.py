"""What a model file says about its model, readable without loading it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, cast

from chainrule.tables import TASKS, ConstantClass, ConstantGuess, ConstantNumber, Schema, Task

__all__ = ["Header", "HeldOut", "NetworkFacts", "TrainingFacts"]


@dataclass(frozen=True)
class NetworkFacts:
    """The network: layer sizes from inputs to outputs, parameters, and the estimator's settings."""

    layer_sizes: tuple[int, ...]
    n_parameters: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class TrainingFacts:
    """How the network was trained."""

    rows: int
    epochs: int
    seconds: float
    stop_reason: str
    loss: float
    seed: int


@dataclass(frozen=True)
class HeldOut:
    """Scores on rows that were held out, of the model and of the best constant guess."""

    rows: int
    model: dict[str, float]
    constant_guess: dict[str, float]


@dataclass(frozen=True)
class Header:
    """What a model file says about its model.

    Parameters
    ----------
    task : {"regression", "classification"}
    schema : Schema
        The target, and the columns that it is predicted from.
    guess : ConstantNumber or ConstantClass
        What one would guess without looking at the columns; of a classification it names the classes.
    network : NetworkFacts
    training : TrainingFacts
    held_out : HeldOut or None
        None where no rows were held out.
    versions : dict
        Of chainrule, scikit-learn, NumPy and skops, where the file was written.
    unit : str, optional
        Of the target.
    """

    task: Task
    schema: Schema
    guess: ConstantGuess
    network: NetworkFacts
    training: TrainingFacts
    held_out: HeldOut | None
    versions: dict[str, str]
    unit: str | None = None

    @property
    def text_columns(self) -> list[str]:
        """Columns to read as text, the target among them where its classes are text."""
        is_text = isinstance(self.guess, ConstantClass) and isinstance(self.guess.classes[0], str)
        return [*self.schema.names("text", "date"), *([self.schema.target] if is_text else [])]

    def to_json(self) -> dict[str, Any]:
        """As dictionaries, lists, numbers and strings."""
        return {"task": self.task, **self.schema.to_json(), **_without_name(self, "schema", "task")}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Back from `to_json`; raises KeyError, TypeError or ValueError where something is amiss."""
        if plain["task"] not in TASKS:
            raise ValueError(f"unknown task: {plain['task']!r}")
        network = plain["network"]
        return cls(
            task=cast(Task, plain["task"]),
            schema=Schema.from_json(plain),
            guess=_guess(plain["guess"]),
            network=NetworkFacts(tuple(network["layer_sizes"]), network["n_parameters"], network["settings"]),
            training=TrainingFacts(**plain["training"]),
            held_out=HeldOut(**plain["held_out"]) if plain["held_out"] else None,
            versions=dict(plain["versions"]),
            unit=plain.get("unit"),
        )


def _without_name(header: Header, *names: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(header).items() if name not in names}


def _guess(plain: Mapping[str, Any]) -> ConstantGuess:
    if "classes" in plain:
        return ConstantClass(tuple(plain["classes"]), tuple(plain["shares"]))
    return ConstantNumber(plain["mean"], plain["median"])
