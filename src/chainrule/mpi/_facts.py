"""What ranks must know of each other's rows before they learn together."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from chainrule.mpi._ranks import Ranks
from chainrule.tables._class_sizes import class_sizes
from chainrule.tables._given import check_given, refuse_name
from chainrule.tables._sums import ExactSum

__all__ = ["Facts", "Given", "sample_of", "threads_of"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Given:
    """The rows of a rank, as they were given.

    Attributes
    ----------
    X : array or data frame of n rows
    y : array of shape (n,) or (n, p)
    weights : array of shape (n,) or None
    """

    X: Any
    y: Array
    weights: Any

    @classmethod
    def of(cls, X: Any, y: Any, sample_weight: Any) -> "Given":
        """Take what `fit` was given.

        Raises
        ------
        ValueError
            If it is not as long as X; if columns have one name.
        TypeError
            If X or y is left out; for names, where values are taken.
        """
        check_given(X, y)
        refuse_name("y", y)
        refuse_name("sample_weight", sample_weight)
        X = X if hasattr(X, "shape") else np.asarray(X)
        y = np.asarray(y)
        n = X.shape[0]
        for name, other in (("y", y), ("sample_weight", sample_weight)):
            if np.ndim(other) and len(other) != n:
                raise ValueError(f"X has {n} rows, {name} {len(other)}")
        return cls(X, y, sample_weight)

    def __len__(self) -> int:
        return int(self.X.shape[0])


@dataclass(frozen=True)
class Facts:
    """What a rank tells of its rows and of itself.

    Attributes
    ----------
    rows : int
    X, y
        Its first two rows.
    labels : array or None
        The different values of y, sorted; of a classifier.
    sizes : dict
        How much the rows of each weigh (`class_sizes`).
    weighted : bool
    own : dict
        Parameters of its estimator, and versions.
    host : str
    processors : list of int
        Those of the machine that it may use.
    """

    rows: int
    X: Any
    y: Array
    labels: Array | None
    sizes: dict[Any, ExactSum]
    weighted: bool
    own: dict[str, Any]
    host: str
    processors: list[int]

    @classmethod
    def of(cls, given: Given, classifies: bool, own: dict[str, Any], host: str) -> "Facts":
        n = len(given)
        labels = np.unique(given.y) if classifies and n else None
        head = _safe_indexing(given.X, np.arange(min(2, n))), given.y[:2]
        sizes = class_sizes(given.y, given.weights) if classifies and n else {}
        return cls(n, *head, labels, sizes, given.weights is not None, own, host, _processors())

    @property
    def kind_of_labels(self) -> str:
        """In one array numbers would become text beside text."""
        kinds = {"b": "numbers", "i": "numbers", "u": "numbers", "f": "numbers", "O": "objects"}
        return "none" if self.labels is None else kinds.get(self.labels.dtype.kind, "text")

    @property
    def columns(self) -> Any:
        return list(self.X.columns) if hasattr(self.X, "columns") else self.X.shape[1:]

    @property
    def dtypes(self) -> list[str]:
        kinds = self.X.dtypes if hasattr(self.X, "dtypes") else [self.X.dtype]
        return [str(each) for each in kinds]


def _processors() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def sample_of(facts: Sequence[Facts], classifies: bool) -> tuple[Any, Array]:
    """Return some rows of X and y, of which estimators learn columns, types and classes.

    Of a classifier each class is among them, at least once.

    Raises
    ------
    ValueError
        If no rank has rows, or what they have does not go together.
    """
    filled = [(rank, each) for rank, each in enumerate(facts) if each.rows]
    if not filled:
        raise ValueError("no rank has rows: X must have one at least somewhere")
    for name in facts[0].own:
        _check_alike(name, list(enumerate(facts)), lambda each, name=name: each.own.get(name))  # type: ignore[misc]
    told: dict[str, Callable[[Facts], Any]] = {
        "columns of X": lambda each: each.columns,
        "dtypes of X": lambda each: each.dtypes,
        "columns of y": lambda each: each.y.shape[1:],
        "labels": lambda each: each.kind_of_labels,
        "sample_weight": lambda each: "given" if each.weighted else "not given",
    }
    for what, of in told.items():
        _check_alike(what, filled, of)
    head = filled[0][1]
    if not classifies:
        return head.X, head.y
    labels = np.unique(np.concatenate([each.labels for _, each in filled if each.labels is not None]))
    if head.y.ndim == 2 and head.y.shape[1] > 1:  # several labels a row
        y = np.repeat(labels[:2, None], head.y.shape[1], axis=1) if len(labels) <= 2 else head.y
        return _first(head.X, len(y)), y
    return _first(head.X, len(labels)), labels


def _first(X: Any, n: int) -> Any:
    """Return n rows, the first one again and again."""
    return _safe_indexing(X, np.zeros(n, dtype=np.intp))


def _check_alike(what: str, ranks: Sequence[tuple[int, Facts]], of: Callable[[Facts], Any]) -> None:
    """Raise ValueError where a rank has something else than the first one."""
    first, one = ranks[0]
    for rank, other in ranks[1:]:
        before, now = of(one), of(other)
        if before != now:
            raise ValueError(
                f"{what} must be the same on all ranks: {before} on rank {first}, {now} on rank {rank}"
            )


def threads_of(ranks: Ranks, facts: Sequence[Facts], most: int) -> int:
    """Return how many threads this rank may have: processors are shared with the others on its machine."""
    here = facts[ranks.rank]
    users = Counter(number for each in facts if each.host == here.host for number in each.processors)
    share = sum(1 / users[number] for number in here.processors)
    return max(1, min(most, int(share + 1e-9)))
