"""Facts of a model, which a header has beside its weights: what they are cannot differ from what they say."""

import json
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.io._allowed import public_name
from chainrule.io._estimators import OURS, is_fitted
from chainrule.io._header import check_description, finite, from_json, to_json
from chainrule.io._parameters import OF_THE_PROCESS
from chainrule.network import Network
from chainrule.tables import Description, TableModel
from chainrule.tables._model import training_facts
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = [
    "TABLE_MODEL",
    "check_against_pipeline",
    "check_header",
    "check_table_model",
    "description_of",
    "header_of",
    "predictor_of",
]

TABLE_MODEL = "chainrule.tables.TableModel"
_PACKAGES = ("chainrule", "scikit-learn", "numpy")


def header_of(model: Any) -> dict[str, Any]:
    """Return the header of a model's file, but what the archive adds.

    Raises
    ------
    TypeError
        It is none that can be saved.
    NotFittedError
        It has not been fitted.
    """
    if isinstance(model, TableModel):
        described = finite(to_json(model.description))
        return {"kind": TABLE_MODEL, **described, "model": finite(_facts(model.pipeline))}
    ours = type(model) in OURS or isinstance(model, Network)
    versions = {name: version(name) for name in (*_PACKAGES, *(() if ours else ("skops",)))}
    return {"kind": _kind(model), "versions": versions, "model": finite(_facts(model))}


def check_header(header: dict[str, Any], model: Any) -> None:
    """Raise ValueError if a header is another model's."""
    if set(header) != {"kind", "versions", "model"}:
        raise ValueError("its header has other parts than kind, versions and model")
    if header["kind"] != _kind(model):
        raise ValueError(f"its header is of another kind of model than {_kind(model)}")
    _check_facts(header["model"], _facts(model))
    versions = header["versions"]
    if not isinstance(versions, dict) or any(type(each) is not str for each in versions.values()):
        raise ValueError("its header has no versions")


def check_table_model(header: dict[str, Any], model: TableModel) -> None:
    """Raise ValueError if a header is not that of a pipeline of a table, or contradicts it."""
    description, pipeline = model.description, model.pipeline
    written = finite(to_json(description))
    for name, value in written.items():
        if header.get(name) != _as_read(value):
            raise ValueError(f"{name} in its header is not as it is written")
    if set(header) != {"kind", "model", *written}:
        raise ValueError("its header has other parts than a description of a table's model")
    _check_facts(header["model"], _facts(pipeline))
    check_against_pipeline(description, pipeline)


def check_against_pipeline(description: Description, pipeline: Any) -> None:
    """Raise ValueError if a description is that of another pipeline."""
    facts = _facts(pipeline)
    if description.task != facts["outputs"]["task"]:
        raise ValueError(
            f"its header is of a {description.task}, its pipeline of a {facts['outputs']['task']}"
        )
    classes = getattr(description.guess, "classes", None)
    if (None if classes is None else list(classes)) != facts["outputs"]["classes"]:
        raise ValueError("its header has other classes than its pipeline")
    network, networks = description.network, facts["networks"]
    sizes = tuple(networks["layer_sizes"]), networks["n_parameters"], networks["members"]
    if (network.layer_sizes, network.n_parameters, network.members) != sizes:
        raise ValueError("its header has another network than its pipeline")
    taken = [name for column in description.schema.columns for name in column.inputs]
    if facts["inputs"]["names"] is not None and sorted(taken) != sorted(facts["inputs"]["names"]):
        raise ValueError("its header has other columns than its pipeline")
    _check_kinds(description, pipeline)
    training = training_facts(pipeline, description.training.rows, description.training.seed)
    for name in ("epochs", "seconds", "stop_reason"):
        if getattr(training, name) != getattr(description.training, name):
            raise ValueError(f"its header tells of another training: {name}")


def _check_kinds(description: Description, pipeline: Any) -> None:
    """Raise ValueError if columns are of another kind in a description than in its pipeline."""
    schema = description.schema
    texts = set(schema.inputs("text"))
    columns = pipeline.named_steps.get("columns")
    if columns is not None:
        known = {name: kind == "text" for kind, _, names in columns.transformers for name in names}
    else:
        reader = predictor_of(pipeline)._reader
        known = dict(zip(getattr(reader, "names", ()), getattr(reader, "is_text", ()), strict=True))
    if any((name in texts) != is_text for name, is_text in known.items()):
        raise ValueError("its header has columns of other kinds than its pipeline")


def description_of(header: dict[str, Any]) -> Description | None:
    """Return the description of a table's model in a header, or None of another kind of model.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        Something is missing, or is not what it should be.
    """
    if header.get("kind") != TABLE_MODEL:
        return None
    description = from_json(header)
    check_description(description)
    return description


