"""Solver of an estimator, made from its parameters; errors where they contradict each other."""

from collections.abc import Mapping
from dataclasses import fields
from inspect import signature
from typing import Any

from chainrule.training import SOLVERS, Solver

OF_SOLVER = "solver__"
"""What the names of a solver's settings begin with, as scikit-learn writes them."""


def is_solver(solver: object) -> bool:
    """Return whether it is one, or the name of one."""
    return solver in SOLVERS if isinstance(solver, str) else isinstance(solver, Solver)


def kind_of(solver: str | Solver) -> type[Solver]:
    """Return the class of a solver given by name or as an object.

    >>> kind_of("lm").name
    'lm'
    """
    return SOLVERS[solver] if isinstance(solver, str) else type(solver)


def make_solver(model: Any, incremental: bool = False) -> Solver:
    """Return the solver: the object given as ``solver``, or one made of the model's other parameters.

    Raises
    ------
    ValueError
        For a parameter that differs from its default where ``solver`` is an object that has it; for a
        schedule where the solver has no rate, where ``learning_rate`` sets it too, or in partial_fit, which
        does not know how much there is to learn.
    """
    _check_schedule(model)
    solver = _made(model)
    if incremental and getattr(solver, "schedule", None) is not None:
        raise ValueError(
            "partial_fit does not support a schedule: it does not know how many calls come; set "
            "learning_rate_init from call to call"
        )
    return solver


def _check_schedule(model: Any) -> None:
    if model.schedule is None:
        return
    taking = [name for name, kind in SOLVERS.items() if hasattr(kind, "schedule")]
    if not hasattr(kind_of(model.solver), "schedule"):
        raise ValueError(
            f"schedule={model.schedule!r} sets a learning rate, and solver={model.solver!r} has none; "
            f"{' and '.join(map(repr, taking))} take it"
        )
    if model.learning_rate != signature(type(model)).parameters["learning_rate"].default:
        raise ValueError(
            f"schedule={model.schedule!r} and learning_rate={model.learning_rate!r} both set the rate of "
            "each epoch: leave one of them out"
        )


def _made(model: Any) -> Solver:
    given: str | Solver = model.solver
    kind = kind_of(given)
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]  # every solver is a dataclass
    if isinstance(given, str):
        return kind(**{name: getattr(model, name) for name in names if hasattr(model, name)})
    defaults = signature(type(model)).parameters
    for name in names:
        if name in defaults and getattr(model, name) != defaults[name].default:
            raise ValueError(
                f"{name}={getattr(model, name)!r} is a setting of the solver; it is given as an object, "
                f"{given!r}: set it there"
            )
    return given


def changed_solver(solver: str | Solver, settings: Mapping[str, Any]) -> Solver:
    """Return another solver, with some settings changed.

    Raises
    ------
    ValueError, TypeError
        For a solver given by name, a setting that is not there, or a value that is not accepted.
    """
    if isinstance(solver, str):
        first = next(iter(settings))
        raise ValueError(
            f"{OF_SOLVER}{first} is a setting of a solver given as an object, like Adam(); solver={solver!r} "
            "takes its settings from the model's own parameters"
        )
    return solver.changed(**settings)
