"""Activations as ONNX nodes in single precision, each beside its derivative; formulas of `calculus`."""

from collections.abc import Callable
from math import pi, sqrt
from typing import TypeAlias

import numpy as np

from chainrule.export._onnx._graph import Graph, Name

Function: TypeAlias = Callable[[Graph, Name], Name]

f = np.float32
_α, _λ = f(1.6732632423543772), f(1.0507009873554805)


def _above(g: Graph, q: Name) -> Name:
    return g("Relu", q)


def _below(g: Graph, q: Name) -> Name:
    return g("Min", q, f(0))


def _positive(g: Graph, q: Name) -> Name:
    return g("Cast", g("Greater", q, f(0)), to=1)


def _step(g: Graph, q: Name, left: Name | np.float32, right: Name | np.float32) -> Name:
    """Return what holds to the left of a kink, 0 included, and what to its right."""
    return g("Where", g("Greater", q, f(0)), right, left)


def _fall(g: Graph, q: Name) -> Name:
    """e^{−|q|}."""
    return g("Exp", g("Neg", g("Abs", q)))


def _hump(g: Graph, E: Name) -> Name:
    """E / (1 + E)²."""
    one = g("Add", E, f(1))
    return g("Div", g("Div", E, one), one)


def _logistic_slope(g: Graph, q: Name) -> Name:
    return _hump(g, _fall(g, q))


def _tanh_slope(g: Graph, q: Name) -> Name:
    E = _fall(g, q)
    return g("Mul", _hump(g, g("Mul", E, E)), f(4))


def _expm1_below(g: Graph, q: Name) -> Name:
    return g("Sub", g("Exp", _below(g, q)), f(1))


def _exp_below(g: Graph, q: Name) -> Name:
    return g("Exp", _below(g, q))


def _leaky(g: Graph, q: Name) -> Name:
    return g("LeakyRelu", q, alpha=0.01)


def _elu(g: Graph, q: Name) -> Name:
    return g("Add", _above(g, q), _expm1_below(g, q))


def _selu(g: Graph, q: Name) -> Name:
    return g("Add", g("Mul", _above(g, q), _λ), g("Mul", _expm1_below(g, q), f(_λ * _α)))


def _selu_slope(g: Graph, q: Name) -> Name:
    return _step(g, q, g("Mul", _exp_below(g, q), f(_λ * _α)), _λ)


def _softplus(g: Graph, q: Name) -> Name:
    return g("Add", _above(g, q), g("Log", g("Add", _fall(g, q), f(1))))


def _logistic(g: Graph, q: Name) -> Name:
    return g("Sigmoid", q)


def _silu(g: Graph, q: Name) -> Name:
    return g("Mul", q, _logistic(g, q))


def _silu_slope(g: Graph, q: Name) -> Name:
    return g("Add", _logistic(g, q), g("Mul", q, _logistic_slope(g, q)))


def _normal(g: Graph, q: Name) -> Name:
    return g("Mul", g("Add", g("Erf", g("Mul", q, f(1 / sqrt(2)))), f(1)), f(0.5))


def _bell(g: Graph, q: Name) -> Name:
    return g("Mul", g("Exp", g("Mul", g("Mul", q, q), f(-0.5))), f(1 / sqrt(2 * pi)))


def _gelu(g: Graph, q: Name) -> Name:
    return g("Mul", q, _normal(g, q))


def _gelu_slope(g: Graph, q: Name) -> Name:
    return g("Add", _normal(g, q), g("Mul", q, _bell(g, q)))


def _softsign_slope(g: Graph, q: Name) -> Name:
    r = g("Reciprocal", g("Add", g("Abs", q), f(1)))
    return g("Mul", r, r)


def _exp(g: Graph, q: Name) -> Name:
    return g("Exp", q)


ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "logistic": (_logistic, _logistic_slope),
    "tanh": (lambda g, q: g("Tanh", q), _tanh_slope),
    "relu": (_above, _positive),
    "leaky_relu": (_leaky, lambda g, q: _step(g, q, f(0.01), f(1))),
    "elu": (_elu, _exp_below),
    "selu": (_selu, _selu_slope),
    "softplus": (_softplus, _logistic),
    "silu": (_silu, _silu_slope),
    "gelu": (_gelu, _gelu_slope),
    "softsign": (lambda g, q: g("Softsign", q), _softsign_slope),
    "sine": (lambda g, q: g("Sin", q), lambda g, q: g("Cos", q)),
    "exp": (_exp, _exp),
}
"""σ and σ′ by name; identity and softmax are no functions of one number."""


def activated(g: Graph, name: str, q: Name) -> Name:
    """Return σ(q), or softmax of each row."""
    if name == "identity":
        return q
    return g("Softmax", q, axis=-1) if name == "softmax" else ACTIVATIONS[name][0](g, q)
