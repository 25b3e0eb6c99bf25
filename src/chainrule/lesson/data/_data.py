"""Rows that a lesson learns from."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from numpy.typing import NDArray

from chainrule.lesson._error import MessageError
from chainrule.lesson.data._columns import Columns
from chainrule.lesson.data._drawn import Drawn
from chainrule.lesson.data._plane import Plane

__all__ = ["DRAWN", "LOSSES_OF", "MODEL", "OWN", "TABLE", "Data", "Task"]

Array = NDArray[Any]
Task = Literal["regression", "classes"]

DRAWN, TABLE, MODEL = "drawn", "table", "model"
OWN = (DRAWN, TABLE, MODEL)
"""Names of data that a lesson is given; an address holds none of them but a few drawn points."""

LOSSES_OF: dict[Task, tuple[str, ...]] = {
    "regression": ("half_squared_error", "sum_squared_error"),
    "classes": ("cross_entropy", "half_squared_error", "sum_squared_error"),
}
"""The losses that go with a task, the usual one first."""


@dataclass(frozen=True, eq=False)
class Data:
    """Rows with their answers.

    Attributes
    ----------
    name : str
    task : "regression" or "classes"
    X : array of shape (n_samples, n_inputs)
    Y : array of shape (n_samples, n_outputs)
        Two classes are one output, 0 or 1; more are one output each.
    inputs, outputs : tuple of str
        Names of columns and classes.
    plane : Plane
    classes : tuple of str
        Names of all classes; none of a regression.
    head : str
        The function of the last layer, if it is not the usual one.
    columns : Columns or None
        The columns of a table, or of a model, that can be the plane's axes.
    table : Table or None
        The table that another target can be chosen of: see `table_data`.
    targets : tuple of str
        Its columns.
    drawn : Drawn or None
        The points that were drawn.
    """

    name: str
    task: Task
    X: Array
    Y: Array
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    plane: Plane
    classes: tuple[str, ...] = ()
    head: str = ""
    columns: Columns | None = None
    table: Any = None
    targets: tuple[str, ...] = ()
    drawn: Drawn | None = None

    @property
    def losses(self) -> tuple[str, ...]:
        """The losses that go with these answers, the usual one first."""
        return LOSSES_OF[self.task]

    @property
    def output(self) -> str:
        """The function of the last layer."""
        if self.head:
            return self.head
        if self.task == "regression":
            return "identity"
        return "logistic" if self.Y.shape[1] == 1 else "softmax"

    def over(self, *axes: str) -> "Data":
        """Return the same rows, drawn over other columns.

        Raises
        ------
        MessageError
            If there are no such columns.
        """
        if self.columns is None:
            raise MessageError(f"the data {self.name!r} have no columns to choose from")
        return replace(self, plane=self.columns.plane(*axes))
