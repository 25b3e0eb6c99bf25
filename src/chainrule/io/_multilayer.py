"""MLPClassifier and MLPRegressor as plain values, and back through checks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import LabelBinarizer

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.io._expect import Kept
from chainrule.io._networks import network_from_values, network_values
from chainrule.io._training import (
    posterior_from_values,
    posterior_values,
    state_from_values,
    state_values,
)

__all__ = ["features_into", "features_of", "fill_perceptron", "perceptron_values"]

_LABELS = {"binary": "logistic", "multiclass": "softmax", "multilabel-indicator": "logistic"}
"""The output's function for each kind of label, as `LabelBinarizer` calls it."""
_NAMES = ("network", "training", "n_features_in", "feature_names_in", "fitted_at")
_OF_CLASSES = ("classes", "kind_of_labels", "sparse_labels")


def perceptron_values(model: MLPClassifier | MLPRegressor) -> dict[str, Any]:
    """Return what a file keeps of a fitted multilayer perceptron beside its parameters."""
    values = {
        "network": network_values(model.network_),
        "training": state_values(model._state),
        **features_of(model),
        "fitted_at": getattr(model, "fitted_at_", None),
    }
    if isinstance(model, MLPRegressor):
        return {**values, "covariance": posterior_values(getattr(model, "_posterior", None))}
    binarizer = model._label_binarizer
    return {
        **values,
        "classes": model.classes_,
        "kind_of_labels": binarizer.y_type_,
        "sparse_labels": bool(binarizer.sparse_input_),
    }


def fill_perceptron(model: MLPClassifier | MLPRegressor, values: object) -> None:
    """Give an estimator what a file keeps of its fit; ValueError for what does not go together."""
    classifies = isinstance(model, MLPClassifier)
    kept = Kept(values, "the estimator", (*_NAMES, *(_OF_CLASSES if classifies else ("covariance",))))
    network = network_from_values(kept.plain("network"))
    if isinstance(model, MLPClassifier):
        _fill_classes(model, kept, network.layer_sizes[-1], network.output)
    else:
        model._posterior = posterior_from_values(kept.plain("covariance"), network)
        if network.output != model._output():
            raise ValueError(f"its network ends in {network.output}, its loss in {model._output()}")
        if len(model._levels()) > 1 and len(model._levels()) != network.layer_sizes[-1]:
            raise ValueError(f"{len(model._levels())} quantiles are {network.layer_sizes[-1]} outputs")
    features_into(model, kept, network.layer_sizes[0])
    model.network_ = network
    model._state = state_from_values(kept.plain("training"), network)
    if kept.given("fitted_at"):
        model.fitted_at_ = kept.text("fitted_at")


def _fill_classes(model: MLPClassifier, kept: Kept, n_outputs: int, output: str) -> None:
    kind = kept.text("kind_of_labels", _LABELS)
    classes = as_classes(kept.plain("classes"))
    expected = 1 if kind == "binary" else len(classes)
    if expected != n_outputs or (kind == "binary" and len(classes) > 2) or _LABELS[kind] != output:
        raise ValueError(f"{len(classes)} classes ({kind}) are {n_outputs} {output} outputs")
    binarizer = LabelBinarizer()
    binarizer.classes_, binarizer.y_type_ = classes, kind
    binarizer.sparse_input_ = kept.flag("sparse_labels")
    model._label_binarizer, model.classes_ = binarizer, classes


def as_classes(classes: object) -> NDArray[Any]:
    """Return classes, which are sorted and different; ValueError if they are not."""
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or not len(classes):
        raise ValueError("its classes are no vector")
    if classes.dtype.kind not in "biufUO" or len(np.unique(classes)) != len(classes):
        raise ValueError("its classes are not different numbers or texts")
    if (classes.dtype.kind == "f" and not np.isfinite(classes).all()) or (
        np.unique(classes) != classes
    ).any():
        raise ValueError("its classes are not in their order")
    return classes


def features_of(model: Any) -> dict[str, Any]:
    """Return number and names of the columns that an estimator was fitted to."""
    names = getattr(model, "feature_names_in_", None)
    return {
        "n_features_in": int(model.n_features_in_),
        "feature_names_in": None if names is None else [str(name) for name in names],
    }


def features_into(model: Any, kept: Kept, n: int | None) -> None:
    """Give an estimator number and names of its columns; of n columns, if that is known."""
    found = kept.count("n_features_in", least=1)
    if n is not None and found != n:
        raise ValueError(f"{n} inputs are {found} columns")
    model.n_features_in_ = found
    if kept.given("feature_names_in"):
        names = kept.texts("feature_names_in")
        if len(names) != found:
            raise ValueError(f"{found} columns have {len(names)} names")
        model.feature_names_in_ = np.array(names, dtype=object)
