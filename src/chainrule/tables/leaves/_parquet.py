"""Columns in Parquet files, row group by row group, as estimators of several machines read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet as pq
from pyarrow.types import is_boolean, is_decimal, is_dictionary, is_floating, is_integer, is_null

from chainrule.tables._cells import Cells
from chainrule.tables._names import check_is_name, counted, listed, repeated
from chainrule.tables.ensemble._groups_given import TARGET_AS_GROUPS
from chainrule.tables.files._declared import Declarations, categories_declared_in
from chainrule.tables.files._stored_types import plain_type
from chainrule.tables.leaves._files import Paths, files_of

__all__ = ["StoredRows", "stored_rows"]


@dataclass(frozen=True)
class StoredRows:
    """A row group of a file, and which of its columns are read.

    Attributes
    ----------
    path : Path
    number : int
        Of the row group in its file.
    n_rows : int
    columns : tuple of str
        To learn from, in this order.
    target : str
    weight, group : str or None
        The columns of sample weights, and of the groups that rows are of.
    types : dict of str to DataType
        Of the columns that this file stores without a type, as there is no value: that of the other files.
    """

    path: Path
    number: int
    n_rows: int
    columns: tuple[str, ...]
    target: str
    weight: str | None = None
    group: str | None = None
    types: Mapping[str, pa.DataType] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.path}, row group {self.number}"

    def load(self) -> tuple[pd.DataFrame, pd.Series, pd.Series | None]:
        """Read columns, target and weights, all of them numbers or labels.

        Raises
        ------
        ValueError
            If a column does not hold numbers; if it has missing cells: whole numbers would be floats in this
            row group alone.
        """
        table = self._read()
        for name in self.columns:
            if not _holds_numbers(table[name].type):
                self._refuse(name, f"is stored as {table[name].type}, and networks alone take numbers")
            if missing := table[name].null_count:
                self._refuse(name, f"has {counted(missing, 'missing cell')}, and networks alone take none")
        frame = table.to_pandas(ignore_metadata=True)  # which makes an index of some
        weight = None if self.weight is None else frame[self.weight]
        return frame[list(self.columns)], frame[self.target], weight

    def _refuse(self, column: str, why: str) -> NoReturn:
        raise ValueError(
            f"{self.name}: column {column!r} {why}: name other columns=, or take TableRegressor or "
            "TableClassifier"
        )

    def load_typed(self) -> tuple[pa.Table, NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]:
        """Read columns with the types that they are stored as, whichever cells are missing; groups too."""
        table = self._read()
        names = self.target, self.weight, self.group
        y, weight, group = (None if name is None else _values(table[name]) for name in names)
        assert y is not None
        return table.select(self.columns), y, weight, group

    def _read(self) -> pa.Table:
        beside = [name for name in (self.weight, self.group) if name is not None]
        wanted = dict.fromkeys([*self.columns, self.target, *beside])
        with pq.ParquetFile(self.path) as file:
            table = file.read_row_group(self.number, columns=list(wanted)).replace_schema_metadata()
        for name, kind in self.types.items():
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.nulls(table.num_rows, kind))
        return table


def _holds_numbers(kind: pa.DataType) -> bool:
    # A column of nulls alone is refused for what is missing.
    return any(is_kind(kind) for is_kind in (is_boolean, is_decimal, is_floating, is_integer, is_null))


def _values(column: pa.ChunkedArray) -> NDArray[Any]:
    values: NDArray[Any] = (
        column.cast(column.type.value_type) if is_dictionary(column.type) else column
    ).to_numpy()
    return values


def stored_rows(
    paths: Paths,
    target: str,
    columns: Sequence[str] | None = None,
    weight: str | None = None,
    group: str | None = None,
) -> list[StoredRows]:
    """Return the row groups of files, in the order of `files_of`, those without rows left out.

    Parameters
    ----------
    paths : path-like, or sequence of path-like
        Files, folders, or patterns.
    target : str
    columns : sequence of str, optional
        Those to learn from; all others than target, weight and group if left out.
    weight, group : str, optional

    Raises
    ------
    OSError, ValueError
        A file is no Parquet; a column is not there or there twice, or is stored otherwise, or with other
        categories, than in the first file; there are no rows; weights or groups are the target.
    TypeError
        What is to name a column is no name, or one name where several are wanted.
    """
    _check_names(target, columns, weight, group)
    found: list[StoredRows] = []
    known: dict[str, tuple[pa.DataType, Path]] = {}
    untyped: dict[Path, list[str]] = {}
    first: Path | None = None
    declared, beside = Declarations(), [name for name in (weight, group) if name is not None]
    for path in files_of(paths):
        try:
            file = pq.ParquetFile(path)
        except FileNotFoundError:
            raise FileNotFoundError(f"there is no file {path}") from None
        except ValueError as error:  # pyarrow's own of what is no Parquet file is one
            raise ValueError(f"{path} is no Parquet file: {error}") from None
        with file:
            types = {field.name: field.type for field in file.schema_arrow}
            if first is None:
                first = path
                columns = _chosen(types, target, columns, beside, path)
            wanted = list(dict.fromkeys([*(columns or ()), target, *beside]))
            if twice := repeated(name for name in file.schema_arrow.names if name in wanted):
                raise ValueError(f"{path}: more than one column is named {twice!r}")
            _check_alike(known, types, wanted, path, first)
            untyped[path] = [name for name in wanted if is_null(types[name])]
            declared.check(_first_row(file, path, [name for name in wanted if is_dictionary(types[name])]))
            facts = file.metadata
            for number in range(facts.num_row_groups):
                n = facts.row_group(number).num_rows
                if n:
                    found.append(StoredRows(path, number, n, tuple(columns or ()), target, weight, group))
    if not found:
        raise ValueError(f"there are no rows to learn from in {first} and what else was named")
    typed = {
        path: {name: known[name][0] for name in names if name in known} for path, names in untyped.items()
    }
    return [replace(each, types=typed[each.path]) for each in found]


def _check_names(target: str, columns: Any, weight: str | None, group: str | None) -> None:
    """Raise TypeError or ValueError for what names no column, or one for two things that it cannot be."""
    for keyword, name in (("target", target), ("sample_weight", weight), ("groups", group)):
        if name is not None or keyword == "target":
            check_is_name(keyword, name)
    if target == group:
        raise ValueError(TARGET_AS_GROUPS.format(f"names the target, {target!r}"))
    if target == weight:
        raise ValueError(f"sample_weight names the target, {target!r}: give another column, of weights")
    if isinstance(columns, str):
        raise TypeError(f"columns must be a list of names, got {columns!r}: give columns=[{columns!r}]")
    if columns is not None and (twice := repeated(columns)):
        raise ValueError(f"columns names {twice!r} twice")


def _chosen(
    types: dict[str, Any], target: str, columns: Sequence[str] | None, beside: Sequence[str], path: Path
) -> list[str]:
    """Return the columns to learn from."""
    for name in (target, *beside, *(columns or ())):
        if name not in types:
            raise ValueError(f"{path} has no column {name!r}; it has {listed(types)}")
    others = [name for name in types if name not in (target, *beside)]
    chosen = others if columns is None else list(columns)
    if not chosen or target in chosen:
        raise ValueError(f"columns must name what {target!r} is learnt from, got {chosen}")
    return chosen


def _first_row(file: pq.ParquetFile, path: Path, columns: list[str]) -> Cells:
    """Return the first row of some columns: what categories they have is seen there."""
    batch = next(file.iter_batches(1, columns=columns), None) if columns else None
    if batch is None:
        return Cells({})
    table = pa.Table.from_batches([batch])
    cells = dict(zip(table.column_names, table.columns, strict=True))
    return Cells(cells, str(path), declaring=frozenset(categories_declared_in(table)))


def _check_alike(
    known: dict[str, tuple[pa.DataType, Path]], types: dict[str, Any], wanted: Sequence[str], path: Path,
    first: Path,
) -> None:  # fmt: skip
    """Compare with the types that are known of other files; a column without values has none."""
    for name in wanted:
        if name not in types:
            raise ValueError(f"{path} has no column {name!r}, which {first} has")
        if is_null(types[name]):
            continue
        kind, where = known.setdefault(name, (types[name], path))
        if plain_type(types[name]) != plain_type(kind):
            raise ValueError(
                f"column {name!r} is stored as {types[name]} in {path}, but as {kind} in {where}; all files "
                "must store it alike"
            )
