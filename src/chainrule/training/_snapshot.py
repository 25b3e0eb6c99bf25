"""Snapshots: learning at the end of an epoch, as plain values and arrays: all that a file may hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plain", "Snapshot", "random_snapshot", "restore_random"]

Array = NDArray[Any]
Plain = bool | int | str | None
_NUMBERS_OF_MT19937 = 624


@dataclass(frozen=True)
class Snapshot:
    """What learning is at one moment.

    Attributes
    ----------
    values : mapping of str to bool, int, str or None
        Floats stand as the texts of `float.hex`, which are exact and know infinities and NaN.
    arrays : mapping of str to array
        Memory that learning goes on changing: whoever keeps the snapshot copies it.
    fixed : mapping of str to callable
        Return arrays that do not change any more; asked for only when they are written.
    source : str
        The file that it was read from, for messages.
    """

    values: Mapping[str, Plain] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)
    fixed: Mapping[str, Callable[[], Array]] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def joined(cls, parts: Mapping[str, "Snapshot"]) -> "Snapshot":
        """Put parts together, each under its name."""

        def under(kind: str) -> dict[str, Any]:
            named = ((part, getattr(one, kind)) for part, one in parts.items())
            return {f"{part}/{name}": each for part, those in named for name, each in those.items()}

        return cls(under("values"), under("arrays"), under("fixed"))

    def __or__(self, other: "Snapshot") -> "Snapshot":
        """Put two together that have different names for what they hold."""
        arrays, fixed = {**self.arrays, **other.arrays}, {**self.fixed, **other.fixed}
        return Snapshot({**self.values, **other.values}, arrays, fixed, self.source)

    def settled(self) -> "Snapshot":
        """Return it with copies of what learning goes on changing."""
        copies = {name: array.copy() for name, array in self.arrays.items()}
        return Snapshot(self.values, fixed={**self.fixed, **{n: _always(a) for n, a in copies.items()}})

    def part(self, name: str) -> "Snapshot":
        """Return what was put in under a name."""
        begin = f"{name}/"

        def within(those: Mapping[str, Any]) -> dict[str, Any]:
            return {key.removeprefix(begin): each for key, each in those.items() if key.startswith(begin)}

        return Snapshot(within(self.values), within(self.arrays), within(self.fixed), self.source)

    def array(self, name: str, like: Array | None = None) -> Array:
        """Return an array; ValueError unless it has the shape and dtype of ``like``."""
        found = self.arrays[name] if name in self.arrays else self.fixed.get(name, _nothing)()
        other = like is not None and (found.shape, found.dtype) != (like.shape, like.dtype)
        if found.dtype == object or other:
            self.fail(name)
        return found

    def has(self, name: str) -> bool:
        """Return whether there is an array of that name."""
        return name in self.arrays or name in self.fixed

    def count(self, name: str) -> int:
        """Return a number of something; ValueError if it is none."""
        value = self.values.get(name)
        return value if type(value) is int and value >= 0 else self.fail(name)

    def flag(self, name: str) -> bool:
        """Return a truth value; ValueError if it is none."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else self.fail(name)

    def text(self, name: str) -> str:
        """Return a text; ValueError if it is none."""
        value = self.values.get(name)
        return value if isinstance(value, str) else self.fail(name)

    def real(self, name: str) -> float:
        """Return a float; ValueError if it is none."""
        try:
            return float.fromhex(self.text(name))
        except ValueError:
            self.fail(name)

    def fail(self, name: str) -> NoReturn:
        """Raise ValueError for a part that is missing or does not fit."""
        raise ValueError(f"{self.source} is damaged, or of another network: its {name!r} does not fit")


def _always(array: Array) -> Callable[[], Array]:
    return lambda: array


def _nothing() -> Array:
    return np.empty(0, dtype=object)


def random_snapshot(random: np.random.RandomState) -> Snapshot:
    """Return the state of a generator.

    Raises
    ------
    ValueError
        If it is not scikit-learn's usual one, MT19937.
    """
    state: Any = random.get_state(legacy=False)
    name, inner = state["bit_generator"], state["state"]
    if name != "MT19937":
        raise ValueError(f"checkpoint= goes with a random_state of MT19937, NumPy's usual one, not of {name}")
    values: dict[str, Plain] = {"position": int(inner["pos"]), "has_gauss": bool(state["has_gauss"])}
    return Snapshot(values | {"gauss": float(state["gauss"]).hex()}, fixed={"keys": lambda: inner["key"]})


def restore_random(random: np.random.RandomState, snapshot: Snapshot) -> None:
    """Give a generator the state of a snapshot."""
    keys = snapshot.array("keys", like=np.empty(_NUMBERS_OF_MT19937, dtype=np.uint32))
    position = snapshot.count("position")
    if position > _NUMBERS_OF_MT19937:
        snapshot.fail("position")
    gauss = int(snapshot.flag("has_gauss")), snapshot.real("gauss")
    random.set_state(("MT19937", keys, position, *gauss))
