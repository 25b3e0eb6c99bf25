"""Explanation of one prediction: what each column adds to it, and what first order leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.display import ExplanationDisplay
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._encoder import CategoryColumn, NumberColumn, TableEncoder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Parts of one prediction, in units of the output: typical + Σ parts + remainder = prediction.

    Attributes
    ----------
    columns : tuple of str
    cells, typical_cells : tuple of str
        What the row has in each column, and what the typical row has: the median, or the most frequent
        category.
    parts : ndarray of shape (n_outputs, n_columns)
        Derivative times distance from the typical number; exact difference of categories.
    typical, prediction, remainder : ndarray of shape (n_outputs,)
    outputs : tuple of str
    """

    columns: tuple[str, ...]
    cells: tuple[str, ...]
    typical_cells: tuple[str, ...]
    parts: Array
    typical: Array
    prediction: Array
    remainder: Array
    outputs: tuple[str, ...]

    def __repr__(self) -> str:
        blocks = [self._block(k) for k in range(len(self.outputs))]
        return "\n\n".join(blocks)

    def _block(self, k: int) -> str:
        order = np.argsort(-np.abs(self.parts[k]), kind="stable")
        rows = [("", "", "", f"{self.typical[k]:.4g}", "typical row")]
        rows += [
            (self.columns[j], self.cells[j], self.typical_cells[j], f"{self.parts[k, j]:+.4g}", "")
            for j in order
        ]
        rows += [
            ("", "", "", f"{self.remainder[k]:+.4g}", "remainder"),
            ("", "", "", f"{self.prediction[k]:.4g}", "prediction"),
        ]
        table = [("column", "here", "typical", self.outputs[k], ""), *rows]
        widths = [max(len(row[i]) for row in table) for i in range(5)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if i == 3 else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        )

    def plot(self, *, output: int = 0, ax: "Axes | None" = None) -> ExplanationDisplay:
        """Draw the parts as bars.

        Parameters
        ----------
        output : int, default=0
        ax : matplotlib Axes, optional

        Returns
        -------
        ExplanationDisplay
        """
        return ExplanationDisplay(self, output=output).plot(ax)


def explained(
    encoder: TableEncoder,
    columns: Sequence[TableColumn],
    packed: Array,
    prediction: Array,
    J: Array,
    predict: Callable[[Array], Array],
    outputs: Sequence[str],
) -> Explanation:
    """Return the explanation of a row, as it was read and as it is packed.

    The prediction is (1, p), J (1, p, n_columns).
    """
    typical = np.array([[_typical(column) for column in encoder.columns]], dtype=packed.dtype)
    parts = np.zeros((prediction.shape[1], len(encoder.columns)))
    for place, column in enumerate(encoder.columns):
        if isinstance(column, NumberColumn):
            z = float(packed[0, place])
            parts[:, place] = 0 if np.isnan(z) else J[0, :, place] * z * column.scale
        else:
            switched = packed.copy()
            switched[0, place] = typical[0, place]
            parts[:, place] = (prediction - predict(switched))[0]
    start = predict(typical)[0]
    return Explanation(
        tuple(column.name for column in encoder.columns),
        tuple(
            _number(read.values[0]) if isinstance(column, NumberColumn) else column.name_of(int(number))
            for column, read, number in zip(encoder.columns, columns, packed[0], strict=True)
        ),
        tuple(
            _number(column.centre) if isinstance(column, NumberColumn) else column.name_of(int(number))
            for column, number in zip(encoder.columns, typical[0], strict=True)
        ),
        parts, start, prediction[0], prediction[0] - start - parts.sum(axis=1), tuple(outputs),
    )  # fmt: skip


def _typical(column: NumberColumn | CategoryColumn) -> float:
    return 0.0 if isinstance(column, NumberColumn) else float(column.most_frequent)


def _number(value: float) -> str:
    return "missing" if np.isnan(value) else f"{value:.4g}"
