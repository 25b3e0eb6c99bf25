"""Cases of tables as people write them: a small file, what must be read from it, and what must be said."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chainrule.tables import Cells, TableWarning, Wishes, read_cells, split_table
from chainrule.tables.columns import read_columns, say_how_read

LEFT_OUT = "left out"
EPOCH = np.datetime64("1970-01-01T00:00:00", "us")


@dataclass(frozen=True)
class Case:
    """A file and what is made of it.

    Parameters
    ----------
    name : str
    table : str, bytes or DataFrame
        Content of the file, or a data frame given from Python.
    columns : dict
        Cells of the columns concerned, None where they are missing: floats of a number, str of a text, bool
        of a truth value; `dates` and `times` make those. `LEFT_OUT` for columns that are left out where
        there is a target, None for any cells.
    said : sequence of str
        A pattern for each note, in any order; nothing else may be said.
    error : str
        Pattern of the error.
    file : dict
        Arguments of `read_cells`.
    """

    name: str
    table: str | bytes | pd.DataFrame
    columns: Mapping[str, Any] = field(default_factory=dict)
    said: Sequence[str] = ()
    error: str = ""
    suffix: str = ".csv"
    file: Mapping[str, Any] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)
    target: str | None = None
    task: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Days:
    """Dates (in days since 1970-01-01) or times (in parts of the day)."""

    kind: str
    values: list[float]


def dates(*cells: str | None) -> Days:
    """Return dates written as in ISO 8601, in universal time."""
    days = (np.nan if c is None else (np.datetime64(c, "us") - EPOCH) / np.timedelta64(1, "D") for c in cells)
    return Days("date", list(days))


def times(*cells: str | None) -> Days:
    """Return times of day written as hh:mm or hh:mm:ss."""
    return Days(
        "time", [np.nan if c is None else pd.Timedelta(f"{c}:00"[:8]).total_seconds() / 86_400 for c in cells]
    )


def column(name: str, *cells: str, more: Sequence[str] = ()) -> str:
    """Return a table of one column, and a second that is no number, separated by semicolons."""
    return f"{name};z\n" + "".join(f"{cell};{'ab'[i % 2]}\n" for i, cell in enumerate([*cells, *more]))


def check(case: Case, folder: Path) -> None:
    """Read the case's table; compare what is read and what is said."""
    if case.error:
        with warnings.catch_warnings(), pytest.raises(ValueError, match=case.error):
            warnings.simplefilter("ignore", TableWarning)
            _read(case, folder)
        return
    with says(case.said):
        found = _read(case, folder)
    for name, expected in case.columns.items():
        _compare(name, found.get(name), expected)


def _read(case: Case, folder: Path) -> dict[str, tuple[str, list[Any]]]:
    """Return kind and cells of each column; of a column that is left out, nothing."""
    cells = _cells(case, folder)
    if case.target is not None:
        data = split_table(cells, case.target, task=case.task, test_size=0, wishes=case.wishes)
        kinds = {name: column.kind for column in data.schema.columns for name in column.inputs}
        found = {name: (kinds[name], data.X_train[name].tolist()) for name in data.X_train}
        return {**found, case.target: (data.task, data.y_train.tolist())}
    case.wishes.check(list(cells.columns))
    names = case.wishes.wanted(cells.columns)
    columns = read_columns(cells, {name: case.wishes.hints(name) for name in names}, names, case.wishes.na)
    say_how_read(columns.values())
    return {name: (column.kind or "none", column.values.tolist()) for name, column in columns.items()}


def _cells(case: Case, folder: Path) -> Cells:
    if isinstance(case.table, pd.DataFrame) and case.suffix == ".csv":
        return Cells.of(case.table)
    path = folder / f"t{case.suffix}"
    if isinstance(case.table, pd.DataFrame):
        getattr(
            case.table, {".parquet": "to_parquet", ".feather": "to_feather", ".xlsx": "to_excel"}[case.suffix]
        )(path)
    else:
        path.write_bytes(case.table.encode() if isinstance(case.table, str) else case.table)
    return read_cells(path, **case.file)


def _compare(name: str, found: tuple[str, list[Any]] | None, expected: Any) -> None:
    if isinstance(expected, str):
        assert found is None, f"{name!r} is not left out"
        return
    assert found is not None, f"{name!r} is left out"
    if expected is None:
        return
    kind, values = found
    if isinstance(expected, Days):
        assert (name, kind) == (name, expected.kind)
        np.testing.assert_allclose(values, expected.values, rtol=0, atol=1e-8, err_msg=name)
        return
    first = next((cell for cell in expected if cell is not None), 0.0)
    kinds = {str: "text", bool: "boolean"}
    if kind not in ("classification", "regression"):
        assert (name, kind) == (name, kinds.get(type(first), "number"))
    assert [None if value != value else value for value in values] == [*expected], name


@contextmanager
def says(said: Sequence[str]) -> Iterator[None]:
    """Check that just these notes are given."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert all(warning.category is TableWarning for warning in caught), [str(w.message) for w in caught]
    _compare_notes([str(warning.message) for warning in caught], said)


def _compare_notes(notes: list[str], said: Sequence[str]) -> None:
    left = [*said]
    for note in notes:
        fits = next((words for words in left if re.search(words, note)), None)
        assert fits is not None, f"said without need: {note}"
        left.remove(fits)
    assert not left, f"not said: {left}; said: {notes}"
