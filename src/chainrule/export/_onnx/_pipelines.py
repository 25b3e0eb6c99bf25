"""Pipelines with steps that there is no plan of: skl2onnx writes these steps, we write what is ours."""

from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw
import skl2onnx
from onnx import ModelProto
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import FeatureUnion, Pipeline

from chainrule.export._onnx._converters import register_onnx_converters
from chainrule.tables._frames import is_frame
from chainrule.tables._names import listed

Step = tuple[tuple[str, ...], Any]


def onnx_of_pipeline(model: Any, X: Any) -> ModelProto:
    """Return a fitted pipeline of scikit-learn as an ONNX model, in single precision throughout.

    Raises
    ------
    TypeError
        A step has no converter; it is named.
    ValueError
        X is lacking, or a converter refuses a step as it is set.
    """
    register_onnx_converters()
    for place, step in _leaves(model, ()):
        if type(step) not in sklearn_operator_name_map:
            where = " → ".join(map(repr, place))
            raise TypeError(f"step {where} ({type(step).__name__}) has no converter, in skl2onnx or here")
    types = _types(model, X)
    options = {id(model): {"zipmap": False}} if is_classifier(model) else None
    try:
        made: ModelProto = skl2onnx.convert_sklearn(model, initial_types=types, options=options)
    except (RuntimeError, NotImplementedError, ValueError, TypeError, NameError) as error:
        first = str(error).strip().splitlines()[0]
        raise ValueError(f"skl2onnx cannot write the pipeline: {first}") from error
    return made


def _leaves(model: Any, place: tuple[str, ...]) -> Iterator[Step]:
    """Walk through all that is no composition of others."""
    if model is None or isinstance(model, str):
        return
    if isinstance(model, Pipeline):
        parts = model.steps
    elif isinstance(model, ColumnTransformer):
        parts = [(name, own) for name, own, _ in model.transformers_]
    elif isinstance(model, FeatureUnion):
        parts = model.transformer_list
    elif isinstance(model, TransformedTargetRegressor):
        parts = [("regressor", model.regressor_)]
    else:
        yield place, model
        return
    for name, part in parts:
        yield from _leaves(part, (*place, name))


def _types(model: Any, X: Any) -> list[tuple[str, Any]]:
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return [("X", FloatTensorType([None, int(model.n_features_in_)]))]
    if X is None:
        raise ValueError(
            "the pipeline was fitted to a table with names of columns: give some rows of it, "
            "to_onnx(model, X=rows)"
        )
    if not is_frame(X):
        raise TypeError(
            f"X is a {type(X).__name__}; the pipeline was fitted to a data frame, of which it takes rows"
        )
    frame = nw.from_native(X, eager_only=True)
    if lacking := [str(name) for name in names if name not in frame.columns]:
        raise ValueError(f"X lacks {listed(lacking)}")
    return [(str(name), _type_of(str(name), frame[name].dtype)) for name in names]


def _type_of(name: str, dtype: Any) -> Any:
    if dtype.is_numeric() or dtype == nw.Boolean:
        return FloatTensorType([None, 1])
    if dtype.is_temporal() or dtype.is_nested():
        raise ValueError(f"column {name!r} holds {dtype}, which skl2onnx does not take")
    return StringTensorType([None, 1])
