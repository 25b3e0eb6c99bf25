"""Choice of the columns to learn from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from chainrule.tables._cells import Cells
from chainrule.tables._names import listed, meant, option, plain_number
from chainrule.tables._schema import Column, Schema, check_sizes
from chainrule.tables._warning import note
from chainrule.tables.columns import (
    FEWEST_ROWS,
    KINDS,
    MOST_CATEGORIES,
    Hints,
    Kind,
    ReadColumn,
    number_for_missing,
    read_columns,
    say_how_read,
    why_identifier,
    why_text_identifier,
)

__all__ = [
    "ColumnReport",
    "ReadTable",
    "Wishes",
    "describe_columns",
    "inspect_columns",
    "read_features",
    "reports_of",
]

_NAMES_OF_ROW_NUMBERS = ("", "Unnamed: 0", "index", "rownames")


@dataclass(frozen=True)
class Wishes:
    """What the owner of a table says of its columns.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of columns: number, boolean, date, time, text, or category, which is text. Such columns are
        never left out.
    na : tuple of str
        Texts that stand for missing cells, in columns of every kind.
    ignore : tuple of str
        Columns not to learn from.
    decimal : {".", ","}, optional
        Decimal mark of columns whose cells leave it open.
    """

    kinds: Mapping[str, str] | None = None
    na: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    decimal: str | None = None

    def check(self, names: list[str], target: str | None = None) -> None:
        """Raise ValueError for columns and kinds that there are not."""
        for name in (*self.ignore, *(self.kinds or {})):
            if name not in names:
                guess = meant(name, names) or f"; the columns are {listed(names)}"
                raise ValueError(f"the table has no column {name!r}{guess}")
        if target in self.ignore:
            raise ValueError(f"the target {target!r} cannot be ignored")
        for name, kind in (self.kinds or {}).items():
            if kind not in (*KINDS, "category"):
                raise ValueError(f"the kind of {name!r} must be {listed([*KINDS, 'category'])}, not {kind!r}")
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"the decimal mark must be '.' or ',', not {self.decimal!r}")

    def wanted(self, names: Iterable[str]) -> list[str]:
        """Return the columns that are not ignored."""
        return [name for name in names if name not in self.ignore]

    def hints(self, name: str) -> Hints:
        """Return what is known of a column."""
        asked = (self.kinds or {}).get(name)
        kind: Kind | None = "text" if asked == "category" else next((k for k in KINDS if k == asked), None)
        return Hints(kind, mark=self.decimal)


@dataclass(frozen=True)
class ColumnReport:
    """How a column is read.

    Parameters
    ----------
    name : str
    kind : str
        number, boolean, date, time or text; empty for cells that cannot be used.
    read_as : str
        How its cells are spelled, or what type they were stored with.
    missing : int
        Number of cells without a value.
    example : str
        A cell, as it was written.
    use : str
        ``target``; or that it is left out, and why; nothing for a column that is learned from.
    """

    name: str
    kind: str
    read_as: str = ""
    missing: int = 0
    example: str = ""
    use: str = ""


@dataclass(frozen=True)
class ReadTable:
    """Columns to learn from, as they were read.

    Parameters
    ----------
    schema : Schema
    columns : dict of str to ReadColumn
        Those of the schema.
    reports : dict of str to ColumnReport
        Of each column that was read.
    """

    schema: Schema
    columns: dict[str, ReadColumn]
    reports: dict[str, ColumnReport]


def inspect_columns(frame: pd.DataFrame | Cells, target: str, wishes: Wishes | None = None) -> Schema:
    """Return the columns to learn `target` from, and warn of each column that is left out.

    Columns are left out if they have no value at all, if their values are neither numbers, truth values,
    dates nor text, and if they only identify rows: texts that hardly ever repeat, and whole numbers that
    are all different and rise from row to row, or fill their range.

    Raises
    ------
    ValueError
        No column is left to learn from.

    Warns
    -----
    TableWarning
        For each column that is left out, or read in a way that one might not expect.
    """
    cells, wishes = Cells.of(frame), wishes or Wishes()
    wishes.check(list(cells.columns), target)
    names = wishes.wanted(cells.columns)
    columns = read_columns(cells, {name: wishes.hints(name) for name in names}, names, wishes.na)
    columns.pop(target, None)
    return read_features(cells, columns, target, wishes).schema


def read_features(cells: Cells, columns: Mapping[str, ReadColumn], target: str, wishes: Wishes) -> ReadTable:
    """Return the columns to learn `target` from, of those that were read; see `inspect_columns`."""
    names = [name for name in cells.columns if name != target]
    why = _reasons(cells, columns, wishes)
    used = {name: columns[name] for name, reason in why.items() if reason is None}
    _say(columns, why, wishes)
    if not used:
        raise ValueError(f"no column is left to learn {target!r} from; the table has {listed(cells.columns)}")
    schema = Schema(
        target,
        tuple(Column.of(column) for column in used.values()),
        tuple(name for name in names if name not in used),
    )
    reports = {name: report_of(columns[name], why[name]) for name in why}
    return ReadTable(schema, used, reports)


def _reasons(cells: Cells, columns: Mapping[str, ReadColumn], wishes: Wishes) -> dict[str, str | None]:
    """Return why each column is left out, None where it is not."""
    asked = wishes.kinds or {}
    return {name: _why_not(column, cells.holds.get(name), name in asked) for name, column in columns.items()}


def _say(columns: Mapping[str, ReadColumn], why: Mapping[str, str | None], wishes: Wishes) -> None:
    used = [columns[name] for name, reason in why.items() if reason is None]
    say_how_read(used)
    for name, reason in why.items():
        if reason is not None:
            keeps = (
                f" ({option('--as', f'{name}={columns[name].kind}')} keeps it)"
                if _can_stay(columns[name])
                else ""
            )
            note(f"column {name!r} is left out: it {reason}{keeps}")
            if columns[name].why_text:
                note(columns[name].why_text)
    for column in used:
        check_sizes(column.name, column.values)
        _say_unusual(column, asked=column.name in (wishes.kinds or {}))


def _can_stay(column: ReadColumn) -> bool:
    return column.kind is not None and column.n_missing < len(column.values)


def _why_not(column: ReadColumn, holds: str | None, asked: bool) -> str | None:
    """Return why a column is left out, or None."""
    if holds or column.kind is None:
        return f"holds {holds or column.type} values"
    if column.n_missing == len(column.values):
        return "has no value in any row"
    if asked:
        return None
    if column.kind == "text":
        return why_text_identifier(column.n_different, len(column.values) - column.n_missing)
    if column.kind != "number":
        return None
    identifies, why = why_identifier(column.values)
    if identifies:
        return why
    if column.digits is not None and len(column.digits.unique()) == len(column.values) >= FEWEST_ROWS:
        return "holds whole numbers of 16 digits and more that are all different"
    different = column.name in _NAMES_OF_ROW_NUMBERS and len(np.unique(column.values)) == len(column.values)
    return "only numbers the rows" if different else None


def _say_unusual(column: ReadColumn, asked: bool) -> None:
    name = column.name
    if column.kind == "date":
        words = f" ({column.spelling.in_words()})" if column.spelling else ""
        note(f"column {name!r} is read as dates{words}, in days since 1970-01-01")
    if column.kind == "time":
        note(f"column {name!r} is read as times of day, which become two inputs (sine and cosine)")
    if column.kind == "text" and column.n_different > MOST_CATEGORIES:
        note(
            f"column {name!r} has {column.n_different:,} different texts: "
            f"the {MOST_CATEGORIES - 1} most frequent get an input each, the others share one"
        )
    if column.kind == "number" and not asked:
        _, why = why_identifier(column.values)
        if why:
            note(
                f"column {name!r} {why}, and is learned from; {option('--ignore', name)} leaves it out if "
                "it is a key"
            )
        mark = number_for_missing(column.values)
        if mark:
            value, count = mark
            note(
                f"column {name!r}: {plain_number(value)} occurs {count:,} times and lies far from all "
                f"others; if it stands for a missing cell, say --na {plain_number(value)}"
            )


def reports_of(
    cells: Cells, reports: Mapping[str, ColumnReport], target: ReadColumn | None = None
) -> tuple[ColumnReport, ...]:
    """Return the reports of all columns in the order of the table, with the target and those ignored."""
    known = dict(reports)
    if target is not None:
        known[target.name] = replace(report_of(target, None), use="target")
    return tuple(known.get(name, ColumnReport(name, "", use="ignored")) for name in cells.columns)


def describe_columns(
    table: pd.DataFrame | Cells, target: str | None = None, wishes: Wishes | None = None
) -> tuple[ColumnReport, ...]:
    """Return how each column of a table is read, in its order; nothing is learned.

    Raises
    ------
    ValueError
        The target, or a column that the wishes name, does not exist.

    Warns
    -----
    TableWarning
        As `split_table`, of what is guessed and left out.

    Examples
    --------
    >>> import pandas as pd
    >>> report, = describe_columns(pd.DataFrame({"price": ["1.234,50 €", "12,00 €"]}))
    >>> report.kind, report.read_as, report.example
    ('number', "decimal mark ',', groups by '.', unit '€'", '1.234,50 €')
    """
    cells, wishes = Cells.of(table), wishes or Wishes()
    wishes.check(list(cells.columns), target)
    names = wishes.wanted(cells.columns)
    columns = read_columns(cells, {name: wishes.hints(name) for name in names}, names, wishes.na)
    read = columns.pop(target, None) if target is not None else None
    why = _reasons(cells, columns, wishes)
    _say(columns, why, wishes)
    return reports_of(cells, {name: report_of(columns[name], why[name]) for name in columns}, read)


def report_of(column: ReadColumn, why: str | None) -> ColumnReport:
    """Return how a column is read; `why` it is left out, if it is."""
    words = column.spelling.in_words() if column.spelling else ""
    if column.type != "text":
        words = f"stored as {column.type}"
    if column.kind == "text":
        words = f"{column.n_different:,} different"
    example, use = column.example or _first(column), f"left out: it {why}" if why else ""
    return ColumnReport(column.name, column.kind or "", words, column.n_missing, example, use)


def _first(column: ReadColumn) -> str:
    """Return the first cell that is not missing."""
    if column.written is not None:
        present = column.written.slice(0, 1000).drop_null()
        return str(present[0].as_py()) if len(present) else ""
    present_values = [value for value in column.values[:1000] if value == value]
    return f"{present_values[0]:g}" if present_values and column.kind in ("number", "boolean") else ""
