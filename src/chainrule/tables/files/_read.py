"""From the path of a file to the cells of its table."""

import os
import sys
from pathlib import Path

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted
from chainrule.tables._warning import note
from chainrule.tables.files._arrow import read_stored
from chainrule.tables.files._content import Content, unchanged
from chainrule.tables.files._excel import read_excel
from chainrule.tables.files._magic import check_is_text, recognised
from chainrule.tables.files._packed import unpacked
from chainrule.tables.files._pieces import HEAD, Choices
from chainrule.tables.files._suffixes import TEXT_SUFFIXES, Suffix, check_table_path, suffix_of
from chainrule.tables.files._text import Plain, read_text

__all__ = ["cells_in", "read_cells"]


def read_cells(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    sheet: str | None = None,
    plain: Plain | None = None,
) -> Cells:
    """Read the cells of a table from a text file (CSV and its kin), Parquet, Feather or Excel.

    Parameters
    ----------
    path : path-like
        The file. Its suffix says which kind it is: see `TABLE_SUFFIXES`. ``"-"`` is standard input, whose
        first bytes say it.
    separator : str, optional
        What separates the cells of a text file: one character, or a word for it such as ``"tab"`` or
        ``"space"`` (any number of spaces). By default it is decided from many lines, or by a first line
        ``sep=;``.
    encoding : str, optional
        How a text file's letters are encoded. By default a byte order mark tells it, or it is UTF-8 if all
        bytes fit, and else guessed.
    header : bool, default=True
        Whether the first row holds the names of the columns. Without, they are "column 1", "column 2", ...
    sheet : str, optional
        The sheet of an Excel file. By default the first that has cells.
    plain : callable, optional
        ``plain(name, cells)`` says of a column of a text file, from its name and its first cells, that it may
        come as numbers if all cells are such as a computer writes them. That is faster, and takes less
        memory.

    Returns
    -------
    Cells
        Of a text file as it was written, all text; of others with the types that are stored.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It holds no table, is another kind of file than its suffix says, or changed while it was read. The
        message names the line if the fault is in one.
    ModuleNotFoundError
        A package for files of this kind is not installed; the message names it.

    Warns
    -----
    TableWarning
        For what was guessed, left out or named otherwise: encoding, title, units, comments, names.
    """
    choices = Choices(separator, encoding, header, sheet, plain)
    return _with_rows(*(_from_stdin(choices) if str(path) == "-" else _from_file(Path(path), choices)))


def cells_in(content: bytes, name: str) -> Cells:
    """Read the cells of a table from the bytes of a file of this name; raises and warns as `read_cells`."""
    if not content:
        raise ValueError(f"{name} is empty")
    check_table_path(name)
    return _with_rows(*_read(Content(name, content), suffix_of(name), Choices()))


def _with_rows(cells: Cells, notes: list[str]) -> Cells:
    """Return a table that has rows, and warn of what was noticed."""
    if not cells.n_rows:
        columns = counted(len(cells.columns), "column")
        raise ValueError(f"{cells.origin} has no rows, only the names of {columns}")
    for message in notes:
        note(message)
    return cells


def _from_file(path: Path, choices: Choices) -> tuple[Cells, list[str]]:
    with unchanged(path):
        check_table_path(path)
        # What is no file on a disk (a pipe) can be read only once.
        content = Content(str(path), path if path.is_file() else path.read_bytes())
        return _read(content, suffix_of(path), choices)


def _from_stdin(choices: Choices) -> tuple[Cells, list[str]]:
    content = Content("standard input", sys.stdin.buffer.read())
    if not content.whole():
        raise ValueError(f"{content.origin} is empty")
    as_if = f"{content.origin}{recognised(content.head(HEAD))[1] or '.txt'}"
    check_table_path(as_if)
    return _read(content, suffix_of(as_if), choices)


def _read(content: Content, suffix: Suffix, choices: Choices) -> tuple[Cells, list[str]]:
    if suffix.kind == ".xlsx":
        return read_excel(content, sheet=choices.sheet, header=choices.header)
    if suffix.kind not in TEXT_SUFFIXES:
        return read_stored(content, suffix.kind)
    if suffix.packed:
        content = Content(content.origin, unpacked(content.whole(), suffix.packed, content.origin))
    check_is_text(content.head(HEAD), content.origin)
    return read_text(
        content,
        separator=choices.separator,
        encoding=choices.encoding,
        header=choices.header,
        plain=choices.plain,
    )
