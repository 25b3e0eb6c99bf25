"""The plan of a fitted model."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.export._describe_steps import Steps, through_target
from chainrule.export._describe_table import plan_of_table_estimator, with_columns_of
from chainrule.export._layers import layers_of
from chainrule.export._plan import Input, ModelPlan, Output, ScaledNumber
from chainrule.network import Network
from chainrule.tables.ensemble import TableClassifier, TableRegressor

_ACCEPTED = (
    "chainrule's MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, Network or TableModel, a "
    "Pipeline that ends in one, or a TransformedTargetRegressor around one"
)


def plan_of(model: Any) -> ModelPlan:
    """Return a fitted model as plain values, which every format is written from.

    Parameters
    ----------
    model : estimator, Network or TableModel
        Fitted: `MLPClassifier`, `MLPRegressor`, `TableClassifier`, `TableRegressor`, a Pipeline that ends in
        one, a TransformedTargetRegressor around one, or the content of a model file. Steps of a pipeline may
        be StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, SimpleImputer, OneHotEncoder of text, and
        Pipeline and ColumnTransformer of these; a target may be scaled, or its logarithm taken (``np.exp``,
        ``np.expm1`` as ``inverse_func``).

    Returns
    -------
    ModelPlan

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError
        For another model, or a step that there are no such values of; it is named.
    ValueError
        For an activation of one's own, a setting of a step that there are no such values of, a classifier
        of one class.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from chainrule import MLPRegressor
    >>> from chainrule.export import plan_of
    >>> pipeline = make_pipeline(StandardScaler(), MLPRegressor(solver="lbfgs"))
    >>> plan_of(pipeline.fit([[0.0], [4.0]], [1.0, 2.0])).encodings
    (ScaledNumber(column=0, wave='', centre=2.0, scale=2.0, missing=nan),)
    """
    if isinstance(model, Network):
        return _of_network(model)
    if _is_table_model(model):
        return with_columns_of(_used(plan_of(model.pipeline)), model.description.schema)
    if type(model) is Pipeline:
        check_is_fitted(model)
        return _behind_steps(model)
    if type(model) is TransformedTargetRegressor:
        check_is_fitted(model)
        return _with_target(model)
    if isinstance(model, TableClassifier | TableRegressor):
        check_is_fitted(model, "members_")
        return plan_of_table_estimator(model)
    if isinstance(model, MLPClassifier | MLPRegressor):
        check_is_fitted(model, "network_")
        return _of_perceptron(model)
    instead = "; pass its best_estimator_" if hasattr(model, "best_estimator_") else ""
    raise TypeError(f"export takes {_ACCEPTED}; got {kind_of(model)}{instead}")


def kind_of(model: object) -> str:
    """Return what an object is, for messages: the name of its class, or that it is a class itself."""
    kind = model if isinstance(model, type) else type(model)
    name = f"{kind.__module__.split('.')[0]}.{kind.__qualname__}".removeprefix("builtins.")
    return f"the class {name}" if isinstance(model, type) else name


def _is_table_model(model: Any) -> bool:
    written_in = sys.modules.get("chainrule.tables._model")  # it needs pandas; a model is there if it is
    return written_in is not None and isinstance(model, written_in.TableModel)


def _of_network(network: Network) -> ModelPlan:
    p = network.layer_sizes[-1]
    names = ("y",) if p == 1 else tuple(f"y{k}" for k in range(p))
    inputs = tuple(map(Input, _numbered(network.layer_sizes[0])))
    return _plain(inputs, network, _numbers(names), named=False)


def _of_perceptron(model: MLPClassifier | MLPRegressor) -> ModelPlan:
    names, named = _columns_of(model)
    return _plain(tuple(map(Input, names)), model.network_, _output_of(model), named)


def _columns_of(model: Any) -> tuple[list[str], bool]:
    """Return the names of the columns that an estimator takes, and whether it knows them itself."""
    given = getattr(model, "feature_names_in_", None)
    if given is None:
        return _numbered(int(model.n_features_in_)), False
    return list(map(str, given)), True


def _numbered(d: int) -> list[str]:
    return [f"x{place}" for place in range(d)]


def _plain(inputs: tuple[Input, ...], network: Network, output: Output, named: bool) -> ModelPlan:
    encodings = tuple(map(ScaledNumber, range(len(inputs))))
    return ModelPlan(inputs, encodings, (layers_of(network),), output, named)


def _output_of(model: MLPClassifier | MLPRegressor) -> Output:
    names = tuple(model._output_names())
    if isinstance(model, MLPRegressor):
        return replace(_numbers(names), quantiles=model._levels())
    classes = tuple(np.asarray(model.classes_).tolist())
    if model._label_binarizer.y_type_.startswith("multilabel"):
        return Output("labels", names, classes=classes)
    if len(classes) == 1:
        raise ValueError(f"the model knows one class only, {classes[0]!r}: there is nothing to export")
    return Output("classes", names, classes=classes)


def _numbers(names: tuple[str, ...]) -> Output:
    return Output("numbers", names, (1.0,) * len(names), (0.0,) * len(names))


def _behind_steps(model: Pipeline) -> ModelPlan:
    last = plan_of(model.steps[-1][1])
    steps = model.steps[:-1]
    if not steps:
        return last
    names, named = _columns_of(model)
    before = Steps.of(names).through_all(steps)
    plan = ModelPlan(before.inputs(), before.encodings(last), last.networks, last.output, named)
    return _used(plan) if named else plan


def _used(plan: ModelPlan) -> ModelPlan:
    """Return the plan without columns that nothing is made of: of these it is not known what they hold."""
    kept = sorted({encoding.column for encoding in plan.encodings})
    if len(kept) == len(plan.inputs):
        return plan
    place = {column: k for k, column in enumerate(kept)}
    encodings = tuple(replace(each, column=place[each.column]) for each in plan.encodings)
    return replace(plan, inputs=tuple(plan.inputs[k] for k in kept), encodings=encodings)


def _with_target(model: TransformedTargetRegressor) -> ModelPlan:
    plan = plan_of(model.regressor_)
    return replace(plan, output=through_target(plan.output, model.transformer_))
