"""TableRegressor and TableClassifier: ensembles of small networks on the columns of a table."""

from chainrule._public import publish
from chainrule.tables.ensemble._array_reader import ArrayReader
from chainrule.tables.ensemble._classifier import TableClassifier
from chainrule.tables.ensemble._encoder import CategoryColumn, NumberColumn, TableEncoder
from chainrule.tables.ensemble._facts import ColumnFacts
from chainrule.tables.ensemble._frame_reader import FrameReader
from chainrule.tables.ensemble._members import Member
from chainrule.tables.ensemble._regressor import TableRegressor
from chainrule.tables.ensemble._report import FitReport, Scores
from chainrule.tables.ensemble._residuals import Residuals

__all__ = [
    "ArrayReader",
    "CategoryColumn",
    "ColumnFacts",
    "FitReport",
    "FrameReader",
    "Member",
    "NumberColumn",
    "Residuals",
    "Scores",
    "TableClassifier",
    "TableEncoder",
    "TableRegressor",
]

publish(globals())


def __getattr__(name: str) -> object:
    if name == "CellsReader":  # needs pandas and pyarrow
        from chainrule.tables.ensemble._cells_reader import CellsReader

        return CellsReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
