"""A table as data: columns scaled and encoded as the command does, one of them chosen as target."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import shortened
from chainrule.lesson.data._by_name import class_answers
from chainrule.lesson.data._columns import Columns
from chainrule.lesson.data._data import TABLE, Data
from chainrule.lesson.data._heard import heard
from chainrule.lesson.data._limits import MOST_CLASSES, MOST_COLUMNS, MOST_ROWS, check_size
from chainrule.tables import Cells, SplitTable, Wishes, split_table
from chainrule.tables._pipeline import input_columns
from chainrule.tables._target import Task, check_different, target_hints, target_of
from chainrule.tables.columns import MOST_CATEGORIES, read_columns

__all__ = ["Table", "table_data"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Table:
    """Cells, of which one column after the other can be the target."""

    cells: Cells
    target: str
    wishes: Wishes | None = None


def table_data(
    table: Any, target: str | None = None, task: str | None = None, wishes: Wishes | None = None
) -> tuple[Data, list[str]]:
    """Return a table as data, and what was guessed or dropped, in lines.

    Parameters
    ----------
    table : Cells or DataFrame
    target : str, optional
        The column to learn; by default the last one that can be learnt.
    task : {"regression", "classification"}, optional
    wishes : Wishes, optional

    Raises
    ------
    ValueError
        If the table, or this column, cannot be learnt, or is too large.
    """
    cells = Cells.of(table)
    if len(cells.columns) > MOST_COLUMNS:
        raise MessageError(
            f"{cells.origin} has {len(cells.columns):,} columns; a lesson takes up to {MOST_COLUMNS}"
        )
    if cells.n_rows > MOST_ROWS:
        raise MessageError(f"{cells.origin} has {cells.n_rows:,} rows; a lesson takes up to {MOST_ROWS:,}")
    if target is not None:
        return _learnt(cells, target, task, wishes)
    name = _last_learnable(cells, task, wishes or Wishes())
    data, said = _learnt(cells, name, task, wishes)
    return data, [f"the target is {name!r}, the last column that can be learnt: choose another", *said]


def _last_learnable(cells: Cells, task: str | None, wishes: Wishes) -> str:
    """Return the last column that has numbers or a few classes; of all columns this one alone is read."""
    why: ValueError | None = None
    asked = cast(Task | None, task)
    for name in reversed(wishes.wanted(cells.columns)):
        try:
            hints = {name: target_hints(cells, name, asked, wishes.hints(name))}
            with heard():
                column = read_columns(cells, hints, [name], wishes.na)[name]
                found = target_of(cells, column, asked)
            check_different(name, found.y, found.task)
            _check_classes(name, len(np.unique(found.y)) if found.task == "classification" else 2)
            return name
        except ValueError as error:
            why = why or error
    raise why or MessageError(f"{cells.origin} has no columns")


def _learnt(cells: Cells, target: str, task: str | None, wishes: Wishes | None) -> tuple[Data, list[str]]:
    with heard() as said:
        split = split_table(cells, target, task=task, test_size=0.0, wishes=wishes)
    check_size(len(split.y_train), _count_inputs(split))  # before the encoder is fitted, which makes them
    encoder = input_columns(split.schema).fit(split.X_train)
    inputs = tuple(str(name).partition("__")[2] for name in encoder.get_feature_names_out())
    columns = Columns(split.X_train, tuple(map(str, split.X_train.columns)), _Encode(encoder))
    X = columns.encode(split.X_train)
    said = [f"{target!r}: {split.task}, as it is {split.why}", *said, *_left_out(split)]
    Y, outputs, classes = _classes(split) if split.task == "classification" else _numbers(split, said)
    return Data(
        TABLE, "classes" if classes else "regression", X, Y, inputs, outputs, columns.plane(*columns.usual),
        classes, columns=columns, table=Table(cells, target, wishes), targets=tuple(cells.columns),
    ), said  # fmt: skip


def _count_inputs(split: SplitTable) -> int:
    text = split.schema.inputs("text")
    categories = (split.X_train[name].nunique(dropna=False) for name in text)
    return split.X_train.shape[1] - len(text) + sum(min(n, MOST_CATEGORIES) for n in categories)


@dataclass(frozen=True, eq=False)
class _Encode:
    """From columns to inputs."""

    encoder: ColumnTransformer

    def __call__(self, frame: Any) -> Array:
        return np.ascontiguousarray(self.encoder.transform(frame), dtype=np.float64)


def _left_out(split: SplitTable) -> list[str]:
    left = [each for each in split.reports if each.use.startswith("left out")]
    return [f"column {shortened(each.name)} is {each.use}" for each in left]


def _classes(split: SplitTable) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    found, codes = np.unique(split.y_train, return_inverse=True)
    _check_classes(split.schema.target, len(found))
    names = tuple(str(name) for name in found)
    return class_answers(codes, len(names)), names if len(names) > 2 else names[1:], names


def _check_classes(target: str, n: int) -> None:
    if n > MOST_CLASSES:
        raise MessageError(f"the target {target!r} has {n:,} classes; a lesson takes up to {MOST_CLASSES}")


def _numbers(split: SplitTable, said: list[str]) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    scaler = StandardScaler()
    Y = scaler.fit_transform(np.asarray(split.y_train, dtype=float)[:, None])
    target = split.schema.target
    said.append(f"{target!r} is scaled: 0 is {scaler.mean_[0]:g} (its mean), 1 is {scaler.scale_[0]:g} more")
    return Y, (target,), ()
