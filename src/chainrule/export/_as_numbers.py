"""Cells of columns as numbers alone: what C, PyTorch, JAX and CasADi take."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.export._cells import cells_of
from chainrule.export._plan import Array, Input, ModelPlan


def as_numbers(plan: ModelPlan, columns: Sequence[Any]) -> Array:
    """Return cells as numbers, as exported models take them that know no text.

    Of text that is its place among the ``categories`` of its input, -1 for any other text and NaN for a
    missing one. Numbers stay as they are, and dates become days since 1970-01-01.

    Parameters
    ----------
    plan : ModelPlan
    columns : sequence of array of shape (n,)
        The cells of each input, as for `evaluate`.

    Returns
    -------
    ndarray of shape (n, n_inputs)

    Raises
    ------
    TypeError
        For anything but a plan, and for a data frame in place of its columns.
    ValueError
        For another number of columns, columns of different lengths, or text in a column of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import TableRegressor
    >>> from chainrule.export import as_numbers, plan_of
    >>> X = np.array([[1.0, "red"], [2.0, "blue"]] * 20, dtype=object)
    >>> plan = plan_of(TableRegressor(effort="fast", random_state=0).fit(X, X[:, 0].astype(float)))
    >>> plan.inputs[1].categories
    ('blue', 'red')
    >>> as_numbers(plan, [[3.0, np.nan], ["red", "green"]])
    array([[ 3.,  1.],
           [nan, -1.]])
    """
    found = cells_of(plan, columns)
    pairs = zip(plan.inputs, found, strict=True)
    return np.stack([_codes(each, cells) if each.is_text else cells for each, cells in pairs], 1)


def _codes(column: Input, cells: Array) -> Array:
    known = {text: float(place) for place, text in enumerate(column.categories)}
    unknown = (-1.0 if isinstance(cell, str) and cell else np.nan for cell in cells)
    return np.array([known.get(cell, other) for cell, other in zip(cells, unknown, strict=True)])
