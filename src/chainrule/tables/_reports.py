"""Reports of how columns were read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chainrule.tables._cells import Cells
from chainrule.tables.columns import ReadColumn

__all__ = ["ColumnReport", "report_of", "reports_of"]


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


def reports_of(
    cells: Cells, reports: Mapping[str, ColumnReport], target: ReadColumn | None = None
) -> tuple[ColumnReport, ...]:
    """Return the reports of all columns in the order of the table, with the target and those ignored."""
    known = dict(reports)
    if target is not None:
        known[target.name] = replace(report_of(target, None), use="target")
    return tuple(known.get(name, ColumnReport(name, "", use="ignored")) for name in cells.columns)


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
