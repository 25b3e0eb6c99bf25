"""Sums over partitions, which tasks on the workers make one each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dask.delayed import Delayed
from distributed import Client
from numpy.typing import NDArray

from chainrule.dask._refused import accepted
from chainrule.network import Tree

__all__ = ["added", "answers_of"]

Array = NDArray[Any]


async def answers_of(client: Client, tasks: Sequence[Delayed]) -> list[Any]:
    """Return what tasks give; raise what is wrong with the data of one."""
    found = await client.gather(client.compute(list(tasks), optimize_graph=False))
    return [accepted(each) for each in found]


def added(found: Sequence[Array]) -> Array:
    """Return the sum of vectors, in the tree; empty ones count for nothing.

    Raises
    ------
    ValueError
        If all are empty: there are no rows.
    """
    if not any(map(len, found)):
        raise ValueError("X holds no rows: there is nothing to average")
    tree = Tree(len(found), max(map(len, found)))
    for number, each in enumerate(found):
        tree.add((0, number), np.array(each) if len(each) else tree.blank())
    return tree.total()
