"""The column to predict: which task it asks for, and its values."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._kinds import cells, find_text_that_is_no_number, kind_of, words
from chainrule.tables._names import counted, listed, meant
from chainrule.tables._warning import note

__all__ = [
    "TASKS",
    "Task",
    "check_target_name",
    "drop_rows_without",
    "guess_task",
    "labels",
    "target_like",
    "target_values",
]

Task = Literal["regression", "classification"]
TASKS: tuple[Task, ...] = ("regression", "classification")

_MOST_CODES = 10
_ROWS_PER_CODE = 10


def guess_task(values: "pd.Series[Any]") -> tuple[Task, str]:
    """Return the task for a target without missing cells, and the reason.

    Text and truth values are classes. Whole numbers are classes if they have two different values, or if
    they have at most ten and there are ten rows for each on average. Other numbers are a regression.

    >>> import pandas as pd
    >>> guess_task(pd.Series(["good", "bad", "good"]))
    ('classification', 'text, 2 different')
    >>> guess_task(pd.Series([0.0, 1.0, 1.0]))
    ('classification', 'whole numbers, 2 different')
    >>> guess_task(pd.Series([326.0, 327.5, 334.0]))
    ('regression', 'numbers, 3 different')
    """
    different = values.nunique()
    kind = kind_of(values)
    if kind in ("text", "boolean"):
        return "classification", f"{'text' if kind == 'text' else 'truth values'}, {different:,} different"
    numbers = _finite_numbers(values)
    whole = bool((numbers == np.round(numbers)).all())
    few = different <= _MOST_CODES and len(numbers) >= _ROWS_PER_CODE * different
    if whole and (different == 2 or few):
        return "classification", f"whole numbers, {different:,} different"
    return "regression", f"numbers, {different:,} different"


def check_target_name(frame: pd.DataFrame, target: str) -> None:
    """Raise ValueError unless `target` is a column; the message suggests the nearest name."""
    names = [str(name) for name in frame.columns]
    if target not in names:
        guess = meant(target, names) or f"; the columns are {listed(names)}"
        raise ValueError(f"the table has no column {target!r}{guess}")


def drop_rows_without(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the rows that have a target; a warning says how many have not."""
    missing = frame[target].isna()
    if missing.all():
        raise ValueError(f"the target {target!r} has no value in any row")
    if missing.any():
        count = int(missing.sum())
        rows = counted(count, "row")
        note(f"{rows} of {len(frame):,} dropped: the target {target!r} is missing there")
        return frame[~missing]
    return frame


def target_values(values: "pd.Series[Any]", task: Task) -> NDArray[Any]:
    """Return a target without missing cells as floats for regression, as labels for classification.

    Raises
    ------
    ValueError
        All cells are the same, or their kind does not fit the task.
    """
    if values.nunique() < 2:
        raise ValueError(
            f"the target {values.name!r} is {words(values)[0]} in all {len(values):,} rows: nothing to learn"
        )
    if task == "regression":
        return _finite_numbers(values)
    found = labels(values)
    different = len(np.unique(found))
    if different * 2 > len(found):
        raise ValueError(
            f"the target {values.name!r} has {different:,} different values in {len(found):,} rows, "
            "too many for classes: a class is learned from several rows"
        )
    return found


def labels(values: "pd.Series[Any]") -> NDArray[Any]:
    """Return class labels: truth values, whole numbers, or else text.

    >>> import pandas as pd
    >>> labels(pd.Series([1.0, 2.0])), labels(pd.Series([0.5, 1.5])), labels(pd.Series([True, False]))
    (array([1, 2]), array(['0.5', '1.5'], dtype='<U3'), array([ True, False]))
    """
    kind = kind_of(values)
    if kind == "boolean":
        return cells(values, kind).astype(bool)
    if kind == "number":
        numbers = _finite_numbers(values)
        if (numbers == np.round(numbers)).all():
            return numbers.astype(np.int64)
    return words(values).astype(str)


def _finite_numbers(values: "pd.Series[Any]") -> NDArray[np.float64]:
    kind = kind_of(values)
    if kind in ("number", "boolean"):
        return cells(values, kind)
    if kind == "text":
        first = find_text_that_is_no_number(values)
        if not len(first):
            return cells(values.astype(object), "number")
        raise ValueError(
            f"regression needs numbers, but the target {values.name!r} is text "
            f"({words(first)[0]!r} in row {first.index[0]}); as classification it can be learned"
        )
    what = "dates" if kind == "date" else "neither numbers nor text"
    raise ValueError(
        f"the target {values.name!r} holds {what}: it must hold numbers, or the names of classes"
    )


def target_like(
    frame: pd.DataFrame, target: str, classes: NDArray[Any] | None
) -> tuple[pd.DataFrame, NDArray[Any]]:
    """Return the rows that have a target, and the target in the type of `classes` (None: numbers)."""
    check_target_name(frame, target)
    frame = drop_rows_without(frame, target)
    values = frame[target]
    if classes is None:
        return frame, _finite_numbers(values)
    known = classes.dtype.kind
    y = words(values).astype(str) if known == "U" else cells(values, "boolean" if known == "b" else "number")
    unseen = ~np.isin(y, classes)
    if unseen.any():
        rows = counted(int(unseen.sum()), "row")
        note(f"{rows} counted as wrong: the model knows no class {listed(np.unique(y[unseen]))}")
    return frame, y
