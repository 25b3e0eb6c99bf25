"""Scores of data on a cluster: by partitions, whose sums are added in the tree."""

import asyncio
from collections.abc import Sequence
from typing import Any

import dask
import numpy as np
from distributed import Client
from numpy.typing import NDArray

from chainrule.dask._plan import Partition
from chainrule.dask._rows import Rows
from chainrule.estimators._by_group import accuracy_of, r2_of, rows_for
from chainrule.network import Inputs, Tree
from chainrule.network._team import Team
from chainrule.training import QUESTIONS, Evaluator, InMemory, leaf_rows

__all__ = ["score"]

Array = NDArray[Any]


async def score(client: Client, model: Any, partitions: Sequence[Partition]) -> float:
    """Return R², or of a classifier the share of right classes."""
    group = _Partitions(client, model, partitions)
    of = accuracy_of if hasattr(model, "predict_proba") else r2_of
    return await asyncio.to_thread(of, group, model.network_)


class _Partitions:
    """A `chainrule.training.Group` of tasks: each partition is a leaf."""

    n_rows = 0

    def __init__(self, client: Client, model: Any, partitions: Sequence[Partition]) -> None:
        self._client, self._model, self._partitions = client, model, partitions
        self.n_leaves = len(partitions)

    def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
        """Return a sum over all rows; called in a thread beside the client's loop."""
        tree = Tree(self.n_leaves, QUESTIONS[question][0](self._model.network_.architecture, *arrays))
        gathered = asyncio.run_coroutine_threadsafe(
            self._gather(question, arrays), self._client.loop.asyncio_loop
        ).result()
        for number, sums in enumerate(gathered):
            tree.add((0, number), sums)
        return tree.total()

    async def _gather(self, question: str, arrays: Sequence[Array]) -> list[Array]:
        model = dask.delayed(self._model, pure=False, traverse=False)
        ask = dask.delayed(_sums, pure=False, traverse=False)
        tasks = [ask(model, each.rows, question, list(arrays)) for each in self._partitions]
        futures = self._client.compute(tasks, optimize_graph=False)
        return [np.array(sums) for sums in await self._client.gather(futures)]


def _sums(model: Any, rows: Rows, question: str, arrays: Sequence[Array]) -> Array:
    X, y, weights = rows
    net = model.network_.architecture
    if not X.shape[0]:
        return np.zeros(QUESTIONS[question][0](net, *arrays))
    y = np.asarray(y)
    y = y.ravel() if y.ndim == 2 and y.shape[1] == 1 else y
    X, Y, weights = rows_for(model, X, y, weights, learnt=False)
    source = InMemory(Inputs.of(X, X.dtype), Y, weights, leaf_rows(net, len(X)))
    with Team(1) as team:
        return Evaluator(net, model._loss()[0], source).tree(question, arrays, None, team).total()
