"""What a message may hold: each field checks a value, and reads and writes it as text of an address."""

import math
import re
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.lesson._error import MessageError

__all__ = ["Choice", "Content", "Field", "Flag", "Integer", "Number", "Several", "Text", "shortened"]

_NUMBER = re.compile(r"[-+]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})(e[-+]?\d{1,3})?", re.ASCII)


def shortened(value: object, longest: int = 40) -> str:
    """Return a value as it stands in a message of one line."""
    text = repr(value[: longest + 1] if isinstance(value, str) else value)
    return text if len(text) <= longest + 2 else f"{text[:longest]}…"


class Field(ABC):
    """One value of a message."""

    @abstractmethod
    def check(self, value: object, name: str) -> Any:
        """Return the value; MessageError says what is accepted if it does not fit."""

    @abstractmethod
    def parse(self, text: str, name: str) -> Any:
        """Return the value that a text of an address stands for, checked."""

    def text(self, value: Any) -> str:
        """Return the value as a text for an address."""
        return str(value)

    def fail(self, value: object, name: str, accepted: str) -> MessageError:
        return MessageError(f"{name} is {shortened(value)}; accepted is {accepted}")


@dataclass(frozen=True)
class Number(Field):
    """A finite number within bounds, both included."""

    low: float
    high: float

    def check(self, value: object, name: str) -> float:
        if type(value) not in (int, float) or not self.low <= value <= self.high:  # type: ignore[operator]
            raise self.fail(value, name, f"a number from {self.low:g} to {self.high:g}")
        return float(value)  # type: ignore[arg-type]

    def parse(self, text: str, name: str) -> float:
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        return self.check(value, name) if math.isfinite(value) else self.check(text, name)

    def text(self, value: float) -> str:
        return repr(value).removesuffix(".0")


@dataclass(frozen=True)
class Integer(Field):
    """A whole number within bounds, both included."""

    low: int
    high: int

    def check(self, value: object, name: str) -> int:
        if type(value) is not int or not self.low <= value <= self.high:
            raise self.fail(value, name, f"a whole number from {self.low} to {self.high:,}")
        return value

    def parse(self, text: str, name: str) -> int:
        digits = text.removeprefix("-")
        whole = digits.isascii() and digits.isdigit() and len(digits) < 20
        return self.check(int(text) if whole else text, name)


@dataclass(frozen=True)
class Flag(Field):
    """True or false."""

    def check(self, value: object, name: str) -> bool:
        if type(value) is not bool:
            raise self.fail(value, name, "true or false")
        return value

    def parse(self, text: str, name: str) -> bool:
        return self.check({"yes": True, "no": False}.get(text, text), name)

    def text(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True)
class Choice(Field):
    """One of some words."""

    options: Sequence[str]

    def check(self, value: object, name: str) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise self.fail(value, name, f"one of {', '.join(self.options)}")
        return value

    def parse(self, text: str, name: str) -> str:
        return self.check(text, name)


@dataclass(frozen=True)
class Text(Field):
    """A text of limited length, which nothing is done with but to show and to parse it."""

    longest: int

    def check(self, value: object, name: str) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not value.isprintable():
            raise self.fail(value, name, f"a line of at most {self.longest} characters")
        return value

    def parse(self, text: str, name: str) -> str:
        return self.check(text, name)


@dataclass(frozen=True)
class Content(Field):
    """The bytes of a file, or their base64 text; never part of an address."""

    most: int = 20_000_000

    def check(self, value: object, name: str) -> bytes:
        if isinstance(value, str) and len(value) <= self.most * 4 // 3 + 4:
            if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value) or len(value) % 4:
                raise self.fail(value, name, "a file's bytes, or their base64 text")
            value = b64decode(value)
        if not isinstance(value, str | bytes | bytearray | memoryview):
            raise self.fail(type(value), name, "a file's bytes, or their base64 text")
        if isinstance(value, str) or len(value) > self.most:
            raise MessageError(f"the file is too large: a lesson takes up to {self.most // 1_000_000} MB")
        return bytes(value)

    def parse(self, text: str, name: str) -> bytes:
        raise self.fail(text, name, "nothing: no address holds a file")


@dataclass(frozen=True)
class Several(Field):
    """A list of values of one field."""

    field: Field
    fewest: int
    most: int

    def check(self, value: object, name: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not self.fewest <= len(value) <= self.most:
            some = f"{self.fewest} to {self.most:,}" if self.fewest < self.most else f"{self.most:,}"
            raise self.fail(value, name, f"a list of {some} values")
        return tuple(self.field.check(each, f"{name}[{place}]") for place, each in enumerate(value))

    def parse(self, text: str, name: str) -> tuple[Any, ...]:
        parts = text.split("_") if text else []
        if len(parts) > self.most:
            raise self.fail(text, name, f"at most {self.most:,} values")
        return self.check([self.field.parse(each, name) for each in parts], name)

    def text(self, value: Sequence[Any]) -> str:
        return "_".join(self.field.text(each) for each in value)
