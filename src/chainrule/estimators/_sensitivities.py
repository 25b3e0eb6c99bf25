"""Sensitivities: ∂output/∂feature, averaged over samples."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sums_of(jacobians: Iterable[Array]) -> tuple[Array, int]:
    """Return Σ J, Σ |J|, Σ J² of Jacobians in chunks (n, n_outputs, n_features), and of how many rows."""
    sums, n = np.zeros(()), 0
    for J in jacobians:
        J = J.astype(np.float64, copy=False)
        sums = sums + np.stack([J.sum(axis=0), np.abs(J).sum(axis=0), (J * J).sum(axis=0)])
        n += len(J)
    return sums, n


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivities:
    """Averages of ∂output/∂feature over samples, each (n_outputs, n_features).

    They are in units of the output for one unit of the feature. The object prints as a table, also in
    notebooks, and `chainrule.display.SensitivityDisplay` draws it.

    Attributes
    ----------
    mean : ndarray
        Average change of the output for one unit of the feature.
    mean_absolute : ndarray
    root_mean_square : ndarray
        Large also where effects of both signs cancel in `mean`.
    features, outputs : tuple of str
    n_samples : int
    spread : ndarray or None
        Of an ensemble: standard deviation over its members of their `mean`.
    """

    mean: Array
    mean_absolute: Array
    root_mean_square: Array
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    n_samples: int
    spread: Array | None = None

    def with_spread(self, spread: Array) -> "Sensitivities":
        """Return the same with how much the members of an ensemble differ."""
        return replace(self, spread=spread)

    @classmethod
    def of(cls, jacobians: Any, features: tuple[str, ...], outputs: tuple[str, ...]) -> "Sensitivities":
        """Average Jacobians (n, n_outputs, n_features) that come in chunks."""
        return cls.of_sums(*sums_of(jacobians), features, outputs)

    @classmethod
    def of_sums(
        cls, sums: Array, n: int, features: tuple[str, ...], outputs: tuple[str, ...]
    ) -> "Sensitivities":
        """Average Jacobians whose sums are known, as from `sums_of`."""
        mean, mean_absolute, mean_square = sums / n
        return cls(mean, mean_absolute, np.sqrt(mean_square), features, outputs, n)

    def _rows(self) -> list[tuple[str, ...]]:
        several = len(self.outputs) > 1
        return [
            (
                *((output,) if several else ()),
                feature,
                *(f"{part[i, j]:.4g}" for part in self._parts),
            )
            for i, output in enumerate(self.outputs)
            for j, feature in enumerate(self.features)
        ]

    @property
    def _parts(self) -> tuple[Array, ...]:
        known = self.mean, self.mean_absolute, self.root_mean_square
        return known if self.spread is None else (*known, self.spread)

    @property
    def _headings(self) -> tuple[str, ...]:
        words: tuple[str, ...] = ("feature", "mean", "mean absolute", "root mean square")
        words = words if self.spread is None else (*words, "spread over members")
        return ("output", *words) if len(self.outputs) > 1 else words

    @property
    def _title(self) -> str:
        what = "∂output" if len(self.outputs) > 1 else f"∂{self.outputs[0]}"
        return f"{what}/∂feature over {self.n_samples:,} samples"

    def __repr__(self) -> str:
        table = [self._headings, *self._rows()]
        names = len(self._headings) - len(self._parts)
        widths = [max(len(row[i]) for row in table) for i in range(len(self._headings))]
        lines = [
            "  ".join(
                cell.ljust(width) if i < names else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        return "\n".join([self._title, *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(word)}</th>" for word in self._headings)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows()
        )
        return f"<table><caption>{escape(self._title)}</caption><tr>{head}</tr>{body}</table>"
