"""What can be chosen of the network's settings now, in words."""

from typing import Any

from chainrule.calculus import ACTIVATIONS
from chainrule.lesson._study import SOLVERS, Study
from chainrule.lesson.data import NAMES, OWN

__all__ = ["choices"]

_OF_DATA = {
    "xor": "XOR", "blobs": "three blobs", "sine": "sine of one number", "hills": "a hill and a hollow",
    "notes": "the notes' two neurons", "drawn": "drawn points", "table": "a table",
    "model": "the model's rows",
}  # fmt: skip
_OF_SOLVERS = {
    "sgd": "gradient descent (SGD)", "adam": "Adam", "lbfgs": "L-BFGS", "lm": "Levenberg–Marquardt",
}  # fmt: skip
_OF_LOSSES = {"half_squared_error": "half the squared error", "sum_squared_error": "the squared error"}


def choices(study: Study) -> dict[str, Any]:
    """Return the values that settings and columns can have, with labels."""
    data = study.data
    return {
        "data": _labelled([*NAMES, *(name for name in OWN if name in study.own)], _OF_DATA),
        "activation": _labelled([*ACTIVATIONS], {}),
        "loss": _labelled([*data.losses], _OF_LOSSES),
        "solver": _labelled([*SOLVERS], _OF_SOLVERS),
        "columns": [] if data.columns is None or len(data.columns.names) < 2 else list(data.columns.names),
        "targets": list(data.targets),
    }


def _labelled(values: list[str], labels: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": labels.get(value, value.replace("_", " "))} for value in values]
