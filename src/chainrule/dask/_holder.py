"""What a worker holds of a fit: its partitions, and what makes sums over them."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from chainrule.dask._kinds import kind_of
from chainrule.dask._refused import calling
from chainrule.dask._rows import Held, Leaves, Rows
from chainrule.dask._spool import Spool
from chainrule.estimators._by_group import Asked
from chainrule.estimators._same_bits import probe
from chainrule.network._team import Team
from chainrule.network._tree import Node
from chainrule.training import Evaluator
from chainrule.training._decoded import Decoded
from chainrule.training._row_cache import Cache

__all__ = ["Begun", "Gone", "Holder", "holders_of"]

Array = NDArray[Any]
_KEPT = 0.6
"""Most of the memory that is for rows which stay in it, as networks take them."""
_GIVEN, _BESIDE = 0.5, 0.3
"""That for rows as they were given: until learning begins, and where they stay beside the others."""


class Gone(Exception):
    """A worker does not hold what it is asked about."""


@dataclass(frozen=True)
class Begun:
    """What holders are told when it is known what they will be asked.

    Attributes
    ----------
    model : estimator
        Knows columns and classes.
    asked : Asked
    leaves : Leaves
    """

    model: Any
    asked: Asked
    leaves: Leaves


class Holder:
    """Rows of some partitions, and the threads that make sums over them; keeps nothing from sum to sum.

    Parameters
    ----------
    threads : int
    max_memory : int
        Bytes for rows; more of them are in a temporary file.
    directory : str
        Where that is.
    keeps : bool
        Whether rows stay as they were given, too: they are asked about after learning.
    """

    def __init__(self, threads: int, max_memory: int, directory: str, keeps: bool) -> None:
        self.ended = threading.Event()
        self.queue = ThreadPoolExecutor(1, "chainrule-sums")
        self._threads = threads
        self._team = Team(threads)
        self._lock = threading.Lock()
        self._keeps = keeps
        self._given = Spool(max_memory, int((_BESIDE if keeps else _GIVEN) * max_memory), directory)
        self._prepared = Cache(int(_KEPT * max_memory), directory)
        self._holds: set[int] = set()
        self._names: dict[int, str] = {}
        self._begun: Begun | None = None
        self._evaluator: Evaluator | None = None

    def load(self, number: int, name: str, rows: Rows) -> int:
        """Take a partition, and return how many rows it has; the name is for messages."""
        rows = _checked(name, rows)
        with self._lock:
            self._names[number] = name
            begun = self._begun
            if begun is None or self._keeps:
                self._given.put(number, name, rows)
        if begun is not None:
            self._prepare(begun, number, rows)
        return len(rows.y)

    def ask(
        self,
        question: Callable[[int, Any, Any, Any, Any], Any],
        merge: Callable[[Any, Any], Any] | None,
        parts: Sequence[int],
    ) -> list[Any]:
        """Ask about the rows of some partitions as they were given; return the answers, or all merged to one.

        Raises
        ------
        Gone
            If it does not hold them.
        """

        def answer(number: int) -> Any:
            rows = self._given.get(number)
            if rows is None:
                raise Gone(self._names.get(number, f"partition {number}"))
            with calling(self._names[number]):
                return question(number, *rows)

        with ThreadPoolExecutor(min(self._threads, self._given.at_once), "chainrule-asked") as threads:
            answers = threads.map(answer, parts)
            return list(answers) if merge is None else [reduce(merge, answers)]

    def begin(self, begun: Begun) -> None:
        """Bring the partitions to what the network takes; those that come later too."""
        with self._lock:
            if self._begun is not None:
                return
            held = Held(begun.leaves, self._rows, lambda: self._prepared.in_memory)
            asked = begun.asked
            self._evaluator = Evaluator(asked.net, asked.loss, held, asked.encoding)
            self._begun, given = begun, self._given.numbers
        for number in given:
            rows = self._given.get(number) if self._keeps else self._given.pop(number)
            assert rows is not None
            self._prepare(begun, number, rows)

    def _prepare(self, begun: Begun, number: int, rows: Rows) -> None:
        n = rows.X.shape[0]
        if n != begun.leaves.rows[number]:
            raise ValueError(f"{self._names[number]} had {begun.leaves.rows[number]} rows and now has {n}")
        if not n:
            return
        y = rows.y.ravel() if rows.y.ndim == 2 and rows.y.shape[1] == 1 else rows.y
        with calling(self._names[number]):
            decoded = kind_of(begun.model).rows_for(begun.model, rows.X, y, rows.weights, rows.groups)
        self._prepared.put(number, decoded)
        self._holds.add(number)

    def _rows(self, number: int) -> Decoded:
        found = self._prepared.get(number)
        if found is None:
            raise Gone(self._names.get(number, f"partition {number}"))
        return found

    def sums(
        self, question: str, arrays: Sequence[Array], parts: Sequence[int]
    ) -> tuple[list[tuple[Node, Array]], float]:
        """Return the sums over some partitions, and the seconds they took.

        Raises
        ------
        Gone
            If it does not hold them.
        """
        begun, evaluator = self._begun, self._evaluator
        if begun is None or evaluator is None or not self._has(begun, parts):
            raise Gone(f"partitions {list(parts)}")
        began = time.perf_counter()
        try:
            nodes = evaluator.nodes(question, arrays, begun.leaves.of(parts), self._team)
        except BaseException:
            self._team = Team(self._threads)  # one that is broken stays so
            raise
        return nodes, time.perf_counter() - began

    def _has(self, begun: Begun, parts: Sequence[int]) -> bool:
        return all(part in self._holds or not begun.leaves.rows[part] for part in parts)

    def probe(self) -> str:
        """Return a digest of the gradient over rows that are the same everywhere."""
        assert self._begun is not None
        return probe(self._begun.asked, self._team)

    def end(self) -> None:
        """Let go of all."""
        self.ended.set()
        self.queue.shutdown(wait=False, cancel_futures=True)
        self._team.__exit__(None, None, None)
        self._given.close()
        self._prepared.close()
        self._begun = self._evaluator = None


_ON: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def holders_of(worker: Any) -> dict[str, Any]:
    """Return what a worker holds, by fit: several workers may be in one process."""
    return _ON.setdefault(worker, {})


def _checked(partition: str, rows: Rows) -> Rows:
    """Return rows of equal count; a frame's columns as an array."""
    X, y = rows.X, np.asarray(rows.y)
    weights, groups = (None if each is None else np.asarray(each) for each in (rows.weights, rows.groups))
    n = X.shape[0]
    for name, other in (("y", y), ("sample_weight", weights), ("groups", groups)):
        if other is not None and len(other) != n:
            raise ValueError(f"{partition} of X has {n} rows, that of {name} {len(other)}")
    return Rows(X, y, weights, groups)
