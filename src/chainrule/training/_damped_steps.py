"""Three ways to the damped Gauss-Newton step s = −(A + D)⁻¹ g, D = αI on weights + μI.

A = JᵀHJ is the Gauss-Newton matrix of the average error (N·p rows of J, P parameters), g the gradient of
error and L2 term. Each way is made at a point η, and asked for steps of several damping there.
"""

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack
from scipy.sparse.linalg import LinearOperator, cg

from chainrule.network import CurvatureOperator, jacobian_blocks
from chainrule.training._crew import Crew

if TYPE_CHECKING:
    from chainrule.network import Piece

Array = NDArray[np.float64]
Way = Literal["normal", "dual", "cg"]


class DampedSteps(Protocol):
    """What Levenberg-Marquardt asks of a way to its step.

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

    def curvature(self, s: Array) -> float:
        """Return sᵀAs."""


class NormalEquations:
    """A is formed and A + D factored (Cholesky); a step of another damping costs a factorisation."""

    def __init__(self, operator: CurvatureOperator, crew: Crew) -> None:
        self.gradient, self.matrix = operator.with_gradient(crew.do)
        self.diagonal = np.diag(self.matrix).copy()

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        return solve_damped(self.matrix, penalty + damping, -(self.gradient + pull))

    def curvature(self, s: Array) -> float:
        return float(s @ blas.dsymv(1.0, self.matrix.T, s, lower=0))


def solve_damped(matrix: Array, added: Array, right: Array) -> Array | None:
    """Return (matrix + diag added)⁻¹ right, or None where that is not positive definite."""
    factor = factored(matrix, added)
    return None if factor is None else lapack.dpotrs(factor, right, lower=0)[0]


def factored(matrix: Array, added: Array) -> Array | None:
    """Return U of UᵀU = matrix + diag added, or None; below its diagonal stands something else.

    Of the matrix, in the order of C, the lower half is read: the upper one, as LAPACK sees it.
    """
    damped = np.array(matrix, order="C")
    damped.ravel()[:: len(damped) + 1] += added
    factor, failed = lapack.dpotrf(damped.T, lower=0, clean=0, overwrite_a=1)
    return None if failed else factor


class DualForm:
    """Where rows of J are fewer than parameters: with the rows B of √H J and r so that Bᵀr is the gradient,

    s = −D⁻¹ (c + Bᵀ (I + B D⁻¹ Bᵀ)⁻¹ (r − B D⁻¹ c)), where c is the L2 term's gradient (Woodbury's formula):
    a system of as many equations as rows.
    """

    def __init__(self, operator: CurvatureOperator, n_weights: int) -> None:
        roots: list[Array] = []
        errors: list[Array] = []

        def root_of(piece: "Piece") -> Array:
            gradients = operator.output_gradients(piece)
            curvatures = operator.output_curvatures(piece)
            # Where a curvature has rounded to nothing its error still counts.
            root = np.sqrt(np.where(gradients != 0, np.maximum(curvatures, 1e-300), curvatures))
            roots.append(root)
            errors.append(np.divide(gradients, root, out=np.zeros_like(root), where=root > 0).ravel())
            return root

        blocks = [block.copy() for _, block in jacobian_blocks(operator.at, root_of)]
        self._B, self._r = np.concatenate(blocks), np.concatenate(errors)
        self.gradient = self._r @ self._B
        self.diagonal = np.einsum("ij,ij->j", self._B, self._B)
        weights, biases = self._B[:, :n_weights], self._B[:, n_weights:]
        self._grams = weights @ weights.T, biases @ biases.T

    def step(self, penalty: Array, pull: Array, damping: float) -> Array | None:
        added = penalty + damping
        if not (added > 0).all():
            return None
        of_weights, of_biases = self._grams
        gram = of_weights / added[0] + of_biases / added[-1]
        inner = solve_damped(gram, np.ones(len(gram)), self._r - self._B @ (pull / added))
        return None if inner is None else -(pull + inner @ self._B) / added

    def curvature(self, s: Array) -> float:
        change = self._B @ s
        return float(change @ change)


class TruncatedCG:
    """A is never formed: conjugate gradients on its products, ended early far from the solution.

    The residual is made smaller than min(rtol, √‖g‖) ‖g‖ (Dembo & Steihaug 1983), preconditioned by A's
    diagonal.
    """

    def __init__(
        self, operator: CurvatureOperator, gradient: Array, most: int = 200, rtol: float = 0.5
    ) -> None:
        self._operator, self._most, self._rtol = operator, most, rtol
        self.gradient = gradient
        self.diagonal = operator.diagonal()

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

    def curvature(self, s: Array) -> float:
        return float(s @ (self._operator @ s))
