"""Plan of a product: the cost of each order of multiplication, computed from the shapes alone (N12)."""

from dataclasses import dataclass
from functools import cache
from html import escape
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.calculus.bracketing import ORDERS, Bracketing
from chainrule.network._architecture import Architecture
from chainrule.network._budget import in_words
from chainrule.network._checks import as_index
from chainrule.network.derivatives._chain import as_bracketing


@dataclass(frozen=True)
class PlanRow:
    """One order, and what it costs for all samples.

    Attributes
    ----------
    order : str
    bracketing : Bracketing
    multiplications, bytes : int
        ``bytes``: written by all products, the result included.
    seconds : float
        Predicted from this machine's speed at one large product and one large copy, on one thread.
    """

    order: str
    bracketing: Bracketing
    multiplications: int
    bytes: int
    seconds: float


class Plan:
    """Costs of ∂F/∂x of n samples in each order, the cheapest first.

    Attributes
    ----------
    rows : list of PlanRow
    chosen : Bracketing
        What ``order="cheapest"`` carries out.
    """

    def __init__(self, net: Architecture, n_samples: int, what: str) -> None:
        if what not in _WHAT:
            raise ValueError(f"what is {what!r}; accepted is {', '.join(_WHAT)}")
        self.what, self.n_samples = what, as_index(n_samples, "n_samples")
        if self.n_samples < 1:
            raise ValueError(f"n_samples must be at least 1, got {n_samples}")
        self._sizes, self._dtype = net.layer_sizes, net.dtype
        span = (0, len(net.layer_sizes) - 1)
        self.rows = [self._row(name, as_bracketing(net, name, self.n_samples, span)) for name in ORDERS]
        self.chosen = self.rows[0].bracketing

    def _row(self, name: str, bracketing: Bracketing) -> PlanRow:
        numbers = sum(
            step.shape[0] * step.shape[2] * (1 if step.shared else self.n_samples)
            for step in bracketing.steps
        )
        size = numbers * self._dtype.itemsize
        rate, bandwidth = _speed(self._dtype)
        seconds = bracketing.multiplications / rate + size / bandwidth
        return PlanRow(name, bracketing, bracketing.multiplications, size, seconds)

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                ("▸ " if row is self.rows[0] else "  ") + row.order,
                f"{row.multiplications:,}",
                in_words(row.bytes),
                _time_in_words(row.seconds),
                row.bracketing.formula,
            )
            for row in self.rows
        ]

    @property
    def _title(self) -> str:
        sizes = "·".join(map(str, self._sizes))
        samples = "1 sample" if self.n_samples == 1 else f"{self.n_samples:,} samples"
        return f"{self.what} of {samples} through {sizes} in {self._dtype}"

    def __repr__(self) -> str:
        table = [_HEADINGS, *self._cells()]
        widths = [max(len(row[i]) for row in table) for i in range(4)]
        lines = [self._title]
        for name, *figures, formula in table:
            padded = [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
            lines.append("  ".join([name.ljust(widths[0]), *padded, formula]).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(word)}</th>" for word in _HEADINGS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
            for cells in self._cells()
        )
        return f"<table><caption>{escape(self._title)}</caption><tr>{head}</tr>{rows}</table>"


_WHAT = ("jacobian",)
_HEADINGS = ("  order", "multiplications", "written", "predicted", "bracketing")


def _time_in_words(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


@cache
def _speed(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Multiplications and bytes written a second, each the best of a few tries of some milliseconds."""
    side = 256
    left, right = np.ones((side, side), dtype), np.ones((side, side), dtype)
    product = np.empty_like(left)
    target = np.zeros(2**22 // dtype.itemsize, dtype)

    def fastest(work: Any) -> float:
        times = []
        for _ in range(4):
            start = perf_counter()
            work()
            times.append(perf_counter() - start)
        return max(min(times), 1e-9)

    rate = side**3 / fastest(lambda: np.matmul(left, right, out=product))
    return rate, target.nbytes / fastest(lambda: np.multiply(target, 2, out=target))
