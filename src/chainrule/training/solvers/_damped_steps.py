"""Three methods for the damped Gauss-Newton step s = −(A + D)⁻¹ g, D = αI on weights + μI.

A = JᵀHJ is the Gauss-Newton matrix of the average error (N·p rows of J, P parameters), g the gradient of
error and L2 term. Each method is made at a point η, and asked for steps of several damping there.
"""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack
from scipy.sparse.linalg import LinearOperator, cg

from chainrule.network import ObjectiveAt
from chainrule.training.solvers._averages import AverageAt

Array = NDArray[np.float64]
Method = Literal["normal", "dual", "cg"]


class DampedSteps(Protocol):
    """What Levenberg-Marquardt asks of a method for its steps.

    Attributes
    ----------
    gradient : array of shape (P,)
        Of the error alone, without the L2 term.
    diagonal : array of shape (P,)
        Of A.
    """

    gradient: Array
    diagonal: Array

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        """Return s for D = penalty + damping and g = gradient + pull; None if A + D is not positive."""

    def acceleration(self, s: Array) -> Array | None:
        """Return −½ (A + D)⁻¹ JᵀH q_L″, D of the last step, q_L″ along s; None where there is none."""

    def curvature(self, s: Array) -> float:
        """Return sᵀAs."""


class NormalEquations:
    """A is formed and A + D factored (Cholesky); a step of another damping costs a factorisation.

    Parameters
    ----------
    at : AverageAt
    memory : array of shape (P, P)
        For the factors.
    """

    def __init__(self, at: AverageAt, memory: Array) -> None:
        self._at, self._memory = at, memory
        self.gradient, self.matrix = at.gradient_and_matrix()
        self.diagonal = np.diag(self.matrix).copy()
        self._factor: Array | None = None

    def factored(self, added: Array) -> Array | None:
        """Factor A + diag added, in the memory of the factors: that of the last step is given up."""
        return factored(self.matrix, added, self._memory)

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        self._factor = self.factored(penalty + damping)
        return None if self._factor is None else _solved(self._factor, -(self.gradient + pull))

    def acceleration(self, s: Array) -> Array | None:
        assert self._factor is not None
        return _solved(self._factor, -self._at.curvature_along(s))

    def curvature(self, s: Array) -> float:
        return float(s @ blas.dsymv(1.0, self.matrix.T, s, lower=0))


def factored(matrix: Array, added: Array, memory: Array | None = None) -> Array | None:
    """Return U of UᵀU = matrix + diag added, or None; below its diagonal stands something else.

    Of the matrix, in the order of C, the lower half is read: the upper one, as LAPACK sees it.
    """
    damped = np.empty(matrix.shape) if memory is None else memory
    damped[:] = matrix
    damped.ravel()[:: len(damped) + 1] += added
    factor, failed = lapack.dpotrf(damped.T, lower=0, clean=0, overwrite_a=1)
    return None if failed else factor


def _solved(factor: Array, right: Array) -> Array:
    solution: Array = lapack.dpotrs(factor, right, lower=0)[0]
    return solution


class DualForm:
    """Where rows of J are fewer than parameters: with the rows B of √H J and r so that Bᵀr is the gradient,

    s = −D⁻¹ (c + Bᵀ (I + B D⁻¹ Bᵀ)⁻¹ (r − B D⁻¹ c)), where c is the L2 term's gradient (Woodbury's formula):
    a system of as many equations as rows.
    """

    def __init__(self, at: ObjectiveAt) -> None:
        self._at, layout = at, at.objective.net.layout
        self._parts = layout.penalised, layout.free  # D is the same all over each
        self._B, self._r = at.rows()
        self.gradient = self._r @ self._B
        self.diagonal = np.einsum("ij,ij->j", self._B, self._B)
        self._grams = [self._B[:, part] @ self._B[:, part].T for part in self._parts]
        self._factor: Array | None = None

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        self._factor, self._added = None, penalty + damping
        if not (self._added > 0).all():
            return None
        penalised, free = self._grams
        gram = penalised / self._added[self._parts[0]][0] + free / self._added[self._parts[1]][0]
        self._factor = factored(gram, np.ones(len(gram)))
        if self._factor is None:
            return None
        inner = _solved(self._factor, self._r - self._B @ (pull / self._added))
        return -(pull + inner @ self._B) / self._added

    def acceleration(self, s: Array) -> Array | None:
        assert self._factor is not None
        right = self._at.curvature_along(s) / self._added
        inner = _solved(self._factor, self._B @ right)
        return (inner @ self._B) / self._added - right

    def curvature(self, s: Array) -> float:
        change = self._B @ s
        return float(change @ change)


class TruncatedCG:
    """A is never formed: conjugate gradients on its products, ended early far from the solution.

    The residual is made smaller than min(rtol, √‖g‖) ‖g‖ (Dembo & Steihaug 1983), preconditioned by A's
    diagonal.

    Parameters
    ----------
    at : AverageAt
    keep : bool
        Whether the forward pass is kept for its products, or made anew for each.
    most : int
        Products for a step.
    rtol : float
    """

    def __init__(self, at: AverageAt, *, keep: bool = True, most: int = 200, rtol: float = 0.5) -> None:
        self._operator, self._most, self._rtol = at.operator(keep=keep), most, rtol
        self.gradient = at.gradient()
        self.diagonal = self._operator.diagonal()

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        added, g = penalty + damping, self.gradient + pull
        scale = self.diagonal + added
        if not (scale > 0).all():
            return None
        P = len(g)
        size = float(np.linalg.norm(g))
        product = LinearOperator((P, P), matvec=lambda v: self._operator @ v + added * v, dtype=np.float64)
        inverse = LinearOperator((P, P), matvec=lambda v: v / scale, dtype=np.float64)
        s, _ = cg(product, -g, rtol=min(self._rtol, np.sqrt(size)), maxiter=self._most, M=inverse)
        return np.asarray(s)

    def acceleration(self, s: Array) -> Array | None:
        return None

    def curvature(self, s: Array) -> float:
        return float(s @ (self._operator @ s))
