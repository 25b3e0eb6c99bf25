"""Kinds of columns."""

from typing import Literal

__all__ = ["KINDS", "Kind"]

Kind = Literal["number", "boolean", "date", "time", "text"]
KINDS: tuple[Kind, ...] = ("number", "boolean", "date", "time", "text")
