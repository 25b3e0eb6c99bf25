"""Work on rows cut into slices: short enough for Ctrl-C, and enough for threads to share.

Slices are cut by the multiplications that they make, not by the clock, and where a row's result may depend on
the rows beside it, not by how many threads there are: the same bits everywhere.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Lock

from chainrule._progress import watched
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS
from chainrule.network._architecture import Architecture
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._chunks import cut
from chainrule.network._inputs import Inputs
from chainrule.network._team import Team

Span = tuple[int, int]
"""First row, and how many."""

Begin = Callable[[], Callable[[int, int], None]]
"""Called in each thread that works: returns what is called with first row and number of rows, and has memory
of its own."""

SLICE_PRODUCTS = 250_000_000
"""Multiplications in one call of a kernel, 50 ms at most: a signal is heard when it returns."""
THREAD_PRODUCTS = 16_000_000
"""Multiplications that are worth starting a thread for: about a millisecond."""
_FEWEST_LEAVES, _LEAF_NUMBERS = 8, 2**24
"""A sum has so many leaves, which threads share, unless they are too little work or too many numbers."""
_LEAF_ROWS, _NUMBERS_A_ROW = 8192, 256
"""A leaf has no more rows than this: adding it up costs a hundredth of making it. Of very long sums it has a
row for so many numbers, so that not too many of them are held."""
_ONE_THREAD = 2**18
"""Multiplications in a product that BLAS leaves to one thread, however many it has."""


def products_of_a_row(net: Architecture, inputs: Inputs) -> int:
    """Multiplications of a pass forward."""
    if not inputs.is_sparse:
        return net.layout.n_weights
    fan_in, fan_out = net.layout.weights[0].shape
    entries = 1 + len(inputs.values) // max(1, len(inputs))
    return net.layout.n_weights + (entries - fan_in) * fan_out


def work_of_a_row(net: Architecture, inputs: Inputs) -> int:
    """The same, with what the activations take."""
    return products_of_a_row(net, inputs) + net.work - net.layout.n_weights


def is_little(products: int, net: Architecture, added_rows: int = 0, *, by_numpy: bool = False) -> bool:
    """Whether so much work is one thread's, and a BLAS of several has no say in its results.

    BLAS has what NumPy multiplies, and products of less than `FEWEST_ROWS` rows: of few samples, and, where
    gradients of so many rows are added up, of few inputs.
    """
    if by_numpy:
        return products < _ONE_THREAD
    of_blas = max(FEWEST_ROWS * net.largest, added_rows * net.largest_of_few_inputs)
    return products < 2 * THREAD_PRODUCTS and of_blas < _ONE_THREAD


@contextmanager
def team_for(products: int, most: int = 2**31) -> Iterator[Team]:
    """Threads for so many multiplications, ``most`` at most; BLAS makes its products in one meanwhile."""
    wanted = min(most, products // THREAD_PRODUCTS)
    with one_blas_thread(brief=True) as threads, Team(max(1, min(threads, wanted))) as team:
        yield team


def in_parts(team: Team, parts: Iterable[Span], begin: Begin) -> None:
    """Work on each part of the rows, the next one in whichever thread is free."""
    left, lock = iter(parts), Lock()

    def share(worker: int) -> None:
        work = begin()
        while not team.broken:
            with lock:
                part = next(left, None)
            if part is None:
                return
            work(*part)

    try:
        team.run(share)
    finally:
        if isinstance(parts, Generator):
            parts.close()  # the bar, if there is one, goes when work ends early


def in_slices(
    net: Architecture,
    n: int,
    products: int,
    step: int,
    begin: Begin,
    *,
    most: int = 2**31,
    bar: str | None = None,
) -> None:
    """Work on n rows of so many products each, in slices that are multiples of ``step`` rows.

    Parameters
    ----------
    begin : callable
        See `Begin`.
    most : int
        Threads, as memory allows.
    bar : str, optional
        What a bar is to say that shows how far this has come.
    """
    if bar is None and is_little(n * products, net):
        if n:
            begin()(0, n)
        return
    with team_for(n * products, most) as team:
        rows = min(SLICE_PRODUCTS // products, -(-n // (team.size if bar is None else 200)))
        parts = cut(n, max(1, rows // step) * step)
        in_parts(team, watched(parts, bar is not None, bar or "", n, lambda part: part[1]), begin)


def slices_of(n: int, rows: int) -> list[Span]:
    """Cut n rows into slices of like size: none is so short that its products would be BLAS's."""
    rows = max(rows, 2 * FEWEST_ROWS)
    if n <= rows:
        return [(0, n)]
    count = -(-n // rows)
    edges = [n * i // count for i in range(count + 1)]
    return [(first, stop - first) for first, stop in pairwise(edges)]


def rows_of_a_leaf(n: int, step: int, products: int, numbers: int) -> int:
    """Return how many rows a leaf has in a sum over n of them: a choice by work, not by who makes it.

    Parameters
    ----------
    n, step : int
        Rows; those of a leaf are a multiple of ``step``.
    products : int
        Multiplications for a row.
    numbers : int
        Length of the sum: what there are to be added for each leaf.
    """
    few = min(_FEWEST_LEAVES, max(2, _LEAF_NUMBERS // numbers))
    rows = min(-(-n // few), max(_LEAF_ROWS, numbers // _NUMBERS_A_ROW))
    rows = max(rows, THREAD_PRODUCTS // products + 1)
    return -(-rows // step) * step


def leaves_of(n: int, rows: int) -> list[Span]:
    """Cut n rows into leaves of so many; the last has what is left."""
    return list(cut(n, rows))


def slices_of_leaf(m: int, step: int, products: int) -> Iterable[Span]:
    """Cut the m rows of a leaf: short enough for Ctrl-C, and multiples of ``step``."""
    rows = max(1, SLICE_PRODUCTS // (products * step)) * step
    return cut(m, rows) if m > rows else ((0, m),)
