"""TargetEncoder of scikit-learn for several classes, which skl2onnx leaves out."""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from skl2onnx.operator_converters.target_encoder import convert_sklearn_target_encoder
from skl2onnx.shape_calculators.target_encoder import calculate_sklearn_target_encoder_output_shapes

from chainrule.export._describe_steps import is_missing
from chainrule.export._onnx._graph import ML, Graph, Name
from chainrule.export._onnx._splice import add_to


def shape_of_target_encoder(operator: Any) -> None:
    """Say what comes out: a mean of each class for each column."""
    encoder = operator.raw_operator
    if encoder.target_type_ != "multiclass":
        calculate_sklearn_target_encoder_output_shapes(operator)
        return
    n = operator.inputs[0].get_first_dimension()
    operator.outputs[0].set_type(FloatTensorType([n, len(encoder.encodings_)]))


def convert_target_encoder(scope: Any, operator: Any, container: Any) -> None:
    """Write the encoder: of each class the mean that belongs to the category, or that of all rows."""
    encoder = operator.raw_operator
    if encoder.target_type_ != "multiclass":
        convert_sklearn_target_encoder(scope, operator, container)
        return
    g = Graph(scope.get_unique_variable_name)
    k, parts = len(encoder.classes_), list[Name]()
    for place, (cells, is_text) in enumerate(_columns(g, operator.inputs, len(encoder.categories_))):
        of_categories = np.transpose(encoder.encodings_[place * k : (place + 1) * k])
        means = np.array([*of_categories, encoder.target_mean_])
        number = _number_of(g, encoder.categories_[place].tolist(), cells, is_text)
        parts.append(g("Gather", means.astype(np.float32), number, axis=0))
    g.named("Identity", g.beside(parts), output=operator.outputs[0].full_name)
    add_to(container, g)


def _columns(g: Graph, variables: list[Any], d: int) -> list[tuple[Name, bool]]:
    """Return each column (n,), and whether it is text; numbers in single precision."""
    found = []
    for variable in variables:
        is_text = isinstance(variable.type, StringTensorType)
        cells = variable.full_name if is_text else g.cast(variable.full_name, TensorProto.FLOAT)
        width = variable.get_second_dimension() or (d if len(variables) == 1 else 1)
        found += [(g("Gather", cells, np.int64(place), axis=1), is_text) for place in range(width)]
    return found


def _number_of(g: Graph, categories: list[Any], cells: Name, is_text: bool) -> Name:
    """Return the place of each cell among the categories; their number for one that is none of them."""
    place_of = {None if is_missing(each) else each: place for place, each in enumerate(categories)}
    missing = place_of.pop(None, len(categories))
    if is_text:
        words = {"": missing} | {str(each): place for each, place in place_of.items()}
        keys: dict[str, Any] = {"keys_strings": [*words], "values_int64s": [*words.values()]}
        return g("LabelEncoder", cells, domain=ML, default_int64=len(categories), **keys)
    numbers = np.array([*place_of], dtype=float).tolist()
    keys = {"keys_floats": numbers, "values_int64s": [*place_of.values()]}
    number = g("LabelEncoder", cells, domain=ML, default_int64=len(categories), **keys)
    return g("Where", g("IsNaN", cells), np.int64(missing), number)
