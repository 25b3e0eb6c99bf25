"""Tables: from the columns of a file or data frame to the matrices of a network and back.

Most of it needs pandas and pyarrow: ``pip install 'chainrule[cli]'``. Derivatives of a pipeline do not, so
public names are imported when they are asked for (PEP 562).
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from chainrule._public import imported_when_asked, name_publicly

if TYPE_CHECKING:
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
    from chainrule.tables.effects import CategoryEffect, ColumnEffect, Effects, effects_of, explain_row
    from chainrule.tables.files import TABLE_SUFFIXES, check_table_path, read_cells, write_table
    from chainrule.tables.leaves import fit_files
    from chainrule.tables.validation import (
        ERRORS,
        Comparison,
        CrossValidation,
        Method,
        MethodScores,
        Trial,
        Tuning,
        compare,
        cross_validate,
        of_estimator,
        optuna_is_there,
        peer_names,
        tune,
    )

__all__ = [
    "ERRORS",
    "TABLE_SUFFIXES",
    "TASKS",
    "CategoryEffect",
    "Cells",
    "Column",
    "ColumnEffect",
    "ColumnReport",
    "Comparison",
    "ConstantClass",
    "ConstantGuess",
    "ConstantNumber",
    "CrossValidation",
    "DateSpelling",
    "Description",
    "Effects",
    "HeldOut",
    "Method",
    "MethodScores",
    "NetworkFacts",
    "NumberSpelling",
    "Schema",
    "SplitTable",
    "TableModel",
    "TableWarning",
    "Task",
    "TrainingFacts",
    "Trial",
    "Tuning",
    "Wishes",
    "check_table_path",
    "class_scores",
    "compare",
    "constant_guess",
    "cross_validate",
    "describe",
    "describe_columns",
    "effects_of",
    "explain_row",
    "fit_files",
    "fitted_network",
    "guess_task",
    "inspect_columns",
    "number_scores",
    "of_estimator",
    "optuna_is_there",
    "peer_names",
    "read_cells",
    "read_table",
    "split_table",
    "table_pipeline",
    "table_scores",
    "target_like",
    "tune",
    "write_table",
]

_HOMES = {
    "ERRORS": "validation",
    "TABLE_SUFFIXES": "files",
    "TASKS": "_target",
    "CategoryEffect": "effects",
    "Cells": "_cells",
    "Column": "_schema",
    "ColumnEffect": "effects",
    "ColumnReport": "_reports",
    "Comparison": "validation",
    "ConstantClass": "_scores",
    "ConstantGuess": "_scores",
    "ConstantNumber": "_scores",
    "CrossValidation": "validation",
    "DateSpelling": "columns",
    "Description": "_description",
    "Effects": "effects",
    "HeldOut": "_description",
    "Method": "validation",
    "MethodScores": "validation",
    "NetworkFacts": "_description",
    "NumberSpelling": "columns",
    "Schema": "_schema",
    "SplitTable": "_split",
    "TableModel": "_model",
    "TableWarning": "_warning",
    "Task": "_target",
    "TrainingFacts": "_description",
    "Trial": "validation",
    "Tuning": "validation",
    "Wishes": "_wishes",
    "check_table_path": "files",
    "class_scores": "_scores",
    "compare": "validation",
    "constant_guess": "_scores",
    "cross_validate": "validation",
    "describe": "_model",
    "describe_columns": "_inspect",
    "effects_of": "effects",
    "explain_row": "effects",
    "fit_files": "leaves",
    "fitted_network": "_pipeline",
    "guess_task": "_target",
    "inspect_columns": "_inspect",
    "number_scores": "_scores",
    "of_estimator": "validation",
    "optuna_is_there": "validation",
    "peer_names": "validation",
    "read_cells": "files",
    "read_table": "_read",
    "split_table": "_split",
    "table_pipeline": "_pipeline",
    "table_scores": "_scores",
    "target_like": "_target",
    "tune": "validation",
    "write_table": "files",
}


class _Room(ModuleType):
    """This package: it names a public class as soon as the file that the class is written in is imported.

    Files of the package and of its subpackages import each other without asking for a name here first, and
    pickles of their objects must name this place all the same.
    """

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        for public, home in _HOMES.items():
            if home == name:  # the import system sets an imported file as an attribute of its package
                name_publicly(public, getattr(value, public), self.__name__)


sys.modules[__name__].__class__ = _Room

__getattr__ = imported_when_asked(__name__, _HOMES, {"pandas": "cli", "pyarrow": "cli"})


def __dir__() -> list[str]:
    return __all__
