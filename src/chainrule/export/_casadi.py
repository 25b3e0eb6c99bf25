"""to_casadi: a fitted model as a Function of CasADi."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal

import casadi as ca
import numpy as np

from chainrule.export._describe import plan_of
from chainrule.export._evaluate import LEAST_PROBABILITY
from chainrule.export._plan import Encoding, Layers, OneHot, Output, RampedNumber

Symbols = Literal["SX", "MX"]


def to_casadi(model: Any, symbols: Symbols = "MX", name: str = "model") -> Any:
    """Return a fitted model as a Function of CasADi, for optimal control (acados, do-mpc, Opti).

    Its input "x" is the column (n_inputs, 1) of a row's numbers, as `as_numbers` makes them: raw numbers, of
    text places, NaN where a cell is missing; its output "y" (n_values, 1) what `evaluate` gives: numbers, or
    the probability of each class; NaN where the model does not accept a cell. CasADi differentiates it, to
    any order, and computes in double precision whatever the type of the networks.

    Parameters
    ----------
    model : estimator, Network or TableModel
        As for `plan_of`.
    symbols : {"SX", "MX"}, default="MX"
        What it is built of: scalars, fast for small networks, or matrices, small for large ones. It takes
        symbols of both kinds.
    name : str, default="model"
        Of the Function.

    Returns
    -------
    casadi.Function

    Raises
    ------
    NotFittedError, TypeError, ValueError
        As `plan_of`; for other symbols, or a name that CasADi does not take.
    ModuleNotFoundError
        CasADi is not installed.

    Examples
    --------
    >>> from chainrule import Network
    >>> from chainrule.export import to_casadi
    >>> f = to_casadi(Network.from_weights([[[2.0], [5.0]]], [[1.0]]))
    >>> f
    Function(model:(x[2])->(y) MXFunction)
    >>> f([3.0, 1.0]), f.jacobian()([3.0, 1.0], 0)
    (DM(12), DM([[2, 5]]))
    """
    if symbols not in ("SX", "MX"):
        raise ValueError(f'symbols is {symbols!r}; accepted are "SX" and "MX"')
    if not isinstance(name, str) or not ca.Function.check_name(name):
        raise ValueError(
            f"name={name!r} is no name of a Function: letters a to z, digits and single underscores, a "
            "letter first, and none of jac, hess and null"
        )
    plan = plan_of(model)
    x = getattr(ca, symbols).sym("x", len(plan.inputs))
    z = ca.vertcat(*(_part(each, x[each.column]) for each in plan.encodings))
    y = _finished(plan.output, [_network(each, z) for each in plan.networks])
    return ca.Function(name, [x], [y], ["x"], ["y"])


def _gone(v: Any) -> Any:
    """Whether a number is missing: NaN is neither below 0 nor above."""
    return ca.logic_not(ca.logic_or(v < 0, v >= 0))


def _part(encoding: Encoding, v: Any) -> Any:
    if isinstance(encoding, OneHot):
        return _one_hot(encoding, v)
    gone = _gone(v)
    v = ca.if_else(gone, encoding.centre, v)
    if encoding.wave:
        v = (ca.sin if encoding.wave == "sine" else ca.cos)(2 * np.pi * v)
    z = (v - encoding.centre) / encoding.scale
    if not isinstance(encoding, RampedNumber):
        return ca.if_else(gone, encoding.missing, z)
    return _ramps(encoding, ca.if_else(gone, 0, z), gone)


def _ramps(encoding: RampedNumber, z: Any, gone: Any) -> Any:
    z = ca.if_else(z < -1e15, -1e15, ca.if_else(z > 1e15, 1e15, z))
    parts = [z / ca.sqrt(1 + (z / encoding.clip) ** 2)]
    for start, end in pairwise(encoding.edges):
        rise = (z - start) / (end - start)
        parts.append(ca.if_else(z < start, 0, ca.if_else(z >= end, 1, rise)))
    return ca.vertcat(*parts, *([gone] if encoding.missing else []))


def _one_hot(encoding: OneHot, code: Any) -> Any:
    gone, unknown = _gone(code), code == -1
    sources: list[tuple[Any, int | None]] = [(code == k, place) for k, place in enumerate(encoding.places)]
    sources += [(gone, encoding.missing), (unknown, encoding.unknown)]
    accepted = sum(cell for cell, place in sources if place is not None)
    hot = [sum(cell for cell, at in sources if at == place) for place in range(encoding.width)]
    return ca.if_else(accepted, ca.vertcat(*hot), np.nan)


def _size(q: Any) -> Any:
    return ca.if_else(q <= 0, -q, q)  # fabs has the slope 0 at 0


def _logistic(q: Any) -> Any:
    fall = ca.exp(-_size(q))
    return ca.if_else(q <= 0, fall / (1 + fall), 1 / (1 + fall))


def _elu(q: Any) -> Any:
    return ca.if_else(q <= 0, ca.expm1(ca.if_else(q <= 0, q, 0)), q)


def _above(q: Any) -> Any:
    return ca.if_else(q <= 0, 0, q)


def _softmax(q: Any) -> Any:
    # Not by CasADi's logsumexp: of matrices it cannot be called with scalars, and its derivative from the
    # left is wrong (3.8).
    e = ca.exp(q - ca.mmax(q))
    return e / ca.sum1(e)


_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda q: q,
    "logistic": _logistic,
    "tanh": ca.tanh,
    "relu": _above,
    "leaky_relu": lambda q: ca.if_else(q <= 0, 0.01 * q, q),
    "elu": _elu,
    "selu": lambda q: 1.0507009873554805 * ca.if_else(q <= 0, 1.6732632423543772 * _elu(q), q),
    "softplus": lambda q: _above(q) + ca.log1p(ca.exp(-_size(q))),
    "silu": lambda q: q * _logistic(q),
    "gelu": lambda q: q * (1 + ca.erf(q / np.sqrt(2))) / 2,
    "softsign": lambda q: q / (1 + _size(q)),
    "sine": ca.sin,
    "exp": ca.exp,
    "softmax": _softmax,
}


def _network(network: Layers, z: Any) -> Any:
    for W, b, name in zip(network.weights, network.biases, network.activations, strict=True):
        matrix, bias = (ca.DM(each.astype(np.float64)) for each in (W.T, b))
        z = _ACTIVATIONS[name](ca.mtimes(matrix, z) + bias)
    return z


def _finished(output: Output, outputs: list[Any]) -> Any:
    F = sum(_limited(output.limits, each) for each in outputs) / len(outputs)
    if output.kind == "labels":
        return F
    if output.kind == "numbers":
        v = ca.DM(output.factors) * F + ca.DM(output.offsets)
        return v if output.function == "identity" else getattr(ca, output.function)(v)
    p = ca.vertcat(1 - F, F) if F.shape[0] == 1 else F
    p = p / ca.sum1(p)
    if output.temperature == 1:
        return p
    logarithms = ca.log(ca.if_else(p < LEAST_PROBABILITY, LEAST_PROBABILITY, p)) / output.temperature
    return _softmax(logarithms)


def _limited(limits: tuple[float, float] | None, F: Any) -> Any:
    if limits is None:
        return F
    return ca.if_else(F < limits[0], limits[0], ca.if_else(F >= limits[1], limits[1], F))
