"""Description of a fitted model: its table, network, training and scores, as plain values."""

from dataclasses import dataclass
from typing import Any

from chainrule.tables._schema import Schema
from chainrule.tables._scores import ConstantClass, ConstantGuess
from chainrule.tables._target import Task

__all__ = ["Description", "HeldOut", "NetworkFacts", "TrainingFacts"]


@dataclass(frozen=True)
class NetworkFacts:
    """Layer sizes of the network from inputs to outputs, number of parameters, estimator's settings."""

    layer_sizes: tuple[int, ...]
    n_parameters: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class TrainingFacts:
    """Rows, epochs, seconds and result of the training."""

    rows: int
    epochs: int
    seconds: float
    stop_reason: str
    loss: float
    seed: int


@dataclass(frozen=True)
class HeldOut:
    """Scores on rows that were held out: of the model, and of the best constant guess."""

    rows: int
    model: dict[str, float]
    constant_guess: dict[str, float]


@dataclass(frozen=True)
class Description:
    """Description of a fitted model, which a model file holds as its header.

    Parameters
    ----------
    task : {"regression", "classification"}
    schema : Schema
        The target, and the columns that it is predicted from.
    guess : ConstantNumber or ConstantClass
        The best guess that does not look at the columns; of a classification it names the classes.
    network : NetworkFacts
    training : TrainingFacts
    held_out : HeldOut or None
        None if no rows were held out.
    versions : dict
        Of chainrule, scikit-learn and NumPy, where the model was fitted.
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
        """Columns to read as text, also the target if its classes are text."""
        is_text = isinstance(self.guess, ConstantClass) and isinstance(self.guess.classes[0], str)
        return [*self.schema.names("text", "date"), *([self.schema.target] if is_text else [])]