def predictor_of(model: Any) -> Any:
    """Return the network or estimator of ours that a model ends in.

    Raises
    ------
    TypeError
        It ends in something else.
    NotFittedError
        It has not been fitted.
    """
    found = model
    while type(found) in (Pipeline, TransformedTargetRegressor):
        if type(found) is Pipeline:
            found = found.steps[-1][1]
        else:
            found = getattr(found, "regressor_", found.regressor)
    if isinstance(found, Network):
        return found
    if type(found) not in OURS:
        given = public_name(type(found).__module__, type(found).__qualname__)
        instead = ": save its best_estimator_" if hasattr(found, "best_estimator_") else ""
        raise TypeError(
            "save takes a Network, MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, a Pipeline "
            f"or TransformedTargetRegressor that ends in one, or a TableModel, not {given}{instead}"
        )
    if not is_fitted(found):
        raise NotFittedError(f"this {type(found).__name__} has not been fitted: nothing is there to save")
    return found


def _kind(model: Any) -> str:
    return public_name(type(model).__module__, type(model).__qualname__)


def _check_facts(written: Any, facts: dict[str, Any]) -> None:
    if not isinstance(written, dict) or set(written) != set(facts):
        raise ValueError("its header says other things of its model than are known of it")
    for name, value in finite(facts).items():
        expected = _as_read(value)
        if name == "settings" and isinstance(written[name], dict):
            # A file that is older than a parameter does not name it.
            expected = {one: expected[one] for one in written[name] if one in expected}
        if written[name] != expected:
            raise ValueError(f"its header is of another model: {name} are not those of the model in it")


def _facts(model: Any) -> dict[str, Any]:
    predictor = predictor_of(model)
    if isinstance(predictor, Network):
        return {"networks": _of_networks([predictor])}
    table = isinstance(predictor, TableClassifier | TableRegressor)
    return {
        "fitted_at": getattr(predictor, "fitted_at_", None),
        "estimator": f"chainrule.{type(predictor).__name__}",
        "settings": _settings(predictor),
        "inputs": _inputs(model, predictor),
        "outputs": _outputs(predictor),
        "networks": _of_networks(predictor.networks_ if table else [predictor.network_]),
        "learning": _learning(predictor),
    }


def _of_networks(networks: list[Network]) -> dict[str, Any]:
    first = networks[0]
    return {
        "members": len(networks),
        "layer_sizes": [int(size) for size in first.layer_sizes],
        "activations": [str(getattr(one, "name", one)) for one in first.activations],
        "output": first.output,
        "dtype": str(first.dtype),
        "n_parameters": sum(int(network.n_parameters) for network in networks),
    }


def _settings(predictor: Any) -> dict[str, Any]:
    chosen = {
        name: value for name, value in predictor.get_params(deep=False).items() if name not in OF_THE_PROCESS
    }
    found: dict[str, Any] = json.loads(json.dumps(finite(chosen), default=_setting))
    return found


def _setting(value: Any) -> Any:
    if isinstance(value, np.random.RandomState):
        return "RandomState"
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else repr(value)[:1000]


def _inputs(model: Any, predictor: Any) -> dict[str, Any]:
    if not hasattr(model, "n_features_in_"):
        raise NotFittedError(f"a part of this {type(model).__name__} has not been fitted: fit it as a whole")
    names = getattr(model, "feature_names_in_", None)
    found: dict[str, Any] = {
        "columns": int(model.n_features_in_),
        "names": None if names is None else [str(name) for name in names],
    }
    schema = getattr(getattr(predictor, "_reader", None), "schema", None)
    if schema is not None:
        found["kinds"] = {column.name: column.kind for column in schema.columns}
    return found


def _outputs(predictor: Any) -> dict[str, Any]:
    classes = getattr(predictor, "classes_", None)
    return {
        "task": "regression" if classes is None else "classification",
        "classes": None if classes is None else [_label(each) for each in classes.tolist()],
    }


def _label(label: Any) -> Any:
    return label if isinstance(label, str | int | float | bool | None) else str(label)


def _learning(predictor: Any) -> dict[str, Any]:
    if isinstance(predictor, MLPClassifier | MLPRegressor):
        histories, reason = [predictor.history_], predictor.history_.stop_reason
    else:
        histories, reason = predictor.histories_, predictor.stop_reason_
    losses = [float(history.loss[-1]) for history in histories if len(history)]
    return {
        "epochs": max(len(history) for history in histories),
        "seconds": float(sum(float(np.sum(history.seconds)) for history in histories)),
        "stop_reason": reason,
        "loss": float(np.mean(losses)) if losses else None,
    }


def _as_read(value: Any) -> Any:
    """Return a value as JSON gives it back."""
    return json.loads(json.dumps(value))
