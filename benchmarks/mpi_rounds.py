"""What a round of `chainrule.mpi` costs beside the work: sums of numbers that are there already.

The first rank asks for sums of 10³ to 10⁶ numbers about as many that it has just written; each has one node.

    mpiexec -n 2 python -m benchmarks.mpi_rounds
"""

import os
import time

import numpy as np

from chainrule.network import Tree
from chainrule.network._spare import Spare
from chainrule.network._team import Team

LEAVES = 4
"""Of each rank: they make up one node."""
SECONDS = 3.0


class Ready:
    """Stands for an `Evaluator` that has next to nothing to do: it writes its sums anew, as they would be."""

    def __init__(self, n_leaves):
        self.source = self
        self.n_rows = self.n_leaves = n_leaves
        self.spare = Spare()

    def tree(self, question, arrays, numbers, team):
        tree = Tree(self.n_leaves, len(arrays[0]), spare=self.spare)
        vector = tree.room()
        vector[:] = 1.0
        tree.add((2, numbers[0] // LEAVES), vector)
        return tree


def rounds():
    """Yield, for each number of numbers, the microseconds of rounds; the first rank alone does."""
    from chainrule.mpi._group import Group  # to import it starts MPI, where there is one
    from chainrule.mpi._interrupts import Interrupts
    from chainrule.mpi._ranks import Ranks

    with Ranks() as ranks, Team(1) as team, Interrupts() as interrupts:
        ends = [LEAVES * (rank + 1) for rank in range(ranks.size)]
        group = Group(ranks, Ready(ends[-1]), ends, team, interrupts)
        if not ranks.drives:
            group.serve()
            return
        for size in (1_000, 10_000, 100_000, 1_000_000):
            eta, found = np.zeros(size), []
            end = time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                eta += 1.0
                began = time.perf_counter()
                group.total("gradient", eta)
                found.append(time.perf_counter() - began)
            low, middle, high = (1e6 * float(each) for each in np.percentile(found, [10, 50, 90]))
            yield {
                "ranks": ranks.size, "numbers": size, "fastest": 1e6 * min(found), "median": middle,
                "low": low, "high": high, "rounds": len(found), "load": os.getloadavg()[0],
            }  # fmt: skip
        group.end()


def line(row):
    """Return what is printed of a row."""
    return (
        f"{row['ranks']} ranks, {row['numbers']:9,} numbers: fastest {row['fastest']:8.1f} µs, median "
        f"{row['median']:8.1f}, 10 % to 90 % {row['low']:.1f} to {row['high']:.1f}, {row['rounds']} rounds, "
        f"load {row['load']:.1f}"
    )


if __name__ == "__main__":
    for each in rounds():
        print(line(each), flush=True)
