"""Categories that files declare, and those that only happen to be in them.

Files store text as numbers into a dictionary, which is no more than a way to write it: it may hold only what
occurs, in any order, and differ from one row group to the next. So are texts in Parquet, and Polars'
Categorical. Other dictionaries say what a column can hold, whether it occurs or not:

- those with an order: of pandas' ordered categoricals, and of Polars' Enum;
- those of which pandas noted that they are of a categorical, if they are whole: there are as many categories
  as it noted. These have no order.

Of categories that are numbers files hold the numbers alone.
"""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from chainrule.tables._cells import Cells
from chainrule.tables._names import difference, listed

__all__ = ["Declarations", "categories_declared_in", "pandas_notes"]


def pandas_notes(schema: pa.Schema) -> dict[str, Any]:
    """Return what pandas noted of a table that it has written."""
    found: dict[str, Any] = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return found


def categories_declared_in(table: pa.Table) -> list[str]:
    """Return the columns of which a table declares the categories."""
    noted = pandas_notes(table.schema).get("columns", [])
    categorical = {
        each.get("field_name", each["name"]): each for each in noted if each["pandas_type"] == "categorical"
    }
    columns = zip(table.column_names, table.columns, strict=True)  # by place: a name may be there twice
    return [name for name, cells in columns if _declares(cells, categorical.get(name))]


def _declares(column: pa.ChunkedArray, noted: Mapping[str, Any] | None) -> bool:
    categories = _dictionary(column)
    if categories is None or not len(categories):
        return False
    counted = (noted or {}).get("metadata") or {}
    if "num_categories" in counted:
        return len(categories) == int(counted["num_categories"])
    return bool(column.type.ordered)


def _dictionary(column: pa.ChunkedArray) -> pa.Array | None:
    if not pa.types.is_dictionary(column.type) or not column.num_chunks:
        return None
    return column.chunk(0).dictionary


class Declarations:
    """What the first file that declares the categories of a column says of them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[pa.Array, str]] = {}

    def check(self, cells: Cells) -> None:
        """Compare cells of a file with those of other files.

        Raises
        ------
        ValueError
            A column has other categories, or has them in another order where they are ordered.
        """
        for name in cells.declaring:
            column = cells.columns[name]
            own = _dictionary(column)
            known, file = self._known.setdefault(name, (own, cells.origin))
            if file != cells.origin and not known.equals(own):
                _check_same(name, (known, file), (own, cells.origin), column.type.ordered)


def _check_same(name: str, one: tuple[pa.Array, str], other: tuple[pa.Array, str], ordered: bool) -> None:
    (known, file), (own, here) = one, other
    known, own = known.to_pylist(), own.to_pylist()
    if different := difference(known, own):
        raise ValueError(
            f"column {name!r} has not the categories in {here} that it has in {file}: {different}; all files "
            "must declare the same, or store it as text"
        )
    if ordered:
        raise ValueError(
            f"column {name!r} has its categories in another order in {here} than in {file}: {listed(own)} "
            f"instead of {listed(known)}; all files must declare the same"
        )
