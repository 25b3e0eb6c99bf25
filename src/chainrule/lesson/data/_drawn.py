"""Points that are drawn by hand, each with a class or a number."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from chainrule.lesson._error import MessageError

__all__ = ["Drawn"]

Kind = Literal["classes", "regression", "line"]
Point = tuple[float, float, float]
_KINDS: tuple[Kind, ...] = ("classes", "regression", "line")


@dataclass(frozen=True)
class Drawn:
    """Points (x, y, answer) between -1 and 1.

    Parameters
    ----------
    kind : {"classes", "regression", "line"}
        Classes, or numbers, of points of the plane; or numbers y of a single input x.
    n_classes : int
        0 of numbers.
    points : tuple of (float, float, float)
    """

    kind: Kind
    n_classes: int
    points: tuple[Point, ...] = ()

    MOST: ClassVar[int] = 500
    MOST_IN_ADDRESS: ClassVar[int] = 60

    def add(self, x: float, y: float, target: float) -> "Drawn":
        """Return these with one more; on a line its answer is y.

        Raises
        ------
        MessageError
            If there are too many, or there is no such class.
        """
        if len(self.points) >= self.MOST:
            raise MessageError(f"there are {self.MOST} points already: a lesson takes no more drawn ones")
        if self.n_classes and target not in range(self.n_classes):
            raise MessageError(
                f"target is {target:g}; points drawn here are of classes 0 to {self.n_classes - 1}"
            )
        return replace(self, points=(*self.points, (x, y, y if self.kind == "line" else target)))

    def move(self, place: int, x: float, y: float) -> "Drawn":
        """Return these with one elsewhere, of the same class or number; on a line its answer is y."""
        before = self._at(place)
        target = y if self.kind == "line" else before[2]
        return replace(self, points=(*self.points[:place], (x, y, target), *self.points[place + 1 :]))

    def without(self, place: int) -> "Drawn":
        """Return these without one."""
        self._at(place)
        return replace(self, points=(*self.points[:place], *self.points[place + 1 :]))

    def _at(self, place: int) -> Point:
        if place >= len(self.points):
            raise MessageError(f"row is {place}; the points drawn here are 0 to {len(self.points) - 1}")
        return self.points[place]

    def text(self) -> str:
        """Return them as they stand in an address."""
        numbers = np.array(self.points, dtype="<f8").tobytes()
        return f"{_KINDS.index(self.kind)}{self.n_classes}{urlsafe_b64encode(numbers).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Drawn":
        """Return the points of an address.

        Raises
        ------
        MessageError
            If they are none.
        """
        begun = {f"{k}{n}": (kind, n) for k, kind in enumerate(_KINDS) for n in ((2, 3) if not k else (0,))}
        try:
            kind, n_classes = begun[text[:2]]
            points = np.frombuffer(urlsafe_b64decode(text[2:].encode("ascii")), dtype="<f8").reshape(-1, 3)
        except (ValueError, KeyError):
            raise MessageError("the address's points are damaged") from None
        if not 0 < len(points) <= cls.MOST_IN_ADDRESS or not (np.abs(points) <= 1e6).all():
            raise MessageError(
                f"the address's points are none, more than {cls.MOST_IN_ADDRESS}, or no numbers"
            )
        drawn = cls(kind, n_classes)
        for x, y, target in points.tolist():
            drawn = drawn.add(x, y, target)
        return drawn
