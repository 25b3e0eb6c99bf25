"""The suffixes of table files, and what each says of a file."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

__all__ = ["TABLE_SUFFIXES", "TEXT_SUFFIXES", "Suffix", "check_table_path", "suffix_of"]

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".data")
_PACKED = (".gz", ".bz2", ".zip", ".zst")
_STORED = (".parquet", ".feather", ".arrow", ".xlsx")

TABLE_SUFFIXES = (*TEXT_SUFFIXES, *(text + packed for text in TEXT_SUFFIXES for packed in _PACKED), *_STORED)
"""Suffixes of the files that hold a table, in lower case; capitals are accepted too."""

_IN_WORDS = (
    ".csv, .tsv, .txt or .data (each also with .gz, .bz2, .zip or .zst), .parquet, .feather, .arrow or .xlsx"
)

_NEEDS = {
    ".parquet": ("Parquet", "pyarrow", "cli"),
    ".feather": ("Feather", "pyarrow", "cli"),
    ".arrow": ("Arrow", "pyarrow", "cli"),
    ".xlsx": ("an Excel file", "openpyxl", "excel"),
}


class Suffix(NamedTuple):
    """What a file's name says: the kind of table, and how it is compressed ("" if it is not)."""

    kind: str
    packed: str


def suffix_of(path: str | os.PathLike[str]) -> Suffix:
    """Return what the suffix of `path` says, or raise ValueError if it is none of a table.

    >>> suffix_of("Houses.CSV.gz")
    Suffix(kind='.csv', packed='.gz')
    """
    endings = [ending.lower() for ending in Path(path).suffixes[-2:]]
    packed = endings.pop() if endings and endings[-1] in _PACKED else ""
    kind = endings[-1] if endings else ""
    if kind + packed not in TABLE_SUFFIXES:
        ending = "".join(Path(path).suffixes[-2:])
        but = f"this one in {ending}" if ending else "this one has no suffix"
        raise ValueError(f"{path}: the name of a table ends in {_IN_WORDS}; {but}")
    return Suffix(kind, packed)


def check_table_path(path: str | os.PathLike[str]) -> None:
    """Raise ValueError, or ModuleNotFoundError, unless tables with the suffix of `path` can be read here."""
    kind = suffix_of(path).kind
    what, module, extra = _NEEDS.get(kind, ("", "", ""))
    if module and find_spec(module) is None:
        raise ModuleNotFoundError(
            f"{path}: {what} needs {module}: pip install 'chainrule[{extra}]'", name=module
        )
