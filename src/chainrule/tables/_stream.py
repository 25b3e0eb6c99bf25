"""A table that a model predicts, read in pieces: first to decide how it is read, then block by block."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from chainrule.tables._blocks import BLOCK_ROWS
from chainrule.tables._cells import Cells
from chainrule.tables._model import TableModel
from chainrule.tables._schema import SchemaReader
from chainrule.tables._target import TargetReader
from chainrule.tables.columns import CellsAsText
from chainrule.tables.files import TablePieces

__all__ = ["Block", "ModelTable"]

Watch = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True)
class Block:
    """Rows of a table that are predicted together.

    Parameters
    ----------
    row : int
        Number of rows before it.
    X : DataFrame
        What the pipeline takes.
    copied : DataFrame
        Columns as they were written.
    y : ndarray, optional
        The target, if it is read.
    has_target : ndarray of bool, optional
        Which rows have one.
    """

    row: int
    X: pd.DataFrame
    copied: pd.DataFrame
    y: NDArray[Any] | None = None
    has_target: NDArray[np.bool_] | None = None


class ModelTable:
    """The columns of a model in a table that is read in pieces; what is said and decided is as of the whole.

    Parameters
    ----------
    model : TableModel
    pieces : TablePieces
    na : collection of str
        Texts that stand for missing cells.
    copy : collection of str
        Columns that are needed as they were written.
    with_target : bool
        Whether the target is read, too.
    """

    def __init__(
        self,
        model: TableModel,
        pieces: TablePieces,
        na: Collection[str] = (),
        copy: Collection[str] = (),
        *,
        with_target: bool = False,
    ) -> None:
        self._model, self._pieces, self._na, self._with_target = model, pieces, na, with_target
        self._copy = tuple(copy)
        self._begin()

    def _begin(self) -> None:
        schema = self._model.description.schema
        self._columns = SchemaReader(schema, self._na)
        self._copied = {name: CellsAsText() for name in self._copy}
        self._target: TargetReader | None = None
        if self._with_target:
            classes = self._model.classes()
            self._target = TargetReader(schema.target, classes, self._na, schema.target_mark())

    def survey(self, watch: Watch = lambda rows: None) -> None:
        """Read the table to decide how its columns are read, and say what there is to be said of it.

        Raises
        ------
        OSError, ValueError
            The table cannot be read, or is not like the one that was learned from; names file and row.
        """
        said = False
        while True:
            for cells, row in self._pieces.read():
                self._look(cells, row)
                watch(row + cells.n_rows)
            if self._pieces.settle():
                self._begin()
                continue
            if not said:
                self._pieces.say()
            said = True
            if not self._settle():
                break
        if self._target:
            self._target.say()
        known = self._model.description.schema.names()
        self._columns.say([n for n in self._pieces.names if n in known or n not in self._copy])

    def _look(self, cells: Cells, row: int) -> None:
        if self._target:
            self._target.look(cells, row)
        self._columns.look(cells, row)
        for name, reader in self._copied.items():
            reader.look(cells.columns[name])

    def _settle(self) -> bool:
        again = self._target is not None and self._target.settle()
        again = self._columns.settle() or again
        return any([reader.settle() for reader in self._copied.values()]) or again

    def blocks(self) -> Iterator[Block]:
        """Yield the table, after `survey`, in blocks of `BLOCK_ROWS` rows."""
        row = 0
        for values in _regrouped(map(self._values, (cells for cells, _ in self._pieces.read())), BLOCK_ROWS):
            block = self._block(values, row)
            yield block
            row += len(block.X)

    def _values(self, cells: Cells) -> dict[tuple[str, str], Any]:
        """Return the values of all columns that are needed: what for, and the name of each."""
        found = {("column", name): values for name, values in self._columns.values(cells).items()}
        for name, reader in self._copied.items():
            found["copied", name] = reader.texts(cells.columns[name])
        if self._target:
            rows, y = self._target.values(cells)
            has = np.zeros(cells.n_rows, dtype=bool)
            has[rows] = True
            spread = np.zeros(cells.n_rows, dtype=y.dtype)
            spread[rows] = y
            found["target", "has"], found["target", "y"] = has, spread
        return found

    def _block(self, values: Mapping[tuple[str, str], Any], row: int) -> Block:
        columns = {name: found for (what, name), found in values.items() if what == "column"}
        texts = {name: found.to_pandas() for (what, name), found in values.items() if what == "copied"}
        X = self._model.description.schema.frame(columns, before=row)
        copied = pd.DataFrame(texts, index=pd.RangeIndex(len(X)), dtype="str")
        if not self._target:
            return Block(row, X, copied)
        has = values["target", "has"]
        return Block(row, X, copied, values["target", "y"][has], has)


def _regrouped(
    pieces: Iterator[dict[tuple[str, str], Any]], size: int
) -> Iterator[dict[tuple[str, str], Any]]:
    """Yield columns of so many rows, the last of what is left."""
    waiting: list[dict[tuple[str, str], Any]] = []
    rows = 0
    for piece in pieces:
        waiting.append(piece)
        rows += len(next(iter(piece.values())))
        if rows < size:
            continue
        whole = {key: _joined([each[key] for each in waiting]) for key in waiting[0]}
        for start in range(0, rows - size + 1, size):
            yield {key: values[start : start + size] for key, values in whole.items()}
        rest = rows - rows % size
        waiting = [{key: values[rest:] for key, values in whole.items()}]
        rows -= rest
    if rows:
        yield {key: _joined([each[key] for each in waiting]) for key in waiting[0]}


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], pa.ChunkedArray):
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
    return np.concatenate(parts)
