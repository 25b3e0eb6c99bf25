"""Converters of our estimators for skl2onnx, so that any pipeline of scikit-learn around them is exported."""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx._parse import _parse_sklearn
from skl2onnx.common.data_types import (
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
    guess_tensor_type,
)
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import TargetEncoder

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.export._describe import plan_of
from chainrule.export._describe_steps import through_target
from chainrule.export._onnx._body import Cells, predicted
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._outputs import finished
from chainrule.export._onnx._splice import add_to
from chainrule.export._onnx._target_encoding import convert_target_encoder, shape_of_target_encoder
from chainrule.export._plan import Input, ModelPlan, Output
from chainrule.tables.ensemble import TableClassifier, TableRegressor


def register_onnx_converters() -> None:
    """Tell skl2onnx how to write our estimators, wherever they stand in a pipeline of scikit-learn.

    These are `MLPClassifier`, `MLPRegressor`, `TableClassifier` and `TableRegressor`, and two of
    scikit-learn's that skl2onnx does not write: TransformedTargetRegressor (around any regressor; the
    target scaled, or ``np.exp`` or ``np.expm1`` as ``inverse_func``) and TargetEncoder of several classes.
    `to_onnx` calls this itself.

    Raises
    ------
    ModuleNotFoundError
        skl2onnx is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import skl2onnx
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import PolynomialFeatures
    >>> from chainrule import MLPRegressor
    >>> from chainrule.export import register_onnx_converters
    >>> register_onnx_converters()
    >>> X = np.arange(8, dtype=np.float32).reshape(4, 2)
    >>> line = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", max_iter=500)
    >>> model = make_pipeline(PolynomialFeatures(), line).fit(X, X[:, 0])
    >>> [output.name for output in skl2onnx.to_onnx(model, X[:1]).graph.output]
    ['variable']
    """
    both = [True, False]
    options = {"zipmap": [True, False, "columns"], "output_class_labels": both, "nocl": both}
    for classifier in (MLPClassifier, TableClassifier):
        name = f"Chainrule{classifier.__name__}"
        update_registered_converter(classifier, name, _shape_of_classes, _convert_classifier, options=options)
    for regressor in (MLPRegressor, TableRegressor):
        name = f"Chainrule{regressor.__name__}"
        update_registered_converter(regressor, name, _shape_of_numbers, _convert_regressor)
    update_registered_converter(
        TransformedTargetRegressor, "ChainruleTransformedTargetRegressor", _shape_of_target, _convert_target,
        parser=_parse_target,
    )  # fmt: skip
    update_registered_converter(
        TargetEncoder, "ChainruleTargetEncoder", shape_of_target_encoder, convert_target_encoder
    )


def _shape_of_classes(operator: Any) -> None:
    plan = plan_of(operator.raw_operator)
    n, p = operator.inputs[0].get_first_dimension(), len(plan.output.names)
    shape = [n, p] if plan.output.kind == "labels" else [n]
    text = plan.output.kind == "classes" and _labels(operator, plan).dtype.kind == "O"
    operator.outputs[0].set_type((StringTensorType if text else Int64TensorType)(shape))
    operator.outputs[1].set_type(FloatTensorType([n, p]))


def _shape_of_numbers(operator: Any) -> None:
    plan = plan_of(operator.raw_operator)
    n = operator.inputs[0].get_first_dimension()
    operator.outputs[0].set_type(FloatTensorType([n, len(plan.output.names)]))


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    plan = plan_of(operator.raw_operator)
    g = Graph(scope.get_unique_variable_name)
    values, _ = predicted(g, plan, _cells(g, plan, operator.inputs), derivatives=False)
    g.named("Identity", values, output=operator.outputs[0].full_name)
    add_to(container, g)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    plan = plan_of(operator.raw_operator)
    g = Graph(scope.get_unique_variable_name)
    values, _ = predicted(g, plan, _cells(g, plan, operator.inputs), derivatives=False)
    g.named("Identity", values, output=operator.outputs[1].full_name)
    if plan.output.kind == "labels":
        label = g.cast(g("Greater", values, np.float32(0.5)), TensorProto.INT64)
    else:
        label = g("Gather", _labels(operator, plan), g("ArgMax", values, axis=1, keepdims=0), axis=0)
    g.named("Identity", label, output=operator.outputs[0].full_name)
    add_to(container, g)


