"""JSON as archives hold it: ASCII, of bounded size, without what JSON does not know."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["parse_json", "to_json_bytes"]

MOST_BYTES = 1 << 24
MOST_VALUES = 500_000
"""Bounds of what is parsed: a value takes up to a hundred bytes of memory, a character up to four."""


def to_json_bytes(values: Mapping[str, Any], *, dense: bool = False) -> bytes:
    """Return JSON in ASCII, one spelling of the same values; NaN becomes null.

    Parameters
    ----------
    values : mapping of str to object
    dense : bool, default=False
        Write it for machines: in one line, which takes a third of the bytes.

    Raises
    ------
    TypeError
        A value is none that JSON knows, or a key is no text.
    ValueError
        A number is infinite, or the result would be larger than `parse_json` reads.
    """
    separators = (",", ":") if dense else (",", ": ")
    text = json.dumps(_plain(values), indent=None if dense else 1, separators=separators, allow_nan=False)
    written = text.encode("ascii")
    _check_size(written)
    return written


def parse_json(data: bytes | bytearray | memoryview, *, numbers: bool = False) -> Any:
    """Return the values that JSON stands for.

    Parameters
    ----------
    data : bytes-like
    numbers : bool, default=False
        Take NaN and Infinity, which JSON does not know, as Python writes them.

    Raises
    ------
    ValueError
        It is larger than 16 MiB or holds more than 500,000 values, is not ASCII, is nested too deeply,
        names a key twice, or holds NaN, Infinity or an integer of more than 4,300 digits.
    """
    _check_size(data := bytes(data))
    try:
        text = data.decode("ascii")
        constant = float if numbers else _constant
        return json.loads(text, object_pairs_hook=_object, parse_constant=constant)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"its JSON holds the byte 0x{data[error.start]:02x}, which is not ASCII") from error


def _check_size(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise ValueError(f"its JSON has {len(data):,} bytes; {MOST_BYTES:,} are accepted")
    if (values := sum(data.count(sign) for sign in (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"its JSON has {values:,} values; {MOST_VALUES:,} are accepted")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("its JSON names a key twice")
    return values


def _constant(name: str) -> Any:
    raise ValueError(f"its JSON holds {name}, which is no number of JSON")


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types."""
    if isinstance(value, Mapping):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise TypeError(f"a key in a header is a str, not {type(wrong[0]).__name__}: {wrong[0]!r}")
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(each) for each in value]
    return value
