"""Differentiable maps Rⁿ → Rᵐ, and their composition.

N4: the derivative of f at x is the m × n matrix (Df)_ij = ∂f_i/∂x_j, a linear map.
N7: composition becomes multiplication, D(g ∘ f)(x) = Dg(f(x)) · Df(x).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from chainrule._expressions import read_expressions
from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, ActivationFunction, Array, named
from chainrule.calculus.bracketing import Factor

_STEP = 1e-30


class Map(ABC):
    """A differentiable map from n numbers to m; None stands for any number."""

    name = "f"
    n: int | None = None
    m: int | None = None

    def __call__(self, x: ArrayLike) -> Array:
        """f(x) (m,)."""
        return self._value(self.checked(x, self.n, "x"))

    def derivative(self, x: ArrayLike) -> Array:
        """Df(x) (m, n)."""
        return self._derivative(self.checked(x, self.n, "x"))

    def pushforward(self, x: ArrayLike, v: ArrayLike) -> Array:
        """Df(x) · v (m,): what f makes of a small step v (n,)."""
        D = self.derivative(x)
        return np.asarray(D @ self.checked(v, D.shape[1], "v"))

    def pullback(self, x: ArrayLike, u: ArrayLike) -> Array:
        """u · Df(x) (n,): the row u (m,) multiplied from the left."""
        D = self.derivative(x)
        return np.asarray(self.checked(u, D.shape[0], "u") @ D)

    def second_derivative(self, x: ArrayLike) -> Array:
        """D²f(x) (m, n, n), by a complex step through the derivative."""
        x = self.checked(x, self.n, "x")
        return np.stack([self._derivative(x + 1j * _STEP * e).imag / _STEP for e in np.eye(x.size)], axis=2)

    def factor(self, x: Array) -> tuple[Factor, Array]:
        """Df(x) as a factor of a chain; a diagonal matrix as its diagonal."""
        D = self.derivative(x)
        return Factor(f"D{self.name}", (D.shape[0], D.shape[1])), D

    @abstractmethod
    def _value(self, x: Array) -> Array: ...

    @abstractmethod
    def _derivative(self, x: Array) -> Array: ...

    def __matmul__(self, inner: "Map") -> "Composition":
        """g @ f is g ∘ f: first f, then g."""
        return Composition(self, inner)

    def __repr__(self) -> str:
        return f"{self.name}: R^{self.n or 'n'} → R^{self.m or 'm'}"

    def checked(self, x: ArrayLike, size: int | None, name: str) -> Array:
        """x as a vector of that size, real or complex; raises ValueError for other shapes and NaN."""
        vector = np.asarray(x)
        vector = vector if np.iscomplexobj(vector) else vector.astype(float)
        if vector.ndim != 1 or (size is not None and vector.size != size):
            raise ValueError(f"{self.name} takes {name} of shape ({size or 'n'},), got {vector.shape}")
        if np.isnan(vector).any():
            raise ValueError(f"{name} holds NaN at {int(np.argmax(np.isnan(vector)))}")
        return vector


class Composition(Map):
    """g ∘ f; raises ValueError, naming both, where f does not give as many numbers as g takes.

    Examples
    --------
    >>> f, g = Function("x1**2*x2, x1 + x2"), Function("y1**2 + y2**3")
    >>> (g @ f).derivative([1.0, 2.0])  # [4x₁³x₂² + 3(x₁ + x₂)², 2x₁⁴x₂ + 3(x₁ + x₂)²]
    array([[43., 31.]])
    """

    def __init__(self, outer: Map, inner: Map) -> None:
        if outer.n is not None and inner.m is not None and outer.n != inner.m:
            raise ValueError(f"{outer!r} does not take what {inner!r} gives")
        self.outer, self.inner, self.name = outer, inner, f"{outer.name} ∘ {inner.name}"
        self.n, self.m = inner.n, outer.m

    def maps(self) -> list[Map]:
        """The maps composed, outermost first."""
        both = self.outer, self.inner
        return [one for part in both for one in (part.maps() if isinstance(part, Composition) else [part])]

    def _value(self, x: Array) -> Array:
        return self.outer(self.inner(x))

    def _derivative(self, x: Array) -> Array:
        return np.asarray(self.outer.derivative(self.inner(x)) @ self.inner.derivative(x))

    def second_derivative(self, x: ArrayLike) -> Array:
        """Dfᵀ · D²g · Df + Dg · D²f: the chain rule and the product rule, once more."""
        z, D = self.inner(x), self.inner.derivative(x)
        bent = np.tensordot(self.outer.derivative(z), self.inner.second_derivative(x), axes=1)
        return np.asarray(D.T @ self.outer.second_derivative(z) @ D + bent)

    def pushforward(self, x: ArrayLike, v: ArrayLike) -> Array:
        """Dg(f(x)) · (Df(x) · v)."""
        return self.outer.pushforward(self.inner(x), self.inner.pushforward(x, v))

    def pullback(self, x: ArrayLike, u: ArrayLike) -> Array:
        """(u · Dg(f(x))) · Df(x) (N11)."""
        return self.inner.pullback(x, self.outer.pullback(self.inner(x), u))


class Affine(Map):
    """x ↦ A x + b, with derivative A.

    Examples
    --------
    >>> Affine([[1.0, 2.0]], [3.0])([1.0, 1.0])
    array([6.])
    """

    def __init__(self, A: ArrayLike, b: ArrayLike, name: str = "affine") -> None:
        self.A, self.b, self.name = np.asarray(A), np.asarray(b), name
        if self.A.ndim != 2 or self.b.shape != self.A.shape[:1]:
            raise ValueError(f"A has shape {self.A.shape}, b {self.b.shape}; (m, n) and (m,) belong together")
        self.m, self.n = self.A.shape

    def _value(self, x: Array) -> Array:
        return np.asarray(self.A @ x + self.b)

    def _derivative(self, x: Array) -> Array:
        return self.A


def shift(c: ArrayLike) -> Affine:
    """x ↦ x + c, with derivative Id: the notes' β for c = −y (N8)."""
    c = np.asarray(c, dtype=float)
    return Affine(np.eye(c.size), c, name="shift")


