"""What can be chosen of the network's settings now, in words."""

from typing import Any

from chainrule.calculus import ACTIVATIONS
from chainrule.lesson._study import SOLVERS, Study
from chainrule.lesson.data import NAMES, OWN

__all__ = ["choices"]

_LABELS = {
    "xor": "XOR", "blobs": "three blobs", "sine": "sine of one number", "hills": "a hill and a hollow",
    "notes": "the notes' two neurons", "drawn": "drawn points", "table": "a table",
    "model": "the model's rows", "sgd": "gradient descent (SGD)", "adam": "Adam", "lbfgs": "L-BFGS",
    "lm": "Levenberg–Marquardt",
    "half_squared_error": "half the squared error", "sum_squared_error": "the squared error",
    "cross_entropy": "cross entropy",
}  # fmt: skip


def choices(study: Study) -> dict[str, Any]:
    """Return the values that settings and columns can have, with labels."""
    data = study.data
    return {
        "data": _labelled([*NAMES, *(name for name in OWN if name in study.own)]),
        "activation": _labelled([*ACTIVATIONS]),
        "loss": _labelled([*data.losses]),
        "solver": _labelled([*SOLVERS]),
        "columns": [] if data.columns is None or len(data.columns.names) < 2 else list(data.columns.names),
        "targets": list(data.targets),
    }


def _labelled(values: list[str]) -> list[dict[str, str]]:
    return [{"value": value, "label": _LABELS.get(value, value.replace("_", " "))} for value in values]
