"""Text of a socket to a message: JSON in the strict sense, of limited size and depth."""

import json
from typing import Any

from chainrule.lesson._error import MessageError

__all__ = ["LARGEST_MESSAGE", "LARGEST_UPLOAD", "error_frame", "parsed"]

LARGEST_MESSAGE = 2**20
"""Bytes of a message on the socket."""

LARGEST_UPLOAD = 20 * 10**6
"""Bytes of a table."""

_DEEPEST = 32


def parsed(text: str) -> dict[str, Any]:
    """Return the message that a text holds.

    Raises
    ------
    MessageError
        The text is no JSON, or no object; it is nested deeper than 32 levels, has a name twice, or a number
        that JSON does not have.
    """
    try:
        message = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except RecursionError:
        raise _too_deep() from None
    except MessageError:
        raise
    except ValueError as error:  # JSONDecodeError, or a whole number of thousands of digits
        raise MessageError(f"the message is not JSON: {str(error)[:80]}") from None
    if not isinstance(message, dict):
        raise MessageError(f"the message is {_KINDS[type(message)]}; accepted is a JSON object")
    _check_depth(message)
    return message


_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"} | {
    type(None): "null"
}


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    message = dict(pairs)
    if len(message) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MessageError(f"the message has the name {twice[:40]!r} twice")
    return message


def _no_constant(word: str) -> None:
    raise MessageError(f"the message holds {word}, which JSON does not have")


def _check_depth(message: Any) -> None:
    level = [message]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in values if isinstance(each, dict | list)]


def _too_deep() -> MessageError:
    return MessageError(f"the message is nested too deep; accepted are {_DEEPEST} levels")


def error_frame(error: str, identity: object = None) -> dict[str, Any]:
    """Return the frame that answers what was not understood."""
    known = identity if type(identity) is int else None
    return {
        "id": known, "common": {}, "sections": {}, "address": "", "said": [], "error": error, "file": None,
    }  # fmt: skip
