"""What is learnt from, as partitions: each gives rows of X, y, weights and groups that belong together.

They are joined before anything is optimised: Dask may fuse partitions, of X other ones than of y.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph
from dask.optimization import cull
from distributed import Future, futures_of

from chainrule.dask._refused import refusing
from chainrule.dask._rows import Rows
from chainrule.tables._given import check_given, refuse_name
from chainrule.tables._names import difference, listed, repeated
from chainrule.tables.ensemble._groups_given import TARGET_AS_GROUPS
from chainrule.tables.leaves._parquet import StoredRows

__all__ = ["Partition", "check_matrix", "is_names", "partitions_of", "read_row_group", "whole_rows"]


@dataclass(frozen=True)
class Partition:
    """A partition of the table.

    Attributes
    ----------
    rows : Delayed or Rows
        What it is made of, or the rows themselves where they were given as such.
    keys : tuple
        Keys of the data that it is made from, and that is on the workers already.
    name : str
        For messages, such as "sales/3.parquet, row group 2"; empty for its number alone.
    """

    rows: Delayed | Rows
    keys: tuple[Any, ...] = ()
    name: str = ""


def partitions_of(X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> list[Partition]:
    """Return the partitions of what `fit` was given.

    Parameters
    ----------
    X : dask array or data frame; array or data frame
    y : the same, or the name of a column of X, or a list of names
    sample_weight, groups : the same, or None

    Raises
    ------
    ValueError, TypeError
        If their partitions differ, or their kinds; for names of weights and groups; if weights or groups
        have more than one column.
    """
    if isinstance(groups, str) and is_names(y) and groups in ([y] if isinstance(y, str) else y):
        raise ValueError(TARGET_AS_GROUPS.format(f"names the target, {groups!r}"))
    refuse_name("sample_weight", sample_weight)
    refuse_name("groups", groups)
    y = y.to_series() if isinstance(y, dd.Index) else y
    given = {"X": X, "y": y, "sample_weight": sample_weight, "groups": groups}
    kinds = {name: _kind(each) for name, each in given.items() if each is not None}
    check_given(X, y)  # once it is known not to be a Delayed, which has any attribute
    if kinds["X"] == "frame" and is_names(y):
        del kinds["y"]
    if len(set(kinds.values())) > 1:
        words = ", ".join(f"{name} is {_A[kind]}" for name, kind in kinds.items())
        raise TypeError(f"{words}: give all as Dask arrays, all as Dask data frames, or none of them")
    if kinds["X"] == "array":
        return [_culled(each) for each in _join_arrays(X, y, sample_weight, groups)]
    if kinds["X"] == "frame":
        return [_culled(each) for each in _join_frames(X, y, sample_weight, groups)]
    refuse_name("y", y)
    return [Partition(Rows(X if hasattr(X, "shape") else np.asarray(X), y, sample_weight, groups))]


_A = {"array": "a Dask array", "frame": "a Dask data frame", "plain": "in memory"}


def _kind(given: Any) -> str:
    if isinstance(given, da.Array):
        return "array"
    if isinstance(given, dd.DataFrame | dd.Series):
        return "frame"
    if dask.is_dask_collection(given) or isinstance(given, Future):
        raise TypeError(f"a Dask array or data frame is learnt from, got {type(given).__name__}")
    return "plain"


def is_names(y: Any) -> bool:
    """Return whether y names columns of X."""
    return isinstance(y, str) or (isinstance(y, list) and all(isinstance(name, str) for name in y))


def check_matrix(X: da.Array) -> None:
    """Raise ValueError for an array that is no matrix."""
    if X.ndim != 2:
        raise ValueError(f"X must have two dimensions, rows and columns, got shape {X.shape}")


def whole_rows(X: da.Array) -> da.Array:
    """Return an array of which each chunk holds rows as a whole."""
    return X.rechunk({1: -1}) if X.ndim == 2 and X.numblocks[1] > 1 else X


def _join_arrays(
    X: da.Array, y: da.Array, weights: da.Array | None, groups: da.Array | None
) -> list[Delayed]:
    check_matrix(X)
    X, y = whole_rows(X), whole_rows(y)
    if y.ndim not in (1, 2):
        raise ValueError(f"y must have one dimension, or two for several targets, got shape {y.shape}")
    for name, other in (("sample_weight", weights), ("groups", groups)):
        if other is not None and other.ndim != 1:
            raise ValueError(f"{name} must have one dimension, a value for each row, got shape {other.shape}")
    for name, other in (("y", y), ("sample_weight", weights), ("groups", groups)):
        if other is not None:
            _check_chunks(X.chunks[0], other.chunks[0], name)
    columns = [
        [None] * X.numblocks[0] if each is None else list(each.to_delayed(optimize_graph=False).ravel())
        for each in (X, y, weights, groups)
    ]
    join = dask.delayed(join_rows, pure=False, traverse=False)
    return [join(*parts) for parts in zip(*columns, strict=True)]


def join_rows(X: Any, y: Any, weights: Any, groups: Any) -> Rows:
    """Put together what belongs together: its name is seen on Dask's dashboard."""
    return Rows(X, y, weights, groups)


