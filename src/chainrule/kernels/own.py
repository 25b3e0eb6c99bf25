"""Activations that users bring: plain functions of one number, compiled to the same loops."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numba
from numba.core.errors import NumbaError

from chainrule.kernels._compile import OPTIONS
from chainrule.kernels.activations import LOOPS, ActivationLoops, elementwise


class OwnActivation(Protocol):
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


def loops_of(activation: "str | OwnActivation") -> ActivationLoops:
    """Return the loops of an activation, by its name or made from its functions."""
    return LOOPS[activation] if isinstance(activation, str) else _own(activation)


@cache
def _own(activation: Any) -> ActivationLoops:
    value, derivative, second = (
        numba.njit(**OPTIONS)(getattr(function, "py_func", function))
        for function in (activation.value, activation.derivative, activation.second_derivative)
    )

    # What comes out in another precision is brought back to that of q.
    @numba.njit(**OPTIONS)
    def pair(q: Any) -> Any:
        return type(q)(value(q)), type(q)(derivative(q))

    @numba.njit(**OPTIONS)
    def bend(q: Any, z: Any, d: Any) -> Any:
        return type(q)(second(q))

    return elementwise(f"own.{activation.name}", pair, bend, needs_q=True, stamp=None)


def compiled_address(activation: "str | OwnActivation", which: str, dtype: Any) -> int:
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
