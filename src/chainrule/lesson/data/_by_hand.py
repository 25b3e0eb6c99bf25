"""Drawn points as data to learn from."""

from dataclasses import replace

import numpy as np

from chainrule.lesson.data._by_name import simple_data
from chainrule.lesson.data._data import DRAWN, Data
from chainrule.lesson.data._drawn import Drawn

__all__ = ["drawing_like", "drawn_data"]


def drawn_data(drawn: Drawn) -> Data:
    """Return points as data to learn from."""
    x, y, target = np.array(drawn.points, dtype=float).reshape(-1, 3).T
    X = x[:, None] if drawn.kind == "line" else np.column_stack([x, y])
    if drawn.kind == "classes":
        return replace(simple_data(DRAWN, "classes", X, target, drawn.n_classes), drawn=drawn)
    return replace(simple_data(DRAWN, "regression", X, target), drawn=drawn)


def drawing_like(data: Data) -> Drawn:
    """Return what is drawn now; or nothing yet, for answers of the same kind as those of other data."""
    if data.drawn is not None:
        return data.drawn
    if data.task == "classes":
        return Drawn("classes", 3 if len(data.classes) > 2 else 2)
    return Drawn("line" if data.X.shape[1] == 1 else "regression", 0)
