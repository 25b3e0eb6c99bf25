"""The files of a table, and groups of rows read together: row groups of Parquet, pieces of others."""

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from chainrule.tables._cells import Cells
from chainrule.tables._names import rows_called_by_files
from chainrule.tables.files import TABLE_SUFFIXES, Choices, TablePieces, open_pieces, parquet_group
from chainrule.tables.files._content import state_of, unchanged
from chainrule.tables.files._declared import Declarations
from chainrule.tables.files._stored_types import plain_type
from chainrule.tables.files._suffixes import TEXT_SUFFIXES, suffix_of

__all__ = ["FileGroup", "LeafTable", "files_of", "open_leaves"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_SLICE = 65_536
"""Rows of a row group that are worked on at a time."""


def files_of(paths: Paths) -> list[Path]:
    """Return the files that are named, in this order.

    Parameters
    ----------
    paths : path-like, or sequence of path-like
        Files; folders, for the tables in them; patterns such as ``sales/*.parquet``, in order of names.

    Raises
    ------
    OSError, ValueError
        A pattern fits no file, a folder holds no table or other folders, or a file is named twice.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found = [file for path in given for file in _files_at(Path(path))]
    known: dict[str, Path] = {}
    for file in found:
        other = known.setdefault(os.path.realpath(file), file)
        if other is not file:
            also = "" if other == file else f" (also as {other})"
            raise ValueError(f"{file}{also} is given twice; its rows would count twice")
    if not found:
        raise ValueError("no file is named; give files, folders or patterns such as 'sales/*.parquet'")
    return found


def _files_at(path: Path) -> list[Path]:
    if path.is_dir():
        return _tables_in(path)
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    found = sorted(Path(each) for each in glob.glob(str(path)))
    if not found:
        raise FileNotFoundError(f"no file fits {path}")
    return [file for each in found for file in (_tables_in(each) if each.is_dir() else [each])]


def _tables_in(folder: Path) -> list[Path]:
    inside = sorted(each for each in folder.iterdir() if not each.name.startswith((".", "_")))
    folders = [each for each in inside if each.is_dir()]
    if folders:
        raise IsADirectoryError(
            f"{folder} holds folders, such as {folders[0].name}; name the files: '{folder}/*/*.parquet'"
        )
    tables = [each for each in inside if each.name.lower().endswith(TABLE_SUFFIXES)]
    if not tables:
        raise FileNotFoundError(f"the folder {folder} holds no table (.parquet, .csv, ...)")
    return tables


@dataclass(frozen=True)
class FileGroup:
    """Rows of a file that are read together.

    Parameters
    ----------
    name : str
        For messages.
    row : int
        Number of rows of the table before them.
    n_rows : int
    place : (path, int, int), optional
        Of a row group: its file, its number, and how many rows of the file are before it.
    """

    name: str
    row: int
    n_rows: int
    place: tuple[Path, int, int] | None = None


class LeafTable:
    """The table of files, read in pieces from the first to the last, and by groups in any order.

    Parameters
    ----------
    pieces : TablePieces
    paths : sequence of Path
    """

    def __init__(self, pieces: TablePieces, paths: Sequence[Path]) -> None:
        self.pieces, self.paths = pieces, list(paths)
        files = all(path.is_file() for path in paths)
        self._parquet = files and suffix_of(paths[0]).kind == ".parquet"
        self._text = files and _is_text(paths[0])
        self._types: dict[str, tuple[pa.DataType, str]] = {}
        self._declared = Declarations()
        self._groups: list[FileGroup] = []
        self._reading: tuple[int, Iterator[tuple[Cells, int]]] | None = None
        self._lock = Lock()
        self._states = {path: state_of(path) for path in paths if path.is_file()}
        if self._parquet:
            self._groups = list(_row_groups(paths))

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return self.pieces.names

    @property
    def groups(self) -> list[FileGroup]:
        """The groups that have rows, when the table has been read once."""
        return self._groups

    @property
    def starts(self) -> Sequence[tuple[int, str]]:
        """Number of rows before each part of the table that messages name, and its name."""
        if self._parquet and len(self._groups) > 1:
            return [(group.row, group.name) for group in self._groups]
        return self.pieces.starts

    def read(self, columns: Sequence[str] | None = None) -> Iterator[tuple[Cells, int]]:
        """Yield the table in pieces, each with the number of rows before it.

        Parameters
        ----------
        columns : sequence of str, optional
            Only these are needed.

        Raises
        ------
        ValueError
            A column is stored in one file as another type than in the others, or declares other categories
            there (`chainrule.tables.files._declared`); names the file.
        """
        if columns is not None and self._parquet:
            for number, group in enumerate(self._groups):
                row = group.row
                for cells in self.cells(number, columns):
                    yield cells, row
                    row += cells.n_rows
            return
        groups = []
        for cells, row in self.pieces.read():
            if not self._text:
                self._check_types(cells)
            groups.append(FileGroup(f"{cells.origin}, {_rows(row, cells.n_rows)}", row, cells.n_rows))
            yield cells, row
        if not self._parquet:
            self._groups = groups

    def _check_types(self, cells: Cells) -> None:
        for name, column in cells.columns.items():
            typed_by = self.pieces.typed_by(name, column.type, cells.origin)
            kind = plain_type(column.type)
            stored, file = self._types.setdefault(name, (kind, typed_by))
            if kind != stored:
                raise ValueError(
                    f"column {name!r} is stored as {kind} in {cells.origin}, but as {stored} in {file}; all "
                    "files must store it alike"
                )
        self._declared.check(cells)

    def cells(self, number: int, columns: Sequence[str]) -> Iterator[Cells]:
        """Yield the cells of a group, in slices; at least these columns of it."""
        group = self._groups[number]
        if group.place is not None:
            path = group.place[0]
            with unchanged(path, self._states[path]):
                whole = self.pieces.typed(parquet_group(*group.place, columns))
            for start in range(0, group.n_rows, _SLICE):
                some = {name: each.slice(start, _SLICE) for name, each in whole.columns.items()}
                yield Cells(some, whole.origin)
            return
        with self._lock:
            cells = self._piece(number)
        yield cells

    def _piece(self, number: int) -> Cells:
        """Return a piece; what is read in order is read once."""
        at, pieces = self._reading or (0, self.pieces.read())
        if at > number:
            at, pieces = 0, self.pieces.read()
        for cells, _ in pieces:
            at += 1
            if at > number:
                self._reading = at, pieces
                return cells
        raise ValueError(f"{self.pieces.origin} has fewer rows than when it was read before")


def _rows(row: int, n: int) -> str:
    return f"rows {row + 1:,} to {row + n:,}"


def _row_groups(paths: Sequence[Path]) -> Iterator[FileGroup]:
    row = 0
    for path in paths:
        facts, first = pq.ParquetFile(path).metadata, row
        for at in range(facts.num_row_groups):
            n = facts.row_group(at).num_rows
            name = str(path) if facts.num_row_groups == 1 else f"{path}, row group {at}"
            if n:
                yield FileGroup(name, row, n, (path, at, row - first))
            row += n


def _is_text(path: Path) -> bool:
    return suffix_of(path).kind in TEXT_SUFFIXES


@contextmanager
def open_leaves(paths: Sequence[Path], choices: Choices | None = None) -> Iterator[LeafTable]:
    """Open files as one table, while the block runs.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As `open_pieces`; also if files are of several kinds.
    """
    kinds: dict[Any, Path] = {}
    for path in filter(Path.is_file, paths):
        kinds.setdefault("text" if _is_text(path) else suffix_of(path).kind, path)
    if len(kinds) > 1:
        one, other, *_ = kinds.values()
        raise ValueError(f"{one} and {other} are files of two kinds; give files of one kind")
    with open_pieces(paths, choices) as pieces:
        table = LeafTable(pieces, paths)
        with rows_called_by_files(table.starts):
            yield table
