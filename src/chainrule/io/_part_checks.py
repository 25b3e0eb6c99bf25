"""Checks of scikit-learn's objects that come out of a file: attributes are there, and fit each other.

scikit-learn takes what it learned for its own, and looks at it no more: an array of length 1 is broadcast,
NaN goes through to the prediction, an attribute may stand in a method's place. Compiled code of SciPy relies
on lengths. So every array that a prediction reads has to have the shape that the number of columns gives it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from chainrule.io._allowed import CLASSES, public_name
from chainrule.io._expect import Kept
from chainrule.io._parts import CONTAINERS

__all__ = ["check_part"]

Shape = tuple[str, ...]
"""Names of sizes: d columns; any other name is one size throughout an object."""

_VECTOR, _VECTOR_OR_NONE = (("d",), "fiu", False), (("d",), "fiu", True)
_ARRAYS: Mapping[str, Mapping[str, tuple[Shape, str, bool]]] = {
    "StandardScaler": {"mean_": _VECTOR_OR_NONE, "var_": _VECTOR_OR_NONE, "scale_": _VECTOR_OR_NONE},
    "RobustScaler": {"center_": _VECTOR_OR_NONE, "scale_": _VECTOR_OR_NONE},
    "MinMaxScaler": dict.fromkeys(("min_", "scale_", "data_min_", "data_max_", "data_range_"), _VECTOR),
    "MaxAbsScaler": dict.fromkeys(("scale_", "max_abs_"), _VECTOR),
    "QuantileTransformer": {"quantiles_": (("q", "d"), "f", False), "references_": (("q",), "f", False)},
    "PowerTransformer": {"lambdas_": _VECTOR},
    "PCA": {
        "components_": (("k", "d"), "f", False),
        "mean_": _VECTOR,
        "explained_variance_": (("k",), "f", False),
    },
    "TruncatedSVD": {"components_": (("k", "d"), "f", False)},
    "VarianceThreshold": {"variances_": _VECTOR},
}
"""What a transformer has learned in arrays: their shapes, kinds of dtype, and whether there may be None."""

_FITTED_BY = {
    "OneHotEncoder": "categories_",
    "OrdinalEncoder": "categories_",
    "SimpleImputer": "statistics_",
    "MissingIndicator": "features_",
    "SplineTransformer": "bsplines_",
    "SelectKBest": "scores_",
    "SelectPercentile": "scores_",
    "ColumnTransformer": "transformers_",
    "TransformedTargetRegressor": "regressor_",
}
"""Of the others, the attribute without which they have not been fitted."""


def check_part(part: object) -> None:
    """Raise ValueError for an object of scikit-learn whose attributes do not go together.

    One that has not been fitted is checked for its parameters alone; a prediction finds it where it matters.
    """
    name = public_name(type(part).__module__, type(part).__qualname__)
    if not isinstance(part, BaseEstimator) or name not in CLASSES:
        raise ValueError(f"it has a {name} where a transformer belongs")
    kind = type(part).__name__
    _check_attributes(part, kind)
    _check_names(part, kind)
    if hasattr(part, "_parameter_constraints"):
        part._validate_params()
    if kind in _ARRAYS and set(_ARRAYS[kind]) & set(vars(part)):
        _check_arrays(part, kind)
    elif kind in _FITTED_BY and _FITTED_BY[kind] in vars(part):
        _check_other(part, kind)


def _check_attributes(part: BaseEstimator, kind: str) -> None:
    """Raise ValueError for parameters that are lacking, and for attributes in the place of methods."""
    parameters = set(type(part)._get_param_names())
    if lacking := sorted(parameters - set(vars(part))):
        raise ValueError(f"its {kind} lacks {', '.join(lacking)}")
    for name in vars(part):
        if name not in parameters and hasattr(type(part), name):
            raise ValueError(f"its {kind} has an attribute {name[:40]} in the place of its own")
    if "feature_names_in_" in vars(part):
        names = part.feature_names_in_
        if not isinstance(names, np.ndarray) or names.shape != (_columns(part, kind),):
            raise ValueError(f"its {kind} has other names than columns")


def _check_names(part: BaseEstimator, kind: str) -> None:
    """Raise ValueError unless the parts of a container are named by different texts."""
    for attribute, place in CONTAINERS.get(type(part), ()):
        if place != 1 or attribute not in vars(part):
            continue
        width = 3 if attribute.startswith("transformers") and attribute != "transformer_list" else 2
        held = vars(part)[attribute]
        if not isinstance(held, list) or any(type(each) is not tuple or len(each) != width for each in held):
            raise ValueError(f"{attribute} of its {kind} are no parts by name")
        names = [each[0] for each in held]
        if not held or any(type(name) is not str for name in names) or len(set(names)) != len(names):
            raise ValueError(f"{attribute} of its {kind} have no names, or the same")


def _columns(part: BaseEstimator, kind: str) -> int:
    found = getattr(part, "n_features_in_", None)
    if type(found) is not int or found < 1:
        raise ValueError(f"its {kind} has {str(found)[:40]} columns")
    return found


def _check_arrays(part: BaseEstimator, kind: str) -> None:
    expected, sizes = _ARRAYS[kind], {"d": _columns(part, kind)}
    kept = Kept({name: vars(part)[name] for name in expected if name in vars(part)}, f"the {kind}", expected)
    for name, (shape, kinds, may_be_none) in expected.items():
        if may_be_none and not kept.given(name):
            continue
        array = kept.array(name, tuple(sizes.get(size) for size in shape), kinds)
        for size, found in zip(shape, array.shape, strict=True):
            sizes.setdefault(size, found)
    if kind == "PowerTransformer" and part.standardize:
        scaler = vars(part).get("_scaler")
        check_part(scaler)
        if getattr(scaler, "n_features_in_", None) != sizes["d"]:
            raise ValueError("the scaler of its PowerTransformer has other columns")


def _check_other(part: Any, kind: str) -> None:
    if kind in ("OneHotEncoder", "OrdinalEncoder"):
        _check_categories(part, kind)
    elif kind == "SimpleImputer":
        d = _columns(part, kind)
        kept = Kept({"statistics_": part.statistics_}, f"the {kind}", ("statistics_",))
        kept.array("statistics_", (d,), "fiubOU", finite=False)
        if vars(part).get("indicator_") is not None:
            check_part(part.indicator_)
    elif kind == "MissingIndicator":
        found = Kept({"features_": part.features_}, f"the {kind}", ("features_",)).array(
            "features_", (None,), "iu"
        )
        if len(found) and not (0 <= found.min() and found.max() < _columns(part, kind)):
            raise ValueError("its MissingIndicator has columns that are not there")
    elif kind == "SplineTransformer":
        if len(part.bsplines_) != _columns(part, kind):
            raise ValueError(f"its SplineTransformer has {len(part.bsplines_)} splines")
    elif kind in ("SelectKBest", "SelectPercentile"):
        kept = Kept({"scores_": part.scores_}, f"the {kind}", ("scores_",))
        kept.array("scores_", (_columns(part, kind),), finite=False)


def _check_categories(part: Any, kind: str) -> None:
    """Raise ValueError unless there are categories of each column, all different, and indices of theirs."""
    d, found = _columns(part, kind), part.categories_
    if type(found) is not list or len(found) != d:
        raise ValueError(f"its {kind} has categories of other columns")
    for categories in found:
        if not isinstance(categories, np.ndarray) or categories.ndim != 1 or not len(categories):
            raise ValueError(f"its {kind} has categories that are no vector")
        if len(set(categories.tolist())) != len(categories):
            raise ValueError(f"its {kind} has a category twice")
    for indices in (vars(part).get("_default_to_infrequent_mappings") or [])[:d]:
        if indices is not None and (not isinstance(indices, np.ndarray) or indices.dtype.kind not in "iu"):
            raise ValueError(f"its {kind} has other indices than numbers")
    if kind == "OneHotEncoder":
        _check_infrequent(part, found)


def _check_infrequent(part: Any, found: list[Any]) -> None:
    mappings = vars(part).get("_default_to_infrequent_mappings")
    widths = vars(part).get("_n_features_outs")
    if type(widths) is not list or len(widths) != len(found):
        raise ValueError("its OneHotEncoder has widths of other columns")
    if mappings is None:
        return
    if type(mappings) is not list or len(mappings) != len(found):
        raise ValueError("its OneHotEncoder groups categories of other columns")
    for mapping, categories, width in zip(mappings, found, widths, strict=True):
        if mapping is not None and (
            mapping.shape != (len(categories),) or mapping.min() < 0 or mapping.max() >= width + 1
        ):
            raise ValueError("its OneHotEncoder groups other categories than it has")
