"""User-defined activations."""

import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus.activations import OUTPUTS
from chainrule.testing import check_derivative

Number = Callable[[Any], Any]

# Where the derivatives are checked: on both sides of 0, and not at it, where there may be a kink.
_POINTS = np.linspace(-3.05, 3.15, 16)


class Activation:
    """A user-defined activation σ: a function of one number and its first two derivatives.

    `Network` and the estimators accept it in place of a name like "tanh". The functions are compiled at their
    first use. A pickle holds only the import path of the functions; model files hold no code, so a network
    with such an activation cannot be saved to one.

    Parameters
    ----------
    name : str
        A name that no activation has yet.
    value, derivative, second_derivative : callable
        Each takes a number and returns one, in the part of Python that Numba compiles (`math`, branches). At
        a kink the derivatives are those of the left side.

    Raises
    ------
    ValueError
        If the name is taken, or a derivative is not that of its function; the message names a point.
    TypeError
        If the three are not functions.

    Examples
    --------
    >>> import math
    >>> from chainrule import Network
    >>> def value(q):
    ...     return math.atan(q)
    >>> def derivative(q):
    ...     return 1 / (1 + q * q)
    >>> def second_derivative(q):
    ...     return -2 * q / (1 + q * q) ** 2
    >>> arctan = Activation("arctan", value, derivative, second_derivative)
    >>> Network((2, 3, 1), arctan, random_state=0)
    Network((2, 3, 1), activation=arctan, output='identity', dtype=float64): 13 parameters
    """

    def __init__(self, name: str, value: Number, derivative: Number, second_derivative: Number) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"the name of an activation must be a word, got {name!r}")
        if name in OUTPUTS:
            raise ValueError(f"the name {name!r} is taken; taken are {', '.join(OUTPUTS)}")
        functions = {"value": value, "derivative": derivative, "second_derivative": second_derivative}
        for role, function in functions.items():
            if not callable(function):
                raise TypeError(f"{role} of activation {name!r} must be a function, got {function!r}")
        self.name, self.value, self.derivative = name, value, derivative
        self.second_derivative = second_derivative
        self._check("derivative", value, derivative)
        self._check("second_derivative", derivative, second_derivative)

    def _check(self, role: str, f: Number, df: Number) -> None:
        def each(x: NDArray[Any]) -> NDArray[Any]:
            return np.array([f(q) for q in x])

        slopes = np.diag([float(df(q)) for q in _POINTS])
        try:
            check_derivative(each, slopes, _POINTS, rtol=1e-6, atol=1e-8)
        except AssertionError as error:
            points = ", ".join(f"{q:.3g}" for q in _POINTS[[0, 1]])
            raise ValueError(
                f"{role} of activation {self.name!r} is not the derivative of the function before it, "
                f"at the points {points}, … , {_POINTS[-1]:.3g}: {error}"
            ) from None

    @property
    def _functions(self) -> tuple[Number, Number, Number]:
        return self.value, self.derivative, self.second_derivative

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Activation):
            return NotImplemented
        return (self.name, self._functions) == (other.name, other._functions)

    def __hash__(self) -> int:
        return hash((self.name, self._functions))

    def __repr__(self) -> str:
        return self.name

    def __deepcopy__(self, memo: dict[int, Any]) -> "Activation":
        return self  # nothing in it changes

    def __reduce__(self) -> tuple[Any, ...]:
        for function in self._functions:
            module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
            found: Any = sys.modules.get(module or "")
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is not function:
                raise pickle.PicklingError(
                    f"activation {self.name!r} is pickled by the import path of its functions; "
                    f"{name or function!r} cannot be imported: define it at the top of a module"
                )
        return Activation, (self.name, *self._functions)
