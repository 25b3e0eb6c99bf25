"""A network written from its definition in another library's arrays, and that library's derivatives of it.

Nothing of ours is used but names: q = z W + b, z = σ(q). The library is HIPS autograd (pure Python) in
`make test`, JAX in `make parity`; either gives ``np``, ``jacobian`` and the special functions.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Library:
    np: Any
    jacobian: Any  # of a function of one vector, values in any shape
    erf: Any


def autograd_library() -> Library:
    import autograd.numpy
    from autograd import jacobian
    from autograd.scipy.special import erf

    return Library(autograd.numpy, jacobian, erf)


def jax_library() -> Library:
    import jax

    jax.config.update("jax_enable_x64", True)
    return Library(jax.numpy, jax.jacrev, jax.scipy.special.erf)


def activation(lib: Library, name: str, q: Any) -> Any:
    xp = lib.np
    straight = xp.where(q > 0, 1.0, 0.0)
    match name:
        case "identity":
            return q
        case "logistic":
            return 0.5 * (1 + xp.tanh(0.5 * q))
        case "tanh":
            return xp.tanh(q)
        case "relu":
            return straight * q
        case "leaky_relu":
            return (straight + 0.01 * (1 - straight)) * q
        case "elu":
            return straight * q + (1 - straight) * (xp.exp((1 - straight) * q) - 1)
        case "selu":
            inner = 1.6732632423543772 * (xp.exp((1 - straight) * q) - 1)
            return 1.0507009873554805 * (straight * q + (1 - straight) * inner)
        case "softplus":
            return xp.log(1 + xp.exp(q))
        case "silu":
            return q * 0.5 * (1 + xp.tanh(0.5 * q))
        case "gelu":
            return q * 0.5 * (1 + lib.erf(q / 2**0.5))
        case "softsign":
            return q / (1 + (2 * straight - 1) * q)
        case "sine":
            return xp.sin(q)
        case "exp":
            return xp.exp(q)
        case "softmax":
            e = xp.exp(q)
            return e / xp.sum(e)
    raise AssertionError(name)


def error(lib: Library, loss: str, output: str, q: Any, y: Any) -> Any:
    """E_i of one sample, as a function of q_L."""
    xp = lib.np
    F = activation(lib, output, q)
    match loss, output:
        case "sum_squared_error", _:
            return xp.sum((F - y) ** 2)
        case "half_squared_error", _:
            return 0.5 * xp.sum((F - y) ** 2)
        case "cross_entropy", "logistic":
            return xp.sum(xp.log(1 + xp.exp(q)) - y * q)
        case "cross_entropy", "softmax":
            return xp.sum(y) * xp.log(xp.sum(xp.exp(q))) - xp.sum(y * q)
        case "poisson", "exp":
            return xp.sum(F - y * q)  # but for a constant
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

    def layers(self, eta: Any, x: Any) -> tuple[list[Any], list[Any]]:
        """The q_l and z_l of one sample."""
        q, z, start = [], [x], 0
        shapes = list(pairwise(self.sizes))
        bias = sum(a * b for a, b in shapes)
        for (a, b), name in zip(shapes, self.functions, strict=True):
            W = eta[start : start + a * b].reshape((a, b))
            start += a * b
            q.append(self.lib.np.dot(z[-1], W) + eta[bias : bias + b])
            bias += b
            z.append(activation(self.lib, name, q[-1]))
        return q, z

    def F(self, eta: Any, x: Any) -> Any:
        return self.layers(eta, x)[1][-1]

    def E(self, eta: Any, x: Any, y: Any) -> Any:
        return error(self.lib, self.loss, self.output, self.layers(eta, x)[0][-1], y)

    def _each(self, f: Any, *others: Any) -> Any:
        """f(x, …) of every sample."""
        return np.stack([np.asarray(f(x, *more)) for x, *more in zip(self.X, *others, strict=True)])

    def _D(self, f: Any) -> Any:
        return self.lib.jacobian(f)

    def jacobian(self) -> Any:
        return self._each(self._D(lambda x: self.F(self.eta, x)))

    def input_hessian(self) -> Any:
        return self._each(self._D(self._D(lambda x: self.F(self.eta, x))))

    def parameter_jacobian(self) -> Any:
        return self._each(lambda x: self._D(lambda eta: self.F(eta, x))(self.eta))

    def sample_gradients(self) -> Any:
        return self._each(lambda x, y: self._D(lambda eta: self.E(eta, x, y))(self.eta), self.y)

    def input_gradient(self) -> Any:
        return self._each(lambda x, y: self._D(lambda x: self.E(self.eta, x, y))(x), self.y)

    def hessian(self) -> Any:
        def of_one(x: Any, y: Any) -> Any:
            return self._D(self._D(lambda eta: self.E(eta, x, y)))(self.eta)

        return np.tensordot(self.shares, self._each(of_one, self.y), axes=1)

    def gauss_newton(self) -> Any:
        squares = {"sum_squared_error": 2.0, "half_squared_error": 1.0}
        total = np.zeros((self.eta.size, self.eta.size))
        for share, x, y in zip(self.shares, self.X, self.y, strict=True):
            if self.loss in squares:
                J = np.asarray(self._D(lambda eta, x=x: self.F(eta, x))(self.eta))
                total += share * squares[self.loss] * J.T @ J
                continue
            J = np.asarray(self._D(lambda eta, x=x: self.layers(eta, x)[0][-1])(self.eta))
            q = np.asarray(self.layers(self.eta, x)[0][-1])
            H = self._D(self._D(lambda q, y=y: error(self.lib, self.loss, self.output, q, y)))(q)
            total += share * J.T @ np.asarray(H) @ J
        return total

    def layer_jacobians(self) -> Any:
        factors = []
        for layer in reversed(range(len(self.functions))):
            W = self._W(layer)

            def of_one(z: Any, W: Any = W, layer: int = layer) -> Any:
                q = self.lib.np.dot(z, W) + self._b(layer)
                return activation(self.lib, self.functions[layer], q)

            zs = [np.asarray(self.layers(self.eta, x)[1][layer]) for x in self.X]
            factors.append(np.stack([np.asarray(self._D(of_one)(z)) for z in zs]))
        return factors

    def layer_parameter_jacobian(self, layer: int) -> Any:
        a, b = self.sizes[layer : layer + 2]

        def of_one(own: Any, z: Any) -> Any:
            q = self.lib.np.dot(z, own[: a * b].reshape((a, b))) + own[a * b :]
            return activation(self.lib, self.functions[layer], q)

        own = np.concatenate([self._W(layer).ravel(), self._b(layer)])
        zs = [np.asarray(self.layers(self.eta, x)[1][layer]) for x in self.X]
        return np.stack([np.asarray(self._D(lambda own, z=z: of_one(own, z))(own)) for z in zs])

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

        def along(x: Any, dx: Any) -> Any:
            return lambda t: self.F(eta + t[0] * v, x + t[0] * dx)

        zero = np.zeros(1)
        rows = []
        for x, dx in zip(X, dX, strict=True):
            f = along(x, dx)
            first, second = self._D(f), self._D(self._D(f))
            rows.append(
                [np.asarray(f(zero)), np.asarray(first(zero))[:, 0], np.asarray(second(zero))[:, 0, 0]]
            )
        return np.array(rows).swapaxes(0, 1)
