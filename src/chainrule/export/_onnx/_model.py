"""A fitted model as an ONNX model."""

import json
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, checker, helper
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

import chainrule
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.export._describe import plan_of
from chainrule.export._onnx._body import Cells, predicted
from chainrule.export._onnx._graph import ML, Graph, Name, Names
from chainrule.export._plan import Input, ModelPlan
from chainrule.network import as_flag, in_words
from chainrule.tables.ensemble import TableClassifier, TableRegressor

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
"""Of 2022: ONNX Runtime 1.13 and whatever came later takes them."""
_MISSING = np.iinfo(np.int64).min
_DAY = 86_400
_LARGEST = 2_000_000_000
"""What is left of the limit of its file format; with derivatives weights are written a second time."""


def to_onnx(model: Any, derivatives: bool = False, *, X: Any = None) -> ModelProto:
    """Return a fitted model as an ONNX model: from the columns of a table to predictions.

    All that the model does to its columns is in the graph: scaling, missing cells, dates, categories; the
    networks compute in single precision.

    An array is one input ``X`` (n, d) of float32. The columns of a table are inputs (n, 1) under their own
    names: numbers and truth values (0, 1) are float64, NaN where one is missing; dates are int64, the
    seconds since 1970-01-01, and times of day int64, the seconds since midnight, the smallest int64 where
    one is missing (pandas' NaT); text is string, "" where it is missing (unless the model has learned "" as a
    category). Text is compared letter by letter: a file's cells are read by `chainrule` without spaces at
    their ends. Columns without a name, and names that occur twice, are not accepted.

    Outputs are ``prediction`` (n, p), or ``label`` (n,) and ``probabilities`` (n, n_classes); of several
    labels a row ``label`` is (n, n_labels). For a cell that the model refuses in Python, a missing number or
    a category where it takes none such, they are NaN, and ``label`` says nothing; infinite numbers, which
    are refused too, are not noticed.

    With ``derivatives`` there is ``jacobian`` (n, p, d) too: of each number or probability by each column
    that is no text, in their order, as `jacobian` of the model says, in units of the output for one unit of
    the column, for a day of a date, or for a whole day of a time. It is multiplied in the order that costs
    least; of two classes both have their rows. The names of rows and columns, what each column holds and the
    classes are in the model's ``metadata_props``, as JSON.

    A pipeline with steps that `plan_of` does not take (PolynomialFeatures, say) is written by skl2onnx but
    for what is ours, without derivatives: its columns of numbers are float32, its regression's output is
    ``variable``.

    Parameters
    ----------
    model : estimator, Network or TableModel
        As for `plan_of`, or any Pipeline of scikit-learn that ends in one of our estimators.
    derivatives : bool, default=False
    X : data frame, optional
        Some rows as the model takes them: skl2onnx needs them to know what columns of a table hold.

    Returns
    -------
    onnx.ModelProto
        ``SerializeToString()`` are the bytes of a file.

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError, ValueError
        As `plan_of`; for columns of the same name; for derivatives of a model of text alone; for a step that
        has no converter, which is named.
    ModuleNotFoundError
        onnx is not installed, or skl2onnx for a pipeline that it is needed for.

    Examples
    --------
    >>> import onnxruntime
    >>> from chainrule import Network
    >>> from chainrule.export import to_onnx
    >>> onnx_model = to_onnx(Network.from_weights([[[2.0], [5.0]]], [[1.0]]), derivatives=True)
    >>> session = onnxruntime.InferenceSession(onnx_model.SerializeToString())
    >>> session.run(None, {"X": np.array([[3.0, 1.0]], dtype=np.float32)})
    [array([[12.]], dtype=float32), array([[[2., 5.]]], dtype=float32)]
    """
    derivatives = as_flag(derivatives, "derivatives")
    try:
        plan = plan_of(model)
    except (TypeError, ValueError) as error:
        if isinstance(error, NotFittedError) or not _ends_in_ours(model):
            raise
        if derivatives:
            raise type(error)(f"{error}; without derivatives it may be, by skl2onnx") from None
        return _by_skl2onnx(model, X)
    return onnx_of(plan, derivatives)


def _ends_in_ours(model: Any) -> bool:
    """Return whether a composition of scikit-learn ends in one of our estimators."""
    while isinstance(model, Pipeline | TransformedTargetRegressor):
        last = model.steps[-1][1] if isinstance(model, Pipeline) else model.regressor_
        if isinstance(last, MLPClassifier | MLPRegressor | TableClassifier | TableRegressor):
            return True
        model = last
    return False


def _by_skl2onnx(model: Any, X: Any) -> ModelProto:
    try:
        from chainrule.export._onnx._pipelines import onnx_of_pipeline
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "pipelines with other steps need skl2onnx: pip install 'chainrule[onnx]'", name=error.name
        ) from error
    return onnx_of_pipeline(model, X)


def onnx_of(plan: ModelPlan, derivatives: bool) -> ModelProto:
    """Return the ONNX model of a plan."""
    _check(plan, derivatives)
    names = {"X", *(column.name for column in plan.inputs)}
    g = Graph(Names(names))
    as_array = not plan.named and not any(column.is_text for column in plan.inputs)
    declared, cells = _array(plan) if as_array else _columns(g, plan)
    values, J = predicted(g, plan, cells, derivatives)
    outputs = _outputs(g, plan, values, J)
    graph = helper.make_graph(g.nodes, "chainrule", declared, outputs, g.constants)
    made = helper.make_model(
        graph, ir_version=IR_VERSION, producer_name="chainrule", producer_version=chainrule.__version__,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)],
        doc_string=_in_words(plan, derivatives),
    )  # fmt: skip
    helper.set_model_props(made, {"chainrule": json.dumps(_facts(plan), ensure_ascii=False)})
    checker.check_model(made)
    return made


