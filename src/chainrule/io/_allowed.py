"""What of scikit-learn and NumPy a model file may hold. The list stands in the code: a file cannot add to it.

All names are public ones: where a class is imported from, not the file that it is written in.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["ALLOWED_TYPES", "CLASSES", "FUNCTIONS", "public_name"]

_SCALARS = {
    f"numpy.{name}"
    for name in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
} | {"numpy.bool_", "numpy.float32", "numpy.float64", "numpy.str_"}

CLASSES: frozenset[str] = frozenset(
    f"sklearn.{module}.{name}"
    for module, names in {
        "compose": ("ColumnTransformer", "TransformedTargetRegressor"),
        "decomposition": ("PCA", "TruncatedSVD"),
        "feature_selection": ("SelectKBest", "SelectPercentile", "VarianceThreshold"),
        "impute": ("MissingIndicator", "SimpleImputer"),
        "pipeline": ("FeatureUnion", "Pipeline"),
        "preprocessing": (
            "FunctionTransformer",
            "MaxAbsScaler",
            "MinMaxScaler",
            "OneHotEncoder",
            "OrdinalEncoder",
            "PolynomialFeatures",
            "PowerTransformer",
            "QuantileTransformer",
            "RobustScaler",
            "SplineTransformer",
            "StandardScaler",
        ),
    }.items()
    for name in names
)
"""Classes whose objects are rebuilt: their attributes are set, and no code runs but scikit-learn's own."""

FUNCTIONS: frozenset[str] = frozenset(
    {
        *(
            f"numpy.{name}"
            for name in (
                "absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "cos",
                "cosh", "deg2rad", "degrees", "exp", "exp2", "expm1", "fabs", "log", "log10", "log1p", "log2",
                "negative", "positive", "rad2deg", "radians", "reciprocal", "sin", "sinh", "sqrt", "square",
                "tan", "tanh",
            )
        ),
        "scipy.special.expit",
        "scipy.special.logit",
        *(
            f"sklearn.feature_selection.{name}"
            for name in ("chi2", "f_classif", "f_regression", "mutual_info_classif", "mutual_info_regression")
        ),
    }
)  # fmt: skip
"""Functions that a transformer may have as a parameter; they are named in a file, never written."""

ALLOWED_TYPES: Mapping[str, frozenset[str]] = {
    "JsonNode": frozenset({"builtins.str"}),
    "DictNode": frozenset({"builtins.dict"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "TypeNode": frozenset({"builtins.str", "builtins.int", "builtins.float", "builtins.bool", *_SCALARS}),
    "NdArrayNode": frozenset({"numpy.ndarray", *_SCALARS}),
    "DTypeNode": frozenset({"numpy.dtype"}),
    "FunctionNode": FUNCTIONS,
    "ObjectNode": CLASSES,
}
"""The types that may be rebuilt, for each of the ways in which skops rebuilds objects.

skops itself trusts every estimator of scikit-learn and every ufunc of NumPy besides those it is told; this
list does not.
"""


def public_name(module: str, name: str) -> str:
    """Return the public name of what is written in a module, private or not.

    >>> public_name("sklearn.preprocessing._data", "StandardScaler")
    'sklearn.preprocessing.StandardScaler'
    """
    parts = module.split(".")
    private = next((place for place, part in enumerate(parts) if part.startswith("_")), len(parts))
    return ".".join([*parts[:private], name])


def function_named(name: str) -> Any:
    """Return one of `FUNCTIONS`."""
    module, _, own = name.rpartition(".")
    return getattr(import_module(module), own)
