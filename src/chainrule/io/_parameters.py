"""Parameters of our estimators, and settings of solvers, as plain values and back."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

import numpy as np

from chainrule.io._expect import Kept
from chainrule.network import Activation
from chainrule.training import SOLVERS, Solver

__all__ = ["OF_THE_PROCESS", "estimator_of", "parameter_values", "solver_from_values", "solver_values"]

OF_THE_PROCESS = ("n_jobs", "verbose", "progress")
"""Parameters that say nothing of the model: no file keeps them, and a loaded model has the defaults."""


def parameter_values(estimator: Any) -> dict[str, Any]:
    """Return the parameters that a file keeps of one of our estimators.

    Raises
    ------
    TypeError
        One is an object of the user's own.
    """
    values = {
        name: value for name, value in estimator.get_params(deep=False).items() if name not in OF_THE_PROCESS
    }
    if isinstance(values.get("activation"), Activation):
        own = values["activation"].name
        raise TypeError(
            f"a model file holds no code, and {own} is an activation of your own, "
            "none of chainrule.calculus.ACTIVATIONS"
        )
    if isinstance(values.get("solver"), Solver):
        values["solver"] = solver_values(values["solver"])
    if isinstance(values["random_state"], np.random.RandomState):
        values["random_state"] = {"state": values["random_state"].get_state(legacy=True)}
    return values


def estimator_of(kind: type[Any], values: object) -> Any:
    """Return an estimator with the parameters that a file keeps, checked as by `fit`.

    Parameters that came later than the file have their defaults.

    Raises
    ------
    ValueError, TypeError
        There is no such parameter, or a value is not accepted.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"the parameters of {kind.__name__} are written as a {type(values).__name__}")
    known = set(signature(kind).parameters) - set(OF_THE_PROCESS)
    if strange := sorted(set(values) - known):
        raise ValueError(f"{kind.__name__} has no parameter {strange[0][:40]!r}")
    made = dict(values)
    if isinstance(made.get("solver"), Mapping):
        made["solver"] = solver_from_values(made["solver"])
    if isinstance(made.get("random_state"), Mapping):
        made["random_state"] = _random_state(made["random_state"])
    estimator = kind(**made)
    estimator._validate_params()
    return estimator


def solver_values(solver: Solver) -> dict[str, Any]:
    """Return what a file keeps of a solver; TypeError for a class that is not ours."""
    if type(solver) is not SOLVERS.get(solver.name):
        kind = type(solver)
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is a solver of your own, which is code")
    return {"name": solver.name, "settings": solver.get_params()}


def solver_from_values(values: object) -> Solver:
    """Return the solver that a file keeps; ValueError or TypeError for what is none."""
    kept = Kept(values, "the solver", ("name", "settings"))
    settings = kept.plain("settings")
    if not isinstance(settings, Mapping) or callable(settings.get("schedule")):
        raise kept.fault("settings", "settings by name")
    return SOLVERS[kept.text("name", SOLVERS)]().changed(**settings)


def _random_state(values: object) -> np.random.RandomState:
    kept = Kept(values, "the random state", ("state",))
    name, keys, place, has_gauss, gauss = kept.plain("state")
    found = Kept(
        {"keys": keys, "place": place, "has_gauss": has_gauss, "gauss": gauss},
        "the random state",
        ("keys", "place", "has_gauss", "gauss"),
    )
    random = np.random.RandomState(0)
    random.set_state(
        (
            str(name),
            found.array("keys", (624,), "u"),
            min(found.count("place"), 624),
            min(found.count("has_gauss"), 1),
            found.number("gauss"),
        )
    )
    return random