@refusing
def read_row_group(stored: StoredRows, typed: bool) -> Rows:
    """Read a row group, on a worker; columns as their types are stored, or as arrays take them."""
    return Rows(*(stored.load_typed() if typed else stored.load()))


def _check_chunks(chunks: Sequence[float], others: Sequence[float], name: str) -> None:
    """Raise ValueError where rows of X and others are not partitioned in the same way, as far as is known."""
    if len(chunks) != len(others):
        raise ValueError(f"X has {len(chunks)} partitions, {name} {len(others)}: rechunk one like the other")
    for number, (m, n) in enumerate(zip(chunks, others, strict=True)):
        if m != n and not np.isnan(m) and not np.isnan(n):
            raise ValueError(
                f"partition {number} of X has {m} rows, that of {name} {n}: rechunk one like the other"
            )


def _join_frames(X: dd.DataFrame, y: Any, weights: Any, groups: Any) -> list[Delayed]:
    beside: dict[str, Any] = {}
    targets: list[str] = []
    if is_names(y):
        targets = [y] if isinstance(y, str) else list(y)
        if not targets or len(targets) == len(X.columns):
            raise ValueError(
                f"y must name targets and leave columns to learn from, got {y} of {[*X.columns]}"
            )
        if twice := repeated(targets):
            raise ValueError(f"y names the column {twice!r} twice")
        missing = [name for name in targets if name not in X.columns]
        if missing:
            raise ValueError(f"y names the column {missing[0]!r}, which X does not have: {list(X.columns)}")
    else:
        beside["y"] = y
    for name, other in (("sample_weight", weights), ("groups", groups)):
        if other is not None:
            beside[name] = _one_column(other, name)
    for name, other in beside.items():
        _check_partitions(X, other, name)
    # Partition by partition as they are: to assign columns, Dask would move the rows of frames without known
    # divisions to new partitions, in the order in which they happen to come. Not optimized, because then Dask
    # reads several partitions as one, and how many depends on the columns that are asked for.
    joined = dd.map_partitions(
        join_frames, X, *beside.values(), meta=X, align_dataframes=False, enforce_metadata=False
    )
    declared = {name: _declared(given) for name, given in {"X": X, **beside}.items()}
    split = dask.delayed(take_apart, pure=False, traverse=False)
    several = isinstance(y, list)
    parts = joined.simplify().to_delayed(optimize_graph=False)
    return [split(part, number, declared, targets, several) for number, part in enumerate(parts)]


def _one_column(given: Any, name: str) -> dd.Series:
    if isinstance(given, dd.Series):
        return given
    if len(given.columns) != 1:
        raise ValueError(
            f"{name} must be one value for each row, got a data frame of {len(given.columns)} columns, "
            f"{listed(given.columns)}: give one of them"
        )
    return given[given.columns[0]]


