"""What stands between the cells of a line, decided from many lines."""

import re
from collections import Counter
from collections.abc import Sequence

from chainrule.tables.files._looks import is_number, number_columns
from chainrule.tables.files._rewrite import tabbed
from chainrule.tables.files._rows import NO_SEPARATOR, Row, rows_of

__all__ = ["RARE", "find_separator", "named_separator", "usual_width"]

_CANDIDATES = ("\t", ";", "|", ",", " ")  # of two that fit alike, the earlier one
RARE = (":", "~", "^")
"""Guessed only where nothing else fits, with less doubt, and said."""
_WORDS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
    "spaces": " ",
}
_CLOCK = re.compile(
    r"(^|[T ])\d{1,2}:[0-5]\d(:[0-5]\d([.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d|[AaPp]\.?[Mm]\.?)?\s*$"
)
_OF_CELLS = "\"'\r\n\0.-+"
_MOST_OTHERS = 0.2  # of the lines, if those above the table are not as wide


def named_separator(separator: str, called: str = "the separator") -> str:
    """Return the character that is meant by `separator`, which may be a word.

    Raises
    ------
    ValueError
        It is no such word, and no character that can stand between cells; `called` names it in the message.

    Examples
    --------
    >>> named_separator("tab"), named_separator("|")
    ('\\t', '|')
    """
    mark = _WORDS.get(separator.lower(), separator)
    if len(mark) != 1 or mark.isalnum() or mark in _OF_CELLS or not mark.isascii():
        words = ", ".join(word for word in _WORDS if word.isalpha())
        raise ValueError(
            f"{called} {separator!r} is neither one character, such as ';' (no letter or digit, no sign or "
            f"point, no quotation mark), nor one of {words}"
        )
    return mark


def find_separator(sample: bytes) -> str:
    """Return what separates the cells of whole rows of text; `NO_SEPARATOR` if they have only one column.

    It is the one that gives the same number of cells, two or more, in nearly all rows, and cells that hold no
    other separator. " " stands for any number of spaces. Where none fits, it is one of `RARE` that all rows
    have equally often, if there are numbers between them.
    """
    fits = {mark: _fit(mark, sample) for mark in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda mark: fits[mark])
    if fits[best] > 0:
        return best
    return next((mark for mark in RARE if _fits_all(mark, sample)), NO_SEPARATOR)


def usual_width(rows: Sequence[Row]) -> int:
    """Return the number of cells that most rows have; of two numbers as frequent, the larger."""
    counts = Counter(len(row.cells) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _fit(mark: str, sample: bytes) -> float:
    if mark.encode() not in sample:
        return 0.0
    text, separator = (tabbed(sample), "\t") if mark == " " else (sample, mark)
    rows = [row for row in rows_of(text, separator) if not row.blank]
    rows = [row for row in rows if not row.comment] or rows
    width = usual_width(rows)
    if width < 2:
        return 0.0
    above = next(n for n, row in enumerate(rows) if len(row.cells) == width)  # a title, or a header
    cells = [[*row.cells] for row in rows[above:] if len(row.cells) == width]
    others = len(rows) - above - len(cells)
    share = len(cells) / (len(cells) + others)
    plausible = _are_columns_of_spaces if mark == " " else _are_columns
    if (above and others > max(1, _MOST_OTHERS * len(rows))) or not plausible(
        cells, mark, len(rows[0].cells), b'"' in text
    ):
        return 0.0
    every = [cell for row in cells for cell in row]
    return share * (1 + sum(map(_is_clean, every)) / len(every))


def _fits_all(mark: str, sample: bytes) -> bool:
    if mark.encode() not in sample:
        return False
    rows = [row.cells for row in rows_of(sample, mark) if not (row.blank or row.comment)]
    if len(rows) < 2 or len(set(map(len, rows))) > 1 or len(rows[0]) < 2:
        return False
    times = mark == ":" and all(_CLOCK.search(mark.join(cells)) for cells in rows[1:])
    return bool(number_columns(rows[1:])) and not times


def _is_clean(cell: str) -> bool:
    return is_number(cell) or not re.search(r"[,;\t|]|\d \d", cell)


def _are_columns(cells: list[list[str]], mark: str, first: int, quoted: bool) -> bool:
    """Whether these are not the decimal commas, or the sentences, of a table with one column."""
    if mark != "," or first != 1:
        return True
    decimals = all(len(row) == 2 and row[0].strip().isdigit() and row[1].strip().isdigit() for row in cells)
    return not (decimals and not quoted) and bool(number_columns(cells[len(cells) // 2 :]))


def _are_columns_of_spaces(cells: list[list[str]], mark: str, first: int, quoted: bool) -> bool:
    """Whether these are not the words of a table with one column, such as "31 Dec 2021" or "12 kg"."""
    width = len(cells[0])
    numbers = number_columns(cells[1:] if first == width and len(cells) > 1 else cells)
    if width - first not in (0, 1):
        return False
    if width == 2:
        return quoted or (len(numbers) == 2 and first == 2)
    return quoted or bool(numbers)
