"""Columns that a model reads, and their selection from a data frame."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import pandas as pd

from chainrule.tables._kinds import KINDS, Kind, cells
from chainrule.tables._names import listed, meant
from chainrule.tables._warning import note

__all__ = ["Column", "Schema"]


@dataclass(frozen=True)
class Column:
    """Name of a column, and the kind of its values: number, boolean, date or text."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Schema:
    """Columns that a model reads, in their order.

    Parameters
    ----------
    target : str
        The column that is predicted.
    columns : tuple of Column
        The columns it is predicted from.
    left_out : tuple of str
        Columns of the fitted table that are not used.

    Examples
    --------
    >>> import pandas as pd
    >>> schema = Schema("price", (Column("carat", "number"), Column("sold", "boolean")))
    >>> schema.features(pd.DataFrame({"sold": [True, False], "carat": [1, 2]}))
       carat  sold
    0    1.0   1.0
    1    2.0   0.0
    """

    target: str
    columns: tuple[Column, ...]
    left_out: tuple[str, ...] = ()

    def names(self, *kinds: Kind) -> list[str]:
        """Return the names of the columns of these kinds; of all columns if no kind is given."""
        return [column.name for column in self.columns if not kinds or column.kind in kinds]

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns in their order, as floats and text.

        Parameters
        ----------
        frame : DataFrame
            May have its columns in any order and of any type, and further columns.

        Raises
        ------
        ValueError
            A column is missing, or a cell is not of the kind that its column had when the model was fitted.
        """
        self._check_names([str(name) for name in frame.columns])
        found = {str(name): frame[name] for name in frame.columns}
        columns = {column.name: cells(found[column.name], column.kind) for column in self.columns}
        return pd.DataFrame(columns, index=frame.index)

    def _check_names(self, found: list[str]) -> None:
        lacking = [name for name in self.names() if name not in found]
        if lacking:
            guess = meant(lacking[0], found) if len(lacking) == 1 else ""
            raise ValueError(f"the table lacks {listed(lacking)}{guess or f'; it has {listed(found)}'}")
        extra = sorted(set(found) - {self.target, *self.names(), *self.left_out})
        if extra:
            note(f"columns that the model does not know are ignored: {listed(extra)}")

    def to_json(self) -> dict[str, Any]:
        """Return the schema as dictionaries, lists and strings."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return the schema that `to_json` wrote; raise KeyError, TypeError or ValueError if it did not."""
        columns = tuple(Column(str(column["name"]), column["kind"]) for column in plain["columns"])
        if strange := {column.kind for column in columns} - set(KINDS):
            raise ValueError(f"unknown kind of column: {strange}")
        return cls(str(plain["target"]), columns, tuple(map(str, plain["left_out"])))
