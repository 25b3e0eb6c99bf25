"""Names in model files of format 1, which named types by the file that they were written in."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from chainrule._archive import parse_json
from chainrule.io._nodes import nodes_of, type_name

__all__ = ["with_present_names"]

_PRESENT_NAMES: Mapping[str, tuple[str, str]] = {
    "chainrule.estimators._classifier.MLPClassifier": ("chainrule", "MLPClassifier"),
    "chainrule.estimators._regressor.MLPRegressor": ("chainrule", "MLPRegressor"),
    "chainrule.network._network.Network": ("chainrule", "Network"),
    "chainrule.training._posterior.Posterior": ("chainrule.training", "Posterior"),
    "chainrule.training._solvers.Adam": ("chainrule", "Adam"),
    "chainrule.training._solvers.LBFGS": ("chainrule", "LBFGS"),
    "chainrule.training._solvers.LevenbergMarquardt": ("chainrule", "LevenbergMarquardt"),
    "chainrule.training._solvers.SGD": ("chainrule", "SGD"),
    "chainrule.training._state.TrainingState": ("chainrule.training", "TrainingState"),
}

_PRESENT_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "chainrule.training._solvers.LevenbergMarquardt": {"way": "method"},
}


def with_present_names(members: Mapping[str, bytes]) -> bytes:
    """Return a pipeline of format 1, as skops wrote it, with its types named as they are now."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as new:
        for name, content in members.items():
            new.writestr(name, _renamed(content) if name == "schema.json" else content)
    return written.getvalue()


def _renamed(schema: bytes) -> bytes:
    tree = parse_json(schema)
    for node in nodes_of(tree):
        former = type_name(node)
        if former in _PRESENT_ATTRIBUTES:
            _rename_attributes(node, _PRESENT_ATTRIBUTES[former])
        if former in _PRESENT_NAMES:
            node["__module__"], node["__class__"] = _PRESENT_NAMES[former]
    return json.dumps(tree).encode()


def _rename_attributes(node: dict[str, Any], present: Mapping[str, str]) -> None:
    """Rename attributes of an object where they stand: skops keeps the types of the names in their order."""
    attributes = node["content"]["content"]
    node["content"]["content"] = {present.get(name, name): value for name, value in attributes.items()}
