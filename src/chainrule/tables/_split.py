"""Preparation of a table: its columns, the rows to learn from, and the rows held out."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from chainrule.tables._cells import Cells
from chainrule.tables._inspect import read_features
from chainrule.tables._reports import ColumnReport, reports_of
from chainrule.tables._schema import Schema
from chainrule.tables._target import TASKS, Task, check_different, check_target_name, target_hints, target_of
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import read_columns

__all__ = ["SplitTable", "check_row_count", "check_split", "rows_held_out", "split_table"]

_FEWEST = 2


@dataclass(frozen=True)
class SplitTable:
    """Table that is prepared by `split_table`.

    Parameters
    ----------
    schema : Schema
        The columns that are used.
    task : {"regression", "classification"}
    why : str
        Reason for the guess of the task; "asked for" if it was given.
    X_train, X_test : DataFrame
        Floats and text, as a pipeline of `table_pipeline` takes them. ``X_test`` is held out.
    y_train, y_test : ndarray of shape (n_rows,)
        Floats for regression, labels for classification.
    reports : tuple of ColumnReport
        How each column of the table was read, or why it is left out.
    """

    schema: Schema
    task: Task
    why: str
    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    reports: tuple[ColumnReport, ...] = ()

    @property
    def n_train(self) -> int:
        """Number of rows to learn from."""
        return len(self.y_train)

    @property
    def n_test(self) -> int:
        """Number of rows held out."""
        return len(self.y_test)


def split_table(
    table: pd.DataFrame | Cells,
    target: str,
    *,
    task: str | None = None,
    test_size: float = 0.2,
    seed: int | None = None,
    wishes: Wishes | None = None,
) -> SplitTable:
    """Prepare a table to learn its column `target`, and hold some of its rows out.

    Parameters
    ----------
    table : DataFrame or Cells
        A table, one row a sample. Missing cells are welcome; rows without a target are dropped.
    target : str
        The column to predict.
    task : {"regression", "classification"}, optional
        By default it is guessed from the target.
    test_size : float
        Fraction of the rows to hold out; 0 holds out none. Each class that has at least two rows is held
        out in the same proportion.
    seed : int, optional
        Seed for drawing the rows held out.
    wishes : Wishes, optional
        Kinds of columns, texts that stand for missing cells, columns to ignore.

    Raises
    ------
    ValueError
        The table cannot be learned from. The message says why, and names column and row.

    Warns
    -----
    TableWarning
        Rows are dropped, or columns are left out or read in a way that one might not expect.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"side": [side % 7 for side in range(20)]}).assign(area=lambda f: f.side**2 / 2)
    >>> data = split_table(frame, "area", seed=0)
    >>> data.task, data.why, data.X_train.shape, data.X_test.shape
    ('regression', 'numbers, 7 different', (16, 1), (4, 1))
    """
    check_split(task, test_size)
    cells, wishes = Cells.of(table), wishes or Wishes()
    check_target_name(cells.columns, target)
    wishes.check(list(cells.columns), target)
    asked = cast(Task | None, task)
    names = wishes.wanted(cells.columns)
    hints = {name: wishes.hints(name) for name in names}
    hints[target] = target_hints(cells, target, asked, hints[target])
    columns = read_columns(cells, hints, names, wishes.na)
    of_target = columns.pop(target)
    found = target_of(cells, of_target, asked)
    check_row_count(len(found.y), int(np.ceil(len(found.y) * test_size)), test_size > 0)
    check_different(target, found.y, found.task)
    features = read_features(cells, columns, target, wishes)
    schema = replace(features.schema, target_spelling=found.spelling)
    train, test = _rows(found.y, found.task, int(np.ceil(len(found.y) * test_size)), seed)
    X_train, X_test = (schema.frame(features.values(), found.rows[part]) for part in (train, test))
    return SplitTable(
        schema,
        found.task,
        found.why,
        X_train,
        X_test,
        found.y[train],
        found.y[test],
        reports_of(cells, features.reports, of_target),
    )


def check_split(task: str | None, test_size: float) -> None:
    """Raise ValueError for a task that there is not, or for no fraction of the rows."""
    if task is not None and task not in TASKS:
        raise ValueError(f"the task must be {' or '.join(map(repr, TASKS))}, not {task!r}")
    if not 0 <= test_size < 1:
        raise ValueError(f"the test size is a fraction of the rows, from 0 to less than 1, not {test_size}")


def check_row_count(rows: int, held_out: int, wanted: bool) -> None:
    """Raise ValueError if too few rows are left to learn from, or held out where some are wanted."""
    if rows - held_out < _FEWEST or (wanted and held_out < _FEWEST):
        raise ValueError(
            f"too few rows: of {rows}, {held_out} would be held out and {rows - held_out} learned from; "
            f"each part needs {_FEWEST} (a test size of 0 holds out none)"
        )


def rows_held_out(y: NDArray[Any], task: Task, n_held_out: int, seed: int | None) -> NDArray[Any]:
    """Return the rows that `split_table` holds out of a table with these targets: so many, by this seed."""
    return np.asarray(_rows(y, task, n_held_out, seed)[1])


def _rows(y: NDArray[Any], task: Task, held_out: int, seed: int | None) -> tuple[Any, Any]:
    """Return rows to learn from and rows held out; the row of a class that has only one is learned from."""
    rows = np.arange(len(y))
    if held_out == 0:
        return rows, rows[:0]
    if task == "regression":
        return tuple(train_test_split(rows, test_size=held_out, random_state=seed))
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    single = counts[codes] < _FEWEST
    pool = rows[~single]
    even = np.count_nonzero(counts >= _FEWEST) <= min(held_out, len(pool) - held_out)
    train, test = train_test_split(
        pool,
        test_size=min(held_out, len(pool) - 1),
        random_state=seed,
        stratify=codes[pool] if even else None,
    )
    return np.concatenate([train, rows[single]]), test
