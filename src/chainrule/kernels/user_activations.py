"""Activations that users bring: plain functions of one number, compiled to the same loops.

They are kept on disk like all kernels, under a hash of what the functions compute (`fingerprint`); where that
cannot be told, or has changed since, they are compiled in every process.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from numba.core.errors import NumbaError

from chainrule.kernels._compile import OPTIONS, compilable
from chainrule.kernels.activations import LOOPS, ActivationLoops, elementwise
from chainrule.kernels.fingerprint import fingerprint


class UserActivation(Protocol):
    """What is asked of an activation that is no name."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> Callable[[Any], Any]: ...
    @property
    def derivative(self) -> Callable[[Any], Any]: ...
    @property
    def second_derivative(self) -> Callable[[Any], Any]: ...
    def __hash__(self) -> int: ...


def loops_of(activation: "str | UserActivation") -> ActivationLoops:
    """Return the loops of an activation, by its name or made from its functions."""
    return LOOPS[activation] if isinstance(activation, str) else _compiled(activation)


@cache
def _compiled(activation: Any) -> ActivationLoops:
    functions = activation.value, activation.derivative, activation.second_derivative
    value, derivative, second = (
        compilable(getattr(function, "py_func", function), **OPTIONS) for function in functions
    )

    # What comes out in another precision is brought back to that of q.
    def value_and_slope(q: Any) -> Any:
        return type(q)(value(q)), type(q)(derivative(q))

    def second_derivative(q: Any, z: Any, d: Any) -> Any:
        return type(q)(second(q))

    at_first = fingerprint(functions)

    def stamp() -> str | None:
        """A loop is compiled at its first use, and a global may be another by then."""
        return at_first if fingerprint(functions) == at_first else None

    place = f"{activation.value.__module__}.{activation.value.__qualname__}".replace("<locals>.", "")
    of_one = compilable(value_and_slope, **OPTIONS), compilable(second_derivative, **OPTIONS)
    return elementwise(f"{place}.{activation.name}", *of_one, needs_q=True, stamp=stamp)


def compiled_address(activation: "str | UserActivation", which: str, dtype: Any) -> int:
    """Return the address of one of an activation's loops.

    Raises
    ------
    ValueError
        If a function of a user's activation cannot be compiled.
    """
    try:
        address: int = getattr(loops_of(activation), which).address(dtype)
        return address
    except NumbaError as error:
        lines = str(error).strip().splitlines()
        reason = next((line for line in lines if line and "Failed in" not in line), lines[0])
        raise ValueError(f"activation {activation!r} cannot be compiled by Numba: {reason}") from None
