"""A fitted model beside rows, as data and the network that learns them."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import shortened
from chainrule.lesson.data._columns import Columns
from chainrule.lesson.data._data import MODEL, Data
from chainrule.lesson.data._limits import MOST_CLASSES, MOST_PARAMETERS, check_size
from chainrule.network import Network, as_answers
from chainrule.tables._frames import is_frame
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["GivenModel", "model_data"]

Array = NDArray[Any]
Encode = Callable[[Any], Array]


@dataclass(frozen=True, eq=False)
class GivenModel:
    """Rows, the network that learnt them, and how.

    Attributes
    ----------
    data : Data
    network : Network
        A copy in double precision.
    settings : mapping
        Solver, rate, batch and L2 term, where the model has them.
    said : tuple of str
    """

    data: Data
    network: Network
    settings: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _End:
    """What is at the end of a model: one network, and what it is to answer."""

    network: Network
    Y: Array
    encode: Encode
    inputs: tuple[str, ...] | None = None
    outputs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def model_data(model: Any, X: Any, y: Any) -> GivenModel:
    """Return what a lesson on a fitted model begins with.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, TableModel
        Fitted; also scikit-learn's own perceptrons, and a Pipeline or TransformedTargetRegressor that ends in
        one of these.
    X : array or data frame of shape (n_samples, n_columns)
        As the model takes it.
    y : array of shape (n_samples,) or (n_samples, n_outputs)
        The right answers.

    Raises
    ------
    TypeError
        For other models.
    ValueError
        Before `fit`; for rows that the model does not take; for a network or rows that are too large.
    """
    raw, names = _raw(X)
    check_size(len(raw), len(names))
    if len(np.atleast_1d(np.asarray(y))) != len(raw):
        raise MessageError(f"X has {len(raw):,} rows and y {len(np.atleast_1d(np.asarray(y))):,}: one each")
    inner, y, steps = _unwrapped(model, y, [])
    end = _end(inner, y, raw)
    encode = partial(_encoded, [*steps, end.encode])
    inputs = encode(raw)
    network, said = _as_shown(end.network)
    check_size(*inputs.shape)
    if inputs.shape[1] != network.layer_sizes[0]:
        raise MessageError(
            f"X makes {inputs.shape[1]:,} inputs; the network takes {network.layer_sizes[0]:,}"
        )
    columns = Columns(raw, names, encode)
    data = Data(
        MODEL, "classes" if end.classes else "regression", inputs, np.ascontiguousarray(end.Y, dtype=float),
        _input_names(end, steps, names, inputs.shape[1]), end.outputs or _numbered("y", end.Y.shape[1]),
        columns.plane(*columns.usual), end.classes, network.output, columns,
    )  # fmt: skip
    return GivenModel(data, network, _settings(inner, len(raw)), (*end.said, *said))


def _raw(X: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the rows as a data frame of pandas or as an array, and the names of their columns."""
    if is_frame(X):
        if not hasattr(X, "iloc"):
            import narwhals.stable.v2 as nw

            X = nw.from_native(X, eager_only=True).to_pandas()
        return X, tuple(str(name) for name in X.columns)
    array = np.asarray(X.toarray() if hasattr(X, "tocsr") else X)
    if array.ndim != 2:
        raise MessageError(f"X has {array.ndim} dimensions; accepted are rows: (n_samples, n_columns)")
    numbers = array.dtype.kind in "biuf"
    return (array.astype(np.float64) if numbers else array.astype(object)), _numbered("x", array.shape[1])


def _numbered(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in range(1, n + 1)) if n > 1 else (letter,)


def _unwrapped(model: Any, y: Any, steps: list[Any]) -> tuple[Any, Any, list[Any]]:
    """Return what a pipeline ends in, the answers as that learns them, and the steps before it."""
    if isinstance(model, Pipeline):
        check_is_fitted(model)
        return _unwrapped(model[-1], y, [*steps, model[:-1].transform] if len(model) > 1 else steps)
    if isinstance(model, TransformedTargetRegressor):
        check_is_fitted(model)
        numbers = np.asarray(y, dtype=float)
        transformed = model.transformer_.transform(numbers.reshape(len(numbers), -1))
        return _unwrapped(model.regressor_, transformed, steps)
    return model, y, steps


def _encoded(steps: list[Any], rows: Any) -> Array:
    for step in steps:
        rows = step(rows)
    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    return np.ascontiguousarray(rows, dtype=np.float64)


def _end(model: Any, y: Any, raw: Any) -> _End:
    if isinstance(model, Network):
        return _end_of_network(model, y)
    if isinstance(model, TheirClassifier | TheirRegressor):
        from chainrule.export import from_sklearn

        model = from_sklearn(model)
    if not isinstance(model, MLPClassifier | MLPRegressor | TableClassifier | TableRegressor):
        raise TypeError(
            f"a lesson shows a Network, one of chainrule's estimators, or a pipeline that ends in one; got "
            f"{type(model).__name__}"
        )
    check_is_fitted(model)
    if isinstance(model, TableClassifier | TableRegressor):
        return _end_of_table(model, y)
    if isinstance(model, MLPRegressor):
        Y = np.asarray(y, dtype=float).reshape(len(np.asarray(y)), -1)
        return _End(model.network_, _finite(Y), _as_array)
    return _end_of_classifier(model, np.asarray(y))


