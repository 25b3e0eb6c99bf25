"""What `jacobian` returns: derivatives by columns of numbers, differences by columns of categories."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.estimators import Sensitivities
from chainrule.tables._names import counted

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class CategoryDifferences:
    """Exact changes of the prediction when a row's cell is switched to another category: no derivatives.

    Attributes
    ----------
    column : str
    categories : tuple
        What the encoder knows, in its order.
    values : ndarray of shape (n_rows, n_outputs, n_categories)
        Prediction with this category in the row, minus the prediction for the row as it is; 0 for the
        row's own category. In units of the output.
    outputs : tuple of str
    """

    column: str
    categories: tuple[Any, ...]
    values: Array
    outputs: tuple[str, ...]
    _index: Any = field(default=None)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        n, p, m = self.values.shape
        sizes = counted(n, "row"), counted(p, "output"), f"{m:,} categories"
        return f"CategoryDifferences of {self.column!r}: {', '.join(sizes)}"

    def to_frame(self) -> "pd.DataFrame":
        """Return a row of the data frame for each row; columns are (output and) category.

        Raises
        ------
        ModuleNotFoundError
            pandas is not installed.
        """
        return _frame(self.values, self.outputs, self.categories, self._index, self.column)


@dataclass(frozen=True, eq=False, repr=False)
class PipelineJacobian:
    """Derivatives of what a model predicts, by the columns of the table that it takes.

    ``np.asarray`` of it is `values`.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_outputs, n_columns)
        In units of the output for one unit of the column.
    columns : tuple of str
        The columns that hold numbers. Of text, and of numbers that an encoder alone reads, there are
        `differences`.
    outputs : tuple of str
        "y", or "y0", "y1", …; for a classifier, whose probabilities are differentiated, its classes.
    """

    values: Array
    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    _differences: Callable[[], dict[str, CategoryDifferences]] = field(default=dict)
    _index: Any = field(default=None)

    @cached_property
    def differences(self) -> dict[str, CategoryDifferences]:
        """Changes of the prediction for every category that an encoder knows, by the column's name.

        They are computed when they are first asked for, in one prediction of the whole table for each
        category, by the model and for the table as they are then.
        """
        return self._differences()

    def sensitivities(self) -> Sensitivities:
        """Return averages of the derivatives over the rows, as a table that prints.

        Examples
        --------
        >>> J = PipelineJacobian(np.array([[[1.0, 2.0]], [[3.0, -2.0]]]), ("a", "b"), ("y",))
        >>> J.sensitivities()
        ∂y/∂feature over 2 samples
        feature   mean  mean absolute  root mean square
        a            2              2             2.236
        b            0              2                 2
        """
        return Sensitivities.of([self.values], self.columns, self.outputs)

    def to_frame(self) -> "pd.DataFrame":
        """Return a row of the data frame for each row; columns are (output and) column of the table.

        Raises
        ------
        ModuleNotFoundError
            pandas is not installed.
        """
        return _frame(self.values, self.outputs, self.columns, self._index, "column")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        n, p, d = self.values.shape
        return f"PipelineJacobian: {counted(n, 'row')}, {counted(p, 'output')}, {counted(d, 'column')}"

    def __getstate__(self) -> dict[str, Any]:
        # What is still to be computed needs the model and the table: differences are made before they go.
        differences = self.differences
        return {**vars(self), "_differences": dict, "differences": differences}


def _frame(values: Array, outputs: tuple[str, ...], names: Any, index: Any, name: str) -> "pd.DataFrame":
    import pandas as pd

    if len(outputs) == 1:
        return pd.DataFrame(values[:, 0], index, pd.Index(names, name=name))
    columns = pd.MultiIndex.from_product([outputs, names], names=["output", name])
    return pd.DataFrame(values.reshape(len(values), -1), index, columns)
