"""One or several files as one table, read in pieces."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted, difference, rows_called_by_files
from chainrule.tables._warning import note
from chainrule.tables.files._content import Content, state_of, unchanged
from chainrule.tables.files._declared import Declarations
from chainrule.tables.files._magic import recognised
from chainrule.tables.files._pieces import HEAD, Choices, Pieces, pieces_of
from chainrule.tables.files._stored_types import as_type, plain_type, widest
from chainrule.tables.files._suffixes import check_table_path, suffix_of

__all__ = ["TablePieces", "open_pieces", "whole_of"]

PIECE = 1 << 22
"""Bytes of a piece of a text file."""
_HELD = 1 << 25
"""Bytes of a table that is small enough to be held in memory."""
_IN_MEMORY = 1 << 25  # bytes of standard input; more are kept in a file


@dataclass(frozen=True)
class _File:
    name: str
    pieces: Pieces
    path: Path | None
    state: tuple[int, ...]

    def read(self) -> Iterator[Cells]:
        if self.path is None:
            yield from self.pieces.read()
            return
        with unchanged(self.path, self.state):
            yield from self.pieces.read()


class TablePieces:
    """The table of one or several files, in pieces.

    `read` all of them, then `settle`, and again as long as that says so. Later readings give the same pieces;
    those of a small table are held in memory.

    Parameters
    ----------
    files : sequence
        They have the same columns, in any order.
    """

    def __init__(self, files: Sequence[_File]) -> None:
        self._files = files
        self._at = 0
        self._starts: list[tuple[int, str]] = []
        self._held: list[tuple[Cells, int]] | None = None
        self._plain: set[str] = set()
        self._written: set[str] = set()
        self.n_rows = 0
        names = set(self.names)
        self._types = _types_of(files)
        for file in files[1:]:
            _check_same_names(files[0], file, names)

    @property
    def names(self) -> list[str]:
        """Names of the columns, as the first file has them."""
        return self._files[0].pieces.names

    @property
    def starts(self) -> Sequence[tuple[int, str]]:
        """Number of rows before each of several files, as far as they have been read, and its name."""
        return self._starts if len(self._files) > 1 else ()

    @property
    def origin(self) -> str:
        """Name of the table."""
        first, others = self._files[0].name, len(self._files) - 1
        return first if not others else f"{first} and {counted(others, 'other file')}"

    def read(self) -> Iterator[tuple[Cells, int]]:
        """Yield the pieces, each with the number of rows before it.

        Raises
        ------
        OSError, ValueError
            As `read_cells`; also if a file is not as it was when it was read before.
        """
        if self._held is not None:
            yield from self._held
            return
        held: list[tuple[Cells, int]] = []
        room = _HELD
        self._plain, self._written = set(), set()
        for cells, row in self._read():
            self._plain |= cells.plain
            self._written |= cells.columns.keys() - cells.plain
            room -= sum(column.nbytes for column in cells.columns.values())
            held = [*held, (cells, row)] if room > 0 else []
            yield cells, row
        if room > 0:
            self._held = held

    def _read(self) -> Iterator[tuple[Cells, int]]:
        self._starts.clear()
        row = 0
        for at, file in enumerate(self._files):
            self._at = at
            self._starts.append((row, file.name))
            for cells in file.read():
                yield self.typed(cells), row
                row += cells.n_rows
        self.n_rows = row
        if not row:
            columns = counted(len(self.names), "column")
            raise ValueError(f"{self.origin} has no rows, only the names of {columns}")

    def typed(self, cells: Cells) -> Cells:
        """Return cells of which columns that a file stores without a type have that of the other files."""
        n, wanted = cells.n_rows, self._types.keys() - cells.holds.keys()
        without = [name for name, each in cells.columns.items() if pa.types.is_null(each.type)]
        typed = {
            name: pa.chunked_array([pa.nulls(n, self._types[name][0])]) for name in without if name in wanted
        }
        return replace(cells, columns=cells.columns | typed) if typed else cells

    def typed_by(self, name: str, kind: pa.DataType, origin: str) -> str:
        """Return the first of several files that stores a column with this type, else ``origin``."""
        stored, file = self._types.get(name, (None, origin))
        return file if stored == kind else origin

    def settle(self) -> bool:
        """Return whether all must be read again, as what came last showed how the first are to be read."""
        as_text = self._plain & self._written
        again = any([file.pieces.settle(as_text) for file in self._files])
        if again:
            self._held = None
        return again

    @property
    def named(self) -> bool:
        """Whether the names are the table's own."""
        return self._files[0].pieces.named

    def say(self) -> None:
        """Warn of what was guessed, left out or named otherwise in the files."""
        for file in self._files:
            for message in file.pieces.notes():
                note(message)

    def share(self) -> float | None:
        """Return how much of the files has been read; None if that is not known."""
        share = self._files[self._at].pieces.share()
        return None if share is None else (self._at + share) / len(self._files)