def _check(plan: ModelPlan, derivatives: bool) -> None:
    names = [column.name for column in plan.inputs]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"ONNX tells inputs by their names; two columns are named {twice[0]!r}")
    if "" in names:
        raise ValueError(f"ONNX tells inputs by their names; column {names.index('') + 1} has none")
    size = 4 * sum(array.size for net in plan.networks for array in (*net.weights, *net.biases))
    if size * (1 + derivatives) > _LARGEST:
        raise ValueError(f"an ONNX model holds at most 2 GB; the weights alone take {in_words(size)}")
    if derivatives and not plan.numeric:
        raise ValueError("all columns are text, of which there are no derivatives")


def _array(plan: ModelPlan) -> tuple[list[ValueInfoProto], Cells]:
    X = helper.make_tensor_value_info("X", TensorProto.FLOAT, ["n", len(plan.inputs)])
    return [X], Cells("X", {}, single=True)


def _columns(g: Graph, plan: ModelPlan) -> tuple[list[ValueInfoProto], Cells]:
    declared = [
        helper.make_tensor_value_info(column.name, _TYPES[column.kind], ["n", 1], _HOLDS[column.kind])
        for column in plan.inputs
    ]
    numbers = [_as_number(g, plan.inputs[place]) for place in plan.numeric]
    texts = {place: column.name for place, column in enumerate(plan.inputs) if column.is_text}
    return declared, Cells(g.beside(numbers) if numbers else None, texts, single=False)


_TYPES = {
    "number": TensorProto.DOUBLE, "boolean": TensorProto.DOUBLE, "date": TensorProto.INT64,
    "time": TensorProto.INT64, "text": TensorProto.STRING,
}  # fmt: skip
_HOLDS = {
    "number": "a number; NaN if it is missing",
    "boolean": "0 or 1; NaN if it is missing",
    "date": "seconds since 1970-01-01; the smallest int64 if it is missing",
    "time": "seconds since midnight; the smallest int64 if it is missing",
    "text": 'text; "" if it is missing',
}


def _as_number(g: Graph, column: Input) -> Name:
    """Return a column of numbers, dates in days, times in parts of a day."""
    if column.kind not in ("date", "time"):
        return column.name
    days = g("Div", g.cast(column.name, TensorProto.DOUBLE), np.float64(_DAY))
    return g("Where", g("Equal", column.name, np.int64(_MISSING)), np.float64(np.nan), days)


def _outputs(g: Graph, plan: ModelPlan, values: Name, J: Name | None) -> list[ValueInfoProto]:
    """Name the outputs."""
    p = len(plan.output.names)
    found = list[ValueInfoProto]()
    if plan.output.kind == "numbers":
        found.append(_output(g, "prediction", values, TensorProto.FLOAT, ["n", p]))
    else:
        found.append(_label(g, plan, values))
        found.append(_output(g, "probabilities", values, TensorProto.FLOAT, ["n", p]))
    if J is not None:
        found.append(_output(g, "jacobian", J, TensorProto.FLOAT, ["n", p, len(plan.numeric)]))
    return found


def _output(g: Graph, name: str, value: Name, kind: int, shape: list[Any]) -> ValueInfoProto:
    free = g.unused(name)
    g.named("Identity", value, output=free)
    return helper.make_tensor_value_info(free, kind, shape)


def _label(g: Graph, plan: ModelPlan, values: Name) -> ValueInfoProto:
    if plan.output.kind == "labels":
        likely = g.cast(g("Greater", values, np.float32(0.5)), TensorProto.INT64)
        return _output(g, "label", likely, TensorProto.INT64, ["n", len(plan.output.names)])
    classes = _as_tensor(plan.output.classes)
    label = g("Gather", classes, g("ArgMax", values, axis=1, keepdims=0), axis=0)
    return _output(g, "label", label, helper.np_dtype_to_tensor_dtype(classes.dtype), ["n"])


def _as_tensor(classes: tuple[Any, ...]) -> Any:
    if all(isinstance(each, bool) for each in classes):
        return np.array(classes, dtype=bool)
    if all(isinstance(each, int) for each in classes):
        return np.array(classes, dtype=np.int64)
    if all(isinstance(each, int | float) for each in classes):
        return np.array(classes, dtype=np.float64)
    return np.array([str(each) for each in classes], dtype=object)


def _facts(plan: ModelPlan) -> dict[str, Any]:
    output = plan.output
    return {
        "columns": [
            {"name": column.name, "kind": column.kind}
            | ({"categories": column.categories} if column.is_text else {})
            for column in plan.inputs
        ],
        "jacobian": [plan.inputs[place].name for place in plan.numeric],
        "outputs": output.names,
        "classes": output.classes,
        "quantiles": output.quantiles,
    }


def _in_words(plan: ModelPlan, derivatives: bool) -> str:
    columns = "; ".join(f"{column.name}: {_HOLDS[column.kind]}" for column in plan.inputs[:200])
    by = ", ".join(plan.inputs[place].name for place in plan.numeric[:200])
    what = f" jacobian: derivatives of {', '.join(plan.output.names[:200])} by {by}." if derivatives else ""
    return f"A model of chainrule {chainrule.__version__}. Columns: {columns}.{what}"