class Elementwise(Map):
    """σ of each number, with derivative diag σ′; or by name an output, such as softmax, which mixes them.

    Examples
    --------
    >>> Elementwise("relu").derivative([-1.0, 2.0])
    array([[0., 0.],
           [0., 1.]])
    """

    def __init__(self, σ: str | ActivationFunction, n: int | None = None) -> None:
        if isinstance(σ, str):
            self._row = ACTIVATIONS[σ] if σ in ACTIVATIONS else named(OUTPUTS, "activation", σ)
        else:
            self._row = σ
        self.name, self.n, self.m = self._row.name, n, n

    def _value(self, x: Array) -> Array:
        value: Array = self._row.value(x[None])[0]
        return value

    def _derivative(self, x: Array) -> Array:
        if isinstance(self._row, ActivationFunction):
            return np.diag(self._row.derivative(x))
        D: Array = self._row.derivative(x[None], self._row.value(x[None]))[0]
        return D

    def factor(self, x: Array) -> tuple[Factor, Array]:
        """diag σ′ as σ′."""
        if not isinstance(self._row, ActivationFunction):
            return super().factor(x)
        return Factor(f"D{self.name}", (x.size, x.size), "diagonal"), self._row.derivative(x)


class Function(Map):
    """Any function, in Python or in the notation of SymPy.

    Parameters
    ----------
    f : callable or str
        Takes x (n,), gives m numbers; or expressions between commas, whose variables in natural order of
        their names are x_1 … x_n. A text is parsed and never evaluated, so it may come from anyone: numbers,
        variables, + - * / ** (or ^), pi, E, and the functions that a ValueError lists for everything else.
    derivative : callable, optional
        Gives Df(x) (m, n). Without it: exact for expressions, for Python by a complex step. Where that does
        not get through (``abs``, ``conj``, ``floor``) it is noticed, and a ValueError.
    name : str, optional

    Examples
    --------
    >>> Function("x1**2*x2, x1 + x2").derivative([3.0, 2.0])  # N6: [[2x₁x₂, x₁²], [1, 1]]
    array([[12.,  9.],
           [ 1.,  1.]])
    >>> Function(lambda x: [x[0] * x[1]]).derivative([3.0, 2.0])
    array([[2., 3.]])
    """

    def __init__(
        self,
        f: Callable[[Array], ArrayLike] | str,
        derivative: Callable[[Array], ArrayLike] | None = None,
        name: str = "",
    ) -> None:
        self.name = name or (f"({f})" if isinstance(f, str) else getattr(f, "__name__", "f"))
        if isinstance(f, str):
            read = read_expressions(f)
            (f, exact), (self.m, self.n) = read.functions(), read.derivative.shape
            derivative = derivative or exact
        self._f, self._df = f, derivative

    def _value(self, x: Array) -> Array:
        return np.asarray(self._f(x)).ravel()

    def _derivative(self, x: Array) -> Array:
        if self._df is None:
            return self._by_complex_step(x)
        D, m = np.atleast_2d(np.asarray(self._df(x))), self._value(x).size
        if D.shape != (m, x.size):
            raise ValueError(f"the derivative of {self.name} has shape {D.shape}, not {(m, x.size)}")
        return D

    def _by_complex_step(self, x: Array) -> Array:
        try:
            values = [self._value(x + 1j * _STEP * e) for e in np.eye(x.size)]
        except (TypeError, np.exceptions.ComplexWarning) as error:
            raise ValueError(f"{self.name} takes no complex numbers; give the derivative") from error
        return self._compared(np.column_stack(values).imag / _STEP, self._value, x, "derivative")

    def _compared(self, D: Array, f: Callable[[Array], Array], x: Array, what: str) -> Array:
        """What a complex step gave, held against differences: a wrong one is no derivative at all."""
        coarse, fine = _by_differences(f, x, 1.0), _by_differences(f, x, 0.5)
        rounding = np.finfo(float).eps ** (2 / 3) * np.abs(f(x))[..., None]
        doubt = 1e-5 * (1 + np.abs(fine)) + 10 * np.abs(coarse - fine) + 10 * rounding
        off = np.abs(D - fine) - doubt
        if not np.all(off <= 0):
            place = np.unravel_index(np.argmax(off), off.shape)
            raise ValueError(
                f"the complex step does not get through {self.name} (abs, conj, a kink?): its {what} at "
                f"{tuple(map(int, place))} is {D[place]:.6g}, {fine[place]:.6g} by differences; "
                "give a derivative without them"
            )
        return D

    def second_derivative(self, x: ArrayLike) -> Array:
        """D²f(x) (m, n, n); where the derivative is a complex step itself, by differences of it."""
        x = self.checked(x, self.n, "x")
        if self._df is None:
            return _by_differences(self._derivative, x)
        return self._compared(super().second_derivative(x), self._derivative, x, "second derivative")


