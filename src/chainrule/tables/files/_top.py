"""The lines above the rows of a table: separator line, comments, title, names, units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from chainrule.tables.files._looks import are_units, is_number, like_names, like_rows_below
from chainrule.tables.files._rows import Row, line_of, rows_of
from chainrule.tables.files._separator import usual_width

__all__ = ["ROW_NAMES", "Top", "read_top", "separator_line"]

ROW_NAMES = "rownames"
"""The name of the names of rows, as R calls them; it writes none itself."""

_SEPARATOR_LINE = re.compile(rb'[ ]*"?sep=(.)"?[ ]*(?:\r\n?|\n|\Z)', re.IGNORECASE)
_MOST_TITLES = 30  # lines
_FEW = 300  # rows tell what the columns hold


@dataclass
class Top:
    """What the lines above the rows say."""

    names: list[str]
    end: int  # where the rows begin, in bytes
    named: bool = True  # the names are from the file
    comments: int = 0
    notes: list[str] = field(default_factory=list)  # each goes behind the file's name


def separator_line(sample: bytes) -> tuple[str, int]:
    """Return the separator that a first line such as ``sep=;`` names, and where that line ends."""
    found = _SEPARATOR_LINE.match(sample)
    return (found[1].decode(errors="replace"), found.end()) if found else ("", 0)


def read_top(sample: bytes, separator: str, start: int, *, header: bool) -> Top:
    """Read the lines above the rows, from the byte at `start`, in whole rows of text.

    The table is as wide as most rows are. What is above the first row of that width is a title, unless it is
    shorter by one name, and numbers are in the row below: then it is R's header, which leaves out the name of
    the first column.
    """
    lines = [row for row in rows_of(sample, separator, start) if not row.blank]
    rows = [row for row in lines if not row.comment] or lines
    width = usual_width(rows)
    titles = _titles(rows, width, header)
    first = rows[titles]
    comments = [row for row in lines if row.comment and row.start < first.start]
    notes = [_title_note(sample, rows[:titles])] if titles else []
    top = Top([], first.start, comments=len(comments), notes=notes)
    if not header:
        top.names = [f"column {j + 1}" for j in range(width)]
        top.named = first.cells == top.names  # as a table without names is called when it is written again
        top.end = first.end if top.named else first.start
    elif comments and (names := _commented_names(comments[-1], rows[titles:], width)):
        top.names, top.comments = names, top.comments - 1
        line = f"line {line_of(sample, comments[-1].start)} ({_shortened(', '.join(names))})"
        top.notes.append(f"{line} begins like a comment and is taken for the names of the columns")
    else:
        top.end = first.end
        below = rows[titles + 1 : titles + _FEW]
        _take_names(top, first.cells, [row.cells for row in below], width)
        _leave_units(top, sample, below)
    return top


def _titles(rows: Sequence[Row], width: int, header: bool) -> int:
    """Return how many lines at the beginning are a title: shorter than the row of names below them."""
    short = next((n for n, row in enumerate(rows[:_MOST_TITLES]) if not _is_short(row, width)), 0)
    if not header:
        return short if all(_filled(row) == 1 for row in rows[:short]) else 0
    return short if like_names(rows[short].cells) else 0


def _is_short(row: Row, width: int) -> bool:
    alone = width > 2 and _filled(row) == 1 and bool(row.cells[0].strip())  # separators behind it
    return len(row.cells) < width or alone


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def _title_note(sample: bytes, titles: Sequence[Row]) -> str:
    first, last = (line_of(sample, row.start) for row in (titles[0], titles[-1]))
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    words = _shortened(" ".join(cell.strip() for cell in titles[0].cells if cell.strip()))
    more = " ..." if len(titles) > 1 else ""
    return f"{lines} ({words}{more}) above the names of the columns taken for a title and left out"


def _commented_names(comment: Row, rows: Sequence[Row], width: int) -> list[str]:
    """Return the names in a comment directly above the rows, if it holds them: ``# x y z`` above numbers."""
    first, *others = comment.cells
    bare = first.lstrip(" #%") if re.match(r"\s*[#%]+\s", first) else first.strip()
    names = [bare, *others] if bare.strip("#% ") or len(others) != width else others
    fits = len(names) == width > 1 and all(names) and like_names(names)
    return names if fits and not like_names(rows[0].cells) else []


def _take_names(top: Top, names: list[str], below: list[list[str]], width: int) -> None:
    extra = len(names) - width
    if extra > 0 and not any(cell.strip() for cell in names[width:]):
        names = names[:width]  # separators at the end of this line alone
    if extra < 0 and not any(cell.strip() for row in below for cell in row[len(names) : width]):
        names = names + [""] * -extra  # at the end of all others
    elif extra == -1 and all(len(row) == width for row in below):
        names = [ROW_NAMES, *names]
        top.notes.append(
            "the line of names has one name fewer than the rows have cells: the first column is called "
            f"{ROW_NAMES!r}"
        )
    top.names = names
    whole = [row for row in below if len(row) == len(names)]
    if whole and like_rows_below(names, whole):
        words = _shortened(", ".join(names))
        top.notes.append(
            f"the first row ({words}) looks like those below, but is taken for the names of the columns; "
            "--no-header if they have none"
        )


def _leave_units(top: Top, sample: bytes, rows: Sequence[Row]) -> None:
    whole = [row.cells for row in rows[1:] if len(row.cells) == len(top.names)]
    if not whole or len(rows[0].cells) != len(top.names) or any(map(is_number, top.names)):
        return
    if are_units(rows[0].cells, whole):
        words = _shortened(", ".join(rows[0].cells))
        line = line_of(sample, rows[0].start)
        top.notes.append(f"line {line} ({words}) below the names is taken for units and left out")
        top.end = rows[0].end


def _shortened(words: str, most: int = 40) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else words[: most - 3] + "..."
