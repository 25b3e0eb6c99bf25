"""The lecture on one network, as a page in a browser or in a notebook.

`Lesson` is plain Python: messages change it, and a scene tells what is to be shown.
Modules in ``static`` draw it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from chainrule.lesson._error import MessageError
from chainrule.lesson._lesson import Lesson, Scene

if TYPE_CHECKING:
    from chainrule.lesson._beginning import study_of_estimator, study_of_model, study_of_table
    from chainrule.lesson._show import show

__all__ = [
    "Lesson",
    "MessageError",
    "Scene",
    "show",
    "study_of_estimator",
    "study_of_model",
    "study_of_table",
]

_HOMES = {
    "show": "_show",
    "study_of_estimator": "_beginning",
    "study_of_model": "_beginning",
    "study_of_table": "_beginning",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
