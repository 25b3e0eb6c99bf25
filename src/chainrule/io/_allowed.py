"""What a model file may hold. The list is fixed: a file cannot add to it."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["ALLOWED_TYPES", "foreign_types", "trusted_names"]

_SCALARS = {
    f"numpy.{name}"
    for name in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
} | {"numpy.bool_", "numpy.float32", "numpy.float64", "numpy.str_"}

ALLOWED_TYPES: Mapping[str, frozenset[str]] = {
    "JsonNode": frozenset({"builtins.str"}),
    "DictNode": frozenset({"builtins.dict"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "TypeNode": frozenset({"builtins.str", "builtins.int", "builtins.float", "builtins.bool", *_SCALARS}),
    "NdArrayNode": frozenset({"numpy.ndarray", *_SCALARS}),
    "DTypeNode": frozenset({"numpy.dtype"}),
    "ObjectNode": frozenset(
        {
            "chainrule.estimators._classifier.MLPClassifier",
            "chainrule.estimators._regressor.MLPRegressor",
            "chainrule.network._network.Network",
            "chainrule.training._posterior.Posterior",
            "chainrule.training._solvers.Adam",
            "chainrule.training._solvers.LBFGS",
            "chainrule.training._solvers.LevenbergMarquardt",
            "chainrule.training._solvers.SGD",
            "chainrule.training._state.TrainingState",
            "sklearn.compose._column_transformer.ColumnTransformer",
            "sklearn.compose._target.TransformedTargetRegressor",
            "sklearn.impute._base.SimpleImputer",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._encoders.OneHotEncoder",
            "sklearn.preprocessing._label.LabelBinarizer",
        }
    ),
}
"""For each way in which skops rebuilds an object, the types that it may rebuild so.

skops itself trusts every scikit-learn estimator and NumPy ufunc besides what it is told; this list does not.
"""


def foreign_types(schema: object) -> list[str]:
    """Types in skops' description of a file (its ``schema.json``) that are not on the list.

    >>> foreign_types({"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"})
    ['os.system']
    """
    found = {(node["__loader__"], _type_name(node)) for node in _nodes(schema)}
    return sorted({name for loader, name in found if name not in ALLOWED_TYPES.get(str(loader), ())})


def trusted_names() -> list[str]:
    """The names for skops' own check, which runs after ours."""
    return sorted(set().union(*ALLOWED_TYPES.values()))


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "__loader__" in tree:
            yield tree
        for branch in tree.values():
            yield from _nodes(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)


def _type_name(node: Mapping[str, Any]) -> str:
    return f"{node.get('__module__')}.{node.get('__class__')}"
