"""Description of a fitted model: its table, network, training and scores, as plain values."""

from dataclasses import dataclass
from typing import Any

from chainrule.tables._schema import Schema
from chainrule.tables._scores import ConstantGuess
from chainrule.tables._target import Task

__all__ = ["Description", "HeldOut", "NetworkFacts", "TrainingFacts"]


@dataclass(frozen=True)
class NetworkFacts:
    """Layer sizes of a network from inputs to outputs, parameters of all, settings, number of networks."""

    layer_sizes: tuple[int, ...]
    n_parameters: int
    settings: dict[str, Any]
    members: int = 1


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
    """Scores on rows that were held out: of the model, of the best constant guess, and of a linear model.

    The linear model is ridge or logistic regression on the same inputs; None where its scores are not known.
    """

    rows: int
    model: dict[str, float]
    constant_guess: dict[str, float]
    linear: dict[str, float] | None = None


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
    notices : tuple of str
        What a table estimator's report says.
    """

    task: Task
    schema: Schema
    guess: ConstantGuess
    network: NetworkFacts
    training: TrainingFacts
    held_out: HeldOut | None
    versions: dict[str, str]
    unit: str | None = None
    notices: tuple[str, ...] = ()
