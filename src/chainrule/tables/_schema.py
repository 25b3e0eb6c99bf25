"""Columns that a model reads, and their selection from a table."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted, listed, meant, the_row
from chainrule.tables._ranges import ColumnRange, Rows
from chainrule.tables._warning import note
from chainrule.tables.columns import (
    KINDS,
    DateSpelling,
    Hints,
    Kind,
    KnownColumns,
    NumberSpelling,
    NumbersSeen,
    ReadColumn,
    asked_missing,
    say_how_read,
)
from chainrule.tables.columns._spelling import Order

__all__ = ["Column", "Schema", "SchemaReader"]

_WITHOUT_NAMES = (
    "; the model learned from a table without names: read this one so, too (--no-header, header=False)"
)

Spelling = NumberSpelling | DateSpelling


@dataclass(frozen=True)
class Column:
    """Name of a column, the kind of its values, and how they were written where the model was fitted.

    Parameters
    ----------
    name : str
    kind : {"number", "boolean", "date", "time", "text"}
    spelling : NumberSpelling or DateSpelling, optional
        Of a column of text that was read as numbers or dates.
    low, high : float, optional
        The smallest and the largest number.
    """

    name: str
    kind: Kind
    spelling: Spelling | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, column: ReadColumn, seen: NumbersSeen) -> Self:
        """Return the description of a column that was read, and of what was seen of all its cells."""
        if column.kind in ("number", "date") and seen.n_missing < seen.n:
            return cls(column.name, column.kind, column.spelling, seen.low, seen.high)
        return cls(column.name, column.kind or "text", column.spelling)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns of numbers or text that pipelines get: two of a time of day, else one."""
        return (f"{self.name} (sine)", f"{self.name} (cosine)") if self.kind == "time" else (self.name,)

    def features(self, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return these columns. Times of day are points on a circle: 23:59 lies beside 00:00."""
        if self.kind != "time":
            return {self.name: values}
        angle = 2 * np.pi * values
        return dict(zip(self.inputs, (np.sin(angle), np.cos(angle)), strict=True))

    def range(self) -> ColumnRange:
        """Return what counts the numbers far from those of the fitted table."""
        if self.low is None or self.high is None:
            return ColumnRange()
        width = self.high - self.low
        return ColumnRange(self.low - width, self.high + width)

    def hints(self) -> Hints:
        """Return what is known of the column in another table."""
        mark = self.spelling.decimal if isinstance(self.spelling, NumberSpelling) else None
        order = self.spelling.order if isinstance(self.spelling, DateSpelling) else None
        return Hints(self.kind, expected=True, mark=mark, order=order)


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
    target_spelling : NumberSpelling, optional
        How the target's numbers were written.
    named : bool
        Whether the fitted table had names of its own; otherwise they are "column 1", "column 2", ...

    Examples
    --------
    >>> import pandas as pd
    >>> schema = Schema("price", (Column("carat", "number"), Column("sold", "boolean")))
    >>> schema.features(pd.DataFrame({"sold": [True, False], "carat": ["1,5", "2"]}))
       carat  sold
    1    1.5   1.0
    2    2.0   0.0
    """

    target: str
    columns: tuple[Column, ...]
    left_out: tuple[str, ...] = ()
    target_spelling: NumberSpelling | None = None
    named: bool = True

    def names(self, *kinds: Kind) -> list[str]:
        """Return the names of the columns of these kinds; of all columns if no kind is given."""
        return [column.name for column in self.columns if not kinds or column.kind in kinds]

    def target_mark(self) -> str | None:
        """Return the decimal mark of the target where the model was fitted, if it was read from text."""
        return self.target_spelling.decimal if self.target_spelling else None

    def inputs(self, *kinds: Kind) -> list[str]:
        """Return the names of the columns that `features` makes of these kinds."""
        return [name for column in self.columns if column.kind in kinds for name in column.inputs]

    def features(self, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> pd.DataFrame:
        """Return the columns in their order, as floats and text; the index counts the rows from 1.

        Parameters
        ----------
        table : DataFrame or Cells
            May have its columns in any order and of any type, and further columns.
        na : iterable of str
            Texts that stand for missing cells.

        Raises
        ------
        ValueError
            A column is missing, or cells are not of the kind that their column had when the model was
            fitted.

        Warns
        -----
        TableWarning
            Cells count as missing, spellings are open, numbers have another unit or lie far from those that
            were learned from.
        """
        return self.frame(self.read(table, na))

    def read(self, table: Any, na: Iterable[str] = ()) -> dict[str, NDArray[Any]]:
        """Return the values of the columns; see `features`."""
        cells, reader = Cells.of(table), SchemaReader(self, na)
        values = reader.look(cells, 0)
        while reader.settle():
            values = reader.look(cells, 0)
        reader.say(list(cells.columns))
        return values

    def frame(
        self, values: Mapping[str, NDArray[Any]], rows: NDArray[Any] | None = None, before: int = 0
    ) -> pd.DataFrame:
        """Return values as a data frame of floats and text: of all rows, or of some.

        ``before`` counts the rows before these, if they are a piece of a table.
        """
        made: dict[str, NDArray[Any]] = {}
        n = 0
        for column in self.columns:
            n = len(values[column.name])
            made |= column.features(values[column.name] if rows is None else values[column.name][rows])
        index = np.arange(before + 1, before + n + 1) if rows is None else rows + 1
        return pd.DataFrame(made, index=pd.Index(index), copy=False)

    def check_names(self, found: list[str]) -> None:
        """Raise ValueError unless the columns are among those of a table."""
        known = {self.target, *self.names(), *self.left_out}
        lacking = [name for name in self.names() if name not in found]
        if lacking:
            guess = meant(lacking[0], found) if len(lacking) == 1 else ""
            how = "" if self.named or known & set(found) else _WITHOUT_NAMES
            raise ValueError(f"the table lacks {listed(lacking)}{guess or f'; it has {listed(found)}'}{how}")

    def unknown(self, found: list[str]) -> list[str]:
        """Return the names of a table's columns that the fitted table had not."""
        return sorted(set(found) - {self.target, *self.names(), *self.left_out})

    def to_json(self) -> dict[str, Any]:
        """Return the schema as dictionaries, lists and strings."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return the schema that `to_json` wrote; raise KeyError, TypeError or ValueError if it did not."""
        columns = tuple(_column(column) for column in plain["columns"])
        if strange := {column.kind for column in columns} - set(KINDS):
            raise ValueError(f"unknown kind of column: {strange}")
        spelling = _spelling(plain.get("target_spelling"))
        number = spelling if isinstance(spelling, NumberSpelling) else None
        left_out = tuple(map(str, plain["left_out"]))
        return cls(str(plain["target"]), columns, left_out, number, bool(plain.get("named", True)))


def _column(plain: Mapping[str, Any]) -> Column:
    # Files of earlier formats know name and kind only.
    bounds = [None if plain.get(name) is None else float(plain[name]) for name in ("low", "high")]
    return Column(str(plain["name"]), plain["kind"], _spelling(plain.get("spelling")), *bounds)


def _spelling(plain: Mapping[str, Any] | None) -> Spelling | None:
    if plain is None:
        return None
    if "order" not in plain:
        return NumberSpelling.from_json(plain)
    if plain["order"] not in get_args(Order):
        raise ValueError(f"no dates are spelled so: {str(plain['order'])[:40]!r}")
    return DateSpelling(plain["order"])


class SchemaReader:
    """Reads the columns of a schema from a table, in pieces; notes and errors are those of the whole table.

    `look` at all pieces, from the first to the last, then `settle`, and again as long as that says so. Then
    `say` what there is to be said, once; `values` gives those of any piece.

    Parameters
    ----------
    schema : Schema
    na : iterable of str
        Texts that stand for missing cells.
    """

    def __init__(self, schema: Schema, na: Iterable[str] = ()) -> None:
        self._schema = schema
        missing = asked_missing(na)
        self._columns = KnownColumns({c.name: replace(c.hints(), na=missing) for c in schema.columns})
        self._found: dict[str, ColumnRange] = {}

    def look(self, cells: Cells, row: int) -> dict[str, NDArray[Any]]:
        """Return the values of a piece with `row` rows before it, as far as can be known by then.

        Raises
        ------
        ValueError
            A column is missing.
        """
        self._schema.check_names(list(cells.columns))
        if row == 0:
            self._found = {column.name: column.range() for column in self._schema.columns}
        values = self._columns.look(cells, row)
        for name, found in self._found.items():
            found.look(values[name], row)
        return values

    def settle(self) -> bool:
        """Decide how columns are read; return whether all pieces must be looked at again, to be read so.

        Raises
        ------
        ValueError
            Cells are not of the kind that their column had when the model was fitted.
        """
        return self._columns.settle()

    def say(self, names: list[str]) -> None:
        """Warn of what is unlike the fitted table; `names` are those of the table's columns.

        Raises
        ------
        ValueError
            A number is infinite, or too large.
        """
        if unknown := self._schema.unknown(names):
            note(f"columns that the model does not know are ignored: {listed(unknown)}")
        found = self._columns.columns()
        say_how_read(found.values())
        for column in self._schema.columns:
            span = self._found[column.name]
            span.check(column.name)
            if span.any:
                _say_other_unit(column, found[column.name].spelling)
            if span.far.count:
                _say_far(column, span.far)

    def values(self, cells: Cells) -> dict[str, NDArray[Any]]:
        """Return the values of a piece."""
        return self._columns.values(cells)


def _say_other_unit(column: Column, spelling: Spelling | None) -> None:
    """Warn of numbers whose unit is not the one of the table that was learned from."""
    now, was = _unit(spelling), _unit(column.spelling)
    if column.kind == "number" and was != now:
        note(
            f"column {column.name!r}: numbers have {now} here, and {was} in the table that was learned from; "
            "they are taken as they are"
        )


def _unit(spelling: Spelling | None) -> str:
    # With a power of ten, numbers are converted: 2k is 2000.
    if not isinstance(spelling, NumberSpelling) or spelling.power or not spelling.prefix + spelling.suffix:
        return "no unit"
    return f"the unit {spelling.prefix + spelling.suffix!r}"


def _say_far(column: Column, far: Rows) -> None:
    """Warn of numbers that lie beyond those learned from by more than these lie apart."""
    low, high = (_shown(bound, column.kind) for bound in (column.low, column.high))
    rows = f"{counted(far.count, 'row')} (first in {the_row(far.first)})"
    note(
        f"column {column.name!r}: in {rows} the value lies far from what was learned from ({low} to {high}); "
        "predictions there are guesses"
    )


def _shown(value: float | None, kind: Kind) -> str:
    """Return a number, or a date of which the days since 1970 are given."""
    if value is None:
        return "?"
    return str(np.datetime64(int(value), "D")) if kind == "date" else f"{value:g}"
