"""Plain values as JSON: numbers, texts, lists, tuples, mappings, and arrays, which become members of a file.

JSON has no tuples, no NaN, no keys but texts and no arrays. A mapping with one key that begins with ``$``
stands for each of them; other mappings have keys of letters, digits and ``_``.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Arrays", "from_plain", "to_plain"]

Array = NDArray[Any]
Arrays = dict[str, Array]
_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_plain(value: Any, arrays: Arrays, place: str) -> Any:
    """Return what JSON can say of a value, and add its arrays to `arrays`.

    Parameters
    ----------
    value : object
    arrays : dict of str to ndarray
    place : str
        Where the value stands; an array is named by it.

    Raises
    ------
    TypeError
        The value, or one in it, is none of those that a file keeps; it is named.

    Examples
    --------
    >>> arrays: Arrays = {}
    >>> to_plain({"a": (1, float("nan")), "b": np.zeros(2)}, arrays, "model")
    {'a': {'$tuple': [1, {'$number': 'NaN'}]}, 'b': {'$array': 'model/b.npy'}}
    """
    if isinstance(value, np.ndarray):
        return _array_to_plain(value, arrays, place)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is tuple:
        return {"$tuple": to_plain(list(value), arrays, place)}
    if type(value) is list:
        return [to_plain(each, arrays, f"{place}/{number}") for number, each in enumerate(value)]
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and _NAME.fullmatch(key) for key in value):
            return {key: to_plain(each, arrays, f"{place}/{key}") for key, each in value.items()}
        return {"$items": to_plain([list(pair) for pair in value.items()], arrays, place)}
    raise TypeError(f"{_name_of(value)} is no number, text, list, tuple, mapping or array, and may be code")


def from_plain(plain: Any, array: Callable[[str], Array]) -> Any:
    """Return the value that `to_plain` was given.

    Parameters
    ----------
    plain : object
        As JSON has it.
    array : callable
        Returns the array of a name.

    Raises
    ------
    ValueError
        It is not as `to_plain` writes it, or `array` raises it.

    Examples
    --------
    >>> from_plain({"a": {"$tuple": [1, {"$number": "Infinity"}]}}, lambda name: np.zeros(0))
    {'a': (1, inf)}
    """
    if isinstance(plain, list):
        return [from_plain(each, array) for each in plain]
    if not isinstance(plain, dict):
        return plain
    if not any(key.startswith("$") for key in plain):
        return {key: from_plain(each, array) for key, each in plain.items()}
    if len(plain) != 1:
        raise ValueError(f"a value is written as {', '.join(plain)} at once")
    ((kind, content),) = plain.items()
    if kind == "$number" and isinstance(content, str) and content in _NUMBERS:
        return _NUMBERS[content]
    if kind == "$array" and isinstance(content, str):
        return array(content)
    if not isinstance(content, list) or kind not in ("$tuple", "$items", "$objects"):
        raise ValueError(f"a value is written as {kind}, which is unknown, or holds something else")
    values = [from_plain(each, array) for each in content]
    if kind == "$tuple":
        return tuple(values)
    return _objects(values) if kind == "$objects" else _mapping(values)


def _array_to_plain(array: Array, arrays: Arrays, place: str) -> Any:
    if array.dtype != object:
        name = f"{place}.npy"
        arrays[name] = array
        return {"$array": name}
    if array.ndim != 1:
        raise TypeError(f"an array of objects of shape {array.shape} is none of numbers or texts")
    return {"$objects": to_plain(array.tolist(), arrays, place)}


def _objects(values: list[Any]) -> Array:
    if any(isinstance(value, list | tuple | dict | np.ndarray) for value in values):
        raise ValueError("an array of objects holds more than numbers and texts")
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _mapping(pairs: list[Any]) -> dict[Any, Any]:
    if any(type(pair) is not list or len(pair) != 2 or isinstance(pair[0], list | dict) for pair in pairs):
        raise ValueError("a mapping is written as something else than pairs")
    return {key: value for key, value in pairs}


def _name_of(value: Any) -> str:
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