def _by_differences(f: Callable[[Array], Array], x: Array, step: float = 1.0) -> Array:
    h = step * np.finfo(float).eps ** (1 / 3) * np.maximum(1, np.abs(x))
    return np.stack([(f(x + s) - f(x - s)) / (2 * s.max()) for s in np.diag(h)], axis=-1)


norm_squared = Function(lambda z: (z * z).sum(), lambda z: 2 * z, name="norm_squared")
"""z ↦ ‖z‖², with derivative 2zᵀ: the notes' α (N8)."""


class AffineInParameters(Map):
    """N10: (A, b) ↦ A z + b for a fixed z, with A listed row by row, then b: the lecture's order.

    Row i of its derivative has z in the columns of A_i1 … A_in and 1 in that of b_i. With σ after it, the
    chain rule multiplies row i by σ′(q_i).

    Examples
    --------
    >>> AffineInParameters([5.0, 7.0], 2).derivative(np.zeros(6))
    array([[5., 7., 0., 0., 1., 0.],
           [0., 0., 5., 7., 0., 1.]])
    """

    def __init__(self, z: ArrayLike, fan_out: int) -> None:
        self.z, self.fan_out, self.name = np.asarray(z), fan_out, "affine in (A, b)"
        self.n, self.m = fan_out * (self.z.size + 1), fan_out

    def _value(self, x: Array) -> Array:
        A, b = x[: -self.fan_out].reshape(self.fan_out, -1), x[-self.fan_out :]
        return np.asarray(A @ self.z + b)

    def _derivative(self, x: Array) -> Array:
        return np.hstack([np.kron(np.eye(self.fan_out), self.z), np.eye(self.fan_out)])


def lecture_columns(fan_in: int, fan_out: int) -> Array:
    """The column in the lecture's order of each column in the order of η (N10).

    η lists W = Aᵀ row by row: column i·fan_out + k, of W[i, k] = A[k, i], is the lecture's k·fan_in + i.

    Examples
    --------
    >>> lecture_columns(2, 2)
    array([0, 2, 1, 3, 4, 5])
    """
    by_weight = np.arange(fan_in * fan_out).reshape(fan_out, fan_in).T.ravel()
    return np.append(by_weight, by_weight.size + np.arange(fan_out))


def network_map(
    weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[str], output: str
) -> Map:
    """F(·, η) as a composition of maps (N1); arguments of `forward`.

    Examples
    --------
    >>> network_map([np.ones((2, 1))], [np.zeros(1)], [], "identity").derivative([1.0, 2.0])
    array([[1., 1.]])
    """
    layers = [
        Elementwise(σ, len(b)) @ Affine(np.asarray(W).T, b)
        for W, b, σ in zip(weights, biases, [*activations, output], strict=True)
    ]
    F: Map = layers[0]
    for layer in layers[1:]:
        F = layer @ F
    return F
