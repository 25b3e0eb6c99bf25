"""Header of a model file: a model's description as JSON, readable without loading the model."""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, cast

from chainrule.io._expect import Kept
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

__all__ = ["check_description", "finite", "from_json", "to_json"]


def to_json(description: Description) -> dict[str, Any]:
    """Return a description as dictionaries, lists, numbers and strings."""
    values = asdict(description)
    del values["schema"], values["task"]
    return {"task": description.task, **description.schema.to_json(), **values}


def from_json(plain: Mapping[str, Any]) -> Description:
    """Return the description that `to_json` was given; numbers that are None are NaN.

    Raises
    ------
    KeyError, TypeError, ValueError
        Something is missing, or is not what `to_json` writes.
    """
    if plain["task"] not in TASKS:
        raise ValueError(f"unknown task: {str(plain['task'])[:40]!r}")
    network, training = plain["network"], dict(plain["training"])
    training["loss"] = _number(training["loss"])
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
        training=TrainingFacts(**training),
        held_out=_held_out(plain["held_out"]) if plain["held_out"] else None,
        versions=dict(plain["versions"]),
        unit=plain.get("unit"),
        notices=tuple(map(str, plain.get("notices", ()))),
    )


def finite(value: Any) -> Any:
    """Return values that JSON knows, with None in the place of infinity and NaN."""
    if isinstance(value, Mapping):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_description(found: Description) -> None:
    """Raise ValueError for a description that holds other things than its readers take it to hold."""
    network = Kept(vars(found.network), "the network", _names(NetworkFacts))
    network.counts("layer_sizes", least=1)
    network.count("n_parameters", least=1)
    network.count("members", least=1)
    if not isinstance(network.plain("settings"), dict):
        raise network.fault("settings", "settings by name")
    training = Kept(vars(found.training), "the training", _names(TrainingFacts))
    for name in ("rows", "epochs", "seed"):
        training.count(name)
    training.number("seconds")
    training.number("loss", finite=False)
    training.text("stop_reason")
    if found.held_out:
        held_out = Kept(vars(found.held_out), "the rows held out", _names(HeldOut))
        held_out.count("rows")
        for name in ("model", "constant_guess", "linear"):
            _check_numbers(held_out.plain(name), name)
    _check_guess(found.guess)
    for value in (*found.versions.values(), *([] if found.unit is None else [found.unit])):
        if type(value) is not str:
            raise ValueError("a version or the unit is no text")


def _check_guess(guess: ConstantGuess) -> None:
    if isinstance(guess, ConstantNumber):
        return _check_numbers(vars(guess), "the guess")
    if len(guess.classes) != len(guess.shares) or not guess.classes:
        raise ValueError(f"{len(guess.classes)} classes have {len(guess.shares)} shares")
    _check_numbers(dict(enumerate(guess.shares)), "the shares")
    if any(type(each) not in (str, int, float, bool) for each in guess.classes):
        raise ValueError("a class is no number or text")


def _check_numbers(values: Any, name: str) -> None:
    if values is None:
        return
    if not isinstance(values, Mapping) or any(type(each) not in (int, float) for each in values.values()):
        raise ValueError(f"{name}: a score is no number")


def _held_out(plain: Mapping[str, Any]) -> HeldOut:
    scores = {
        name: {each: _number(value) for each, value in values.items()} if isinstance(values, dict) else values
        for name, values in plain.items()
    }
    return HeldOut(**scores)  # type: ignore[arg-type]  # checked by `check_description`


def _guess(plain: Mapping[str, Any]) -> ConstantGuess:
    if "classes" in plain:
        return ConstantClass(tuple(plain["classes"]), tuple(map(_number, plain["shares"])))
    return ConstantNumber(_number(plain["mean"]), _number(plain["median"]))


def _number(value: Any) -> Any:
    return math.nan if value is None else value


def _names(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]
