"""Data of a lesson: by name, drawn by hand, from a table, or beside a fitted model.

Tables and models need more than the rest, so their names are imported when they are asked for (PEP 562).
"""

from typing import TYPE_CHECKING

from chainrule._public import imported_when_asked
from chainrule.lesson.data._by_hand import drawing_like, drawn_data
from chainrule.lesson.data._by_name import NAMES, data_by_name
from chainrule.lesson.data._data import DRAWN, MODEL, OWN, TABLE, Data
from chainrule.lesson.data._drawn import Drawn
from chainrule.lesson.data._limits import MOST_PARAMETERS, MOST_ROWS, check_size
from chainrule.lesson.data._plane import Plane

if TYPE_CHECKING:
    from chainrule.lesson.data._heard import heard
    from chainrule.lesson.data._model import GivenModel, model_data
    from chainrule.lesson.data._table import Table, table_data
    from chainrule.lesson.data._upload import cells_of

__all__ = [
    "DRAWN",
    "MODEL",
    "MOST_PARAMETERS",
    "MOST_ROWS",
    "NAMES",
    "OWN",
    "TABLE",
    "Data",
    "Drawn",
    "GivenModel",
    "Plane",
    "Table",
    "cells_of",
    "check_size",
    "data_by_name",
    "drawing_like",
    "drawn_data",
    "heard",
    "model_data",
    "table_data",
]

_HOMES = {
    "GivenModel": "_model",
    "Table": "_table",
    "cells_of": "_upload",
    "heard": "_heard",
    "model_data": "_model",
    "table_data": "_table",
}

__getattr__ = imported_when_asked(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
