"""Types that a model file may hold. The list stands in the code: a file cannot add to it."""

from collections.abc import Mapping

from chainrule.io._nodes import nodes_of, type_name
from chainrule.training import SOLVERS

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
            "chainrule.MLPClassifier",
            "chainrule.MLPRegressor",
            "chainrule.Network",
            "chainrule.TableClassifier",
            "chainrule.TableRegressor",
            "chainrule.History",
            *(
                f"chainrule.tables.ensemble.{name}"
                for name in (
                    "ArrayReader",
                    "CategoryColumn",
                    "CellsReader",
                    "FitReport",
                    "FrameReader",
                    "Member",
                    "NumberColumn",
                    "Residuals",
                    "Scores",
                    "TableEncoder",
                )
            ),
            "chainrule.network.NumberEncoding",
            "chainrule.tables.Column",
            "chainrule.tables.DateSpelling",
            "chainrule.tables.NumberSpelling",
            "chainrule.tables.Schema",
            "chainrule.training.Posterior",
            "chainrule.training.Scaling",
            "chainrule.training.TrainingState",
            "sklearn.compose._column_transformer.ColumnTransformer",
            "sklearn.compose._target.TransformedTargetRegressor",
            "sklearn.impute._base.SimpleImputer",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._encoders.OneHotEncoder",
            "sklearn.preprocessing._label.LabelBinarizer",
            *(f"{kind.__module__}.{kind.__qualname__}" for kind in SOLVERS.values()),
        }
    ),
}
"""The types that may be rebuilt, for each of the ways in which skops rebuilds objects.

skops itself trusts every estimator of scikit-learn and every ufunc of NumPy besides those it is told; this
list does not.
"""


def foreign_types(schema: object) -> list[str]:
    """Return the types in skops' description of a file (its ``schema.json``) that are not on the list.

    >>> foreign_types({"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"})
    ['os.system']
    """
    found = {(node["__loader__"], type_name(node)) for node in nodes_of(schema)}
    return sorted({name for loader, name in found if name not in ALLOWED_TYPES.get(str(loader), ())})


def trusted_names() -> list[str]:
    """Return the names for skops' own check, which runs after ours."""
    return sorted(set().union(*ALLOWED_TYPES.values()))
