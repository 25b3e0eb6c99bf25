"""What a checkpoint is of: which model with which settings, learning from which data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs

__all__ = ["Identity", "check_data", "digest", "digests_of", "settings_of"]

Array = NDArray[Any]

_AT_ONCE = 1 << 22
"""Numbers that are digested at a time: of what is not in C order so many are copied."""


@dataclass(frozen=True)
class Identity:
    """Which model learns what.

    Attributes
    ----------
    kind : str
        The estimator's class, or "train".
    settings : mapping of str to object
        As JSON has them.
    """

    kind: str
    settings: Mapping[str, Any]

    def check(self, there: "Identity", source: str) -> None:
        """Raise ValueError, naming the first difference, unless a checkpoint is of the same model."""
        if there.kind != self.kind:
            raise ValueError(f"{source} is a checkpoint of {there.kind}, and this is {self.kind}")
        for name in {**there.settings, **self.settings}:
            before, now = (one.settings.get(name) for one in (there, self))
            if before != now or type(before) is not type(now):
                where = f"{name} was {before!r} there and is {now!r} here"
                raise ValueError(f"{source} is a checkpoint of another model: {where}")


def check_data(there: Mapping[str, Any], here: Mapping[str, str | None], source: str) -> None:
    """Raise ValueError, naming the first difference, unless a checkpoint is of a fit to the same data."""
    for name in {**there, **here}:
        before, now = there.get(name), here.get(name)
        if before != now:
            missing = "not given here" if now is None else "not given there"
            how = missing if None in (before, now) else "not the same"
            raise ValueError(f"{source} is a checkpoint of a fit to other data: {name} is {how}")


def digest(*arrays: Array) -> str | None:
    """Return the SHA-256 of arrays with their shapes and dtypes; None for nothing but empty ones."""
    if not any(array.size for array in arrays):
        return None
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        at_once = max(1, _AT_ONCE // max(1, array[:1].size))
        for first in range(0, len(array), at_once):
            found.update(np.ascontiguousarray(array[first : first + at_once]).reshape(-1).view(np.uint8).data)
    return found.hexdigest()


def digests_of(inputs: Inputs, Y: Array, weights: Array) -> dict[str, str | None]:
    """Return the SHA-256 of what is learnt from."""
    return {"X": digest(*inputs.for_kernels()), "y": digest(Y), "sample_weight": digest(weights)}


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as JSON would give them back; what it does not know by its name.

    >>> settings_of({"hidden_layer_sizes": (8, 8), "alpha": np.float64(0.5), "tol": np.inf})
    {'hidden_layer_sizes': [8, 8], 'alpha': 0.5, 'tol': 'inf'}
    """
    return {str(name): _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return settings_of(value)
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__} | settings_of(
            {each.name: getattr(value, each.name) for each in fields(value)}
        )
    return _named(value)


def _named(value: Any) -> str:
    """Return what a function, a generator or a user's activation is called, in every process alike."""
    name = getattr(value, "__qualname__", None) or getattr(value, "name", None) or type(value).__qualname__
    return f"{getattr(value, '__module__', '')}.{name}"