def _as_array(rows: Any) -> Any:
    return rows if hasattr(rows, "toarray") else np.asarray(rows, dtype=np.float64)


def _finite(Y: Array) -> Array:
    if not np.isfinite(Y).all():
        raise MessageError("y holds NaN or infinity; accepted are finite numbers")
    return Y


def _end_of_network(net: Network, y: Any) -> _End:
    k = net.layer_sizes[-1]
    of_classes = net.output == "softmax" or (net.output == "logistic" and k == 1)
    loss = "cross_entropy" if of_classes else "half_squared_error"
    Y = as_answers(y, len(np.asarray(y)), k, loss, np.dtype(float))
    classes = tuple(map(str, range(max(2, k)))) if of_classes else ()
    return _End(net, Y, _as_array, outputs=classes if k > 1 else (), classes=classes)


def _end_of_classifier(model: MLPClassifier, y: Array) -> _End:
    binarizer, names = model._label_binarizer, tuple(str(name) for name in model.classes_)
    if y.ndim > 1 and y.shape[1] > 1:  # several labels a row, each with a probability of its own
        return _End(model.network_, _finite(y.astype(float)), _as_array, outputs=names)
    y = y.ravel()
    unknown = y[~np.isin(y, model.classes_)]
    if len(unknown):
        raise MessageError(
            f"y holds {shortened(unknown[0].item())}; classes here are {', '.join(names[:20])}"
        )
    Y = binarizer.transform(y)
    Y = Y.toarray() if hasattr(Y, "toarray") else Y
    return _End(model.network_, Y, _as_array, outputs=names if len(names) > 2 else names[1:], classes=names)


def _end_of_table(model: TableClassifier | TableRegressor, y: Any) -> _End:
    n = len(model.networks_)
    means = "the model's prediction is the mean of all"
    said = (f"member 1 of {n} is shown: {means}",) if n > 1 else ()
    names: tuple[str, ...] = ()
    if isinstance(model, TableClassifier):
        names = tuple(str(name) for name in model.classes_)
        known = np.isin(np.asarray(y).ravel(), model.classes_)
        if not known.all():
            unknown = np.asarray(y).ravel()[~known][0]
            raise MessageError(f"y holds {shortened(str(unknown))}; classes here are {', '.join(names[:20])}")
    Y = copy(model)._targets(y, first=False)  # the model itself notes what it is given
    return _End(
        model.networks_[0], Y, partial(_table_inputs, model), tuple(model.encoder_.input_names),
        (names if len(names) > 2 else names[1:]), names, said,
    )  # fmt: skip


def _table_inputs(model: TableClassifier | TableRegressor, rows: Any) -> Array:
    packed = model._packed_rows(rows).astype(np.float64)
    check_size(len(packed), int(model.encoder_.encoding.firsts[-1]))
    return model.encoder_.encoding.value(packed)


def _input_names(end: _End, steps: list[Any], names: tuple[str, ...], n: int) -> tuple[str, ...]:
    if end.inputs is not None:
        return end.inputs
    found = names
    if steps:
        owner = steps[-1].__self__
        try:
            found = tuple(str(name) for name in owner.get_feature_names_out())
        except (AttributeError, ValueError, TypeError):
            found = ()
    return found if len(found) == n else _numbered("x", n)


def _as_shown(net: Network) -> tuple[Network, tuple[str, ...]]:
    own = [each for each in net.activations if not isinstance(each, str)]
    if own:
        raise MessageError(
            f"a lesson shows the library's activations; this network has one of its own: {own[0]}"
        )
    if net.n_parameters > MOST_PARAMETERS:
        raise MessageError(
            f"this network has {net.n_parameters:,} parameters; a lesson takes up to {MOST_PARAMETERS:,}"
        )
    if net.layer_sizes[-1] > MOST_CLASSES:
        raise MessageError(
            f"this network has {net.layer_sizes[-1]:,} outputs; a lesson takes up to {MOST_CLASSES}"
        )
    if net.dtype == np.float64:
        return net.copy(), ()
    twin = Network.from_weights(net.weights, net.biases, list(net.activations) or "tanh", net.output)
    return twin, (f"the network is of {net.dtype} numbers: it is computed in float64 here",)


def _settings(model: Any, n: int) -> dict[str, Any]:
    """Return how a model learns, as far as a lesson does it too."""
    if isinstance(model, Network | TableClassifier | TableRegressor):
        return {}
    found: dict[str, Any] = {"rate": model.learning_rate_init, "l2": model.alpha}
    if model.solver in ("sgd", "adam", "lbfgs", "lm"):
        found["solver"] = model.solver
    found["batch"] = min(200, n) if model.batch_size == "auto" else model.batch_size
    return {name: value for name, value in found.items() if isinstance(value, str | int | float)}
