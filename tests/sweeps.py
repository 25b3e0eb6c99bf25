"""Many cases of one test: `make test` runs some of them, `make test-slow` the others.

A test whose cases are told apart by pytest costs some milliseconds a case, in every process: cases that take
no longer themselves are looped over in one test (`for_each`).
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import product
from typing import Any

import pytest
from _pytest.mark import ParameterSet

Test = Callable[..., None]

whole = True
"""Whether cases are made that `make test` (``-m "not slow"``) leaves out; set before tests are collected."""


def some(cases: Iterable[Any], number: int) -> list[ParameterSet]:
    """All cases, but for this number of them marked as slow: the first is not, nor others at equal steps."""
    every = list(cases)
    step = max(1, -(-len(every) // number))
    return _marked(every, range(0, len(every), step))


def crossed(*axes: Iterable[Any]) -> list[ParameterSet]:
    """Every combination of values, one of each axis; most of them are marked as slow.

    Those that are not hold each value where there are two axes, each pair of values of two axes where there
    are three, and so on: they are one in as many as the shortest axis has values.
    """
    values = [list(axis) for axis in axes]
    shortest = min(len(axis) for axis in values)
    places = product(*(range(len(axis)) for axis in values))
    quick = [number for number, place in enumerate(places) if sum(place) % shortest == 0]
    return _marked(list(product(*values)), quick)


def _marked(cases: list[Any], quick: Collection[int]) -> list[ParameterSet]:
    given = [(ParameterSet.extract_from(case, force_tuple=not isinstance(case, tuple))) for case in cases]
    slow = [pytest.mark.slow]
    return [
        case._replace(marks=[*case.marks, *([] if number in quick else slow)])
        for number, case in enumerate(given)
        if whole or number in quick
    ]


def examples(number: int) -> int:
    """How many examples hypothesis draws: this number, in `make test` a fifth of it."""
    return number if whole else max(3, number // 5)


def for_each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """As ``pytest.mark.parametrize``, in one test: an error says in which case it came.

    Fixtures are made once for all cases.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    every = list(cases)
    assert not any(isinstance(case, ParameterSet) for case in every), "marks and names of cases are pytest's"

    def decorate(test: Test) -> Test:
        @wraps(test)
        def over_all(*instance: Any, **fixtures: Any) -> None:
            for case in every:
                values = case if len(keys) > 1 else [case]
                given = dict(zip(keys, values, strict=True))
                with _said(f"in the case {given}"[:500]):
                    test(*instance, **fixtures, **given)

        signature = inspect.signature(test)
        left = [argument for name, argument in signature.parameters.items() if name not in keys]
        del over_all.__wrapped__  # type: ignore[attr-defined]  # pytest asks this one for its arguments
        over_all.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return over_all

    return decorate


@contextmanager
def _said(note: str) -> Iterator[None]:
    """Add a note to an error that goes through."""
    try:
        yield
    except BaseException as error:
        error.add_note(note)
        raise
