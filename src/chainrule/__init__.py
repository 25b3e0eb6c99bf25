"""Multilayer perceptrons on a CPU, close to the speed of the hardware, with all their derivatives exact.

Every public name is listed here and imported when it is first asked for (PEP 562), so that
``import chainrule`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule import calculus, export, testing
    from chainrule.estimators import MLPClassifier, MLPRegressor
    from chainrule.io import load, save
    from chainrule.lesson import show
    from chainrule.network import Activation, Network
    from chainrule.tables.derivatives import jacobian
    from chainrule.tables.ensemble import TableClassifier, TableRegressor
    from chainrule.training import (
        LBFGS,
        SGD,
        Adam,
        Checkpoint,
        EpochReport,
        History,
        LevenbergMarquardt,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "LBFGS",
    "SGD",
    "Activation",
    "Adam",
    "Checkpoint",
    "EpochReport",
    "History",
    "LevenbergMarquardt",
    "MLPClassifier",
    "MLPRegressor",
    "Network",
    "TableClassifier",
    "TableRegressor",
    "__version__",
    "calculus",
    "export",
    "jacobian",
    "load",
    "save",
    "show",
    "testing",
    "train",
]

_HOMES = {
    "MLPClassifier": "chainrule.estimators",
    "MLPRegressor": "chainrule.estimators",
    "Activation": "chainrule.network",
    "Network": "chainrule.network",
    "TableClassifier": "chainrule.tables.ensemble",
    "TableRegressor": "chainrule.tables.ensemble",
    "Adam": "chainrule.training.solvers",
    "SGD": "chainrule.training.solvers",
    "LBFGS": "chainrule.training.solvers",
    "LevenbergMarquardt": "chainrule.training.solvers",
    "Checkpoint": "chainrule.training",
    "EpochReport": "chainrule.training",
    "History": "chainrule.training",
    "train": "chainrule.training",
    "jacobian": "chainrule.tables.derivatives",
    "load": "chainrule.io",
    "save": "chainrule.io",
    "show": "chainrule.lesson",
}
_MODULES = {"calculus", "export", "testing"}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"chainrule.{name}")
    if name in _HOMES:
        value: object = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
