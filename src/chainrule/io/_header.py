"""Header of a model file: a model's description as JSON, readable without loading the model."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from chainrule.tables import (
    TASKS,
    ConstantClass,
    ConstantGuess,
    ConstantNumber,
    Description,
    HeldOut,
    NetworkFacts,
    Schema,
    Task,
    TrainingFacts,
)

__all__ = ["from_json", "to_json"]


def to_json(description: Description) -> dict[str, Any]:
    """Return a description as dictionaries, lists, numbers and strings."""
    values = asdict(description)
    del values["schema"], values["task"]
    return {"task": description.task, **description.schema.to_json(), **values}


def from_json(plain: Mapping[str, Any]) -> Description:
    """Return the description that `to_json` was given.

    Raises
    ------
    KeyError, TypeError, ValueError
        Something is missing, or is not what `to_json` writes.
    """
    if plain["task"] not in TASKS:
        raise ValueError(f"unknown task: {plain['task']!r}")
    network = plain["network"]
    return Description(
        task=cast(Task, plain["task"]),
        schema=Schema.from_json(plain),
        guess=_guess(plain["guess"]),
        network=NetworkFacts(
            tuple(network["layer_sizes"]),
            network["n_parameters"],
            network["settings"],
            network.get("members", 1),
        ),
        training=TrainingFacts(**plain["training"]),
        held_out=HeldOut(**plain["held_out"]) if plain["held_out"] else None,
        versions=dict(plain["versions"]),
        unit=plain.get("unit"),
        notices=tuple(map(str, plain.get("notices", ()))),
    )


def _guess(plain: Mapping[str, Any]) -> ConstantGuess:
    if "classes" in plain:
        return ConstantClass(tuple(plain["classes"]), tuple(plain["shares"]))
    return ConstantNumber(plain["mean"], plain["median"])
