"""Keywords that one `fit` does not take and another does: the error names who takes them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

__all__ = ["refuse_others", "without_others"]

Function = TypeVar("Function", bound=Callable[..., Any])

_TAKEN_BY = {
    "groups": "TableRegressor and TableClassifier do, of chainrule and of chainrule.dask",
    "sample_weight": "the fit of estimators does, and fit_parquet of chainrule.dask and of chainrule.mpi",
    "validation_data": "MLPRegressor and MLPClassifier of chainrule do",
}


def without_others(function: Function) -> Function:
    """Show a function without its ``**others``, which it takes only to say who takes them."""
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.kind != inspect.Parameter.VAR_KEYWORD]
    function.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return function


def refuse_others(function: Callable[..., Any], others: Mapping[str, Any]) -> None:
    """Raise TypeError where there are other keywords than a function takes.

    >>> from chainrule import MLPRegressor
    >>> refuse_others(MLPRegressor().fit, {"colour": "red"})
    Traceback (most recent call last):
        ...
    TypeError: chainrule.MLPRegressor.fit takes no colour, only X, y, sample_weight, validation_data, \
checkpoint, resume
    """
    for name in others:
        called = _called(function)
        if name in _TAKEN_BY:
            raise TypeError(f"{called} takes no {name}: {_TAKEN_BY[name]}")
        known = [each for each in inspect.signature(function).parameters if each != "self"]
        raise TypeError(f"{called} takes no {name}, only {', '.join(known)}")


def _called(function: Callable[..., Any]) -> str:
    owner = getattr(function, "__self__", None)
    if owner is None:
        return function.__name__
    return f"{type(owner).__module__}.{type(owner).__name__}.{function.__name__}"
