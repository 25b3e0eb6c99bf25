"""How a table is to be read: options, checked in one place, and the reading itself."""

import codecs
import glob
import os
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from chainrule._files import reading
from chainrule.tables import Cells, Schema, Wishes
from chainrule.tables._names import call_rows_by_files, counted, listed, meant
from chainrule.tables._read import read_plainly
from chainrule.tables.columns import are_plain
from chainrule.tables.files import Choices, TablePieces, named_separator, open_pieces, whole_of

__all__ = [
    "AS_KINDS",
    "ReadingOptions",
    "check_columns",
    "choices_of",
    "inputs",
    "named",
    "opened",
    "opened_like_learned",
    "paths_of",
    "read",
    "read_like_learned",
    "reading_options",
    "shown_as",
]

AS_KINDS = ("text", "number", "date", "time", "boolean", "category")
"""Kinds that ``--as COLUMN=KIND`` takes."""


@dataclass(frozen=True)
class ReadingOptions:
    """What the command was told about a table.

    Parameters
    ----------
    ignore : tuple of str
        Columns that are not used.
    copy : tuple of str
        Columns that are copied beside the predictions.
    as_ : dict of str to str
        Kinds of columns, which overrule what would be guessed.
    na : tuple of str
        Texts that stand for a missing cell, in every column.
    separator : str, optional
        What stands between cells; a space stands for any number of spaces.
    encoding : str, optional
        Name of an encoding, as Python has it.
    header : bool
        Whether the first line holds the names of the columns.
    decimal : {".", ","}, optional
        Decimal mark, where the cells leave it open.
    sheet : str, optional
        Sheet of an Excel file.
    """

    ignore: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    as_: Mapping[str, str] = field(default_factory=dict)
    na: tuple[str, ...] = ()
    separator: str | None = None
    encoding: str | None = None
    header: bool = True
    decimal: str | None = None
    sheet: str | None = None

    def wishes(self) -> Wishes:
        """Return what concerns the columns."""
        return Wishes(dict(self.as_), self.na, self.ignore, self.decimal)


def reading_options(
    *,
    target: str | None = None,
    ignore: Sequence[str] | None = None,
    copy: Sequence[str] | None = None,
    as_: Sequence[str] | None = None,
    na: Sequence[str] | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    no_header: bool = False,
    decimal: str | None = None,
    sheet: str | None = None,
) -> ReadingOptions:
    """Return the options as they were given on the command line, checked as far as one can without the table.

    Raises
    ------
    ValueError
        An option has a value that it does not take, or two contradict each other.
    """
    ignored, beside, kinds = _unique(ignore), _unique(copy), _kinds(as_ or ())
    if target is not None and target in ignored:
        raise ValueError(f"--ignore {target}: it is the target; give another --target, or leave --ignore out")
    for name in ignored:
        for option, others in (("--copy", beside), ("--as", kinds)):
            if name in others:
                raise ValueError(
                    f"--ignore {name} and {option} {name} contradict each other; give one of them"
                )
    if decimal not in (None, ".", ","):
        raise ValueError(f"--decimal {decimal}: give '.' or ','")
    return ReadingOptions(
        ignored,
        beside,
        kinds,
        _unique(na),
        None if separator is None else named_separator(separator, "--sep"),
        _encoding(encoding),
        not no_header,
        decimal,
        sheet,
    )


def _unique(names: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names or ()))


def _kinds(given: Sequence[str]) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for text in given:
        name, equals, kind = text.rpartition("=")
        kind = kind.strip().lower()
        if not equals:
            raise ValueError(f"--as {text}: give COLUMN=KIND, such as zip=text")
        if kind not in AS_KINDS:
            near = meant(kind, AS_KINDS)
            raise ValueError(f"--as {text}: the kinds are {', '.join(AS_KINDS)}, not {kind!r}{near}")
        if kinds.setdefault(name, kind) != kind:
            raise ValueError(
                f"--as {name}={kinds[name]} and --as {text}: a column has one kind; give it once"
            )
    return kinds


def _encoding(given: str | None) -> str | None:
    if given is None:
        return None
    try:
        "".encode(given)  # fails also for codecs that are not of text, such as base64
        return codecs.lookup(given).name
    except (LookupError, ValueError):
        raise ValueError(
            f"--encoding {given}: there is no such encoding; names are utf-8, utf-16, cp1252, latin-1, "
            "shift_jis, gb18030 and the others that Python knows"
        ) from None


def check_columns(options: ReadingOptions, names: Sequence[str]) -> None:
    """Raise ValueError for a column in the options that the table does not have, with the near name."""
    for option, given in (("--ignore", options.ignore), ("--copy", options.copy), ("--as", options.as_)):
        for name in given:
            if name not in names:
                near = meant(name, names) or f"; the columns are {listed(names)}"
                raise ValueError(f"{option} {name}: the table has no column {name!r}{near}")


