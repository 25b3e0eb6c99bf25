"""Pieces of a table that others hold, and questions about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast

__all__ = ["Pieces", "ask_each", "ask_merged"]

T = TypeVar("T")
Question = Callable[[int, Any, Any, Any, Any], T]
"""Asked with the number of a piece, from 0, its X, y, sample weights or None, and groups or None: it can be
pickled."""

_OF_SEVERAL = -1


class Pieces(Protocol):
    """Pieces of a table that others hold, in a fixed order; an engine is one of these.

    Attributes
    ----------
    names : sequence of str
        What messages call each of them, such as "partition 3" or "sales/3.parquet, row group 2".
    """

    @property
    def names(self) -> Sequence[str]: ...

    def ask(self, question: Callable[[int, Any, Any, Any, Any], Any]) -> list[Any]:
        """Return the answers of all pieces, in their order.

        A question is called with the number of the piece, its X (data frame or array), y, weights or None,
        and groups or None. It can be pickled.
        """

    def merged(
        self, question: Callable[[int, Any, Any, Any, Any], Any], merge: Callable[[Any, Any], Any]
    ) -> Any:
        """Return the answers of all pieces, merged two by two, in any order: the same comes of each.

        Answers may be megabytes long: they are best merged where they are made.
        """


@dataclass(frozen=True)
class _Answer(Generic[T]):
    """What a piece says: something, or what is wrong in it."""

    piece: int
    value: T | None = None
    wrong: type[Exception] | None = None
    text: str = ""


@dataclass(frozen=True)
class _Guarded(Generic[T]):
    """A question whose errors are answers: they are raised where the names of the pieces are known."""

    question: Question[T]

    def __call__(self, number: int, X: Any, y: Any, weights: Any, groups: Any) -> _Answer[T]:
        try:
            return _Answer(number, self.question(number, X, y, weights, groups))
        except ValueError as error:
            return _Answer(number, None, ValueError, str(error))
        except TypeError as error:
            return _Answer(number, None, TypeError, str(error))


def ask_each(pieces: Pieces, question: Question[T]) -> list[T]:
    """Return the answers of all pieces.

    Raises
    ------
    ValueError, TypeError
        What the question raises, with the name of the piece.
    """
    return [_value_of(answer, pieces) for answer in pieces.ask(_Guarded(question))]


def ask_merged(pieces: Pieces, question: Question[T], merge: Callable[[T, T], T]) -> T:
    """Return the answers of all pieces, merged; errors as `ask_each`."""
    answer: _Answer[T] = pieces.merged(_Guarded(question), partial(_merged, merge))
    return _value_of(answer, pieces)


def _merged(merge: Callable[[T, T], T], one: _Answer[T], other: _Answer[T]) -> _Answer[T]:
    first, last = sorted((one, other), key=lambda answer: answer.piece)
    for each in (first, last):
        if each.wrong is not None:
            return each
    try:
        return _Answer(first.piece, merge(cast(T, first.value), cast(T, last.value)))
    except ValueError as error:
        return _Answer(_OF_SEVERAL, None, ValueError, str(error))
    except TypeError as error:
        return _Answer(_OF_SEVERAL, None, TypeError, str(error))


def _value_of(answer: _Answer[T], pieces: Pieces) -> T:
    if answer.wrong is not None:
        where = "" if answer.piece == _OF_SEVERAL else f"{pieces.names[answer.piece]}: "
        raise answer.wrong(f"{where}{answer.text}")
    return cast(T, answer.value)
