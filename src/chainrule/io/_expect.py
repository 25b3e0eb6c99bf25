"""What a file says of a model, by name and checked: nothing is lacking, and nothing is broadcast."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Kept"]

Array = NDArray[Any]


class Kept:
    """Values by name, as a file keeps them.

    Parameters
    ----------
    values : object
        A mapping with these names, as read from a file.
    where : str
        What it is, for messages.
    names : collection of str
        All that it must have, and nothing else.

    Raises
    ------
    ValueError
        It is no such mapping; so do the methods for a value that is not of the kind.

    Examples
    --------
    >>> Kept({"n": 3}, "the network", ["n"]).count("n")
    3
    >>> Kept({"n": -1}, "the network", ["n"]).count("n")
    Traceback (most recent call last):
    ValueError: n of the network is -1, not a count
    """

    def __init__(self, values: object, where: str, names: Collection[str]) -> None:
        if not isinstance(values, Mapping):
            raise ValueError(f"{where} is written as {_shown(values)}")
        if lacking := [name for name in names if name not in values]:
            raise ValueError(f"{where} lacks {', '.join(lacking)}")
        if strange := [name for name in values if name not in names]:
            raise ValueError(
                f"{where} has {', '.join(_shown(name) for name in strange[:3])}, which is unknown"
            )
        self._values, self._where = values, where

    def fault(self, name: str, expected: str) -> ValueError:
        """Return the error that says what a value should be."""
        return ValueError(f"{name} of {self._where} is {_shown(self._values[name])}, not {expected}")

    def plain(self, name: str) -> Any:
        """Return a value of which nothing is known."""
        return self._values[name]

    def given(self, name: str) -> bool:
        """Return whether a value is there, and not None."""
        return self._values[name] is not None

    def count(self, name: str, least: int = 0) -> int:
        value = self._values[name]
        if type(value) is not int or value < least:
            raise self.fault(name, f"a count of at least {least}" if least else "a count")
        return value

    def number(self, name: str, *, finite: bool = True) -> float:
        value = self._values[name]
        if type(value) not in (int, float) or (finite and not np.isfinite(float(value))):
            raise self.fault(name, "a finite number" if finite else "a number")
        return value  # type: ignore[no-any-return]

    def flag(self, name: str) -> bool:
        value = self._values[name]
        if type(value) is not bool:
            raise self.fault(name, "true or false")
        return value

    def text(self, name: str, among: Collection[str] | None = None) -> str:
        value = self._values[name]
        if type(value) is not str or (among is not None and value not in among):
            raise self.fault(name, "a text" if among is None else f"one of {', '.join(map(repr, among))}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._items(name, str, "texts"))

    def flags(self, name: str) -> tuple[bool, ...]:
        return tuple(self._items(name, bool, "truth values"))

    def counts(self, name: str, least: int = 0) -> tuple[int, ...]:
        values = self._items(name, int, "counts")
        if any(value < least for value in values):
            raise self.fault(name, f"counts of at least {least}")
        return tuple(values)

    def numbers(self, name: str) -> tuple[float, ...]:
        values = self._values[name]
        if type(values) not in (list, tuple) or not all(
            type(value) in (int, float) and np.isfinite(float(value)) for value in values
        ):
            raise self.fault(name, "finite numbers")
        return tuple(values)

    def parts(self, name: str) -> Iterator[Any]:
        """Yield what is in a list."""
        values = self._values[name]
        if type(values) not in (list, tuple):
            raise self.fault(name, "a list")
        yield from values

    def array(
        self, name: str, shape: tuple[int | None, ...], kinds: str = "f", *, finite: bool = True
    ) -> Array:
        """Return an array of exactly this shape (None is any length), of these kinds of dtype."""
        value = self._values[name]
        wanted = "×".join("?" if size is None else str(size) for size in shape)
        if (
            not isinstance(value, np.ndarray)
            or value.dtype.kind not in kinds
            or not _fits(value.shape, shape)
        ):
            raise self.fault(name, f"an array {wanted or 'of one number'} of dtype kind {kinds!r}")
        if finite and value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{name} of {self._where} holds NaN or infinity")
        return value

    def _items(self, name: str, kind: type, what: str) -> list[Any]:
        values = self._values[name]
        if type(values) not in (list, tuple) or not all(type(value) is kind for value in values):
            raise self.fault(name, what)
        return list(values)


def _fits(found: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(found) == len(wanted) and all(n is None or m == n for m, n in zip(found, wanted, strict=True))


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {'×'.join(map(str, value.shape)) or '1'} {value.dtype}"
    shown = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
