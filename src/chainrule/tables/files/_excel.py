"""Tables in Excel workbooks."""

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from chainrule._heard import heard
from chainrule.tables._cells import Cells
from chainrule.tables._names import counted, listed, meant
from chainrule.tables.files._content import Content
from chainrule.tables.files._header import different_names
from chainrule.tables.files._looks import are_units, like_rows_below
from chainrule.tables.files._magic import is_instead

__all__ = ["read_excel"]

_Values = list[Any]
_UNCOMPUTED = re.compile(rb"<f(?:\s[^>]*)?>[^<]*</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def read_excel(content: Content, *, sheet: str | None, header: bool) -> tuple[Cells, list[str]]:
    """Return the cells of a sheet, by default the first that has any, and notes of what was guessed.

    Raises
    ------
    ValueError
        The file is no workbook of Excel's, it has no such sheet, or no cells.
    """
    data, origin = content.whole(), content.origin
    sheets, uncomputed = _sheets(data, origin)
    filled = [name for name, rows in sheets.items() if rows]
    if sheet is not None and sheet not in sheets:
        raise ValueError(f"{origin} has no sheet {sheet!r}{meant(sheet, [*sheets])}; it has {listed(sheets)}")
    if not filled or (sheet is not None and not sheets[sheet]):
        raise ValueError(f"{origin} is empty; its first row must hold the column names")
    chosen = filled[0] if sheet is None else sheet
    notes = []
    if sheet is None and len(filled) > 1:
        notes.append(
            f"has {counted(len(filled), 'sheet')} with cells, {listed(filled)}: the first is read; "
            "--sheet names another"
        )
    if uncomputed:
        notes.append(
            f"{counted(uncomputed, 'formula')} with no result stored, read as empty cells; save it in Excel"
        )
    names, rows, more = _named(sheets[chosen], header)
    columns = [_column([row[j] for row in rows]) for j in range(len(names))]
    kept = [j for j, name in enumerate(names) if name.strip() or columns[j].null_count < len(columns[j])]
    names, told = different_names([names[j] for j in kept], origin)
    cells = Cells(dict(zip(names, (columns[j] for j in kept), strict=True)), origin, named=header)
    return cells, [*(f"{origin}: {note}" for note in [*notes, *more]), *told]


def _sheets(data: bytes, origin: str) -> tuple[dict[str, list[_Values]], int]:
    """Return the rows of every sheet, and how many formulas have no result stored."""
    from openpyxl import load_workbook

    try:
        with heard():  # openpyxl warns of styles and extensions, which do not concern cells
            workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = {sheet.title: _rows(sheet) for sheet in workbook.worksheets}
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return sheets, sum(len(_UNCOMPUTED.findall(archive.read(name))) for name in parts)
    except Exception as error:  # openpyxl raises of every sort for damaged files
        instead = is_instead(data[: 1 << 13], ".xlsx")
        why = f"it is {instead}" if instead else " ".join(str(error).split())
        raise ValueError(f"{origin} cannot be read as Excel: {why}") from error


def _rows(sheet: Any) -> list[_Values]:
    """Return the rows from the first to the last with a cell filled, all from the first column with one."""
    sheet.reset_dimensions()  # some programs write wrong ones
    rows = [[_plain(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    filled = [[j for j, value in enumerate(row) if value is not None] for row in rows]
    used = [place for place, columns in enumerate(filled) if columns]
    if not used:
        return []
    left, right = min(min(each) for each in filled if each), 1 + max(max(each) for each in filled if each)
    return [(row + [None] * right)[left:right] for row in rows[used[0] : used[-1] + 1]]


def _plain(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _named(rows: list[_Values], header: bool) -> tuple[list[str], list[_Values], list[str]]:
    """Return the names, the rows below them, and notes of a title and of units."""
    notes: list[str] = []
    width = len(rows[0])
    titles = next((n for n, row in enumerate(rows) if width == 1 or _filled(row) > 1), 0)
    if titles:
        notes.append(f"the first {counted(titles, 'row')} ({rows[0][0]}) taken for a title and left out")
        rows = rows[titles:]
    if not header:
        return [f"column {j + 1}" for j in range(width)], rows, notes
    names, *below = [[shown(value) for value in row] for row in rows[:300]]
    rows = rows[next((n for n, row in enumerate(rows) if n and _filled(row)), len(rows)) :]
    below = [row for row in below if any(row)]
    if below and like_rows_below(names, below):
        notes.append(
            "the first row looks like those below, but is taken for the names of the columns; "
            "--no-header if they have none"
        )
    elif len(below) > 1 and are_units(below[0], below[1:]):
        notes.append(f"the row below the names ({', '.join(below[0])}) is taken for units and left out")
        rows = rows[1:]
    return names, rows, notes


def _filled(row: _Values) -> int:
    return sum(value is not None for value in row)


def shown(value: Any) -> str:
    """Return a cell as Excel shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)


def _column(values: Sequence[Any]) -> pa.ChunkedArray:
    """Return the cells of a column with the type that all have, or as text."""
    kinds = {type(value) for value in values if value is not None}
    return pa.chunked_array([_array(values, kinds)])


def _array(values: Sequence[Any], kinds: set[type]) -> pa.Array:
    if kinds and kinds <= {int, float}:
        whole = all(value is None or (float(value).is_integer() and abs(value) < 2**53) for value in values)
        return pa.array(values, pa.int64() if whole else pa.float64(), safe=False)
    if kinds and kinds <= {datetime.datetime, datetime.date}:
        return pa.array(values, pa.timestamp("us"))
    if len(kinds) == 1 and kinds <= {bool, datetime.time, datetime.timedelta, str}:
        return pa.array(values)
    return pa.array([None if value is None else shown(value) for value in values], pa.string())
