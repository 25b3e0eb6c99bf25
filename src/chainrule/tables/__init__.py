"""Tables: from the columns of a file or data frame to the matrices of a network and back.

Needs pandas (and pyarrow for Parquet): ``pip install 'chainrule[cli]'``.
"""

try:
    import pandas  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "chainrule.tables needs pandas: pip install 'chainrule[cli]'", name="pandas"
    ) from error

from chainrule._public import publish
from chainrule.tables._cells import Cells
from chainrule.tables._description import Description, HeldOut, NetworkFacts, TrainingFacts
from chainrule.tables._inspect import describe_columns, inspect_columns
from chainrule.tables._model import TableModel, describe
from chainrule.tables._pipeline import fitted_network, table_pipeline
from chainrule.tables._read import read_table
from chainrule.tables._reports import ColumnReport
from chainrule.tables._schema import Column, Schema
from chainrule.tables._scores import (
    ConstantClass,
    ConstantGuess,
    ConstantNumber,
    class_scores,
    constant_guess,
    number_scores,
    table_scores,
)
from chainrule.tables._split import SplitTable, split_table
from chainrule.tables._target import TASKS, Task, guess_task, target_like
from chainrule.tables._warning import TableWarning
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import DateSpelling, NumberSpelling
from chainrule.tables.files import TABLE_SUFFIXES, check_table_path, read_cells, write_table

__all__ = [
    "TABLE_SUFFIXES",
    "TASKS",
    "Cells",
    "Column",
    "ColumnReport",
    "ConstantClass",
    "ConstantGuess",
    "ConstantNumber",
    "DateSpelling",
    "Description",
    "HeldOut",
    "NetworkFacts",
    "NumberSpelling",
    "Schema",
    "SplitTable",
    "TableModel",
    "TableWarning",
    "Task",
    "TrainingFacts",
    "Wishes",
    "check_table_path",
    "class_scores",
    "constant_guess",
    "describe",
    "describe_columns",
    "fitted_network",
    "guess_task",
    "inspect_columns",
    "number_scores",
    "read_cells",
    "read_table",
    "split_table",
    "table_pipeline",
    "table_scores",
    "target_like",
    "write_table",
]

publish(globals())
