"""The cells of a table's columns, as a plan takes them: checked, and numbers made of dates and times."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.export._plan import Array, Input, ModelPlan
from chainrule.tables._frames import is_frame

_DAY = np.timedelta64(1, "D")
_ZEROS = {"M": np.datetime64(0, "D"), "m": 0 * _DAY}
"""What the number 0 stands for, by the kind of NumPy's type: dates, and times since midnight."""


def cells_of(plan: ModelPlan, columns: Sequence[Any]) -> list[Array]:
    """Return the cells (n,) of each input: float64, or objects of text.

    Raises
    ------
    TypeError
        For anything but a plan, and for a data frame in place of its columns.
    ValueError
        For another number of columns, columns of different lengths, or cells that are no numbers in a column
        of numbers.
    """
    if not isinstance(plan, ModelPlan):
        raise TypeError(
            f"the plan must be a ModelPlan, as plan_of(model) gives it; got {type(plan).__name__}"
        )
    if is_frame(columns) or not hasattr(columns, "__len__"):
        raise TypeError(
            f"columns must be a sequence of the cells of each column, got {type(columns).__name__}"
        )
    check_width(plan, len(columns))
    found = [_cells(*pair) for pair in zip(plan.inputs, columns, strict=True)]
    for column, cells in zip(plan.inputs, found, strict=True):
        if len(cells) != len(found[0]):
            raise ValueError(
                f"columns must have one length: {plan.inputs[0].name!r} has {len(found[0])} cells, "
                f"{column.name!r} {len(cells)}"
            )
    return found


def check_width(plan: ModelPlan, n: int) -> None:
    """Raise an error that says how many columns the model takes, if it is another number."""
    if n != len(plan.inputs):
        raise ValueError(f"the model takes {len(plan.inputs)} columns, got {n}")


def _cells(column: Input, cells: Any) -> Array:
    found = np.asarray(cells, dtype=object) if column.is_text else _numbers(column, cells)
    if found.ndim != 1:
        raise ValueError(f"column {column.name!r} has shape {found.shape}; accepted is (n,)")
    return found


def _numbers(column: Input, cells: Any) -> Array:
    try:
        kind = np.asarray(cells).dtype.kind
        if kind in _ZEROS:
            return np.asarray((np.asarray(cells) - _ZEROS[kind]) / _DAY)
        return np.asarray(cells, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"column {column.name!r} holds cells that are no numbers") from None
