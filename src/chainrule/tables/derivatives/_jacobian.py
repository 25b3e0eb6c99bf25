"""∂prediction/∂column of a fitted model, through all its steps."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from chainrule.network import as_bytes, in_words
from chainrule.tables._frames import is_frame
from chainrule.tables.derivatives._columns import are_numbers, as_table, filled, labels_of, names_of
from chainrule.tables.derivatives._prediction import Prediction, predicted
from chainrule.tables.derivatives._result import CategoryDifferences, PipelineJacobian

Array = NDArray[Any]

# Numbers of the network's Jacobian that are pulled back at a time.
_CHUNK = 2**21


def jacobian(model: Any, X: Any) -> PipelineJacobian:
    """Return the exact derivative of what a fitted model predicts by the columns of the table it takes.

    The model is `MLPRegressor`, `MLPClassifier` (of which the probabilities are differentiated),
    `TableRegressor`, `TableClassifier`, a scikit-learn Pipeline that ends in one, or a
    TransformedTargetRegressor around one. The chain rule is carried out from the left: rows of the network's
    Jacobian are multiplied with the derivative of one step after the other, the last step first. Units are
    those of the data: dollars for one carat, say.

    Steps may be StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, QuantileTransformer,
    PowerTransformer, PolynomialFeatures, SplineTransformer, PCA, TruncatedSVD, SimpleImputer,
    OneHotEncoder, OrdinalEncoder, selectors of features, FunctionTransformer with a function of NumPy whose
    derivative is known, and Pipeline, ColumnTransformer and FeatureUnion of these.

    Where a function has a kink (at the limits of a scaler that clips, at the ends of a spline, at a
    quantile) the derivative to the right of it is given. It is 0 where a scaler clips, beyond the outermost
    quantiles, for a cell that is missing and that the pipeline fills in, and for a column that the pipeline
    drops. Categories have no derivative: see `PipelineJacobian.differences`.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : array, sparse matrix or data frame of shape (n_rows, n_columns)
        As `predict` takes it; data frames of pandas, Polars or Arrow.

    Returns
    -------
    PipelineJacobian
        Its `values` are (n_rows, n_outputs, n_columns), in float64.

    Raises
    ------
    NotFittedError
        Before `fit`.
    TypeError
        A step has no derivative here, or the model does not end in an estimator of chainrule; both are
        named.
    ValueError
        As the model's `predict`; or for a function whose derivative is not known.
    MemoryError
        The result does not fit half of the free memory.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from chainrule import MLPRegressor, jacobian
    >>> X = np.linspace(0, 5, 40).reshape(20, 2)
    >>> line = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, tol=1e-10)
    >>> pipeline = make_pipeline(StandardScaler(), line).fit(X, X @ [3, 1])
    >>> jacobian(pipeline, X).values.sum(axis=2)[:2].round(3)
    array([[4.],
           [4.]])
    """
    check_is_fitted(model)
    X = as_table(X)
    return jacobian_of(model, X, predicted(model, X))


def jacobian_of(model: Any, X: Any, prediction: Prediction) -> PipelineJacobian:
    """Return the derivative of a prediction that is known already."""
    names = _names(model, X)
    numbers = _columns_of_numbers(model, X, prediction, names)
    values = _in_chunks(prediction, X.shape[0], numbers)
    columns = tuple(str(names[j]) for j in numbers)
    index = getattr(X, "index", None)
    differences = partial(_differences, model, X, prediction, names, index)
    return PipelineJacobian(values, columns, prediction.outputs, differences, index)


def _names(model: Any, X: Any) -> list[Any]:
    if is_frame(X):
        return names_of(X)
    return list(getattr(model, "feature_names_in_", [f"x{j}" for j in range(X.shape[1])]))


def _columns_of_numbers(model: Any, X: Any, prediction: Prediction, names: list[Any]) -> NDArray[np.intp]:
    """Return which columns are differentiated: numbers that the model takes, and not as categories alone."""
    taken = are_numbers(X)
    taken[[j for j in prediction.known if not prediction.used[j]]] = False
    if is_frame(X) and hasattr(model, "feature_names_in_"):
        taken &= np.isin(np.array(names, object), model.feature_names_in_)
    return np.flatnonzero(taken)


def _in_chunks(prediction: Prediction, n: int, columns: NDArray[np.intp]) -> Array:
    shape = n, len(prediction.outputs), len(columns)
    size, bound = 8 * int(np.prod(shape, dtype=object)), as_bytes(None)
    if size > bound:
        raise MemoryError(
            f"the result of shape {shape} takes {in_words(size)}, half of what is free is {in_words(bound)}; "
            "take fewer rows at a time"
        )
    values = np.empty(shape)
    step = max(1, _CHUNK // max(1, len(prediction.outputs) * prediction.n_inputs))
    for first in range(0, n, step):
        rows = slice(first, min(first + step, n))
        values[rows] = prediction.derivative(rows)[:, :, columns]
    return values


def _differences(
    model: Any, X: Any, prediction: Prediction, names: list[Any], index: Any
) -> dict[str, CategoryDifferences]:
    predict = model.predict_proba if is_classifier(model) else model.predict
    shape = X.shape[0], len(prediction.outputs)
    before = np.asarray(predict(X), float).reshape(shape)
    found = {}
    for column, categories in sorted(prediction.known.items()):
        labels = labels_of(categories)
        changes = np.empty((*shape, len(labels)))
        for k, category in enumerate(labels):
            changes[:, :, k] = np.asarray(predict(filled(X, column, category)), float).reshape(shape) - before
        name = str(names[column])
        found[name] = CategoryDifferences(name, labels, changes, prediction.outputs, index)
    return found