def _labels(operator: Any, plan: ModelPlan) -> Any:
    """Return the classes as skl2onnx has them: whole numbers or text; with its option "nocl" their places."""
    classes = plan.output.classes
    if operator.scope_inst.get_options(operator.raw_operator, {"nocl": False})["nocl"]:
        return np.arange(len(classes))
    if any(isinstance(each, str) for each in classes):
        return np.array([str(each) for each in classes], dtype=object)
    whole = np.array([int(each) for each in classes], dtype=np.int64)
    if whole.tolist() != list(classes):
        raise ValueError(f"classes must be whole numbers or text for skl2onnx, got {list(classes[:3])}")
    return whole


def _cells(g: Graph, plan: ModelPlan, variables: list[Any]) -> Cells:
    """Return the plan's columns from the values that stand before the model in a graph."""
    d, given = len(plan.inputs), _in_order(plan, variables)
    numbers, texts, place = list[Name](), dict[int, Name](), 0
    for variable in given:
        width = variable.get_second_dimension() or (d if len(given) == 1 else 1)
        columns = plan.inputs[place : place + width]
        _check_types(columns, variable)
        if columns and columns[0].is_text:
            parts = {place + k: g.chosen(variable.full_name, [k], width) for k in range(width)}
            texts |= parts
        elif type(variable.type) is FloatTensorType and len(given) == 1:
            return Cells(variable.full_name, {}, single=True)
        else:
            numbers.append(g.cast(variable.full_name, TensorProto.DOUBLE))
        place += width
    if place != d:
        raise ValueError(f"the model takes {d} columns, {place} stand before it in the graph")
    return Cells(g.beside(numbers) if numbers else None, texts, single=False)


def _in_order(plan: ModelPlan, variables: list[Any]) -> list[Any]:
    """Return columns by their names, where these are the plan's; a model may leave some out."""
    by_name = {variable.raw_name: variable for variable in variables}
    names = [column.name for column in plan.inputs]
    return [by_name[name] for name in names] if set(names) <= set(by_name) else variables


def _check_types(columns: tuple[Input, ...], variable: Any) -> None:
    is_text = type(variable.type) is StringTensorType
    for column in columns:
        if column.is_text != is_text:
            what, given = ("text", "numbers") if column.is_text else ("numbers", "text")
            raise ValueError(f"column {column.name!r} held {what} in the fit; in the graph it holds {given}")
        if column.kind in ("date", "time"):
            raise ValueError(
                f"column {column.name!r} holds {column.kind}s: chainrule.export.to_onnx takes the model alone"
            )


def _parse_target(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    operator = scope.declare_local_operator("ChainruleTransformedTargetRegressor", model)
    operator.inputs = _parse_sklearn(scope, model.regressor_, inputs, custom_parsers=custom_parsers)
    kind = guess_tensor_type(operator.inputs[0].type)
    operator.outputs.append(scope.declare_local_variable("variable", kind))
    return operator.outputs


def _shape_of_target(operator: Any) -> None:
    operator.outputs[0].set_type(operator.inputs[0].type)


def _convert_target(scope: Any, operator: Any, container: Any) -> None:
    g = Graph(scope.get_unique_variable_name)
    F = g.cast(operator.inputs[0].full_name, TensorProto.FLOAT)
    values, _ = finished(g, _target_of(operator.raw_operator), F, None)
    g.named("Identity", values, output=operator.outputs[0].full_name)
    add_to(container, g)


def _target_of(model: TransformedTargetRegressor) -> Output:
    transformer = model.transformer_
    p = getattr(transformer, "n_features_in_", 1)
    return through_target(Output("numbers", ("",) * p, (1.0,) * p, (0.0,) * p), transformer)
