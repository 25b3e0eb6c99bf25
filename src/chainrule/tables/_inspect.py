"""Choice of the columns to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._names import listed, option, plain_number
from chainrule.tables._reports import ColumnReport, report_of, reports_of
from chainrule.tables._schema import Column, Schema
from chainrule.tables._seen import Seen, SeenAtOnce
from chainrule.tables._target import check_target_name
from chainrule.tables._warning import note
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import (
    FEWEST_ROWS,
    MOST_CATEGORIES,
    ReadColumn,
    number_for_missing,
    read_columns,
    say_how_read,
    why_identifier,
    why_text_identifier,
)

__all__ = [
    "ROW_NUMBERS",
    "ReadTable",
    "choose_features",
    "describe_columns",
    "inspect_columns",
    "read_features",
]

ROW_NUMBERS = ("", "Unnamed: 0", "index", "rownames")
"""Names of columns that only number the rows, if all their numbers differ."""


@dataclass(frozen=True)
class _Judgement:
    """Why a column is left out, None where it is not; and what makes one that stays look like a key."""

    left_out: str | None = None
    like_a_key: str = ""


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

    def values(self) -> dict[str, NDArray[Any]]:
        """Return the values of the columns."""
        return {name: column.values for name, column in self.columns.items()}


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
    seen = {name: SeenAtOnce(column) for name, column in columns.items()}
    schema, reports = choose_features(cells, columns, seen, target, wishes)
    return ReadTable(schema, {name: columns[name] for name in schema.names()}, reports)


def choose_features(
    cells: Cells, columns: Mapping[str, ReadColumn], seen: Mapping[str, Seen], target: str, wishes: Wishes
) -> tuple[Schema, dict[str, ColumnReport]]:
    """Return the columns to learn `target` from, by what was seen of all cells; see `inspect_columns`.

    Parameters
    ----------
    cells : Cells
        Of the table, or of a piece of it.
    columns : mapping of str to ReadColumn
        How all columns but the target were read.
    seen : mapping of str to Seen
    target : str
    wishes : Wishes

    Returns
    -------
    schema : Schema
    reports : dict of str to ColumnReport
        Of all columns.
    """
    names = [name for name in cells.columns if name != target]
    judged = _judgements(cells, columns, seen, wishes)
    used = [name for name, judgement in judged.items() if judgement.left_out is None]
    _say(columns, seen, judged, wishes)
    if not used:
        raise ValueError(f"no column is left to learn {target!r} from; the table has {listed(cells.columns)}")
    schema = Schema(
        target,
        tuple(Column.of(columns[name], seen[name]) for name in used),
        tuple(name for name in names if name not in used),
        named=cells.named,
    )
    return schema, _reports(columns, judged)


def _reports(columns: Mapping[str, ReadColumn], judged: Mapping[str, _Judgement]) -> dict[str, ColumnReport]:
    return {name: report_of(columns[name], judged[name].left_out) for name in judged}


def _say(
    columns: Mapping[str, ReadColumn],
    seen: Mapping[str, Seen],
    judged: Mapping[str, _Judgement],
    wishes: Wishes,
) -> None:
    used = [columns[name] for name, judgement in judged.items() if judgement.left_out is None]
    say_how_read(used)
    for name, judgement in judged.items():
        if judgement.left_out is not None:
            _say_left_out(columns[name], seen[name], judgement.left_out)
    for column in used:
        seen[column.name].check_sizes(column.name)
        asked = column.name in (wishes.kinds or {})
        _say_unusual(column, seen[column.name], judged[column.name], asked)


def _say_left_out(column: ReadColumn, seen: Seen, why: str) -> None:
    can_stay = column.kind is not None and seen.n_missing < seen.n
    keeps = f" ({option('--as', f'{column.name}={column.kind}')} keeps it)" if can_stay else ""
    note(f"column {column.name!r} is left out: it {why}{keeps}")
    if column.why_text:
        note(column.why_text)


def _judgements(
    cells: Cells, columns: Mapping[str, ReadColumn], seen: Mapping[str, Seen], wishes: Wishes
) -> dict[str, _Judgement]:
    """Return whether each column is learned from."""
    asked = wishes.kinds or {}
    return {
        name: _judgement(column, seen[name], cells.holds.get(name), name in asked)
        for name, column in columns.items()
    }


def _judgement(column: ReadColumn, seen: Seen, holds: str | None, asked: bool) -> _Judgement:
    if holds or column.kind is None:
        return _Judgement(f"holds {holds or column.type} values")
    if seen.n_missing == seen.n:
        return _Judgement("has no value in any row")
    if asked:
        return _Judgement()
    if column.kind == "text":
        return _Judgement(why_text_identifier(seen.n_different, seen.n - seen.n_missing))
    return _judgement_of_numbers(column.name, seen) if column.kind == "number" else _Judgement()


def _judgement_of_numbers(name: str, seen: Seen) -> _Judgement:
    identifies, why = why_identifier(seen)
    if identifies:
        return _Judgement(why)
    if seen.n >= FEWEST_ROWS and seen.digits_differ:
        return _Judgement("holds whole numbers of 16 digits and more that are all different")
    if name in ROW_NUMBERS and seen.all_differ:
        return _Judgement("only numbers the rows")
    return _Judgement(like_a_key=why)


def _say_unusual(column: ReadColumn, seen: Seen, judgement: _Judgement, asked: bool) -> None:
    name = column.name
    if column.kind == "date":
        words = f" ({column.spelling.in_words()})" if column.spelling else ""
        note(f"column {name!r} is read as dates{words}, in days since 1970-01-01")
    if column.kind == "time":
        note(f"column {name!r} is read as times of day, which become two inputs (sine and cosine)")
    if column.kind == "text" and seen.n_different > MOST_CATEGORIES:
        note(
            f"column {name!r} has {seen.n_different:,} different texts: "
            f"the {MOST_CATEGORIES - 1} most frequent get an input each, the others share one"
        )
    if column.kind == "number" and not asked:
        if judgement.like_a_key:
            note(
                f"column {name!r} {judgement.like_a_key}, and is learned from; {option('--ignore', name)} "
                "leaves it out if it is a key"
            )
        mark = number_for_missing(seen.extremes)
        if mark:
            value, count = mark
            note(
                f"column {name!r}: {plain_number(value)} occurs {count:,} times and lies far from all "
                f"others; if it stands for a missing cell, say --na {plain_number(value)}"
            )


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
    if target is not None:
        check_target_name(cells.columns, target)
    wishes.check(list(cells.columns), target)
    names = wishes.wanted(cells.columns)
    columns = read_columns(cells, {name: wishes.hints(name) for name in names}, names, wishes.na)
    read = columns.pop(target, None) if target is not None else None
    seen = {name: SeenAtOnce(column) for name, column in columns.items()}
    judged = _judgements(cells, columns, seen, wishes)
    _say(columns, seen, judged, wishes)
    return reports_of(cells, _reports(columns, judged), read)
