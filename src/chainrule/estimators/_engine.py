"""What the estimators of engines have in common: parameters of their own beside those of the plain ones."""

import inspect
from collections.abc import Callable, Collection, Mapping
from numbers import Integral
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

__all__ = ["OF_LEAVES", "become", "forget", "itself", "local_of", "with_own"]

OF_LEAVES: dict[str, Any] = {
    "leaf_rows": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "n_lanes": [Interval(Integral, 1, None, closed="left")],
    "same_bits": ["boolean"],
}
"""What scikit-learn checks of the parameters that say how sums over leaves are made."""


def with_own(plain: type, own: Mapping[str, Any]) -> Callable[..., None]:
    """Return an ``__init__`` with the parameters of a plain estimator, and others by keyword.

    Parameters
    ----------
    plain : class
    own : mapping of str to object
        Names and defaults of the others.
    """
    kept = list(inspect.signature(plain.__init__).parameters.values())  # type: ignore[misc]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=each) for name, each in own.items()
    ]
    signature = inspect.Signature([*kept, *more])

    def __init__(self: Any, *values: Any, **named: Any) -> None:
        given = signature.bind(self, *values, **named)
        given.apply_defaults()
        for name in list(signature.parameters)[1:]:
            setattr(self, name, given.arguments[name])

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def local_of(model: Any, plain: type, own: Collection[str]) -> Any:
    """Return the plain estimator with the parameters and what was fitted, without an engine's ``own``."""
    parameters = model.get_params(deep=False)
    local = plain(**{name: value for name, value in parameters.items() if name not in own})
    for name, value in vars(model).items():
        if name not in parameters and name not in own:
            setattr(local, name, value)
    return local


def become(model: Any, local: Any) -> None:
    """Take over what was fitted of a plain estimator; parameters and callbacks stay."""
    kept = {*model.get_params(deep=False), "_skl_callbacks"}
    for name, value in vars(local).items():
        if name not in kept:
            setattr(model, name, value)


def forget(model: Any) -> None:
    """Leave of a model its parameters alone."""
    own = set(model.get_params(deep=False))
    for name in [name for name in vars(model) if name not in own]:
        delattr(model, name)


def itself(local: Any) -> Any:
    """Return what it is given: pickles of an engine's estimator hold the plain one."""
    return local