def _check_partitions(X: dd.DataFrame, other: Any, name: str) -> None:
    if X.npartitions != other.npartitions:
        raise ValueError(
            f"X has {X.npartitions} partitions, {name} has {other.npartitions}: repartition one of them"
        )
    if X.known_divisions and other.known_divisions and X.divisions != other.divisions:
        raise ValueError(f"X and {name} are divided at other values of their index: repartition one of them")


def _declared(given: dd.DataFrame | dd.Series) -> dict[Any, pd.CategoricalDtype]:
    """Return the categories that are known of columns; where they are not, each partition has its own."""
    columns = {given.name: given} if isinstance(given, dd.Series) else {name: given[name] for name in given}
    return {
        name: column.dtype
        for name, column in columns.items()
        if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.known
    }


def join_frames(*frames: Any) -> tuple[Any, ...]:
    """Put together what belongs together: its name is seen on Dask's dashboard."""
    return frames


@refusing
def take_apart(
    frames: tuple[Any, ...],
    number: int,
    declared: Mapping[str, Mapping[Any, pd.CategoricalDtype]],
    targets: list[str],
    several: bool,
) -> Rows:
    """Return the rows of a partition, whose frames are those of ``declared``; X has the targets if named."""
    given = dict(zip(declared, frames, strict=True))
    for name, frame in given.items():
        _check_index(given["X"].index, frame.index, number, name)
        _check_categories(frame, number, declared[name])
    X = given["X"]
    if targets:
        given |= {"X": X.drop(columns=targets), "y": X[targets] if several else X[targets[0]]}
    y = given["y"].to_numpy()
    if y.dtype == object:
        y = np.where(pd.isna(y), None, y)  # pandas' own NA is neither equal to itself nor not
    more = [given[name].to_numpy() if name in given else None for name in ("sample_weight", "groups")]
    return Rows(given["X"], y, *more)


def _check_index(index: Any, other: Any, number: int, name: str) -> None:
    """Raise ValueError where rows of a partition are not those of X, as far as their labels tell."""
    if len(index) != len(other):
        raise ValueError(
            f"partition {number} of X has {len(index)} rows, that of {name} {len(other)}: "
            "make both from the same rows"
        )
    if not index.equals(other):
        labels = zip(index.tolist(), other.tolist(), strict=True)
        mine, its = next((pair for pair in labels if pair[0] != pair[1]), (index.dtype, other.dtype))
        raise ValueError(
            f"rows belong together by their place, but in partition {number} the index of {name} is not that "
            f"of X: {its!r} stands beside {mine!r}; sort both alike, or reset the index of both"
        )


def _check_categories(frame: Any, number: int, declared: Mapping[Any, pd.CategoricalDtype]) -> None:
    """Raise ValueError where a partition has other categories than its frame."""
    for name, known in declared.items():
        own = frame.dtype if isinstance(frame, pd.Series) else frame.dtypes.get(name)
        if isinstance(own, pd.CategoricalDtype) and own != known:
            raise ValueError(
                f"column {name!r} has not the categories in partition {number} that the data frame has: "
                + (difference(known.categories, own.categories) or f"another order, {listed(own.categories)}")
            )


def _culled(part: Delayed) -> Partition:
    """Return a partition with what it alone is made of."""
    graph = part.__dask_graph__()
    if not isinstance(graph, HighLevelGraph):
        graph = HighLevelGraph({"all": dict(graph)}, {"all": set()})
    tasks, _ = cull(graph.cull([part.key]).to_dict(), [part.key])
    alone = Delayed(part.key, tasks)
    keys: set[Any] = {future.key for future in futures_of(alone)}  # it does not look into tasks as objects
    keys.update(*(getattr(task, "dependencies", set()) - set(tasks) for task in tasks.values()))
    return Partition(alone, tuple(sorted(keys, key=str)))