def whole_of(pieces: TablePieces) -> Cells:
    """Return all pieces as one table.

    A column that a file stores without a type, as there is no value, has that of the other files, text too.

    Raises
    ------
    ValueError
        A column is stored in one file as another type than in the others, or with other categories.
    """
    while True:
        read = [cells for cells, _ in pieces.read()]
        if not pieces.settle():
            break
    pieces.say()
    declared = Declarations()
    for cells in read:
        declared.check(cells)
    columns = {name: _joined(name, read, pieces) for name in pieces.names}
    plain = frozenset.intersection(*(cells.plain for cells in read))
    return replace(read[0], columns=columns, origin=pieces.origin, plain=plain)


def _joined(name: str, read: Sequence[Cells], pieces: TablePieces) -> pa.ChunkedArray:
    typed = [cells for cells in read if _has_type(name, cells)] or [read[0]]
    kinds = [cells.columns[name].type for cells in typed]
    for cells, kind in zip(typed, kinds, strict=True):
        if plain_type(kind) != plain_type(kinds[0]):
            raise ValueError(
                f"column {name!r} is stored as {kind} in {pieces.typed_by(name, kind, cells.origin)}, but as "
                f"{kinds[0]} in {pieces.typed_by(name, kinds[0], typed[0].origin)}"
            )
    kind = widest(kinds)
    chunks = [as_type(chunk, kind) for cells in read for chunk in cells.columns[name].chunks]
    return pa.chunked_array(chunks, kind)


def _has_type(name: str, cells: Cells) -> bool:
    """Return whether a column is stored with a type, as it is where there is a value."""
    return name in cells.holds or not pa.types.is_null(cells.columns[name].type)


def _types_of(files: Sequence[_File]) -> dict[str, tuple[pa.DataType, str]]:
    """Return the type of each column, and the first file that stores it with one, as those with values do."""
    found: dict[str, tuple[pa.DataType, str]] = {}
    for file in files if len(files) > 1 else ():
        for name, kind in file.pieces.types.items():
            if not pa.types.is_null(kind):
                found.setdefault(name, (kind, file.name))
    return found


def _check_same_names(first: _File, other: _File, names: set[str]) -> None:
    if different := difference(sorted(names), sorted(other.pieces.names)):
        raise ValueError(f"{other.name} has not the columns of {first.name}: {different}")


@contextmanager
def open_pieces(
    paths: Sequence[str | os.PathLike[str]], choices: Choices | None = None, size: int | None = None
) -> Iterator[TablePieces]:
    """Open files as one table that is read in pieces, while the block runs.

    Parameters
    ----------
    paths : sequence of path-like
        ``"-"`` is standard input, which is kept in a temporary file if it is long.
    choices : Choices, optional
    size : int, optional
        Bytes of a piece of a text file; some ten thousand rows if it is left out.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As `read_cells`; also if the files have not the same columns.
    """
    with ExitStack() as stack:
        pieces = TablePieces([_opened(path, choices or Choices(), size or PIECE, stack) for path in paths])
        with rows_called_by_files(pieces.starts):
            yield pieces


def _opened(path: str | os.PathLike[str], choices: Choices, size: int, stack: ExitStack) -> _File:
    if str(path) == "-":
        content = _standard_input(stack)
        as_if = f"{content.origin}{recognised(content.head(HEAD))[1] or '.txt'}"
        check_table_path(as_if)
        return _File(content.origin, pieces_of(content, suffix_of(as_if), choices, size), None, ())
    path = Path(path)
    with unchanged(path):
        check_table_path(path)
        if not path.is_file():  # a pipe, which can be read only once
            with open(path, "rb") as pipe:
                held = _kept(pipe.read, stack)
            return _File(
                str(path), pieces_of(Content(str(path), held), suffix_of(path), choices, size), None, ()
            )
        state = state_of(path)
        pieces = pieces_of(Content(str(path), path), suffix_of(path), choices, size)
        return _File(str(path), pieces, path, state)


def _standard_input(stack: ExitStack) -> Content:
    """Return the content of standard input; what it is kept in is removed when the stack closes."""
    content = Content("standard input", _kept(sys.stdin.buffer.read, stack))
    if not content.head(1):
        raise ValueError(f"{content.origin} is empty")
    return content


def _kept(read: Callable[[int], bytes], stack: ExitStack) -> bytes | Path:
    """Return all that can be read: bytes if they are few, else a file that holds them."""
    head = read(_IN_MEMORY)
    if len(head) < _IN_MEMORY:
        return head
    folder = tempfile.gettempdir()
    try:
        file = stack.enter_context(tempfile.NamedTemporaryFile(prefix="chainrule-"))
        file.write(head)
        while piece := read(1 << 20):
            file.write(piece)
        file.flush()
    except OSError as error:
        raise type(error)(
            f"standard input is kept in {folder}, which cannot be written to: {error.strerror}"
        ) from error
    return Path(file.name)
