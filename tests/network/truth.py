"""A network written from its definition in another library's arrays, and that library's derivatives of it.

Nothing of ours is used but names: q = z W + b, z = σ(q). The library is HIPS autograd (pure Python) in
`make test`, JAX in `make parity`. Functions are written so that neither their values nor what the library
makes of them cancels or overflows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.special


@dataclass(frozen=True)
class Library:
    """What is asked of an automatic differentiation: derivatives of functions of one vector."""

    np: Any
    erfc: Any
    jacobian: Callable[[Any], Any]  # values in any shape
    hessian: Callable[[Any], Any]  # of a number or a vector
    each: Callable[..., Any]  # f(x, …) of every row of its arguments


# For values alone.
PLAIN = Library(np, scipy.special.erfc, *[None] * 3)  # type: ignore[arg-type]


def autograd_library() -> Library:
    import autograd.numpy
    from autograd import jacobian
    from autograd.scipy.special import erfc

    def hessian(f: Any) -> Any:
        def of(x: Any) -> Any:
            if not np.shape(f(x)):
                return jacobian(jacobian(f))(x)
            # One output at a time: going back through p sweeps at once would take p times as long.
            each = [jacobian(jacobian(lambda x, k=k: f(x)[k]))(x) for k in range(len(f(x)))]
            return np.stack(each)

        return of

    def each(f: Any, *rows: Any) -> Any:
        return np.stack([np.asarray(f(*row)) for row in zip(*rows, strict=True)])

    return Library(autograd.numpy, erfc, jacobian, hessian, each)


def activation(lib: Library, name: str, q: Any) -> Any:
    """σ(q) of a vector; of the rows of a matrix."""
    xp = lib.np
    right = xp.where(q > 0, 1.0, 0.0)  # the part of q right of the kink, and left of it
    left = 1 - right
    E = xp.exp((left - right) * q)  # e^{−|q|}
    match name:
        case "identity":
            return q
        case "logistic":
            return (right + left * E) / (1 + E)
        case "tanh":
            return (left - right) * xp.expm1(2 * (left - right) * q) / (1 + E**2)
        case "relu":
            return right * q
        case "leaky_relu":
            return (right + 0.01 * left) * q
        case "elu":
            return right * q + xp.expm1(left * q)
        case "selu":
            return 1.0507009873554805 * (right * q + 1.6732632423543772 * xp.expm1(left * q))
        case "softplus":
            return right * q + xp.log1p(E)
        case "silu":
            return q * (right + left * E) / (1 + E)
        case "gelu":
            return q * lib.erfc(-q / 2**0.5) / 2
        case "softsign":
            return q / (1 + (right - left) * q)
        case "sine":
            return xp.sin(q)
        case "exp":
            return xp.exp(q)
        case "softmax":
            e = xp.exp(q - xp.max(q, axis=-1, keepdims=True))
            return e / xp.sum(e, axis=-1, keepdims=True)
    raise AssertionError(name)


def error(lib: Library, loss: str, output: str, q: Any, y: Any) -> Any:
    """E_i as a function of q_L, of one sample or of every row."""
    xp = lib.np
    F = activation(lib, output, q)
    match loss, output:
        case "sum_squared_error", _:
            return xp.sum((F - y) ** 2, axis=-1)
        case "half_squared_error", _:
            return 0.5 * xp.sum((F - y) ** 2, axis=-1)
        case "huber", _:
            r = F - y
            return xp.sum(xp.where(abs(r) > 1, abs(r) - 0.5, 0.5 * r**2), axis=-1)
        case "quantile(0.3)", _:
            r = F - y
            return xp.sum(xp.where(r < 0, -0.3 * r, 0.7 * r), axis=-1)
        case "cross_entropy", "logistic":
            return xp.sum(activation(lib, "softplus", q) - y * q, axis=-1)
        case "cross_entropy", "softmax":
            behind = q - xp.max(q, axis=-1, keepdims=True)
            log_sum = xp.log(xp.sum(xp.exp(behind), axis=-1))
            return xp.sum(y, axis=-1) * log_sum - xp.sum(y * behind, axis=-1)
        case "poisson", "exp":
            return xp.sum(F - y * q, axis=-1)  # but for a constant
    raise AssertionError((loss, output))


class Truth:
    """All derivatives of one network at some rows, by brute force."""

    def __init__(self, lib: Library, net: Any, X: Any, y: Any, loss: str, weights: Any) -> None:
        self.lib, self.X, self.y, self.loss = lib, np.asarray(X, float), np.asarray(y, float), loss
        self.sizes, self.output = net.layer_sizes, net.output
        self.functions = [*net.activations, net.output]
        self.eta = np.asarray(net.parameters, float)
        self.shares = np.asarray(weights, float) / np.sum(weights)
        self.weights = np.asarray(weights, float)

    def layers(self, eta: Any, x: Any, lib: Library | None = None) -> tuple[list[Any], list[Any]]:
        """The q_l and z_l of one sample, or of all rows."""
        lib = lib or self.lib
        q, z, start = [], [x], 0
        shapes = list(pairwise(self.sizes))
        bias = sum(a * b for a, b in shapes)
        for (a, b), name in zip(shapes, self.functions, strict=True):
            W = eta[start : start + a * b].reshape((a, b))
            start += a * b
            q.append(lib.np.dot(z[-1], W) + eta[bias : bias + b])
            bias += b
            z.append(activation(lib, name, q[-1]))
        return q, z

    def F(self, eta: Any, x: Any) -> Any:
        return self.layers(eta, x)[1][-1]

    def E(self, eta: Any, x: Any, y: Any) -> Any:
        return error(self.lib, self.loss, self.output, self.layers(eta, x)[0][-1], y)

    def _each(self, f: Any, *others: Any) -> Any:
        """f(x, …) of every sample."""
        return np.asarray(self.lib.each(f, self.X, *others))

    def _D(self, f: Any) -> Any:
        return self.lib.jacobian(f)

    def _D2(self, f: Any) -> Any:
        return self.lib.hessian(f)

    def jacobian(self) -> Any:
        return self._each(self._D(lambda x: self.F(self.eta, x)))

    def input_hessian(self) -> Any:
        return self._each(self._D2(lambda x: self.F(self.eta, x)))

    def parameter_jacobian(self) -> Any:
        return self._J

    @cached_property
    def _J(self) -> Any:
        return self._each(lambda x: self._D(lambda eta: self.F(eta, x))(self.eta))

    def sample_gradients(self) -> Any:
        return self._each(lambda x, y: self._D(lambda eta: self.E(eta, x, y))(self.eta), self.y)

    def input_gradient(self) -> Any:
        return self._each(lambda x, y: self._D(lambda x: self.E(self.eta, x, y))(x), self.y)

    def hessian(self) -> Any:
        def E(eta: Any) -> Any:
            return self.lib.np.sum(self.shares * self.E(eta, self.X, self.y))

        return np.asarray(self._D2(E)(self.eta))

    def gauss_newton(self) -> Any:
        """Σ_i w_i J_iᵀ H_i J_i / Σ w_i, J and H of F for errors of residuals, of q_L for likelihoods."""
        second = {
            "sum_squared_error": lambda r: 2.0 * np.ones_like(r),
            "half_squared_error": np.ones_like,
            "huber": lambda r: (abs(r) <= 1) * 1.0,
            "quantile(0.3)": np.zeros_like,
        }
        if self.loss in second:
            F = np.asarray(activation(self.lib, self.output, self._values[0][-1]))
            J, H = self.parameter_jacobian(), second[self.loss](F - self.y)
            return np.einsum("i,ikP,ik,ikQ->PQ", self.shares, J, H, J, optimize=True)

        def q_last(eta: Any, x: Any) -> Any:
            return self.layers(eta, x)[0][-1]

        def at_output(q: Any, y: Any) -> Any:
            return self._D2(lambda q: error(self.lib, self.loss, self.output, q, y))(q)

        J = self._each(lambda x: self._D(lambda eta: q_last(eta, x))(self.eta))
        H = np.asarray(self.lib.each(at_output, self._values[0][-1], self.y))
        return np.einsum("i,ikP,ikl,ilQ->PQ", self.shares, J, H, J, optimize=True)

    def layer_jacobians(self) -> list[Any]:
        factors = []
        for layer in reversed(range(len(self.functions))):
            W, b, name = self._W(layer), self._b(layer), self.functions[layer]

            def of_one(z: Any, W: Any = W, b: Any = b, name: str = name) -> Any:
                return activation(self.lib, name, self.lib.np.dot(z, W) + b)

            factors.append(np.asarray(self.lib.each(self._D(of_one), self._values[1][layer])))
        return factors

    def layer_parameter_jacobian(self, layer: int) -> Any:
        a, b = self.sizes[layer : layer + 2]

        def of_one(own: Any, z: Any) -> Any:
            q = self.lib.np.dot(z, own[: a * b].reshape((a, b))) + own[a * b :]
            return activation(self.lib, self.functions[layer], q)

        own = np.concatenate([self._W(layer).ravel(), self._b(layer)])
        zs = self._values[1][layer]
        return np.asarray(self.lib.each(lambda z: self._D(lambda own: of_one(own, z))(own), zs))

    @cached_property
    def _values(self) -> tuple[list[Any], list[Any]]:
        """The q_l and z_l of all rows, in plain NumPy."""
        return self.layers(self.eta, self.X, PLAIN)

    def _W(self, layer: int) -> Any:
        shapes = list(pairwise(self.sizes))
        start = sum(a * b for a, b in shapes[:layer])
        a, b = shapes[layer]
        return self.eta[start : start + a * b].reshape(a, b)

    def _b(self, layer: int) -> Any:
        start = sum(a * b for a, b in pairwise(self.sizes)) + sum(self.sizes[1 : layer + 1])
        return self.eta[start : start + self.sizes[layer + 1]]

    def curve(self, eta: Any, v: Any, X: Any, dX: Any) -> Any:
        """Value, first and second derivative at t = 0 of F(x + t dx, η + t v) for every row."""
        etas, vs = np.tile(eta, (len(X), 1)), np.tile(v, (len(X), 1))
        return np.asarray(self.lib.each(self._along, etas, vs, X, dX)).swapaxes(0, 1)

    def _along(self, eta: Any, v: Any, x: Any, dx: Any) -> Any:
        def F(t: Any) -> Any:
            return self.F(eta + t[0] * v, x + t[0] * dx)

        zero = np.zeros(1)
        first, second = self._D(F)(zero)[:, 0], self._D2(F)(zero)[:, 0, 0]
        return self.lib.np.stack([F(zero), first, second])
