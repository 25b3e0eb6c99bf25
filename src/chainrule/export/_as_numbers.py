"""Cells of columns as numbers alone: what C, PyTorch, JAX and CasADi take."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.export._plan import Input, ModelPlan


def as_numbers(plan: ModelPlan, columns: Sequence[Any]) -> NDArray[np.float64]:
    """Return cells as numbers, as exported models take them that know no text.

    Of text that is its place among the ``categories`` of its input, -1 for any other text and NaN for a
    missing one. Numbers stay as they are.

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
    ValueError
        For another number of columns, or text in a column of numbers.

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
    if len(columns) != len(plan.inputs):
        raise ValueError(f"the model takes {len(plan.inputs)} columns, got {len(columns)}")
    pairs = zip(plan.inputs, columns, strict=True)
    return np.stack(
        [_codes(each, cells) if each.is_text else _floats(each, cells) for each, cells in pairs], 1
    )


def _floats(column: Input, cells: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(cells, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"column {column.name!r} holds cells that are no numbers") from None


def _codes(column: Input, cells: Any) -> NDArray[np.float64]:
    known = {text: float(place) for place, text in enumerate(column.categories)}
    unknown = (-1.0 if isinstance(cell, str) and cell else np.nan for cell in cells)
    return np.array([known.get(cell, other) for cell, other in zip(cells, unknown, strict=True)])
