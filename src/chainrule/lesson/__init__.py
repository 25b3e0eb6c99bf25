"""The lecture on one network, as a page in a browser or in a notebook.

`Lesson` is plain Python: messages change it, and a scene tells what is to be shown.
Modules in ``static`` draw it.
"""

from typing import TYPE_CHECKING

from chainrule._public import imported_when_asked
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

__getattr__ = imported_when_asked(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
