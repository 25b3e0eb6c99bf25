"""Writing of table files: the same table gives the same bytes."""

import bz2
import gzip
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa

from chainrule._files import open_atomic
from chainrule.tables.files._suffixes import check_table_path, suffix_of

__all__ = ["write_table"]

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a data frame, without its index, to a table file of the kind that the suffix says.

    Cells are separated by commas in ``.csv`` and ``.data``, by tabs in ``.tsv`` and ``.txt``.

    Raises
    ------
    OSError
        The file cannot be written. An earlier file of that name is then unchanged.
    """
    check_table_path(path)
    kind, packed = suffix_of(path)
    with open_atomic(path) as file:
        if kind == ".parquet":
            frame.to_parquet(file, index=False)
        elif kind in (".feather", ".arrow"):
            frame.reset_index(drop=True).to_feather(file)
        elif kind == ".xlsx":
            file.write(_workbook(frame))
        else:
            text = frame.to_csv(
                index=False, sep="\t" if kind in (".tsv", ".txt") else ",", lineterminator="\n"
            )
            _write_packed(text.encode(), packed, Path(path), file)


def _write_packed(text: bytes, packed: str, path: Path, file: BinaryIO) -> None:
    if packed == ".gz":
        file.write(gzip.compress(text, mtime=0))
    elif packed == ".bz2":
        file.write(bz2.compress(text))
    elif packed == ".zst":
        file.write(_zst(text))
    elif packed == ".zip":
        file.write(_zip({path.stem: text}))
    else:
        file.write(text)


def _zst(text: bytes) -> bytes:
    held = pa.BufferOutputStream()
    with pa.CompressedOutputStream(held, "zstd") as stream:
        stream.write(text)
    return bytes(held.getvalue())


def _zip(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _workbook(frame: pd.DataFrame) -> bytes:
    """Return an Excel file without the times at which it and its parts are written."""
    held = io.BytesIO()
    frame.to_excel(held, index=False, engine="openpyxl")
    with zipfile.ZipFile(held) as archive:
        parts: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    times = rb"(<dcterms:(created|modified)[^>]*>)[^<]*"
    parts["docProps/core.xml"] = re.sub(times, rb"\g<1>1980-01-01T00:00:00Z", parts["docProps/core.xml"])
    return _zip(parts)
