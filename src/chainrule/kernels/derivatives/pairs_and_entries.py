"""The factors of a block of the Gauss-Newton matrix, a column a sample: pairs of inputs, entries of C_lk."""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.rows import (
    copied,
    product,
    sum_of_products,
)
from chainrule.kernels.arithmetic.tiles import further
from chainrule.kernels.derivatives.sample_tables import ROWS


@kernel
def place_of_pair(place: Any, n_fast: Any, upper: Any) -> Any:
    """The first factor of the pair at this place, and how many pairs of that factor come before it."""
    i, width = 0, n_fast
    while place >= width:
        place -= width
        i += 1
        width = n_fast - i if upper else n_fast
    return i, place


@kernel
def write_pairs(slow: Any, fast: Any, n_fast: Any, upper: Any, span: Any, target: Any) -> None:
    """Rows of the target = row i of slow ∘ row j of fast, j running faster (``upper``: j >= i alone)."""
    begin, count = span
    i, skipped = place_of_pair(begin, n_fast, upper)
    j = i + skipped if upper else skipped
    for place in range(count):
        # A pair is a row of samples, not a sample's pairs a row: so the loop over samples is the one that is
        # vectorised, whatever the widths, and the product that follows sums over contiguous memory.
        rows = further(slow, i * ROWS), further(fast, j * ROWS)
        product(further(target, place * ROWS), rows, (), ROWS)
        j += 1
        if j == n_fast:
            i += 1
            j = i if upper else 0


@kernel
def write_entries(
    slow: Any, n_slow: Any, fast: Any, n_fast: Any, R: Any, h: Any, upper: Any, span: Any, weighed: Any,
    target: Any,
) -> None:  # fmt: skip
    """Rows of the target = Σ_o h_o ∘ row (o, i) of slow ∘ row (o, j) of fast, likewise.

    ``weighed`` has room for R rows: h_o ∘ row (o, i).
    """
    begin, count = span
    i, skipped = place_of_pair(begin, n_fast, upper)
    j, anew = i + skipped if upper else skipped, True
    for place in range(count):
        if anew:
            for o in range(R):
                rows = further(slow, (o * n_slow + i) * ROWS), further(h, o * ROWS)
                product(further(weighed, o * ROWS), rows, (), ROWS)
        sum_of_products(
            further(target, place * ROWS), (weighed, ROWS), (further(fast, j * ROWS), n_fast * ROWS), R, ROWS
        )
        j += 1
        anew = j == n_fast
        if anew:
            i += 1
            j = i if upper else 0


@kernel
def write_last_entries(s_low: Any, width: Any, h: Any, own: Any, span: Any, target: Any) -> None:
    """The entries of C_lL, where s_Lo is 1 for the output o and 0 for the others: a term each, h_o s_lo.

    ``own``: of C_LL, of which there is the diagonal alone.
    """
    begin, count = span
    for place in range(count):
        e, here = begin + place, further(target, place * ROWS)
        if own:
            copied(here, (further(h, e * ROWS),), (), ROWS)
        else:
            product(here, (further(s_low, e * ROWS), further(h, e // width * ROWS)), (), ROWS)
