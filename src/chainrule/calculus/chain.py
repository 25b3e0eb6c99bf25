"""The derivative of a composition as a product of factors, kept apart until an order is chosen (N9, N11)."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from chainrule.calculus.activations import Array
from chainrule.calculus.bracketing import ORDERS, Bracketing, Factor, parse
from chainrule.calculus.maps import Composition, Map


@dataclass(frozen=True)
class Chain:
    """D(f_L ∘ … ∘ f_1)(x) = Df_L(z_{L−1}) · … · Df_1(z_0), output first.

    N9: each factor is taken at a value that the forward pass has computed already.

    Attributes
    ----------
    factors : list of Factor
    matrices : list of array
        Of diagonal factors the diagonal.
    values : list of array
        z_0 = x, …, z_L = f(x).

    Examples
    --------
    >>> from chainrule.calculus import Affine, Elementwise
    >>> f = Elementwise("tanh") @ Affine([[1.0, 1.0]], [0.0]) @ Elementwise("sine")
    >>> chain = Chain.of(f, [0.0, 0.0])
    >>> chain.bracketing().formula, chain.product()
    ('(Dtanh Daffine) Dsine', array([[1., 1.]]))
    """

    factors: list[Factor]
    matrices: list[Array]
    values: list[Array]

    @classmethod
    def of(cls, f: Map, x: ArrayLike) -> "Chain":
        """Run f forward at x (n,), and take each factor's derivative at the value on the way."""
        maps = f.maps() if isinstance(f, Composition) else [f]
        chain = cls([], [], [f.checked(x, f.n, "x")])
        for one in reversed(maps):
            factor, matrix = one.factor(chain.values[-1])
            chain.factors.insert(0, factor)
            chain.matrices.insert(0, matrix)
            chain.values.append(one(chain.values[-1]))
        return chain

    def bracketing(self, order: str = "cheapest") -> Bracketing:
        """The order by name ("cheapest", "from_output": back propagation, "from_input"), or in brackets."""
        return ORDERS[order](self.factors) if order in ORDERS else parse(order, self.factors)

    def product(self, order: str = "cheapest") -> Array:
        """Df(x) (m, n), multiplied in that order."""
        return self.bracketing(order).multiply(self.matrices)
