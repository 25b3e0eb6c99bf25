"""All columns of a table: read side by side, then what some leave open is decided by the others."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import pyarrow.compute as pc

from chainrule.tables._cells import Cells
from chainrule.tables._names import listed, the_row
from chainrule.tables._warning import note
from chainrule.tables.columns._column import Hints, ReadColumn, of_plain_numbers
from chainrule.tables.columns._decide import read_column
from chainrule.tables.columns._missing import asked_missing
from chainrule.tables.columns._odd import OddCells
from chainrule.tables.columns._spelling import DateSpelling, NumberSpelling, Order

__all__ = ["Customs", "read_columns", "say_how_read", "side_by_side"]

Result = TypeVar("Result")


def read_columns(
    cells: Cells, hints: Mapping[str, Hints], names: Iterable[str] | None = None, na: Iterable[str] = ()
) -> dict[str, ReadColumn]:
    """Return columns with their kinds and values.

    Parameters
    ----------
    cells : Cells
    hints : mapping of str to Hints
        What is known of some columns.
    names : iterable of str, optional
        The columns to read; all if it is left out.
    na : iterable of str
        Texts that stand for missing cells everywhere.

    Raises
    ------
    ValueError
        A column is not of the kind that it must have; names column and row.
    """
    wanted = list(cells.columns if names is None else names)
    default = Hints(na=asked_missing(na))
    given = {name: replace(hints.get(name, default), na=default.na) for name in wanted}

    def read(name: str) -> ReadColumn:
        column = read_column(name, cells.columns[name], given[name])
        return of_plain_numbers(column) if name in cells.plain else column

    columns = side_by_side(read, wanted)
    customs = Customs.of(columns.values(), cells.separator)
    again = {
        name: replace(
            given[name], mark=given[name].mark or customs.mark, order=given[name].order or customs.order
        )
        for name, column in columns.items()
        if column.is_open
    }

    def read_again(name: str) -> ReadColumn:
        return customs.said(read_column(name, cells.columns[name], again[name]), given[name])

    return columns | side_by_side(read_again, again)


def side_by_side(call: Callable[[str], Result], names: Iterable[str]) -> dict[str, Result]:
    """Return the results of calls with each name, in several threads."""
    wanted = list(names)
    contexts = [copy_context() for _ in wanted]  # which name the files that rows are of
    with ThreadPoolExecutor(min(len(wanted) or 1, os.cpu_count() or 1)) as pool:
        results = pool.map(lambda context, name: context.run(call, name), contexts, wanted)
        return dict(zip(wanted, results, strict=True))


@dataclass(frozen=True)
class Customs:
    """How the country writes that a table comes from, for columns of which the cells leave it open; and why.

    Parameters
    ----------
    mark : str
        Decimal mark.
    order : Order
        Of day and month.
    why_mark, why_order : str
    """

    mark: str
    order: Order
    why_mark: str
    why_order: str

    @classmethod
    def of(cls, columns: Collection[ReadColumn], separator: str | None) -> Self:
        """Return what the columns show, or else what stands between the cells of a text file."""
        mark, why_mark = _file_mark(columns, separator)
        order, why_order = _file_order(columns, mark, separator)
        return cls(mark, order, why_mark, why_order)

    def said(self, column: ReadColumn, given: Hints) -> ReadColumn:
        """Return a column that was read so, with a note about it."""
        if given.mark or given.order:
            why = "as in the table that was learned from" if given.expected else "as asked for"
        else:
            why = self.why_mark if column.kind == "number" else self.why_order
        return _said_open(column, why)


def _file_mark(columns: Iterable[ReadColumn], separator: str | None) -> tuple[str, str]:
    """Return the decimal mark of a file by the columns that show theirs, else by its separator; and why."""
    marks: Counter[str] = Counter()
    plain_long = False
    for column in columns:
        if isinstance(column.spelling, NumberSpelling) and not column.is_open:
            other = "," if column.spelling.decimal == "." else "."
            if column.spelling.group == other or column.example.count(column.spelling.decimal) == 1:
                marks[column.spelling.decimal] += 1
            plain_long |= not column.spelling.group and _has_long(column)
    if marks:
        best, count = marks.most_common(1)[0]
        if marks[","] != marks["."]:
            return (
                best,
                f"as {count:,} other column{'s have' if count > 1 else ' has'} decimal {_MARKS[best]}",
            )
    if separator == ";" and not plain_long:
        return ",", "as in countries that separate cells by semicolons"
    return ".", "as no other column says otherwise"


_MARKS = {".": "points", ",": "commas"}


def _has_long(column: ReadColumn) -> bool:
    """Return whether a column holds five digits in a row: groups would have been marked."""
    if column.written is None:
        return False
    head = column.written.slice(0, 1000)
    return bool(pc.any(pc.match_substring_regex(head, r"^\s*-?\d{5,}")).as_py())


def _file_order(columns: Iterable[ReadColumn], mark: str, separator: str | None) -> tuple[Order, str]:
    """Return the order of day and month by the columns that show theirs, else by the decimal mark."""
    orders = Counter(
        column.spelling.order
        for column in columns
        if isinstance(column.spelling, DateSpelling) and not column.is_open
    )
    if orders["dmy"] != orders["mdy"]:
        best: Order = "dmy" if orders["dmy"] > orders["mdy"] else "mdy"
        return best, "as in the other columns of dates"
    if mark == "," or separator == ";":
        return "dmy", "as in countries with decimal commas"
    return "mdy", "as in the United States; no cell shows it"


def _said_open(column: ReadColumn, why: str) -> ReadColumn:
    name, example = column.name, column.example
    if isinstance(column.spelling, DateSpelling):
        return column.noted(f"column {name!r}: dates are read as {column.spelling.in_words()}, {why}")
    if isinstance(column.spelling, NumberSpelling):
        mark = next((one for one in ".," if one in example), "")
        what = "decimal mark" if mark == column.spelling.decimal else "mark between groups of digits"
        return column.noted(
            f"column {name!r}: the {'point' if mark == '.' else 'comma'} in {example!r} is read as {what}, "
            f"{why} (--decimal overrules)"
        )
    return column


def say_how_read(columns: Iterable[ReadColumn]) -> None:
    """Warn of all that was guessed: notes of the columns, and the words that count as missing."""
    missing: dict[str, list[tuple[ReadColumn, int]]] = {}
    for column in columns:
        for message in (*column.notes, column.why_text):
            if message:
                note(message)
        for text, count in column.odd.which(missing=True).items():
            if text.strip():
                missing.setdefault(text.strip(), []).append((column, count))
        others = column.odd.which(missing=False)
        if others:
            shown = OddCells(others, column.odd.first).shown()
            what = {"number": "numbers", "date": "dates", "time": "times"}.get(column.kind or "", "values")
            note(f"column {column.name!r}: {shown} counted as missing among {what}")
    for text, where in missing.items():
        count = sum(n for _, n in where)
        first = where[0][0]
        row = first.odd.first[next(each for each in first.odd.counts if each.strip() == text)]
        at = listed([column.name for column, _ in where], most=3)
        times = "once" if count == 1 else f"{count:,} times"
        note(f"{text!r} counts as missing: {times} in {at}, first in {the_row(row)}")
