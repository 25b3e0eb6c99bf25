"""What is wrong with data, found on workers, comes to the client as a value, and is raised there alone.

What a task raises, Dask writes into its worker's log with the traceback, for each partition. If workers are
processes of a local cluster, that log is the user's terminal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from tblib import pickling_support

__all__ = ["Refused", "accepted", "calling", "refusing"]

Function = TypeVar("Function", bound=Callable[..., Any])

_OF_DATA = ValueError, TypeError, ArithmeticError
_OF_FILES = FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError, PermissionError


@dataclass(frozen=True)
class Refused:
    """What a task gives in place of its result.

    Attributes
    ----------
    error : Exception
        With its traceback, pickled too.
    """

    error: Exception


def refusing(task: Function) -> Function:
    """Return a task that gives `Refused` where data or files are wrong, or hands on that of another."""

    @wraps(task)
    def refused(*given: Any, **named: Any) -> Any:
        for each in given:
            if isinstance(each, Refused):
                return each
        try:
            return task(*given, **named)
        except (*_OF_DATA, *_OF_FILES) as error:
            pickling_support.install(error)
            return Refused(error)

    return refused  # type: ignore[return-value]


@contextmanager
def calling(name: str) -> Iterator[None]:
    """Let what is wrong with a partition begin with its name."""
    try:
        yield
    except (ValueError, TypeError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError  # others may want more than a text
        raise kind(f"{name}: {error}") from error


def accepted(found: Any) -> Any:
    """Return what a task gave; raise what was wrong."""
    if isinstance(found, Refused):
        raise found.error
    return found
