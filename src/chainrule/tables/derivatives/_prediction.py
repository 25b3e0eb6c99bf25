"""The last step: our estimators, alone, behind transformers, or with a transformed target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.tables.derivatives._composition import through_steps
from chainrule.tables.derivatives._passage import Array, Place
from chainrule.tables.derivatives._transformers import carried_back, said


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model predicts at rows of X, and its derivative by their columns.

    Attributes
    ----------
    values, derivative : callable
        Of a slice of rows: (n chosen, n_outputs), and (n chosen, n_outputs, d).
    outputs : tuple of str
    n_inputs : int
        Inputs of the network: the numbers of a row of its Jacobian.
    used : ndarray of bool of shape (d,)
        Columns of X that go into the network as numbers.
    known : mapping
        Categories of each column of X that an encoder reads.
    """

    values: Callable[[slice], Array]
    derivative: Callable[[slice], Array]
    outputs: tuple[str, ...]
    n_inputs: int
    used: NDArray[np.bool_]
    known: Mapping[int, Array]


def predicted(model: Any, X: Any, place: Place = ()) -> Prediction:
    """Return the prediction of a fitted model and its derivative.

    Raises
    ------
    TypeError
        The model does not end in one of our estimators, or a step has no derivative here.
    ValueError
        As the model's own `predict`.
    """
    if type(model) is Pipeline:
        return _behind_steps(model, X, place)
    if type(model) is TransformedTargetRegressor:
        return _with_target(model, X, place)
    if isinstance(model, MLPClassifier | MLPRegressor):
        return _of_network(model, X)
    if hasattr(model, "column_prediction"):  # table estimators, which are written above this
        found: Prediction = model.column_prediction(X)
        return found
    where = f"{said(place)} is" if place else "got"
    instead = "; pass its best_estimator_" if hasattr(model, "best_estimator_") else ""
    raise TypeError(
        "jacobian takes chainrule's MLPClassifier, MLPRegressor, TableClassifier or TableRegressor, alone, "
        "as the last step of a Pipeline, or in a TransformedTargetRegressor; "
        f"{where} {type(model).__name__} of {type(model).__module__}{instead}"
    )


def _of_network(model: MLPClassifier | MLPRegressor, X: Any) -> Prediction:
    predict = model.predict_proba if isinstance(model, MLPClassifier) else model.predict

    def values(rows: slice) -> Array:
        return _as_rows(predict(_safe_indexing(X, rows)))

    def derivative(rows: slice) -> Array:
        return np.asarray(model.jacobian(_safe_indexing(X, rows)), float)

    outputs, n_inputs = tuple(model._output_names()), model.network_.layer_sizes[0]
    return Prediction(values, derivative, outputs, n_inputs, np.ones(X.shape[1], bool), {})


def _behind_steps(model: Pipeline, X: Any, place: Place) -> Prediction:
    passage = through_steps(model.steps[:-1], X, place)
    name, last = model.steps[-1]
    behind = predicted(last, passage.value, (*place, name))
    used, known = passage.before(behind.used, behind.known)
    return replace(
        behind,
        derivative=lambda rows: passage.pullback(behind.derivative(rows), rows),
        used=used,
        known=known,
    )


def _with_target(model: TransformedTargetRegressor, X: Any, place: Place) -> Prediction:
    """Return T⁻¹ of what the regressor predicts; the derivative of T⁻¹ multiplies from the left."""
    inner = predicted(model.regressor_, X, (*place, "regressor"))

    target = model.transformer_

    def values(rows: slice) -> Array:
        return _as_rows(target.inverse_transform(inner.values(rows)))

    def derivative(rows: slice) -> Array:
        J = inner.derivative(rows)
        return _through_target(target, inner.values(rows), J, (*place, "transformer"))[1]

    outputs, n_outputs = inner.outputs, values(slice(0, 1)).shape[1]
    if n_outputs != len(outputs):
        outputs = tuple(f"y{k}" for k in range(n_outputs))
    return replace(inner, values=values, derivative=derivative, outputs=outputs)


def _as_rows(values: Any) -> Array:
    found = np.asarray(values, float)
    return found.reshape(len(found), -1)


def _through_target(transformer: Any, Z: Array, J: Array, place: Place) -> tuple[Array, Array]:
    if type(transformer) is not Pipeline:
        return carried_back(transformer, Z, J, place)
    for name, step in reversed(transformer.steps):
        if step is not None and step != "passthrough":
            Z, J = _through_target(step, Z, J, (*place, name))
    return Z, J