def paths_of(tables: Sequence[Path]) -> list[Path]:
    """Return the files that are named; a name with ``*``, ``?`` or ``[...]`` stands for those that it fits.

    Raises
    ------
    FileNotFoundError
        A pattern fits no file.
    ValueError
        A file is named twice, by whatever link or spelling.
    """
    paths = [path for table in tables for path in _fitting(table)]
    known: dict[str, Path] = {}
    for path in paths:
        other = known.setdefault(os.path.realpath(path), path)
        if other is not path:
            also = "" if other == path else f" (also as {other})"
            raise ValueError(f"{path}{also} is given twice; its rows would count twice")
    return paths


def _fitting(table: Path) -> list[Path]:
    pattern = str(table)
    if not glob.has_magic(pattern) or table.exists():
        return [table]
    found = sorted(Path(path) for path in glob.glob(pattern))
    if not found:
        raise FileNotFoundError(f"no file fits {pattern}")
    return found


def named(tables: Sequence[Path]) -> str:
    """Return how a table of one or several files is called."""
    first, *others = [path.name for path in tables]
    return f"{first} and {counted(len(others), 'other file')}" if others else first


def shown_as(tables: Sequence[Path]) -> str | list[str]:
    """Return the name of a file, or those of several, as JSON has them."""
    return str(tables[0]) if len(tables) == 1 else [str(path) for path in tables]


def inputs(tables: Sequence[Path], **others: Path) -> dict[str, Path]:
    """Return files by the words that messages have for them."""
    return {f"the {word}": path for word, path in others.items()} | {
        f"the table{f' ({at})' * (len(tables) > 1)}": path for at, path in enumerate(tables, 1)
    }


def read(tables: Sequence[Path], options: ReadingOptions, text: Collection[str] = ()) -> Cells:
    """Return the cells of the table in a file, or in several; see `read_cells`.

    Parameters
    ----------
    tables : sequence of Path
    options : ReadingOptions
    text : collection of str
        Columns of which the text is needed as it was written, beside those that the options name.

    Raises
    ------
    OSError
        A file does not exist, or cannot be read.
    ValueError
        It holds no table, or lacks a column that the options name; or the files have other columns.
    """
    if len(tables) > 1:
        return _whole(opened(tables, options, text))
    with reading(tables[0]):
        cells = read_plainly(
            tables[0],
            {*text, *options.copy, *options.as_},
            separator=options.separator,
            encoding=options.encoding,
            header=options.header,
            sheet=options.sheet,
        )
    check_columns(options, list(cells.columns))
    return cells


def choices_of(options: ReadingOptions, text: Collection[str] = ()) -> Choices:
    """Return how files are read; of some columns, and those that the options name, the text is needed."""
    as_written = {*text, *options.copy, *options.as_}
    return Choices(
        options.separator,
        options.encoding,
        options.header,
        options.sheet,
        lambda name, cells: name not in as_written and are_plain(cells),
    )


@contextmanager
def opened(
    tables: Sequence[Path], options: ReadingOptions, text: Collection[str] = ()
) -> Iterator[TablePieces]:
    """Open the table in one or several files, to be read in pieces while the block runs; see `read`."""
    with reading(tables[0]), open_pieces(tables, choices_of(options, text)) as pieces:
        check_columns(options, pieces.names)
        yield pieces


@contextmanager
def opened_like_learned(
    tables: Sequence[Path], options: ReadingOptions, schema: Schema, text: Collection[str] = ()
) -> Iterator[TablePieces]:
    """Open a table as `opened` does; without names if the model learned from a table without."""
    text = {*text, *schema.names("text", "boolean", "date", "time")}
    if schema.named or not options.header:
        with opened(tables, options, text) as pieces:
            yield pieces
        return
    with opened(tables, replace(options, header=False), text) as pieces:
        if not pieces.named:
            warnings.warn(
                f"{pieces.origin}: the first line is read as a row, not as names, as in the table that was "
                "learned from",
                stacklevel=2,
            )
        yield pieces


def read_like_learned(
    tables: Sequence[Path], options: ReadingOptions, schema: Schema, text: Collection[str] = ()
) -> Cells:
    """Return the cells of the table that `opened_like_learned` opens, as a whole."""
    return _whole(opened_like_learned(tables, options, schema, text))


def _whole(opening: AbstractContextManager[TablePieces]) -> Cells:
    with opening as pieces:
        cells = whole_of(pieces)
    call_rows_by_files(pieces.starts)  # to the end of the command
    return cells
