"""Our estimators and networks as plain values: the few public names that a model file may hold of ours."""

from collections.abc import Callable
from typing import Any

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.io._expect import Kept
from chainrule.io._multilayer import fill_perceptron, perceptron_values
from chainrule.io._networks import network_from_values, network_values
from chainrule.io._parameters import estimator_of, parameter_values
from chainrule.io._table_estimators import fill_table_estimator, table_estimator_values
from chainrule.network import Network
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["OURS", "is_fitted", "model_of", "values_of"]

_Way = tuple[Callable[[Any], dict[str, Any]], Callable[[Any, object], None], str]

OURS: dict[type, _Way] = {
    MLPClassifier: (perceptron_values, fill_perceptron, "network_"),
    MLPRegressor: (perceptron_values, fill_perceptron, "network_"),
    TableClassifier: (table_estimator_values, fill_table_estimator, "members_"),
    TableRegressor: (table_estimator_values, fill_table_estimator, "members_"),
}
"""Of each estimator: what a file keeps of its fit, how it comes back, and the attribute that a fit leaves."""

_KINDS: dict[str, type] = {f"chainrule.{kind.__name__}": kind for kind in (*OURS, Network)}


def values_of(model: Any) -> dict[str, Any]:
    """Return what a file keeps of an estimator of ours, or of a network.

    Raises
    ------
    TypeError
        It holds code of the user's own.
    """
    name = f"chainrule.{type(model).__name__}"
    if isinstance(model, Network):
        return {"kind": name, "parameters": {}, "fitted": network_values(model)}
    fitted = OURS[type(model)][0](model) if is_fitted(model) else None
    return {"kind": name, "parameters": parameter_values(model), "fitted": fitted}


def model_of(values: object) -> Any:
    """Return the estimator or network that a file keeps; ValueError or TypeError for what is none."""
    kept = Kept(values, "the model", ("kind", "parameters", "fitted"))
    kind = _KINDS[kept.text("kind", _KINDS)]
    if kind is Network:
        Kept(kept.plain("parameters"), "the parameters", ())
        return network_from_values(kept.plain("fitted"))
    estimator = estimator_of(kind, kept.plain("parameters"))
    if kept.given("fitted"):
        OURS[kind][1](estimator, kept.plain("fitted"))
    return estimator


def is_fitted(estimator: Any) -> bool:
    """Return whether an estimator of ours has been fitted."""
    return OURS[type(estimator)][2] in vars(estimator)
