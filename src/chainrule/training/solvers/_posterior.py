"""Posterior of η: a normal distribution around the learnt η (Laplace's approximation).

With A = Σ w JᵀJ over the rows that were learnt from, η has the covariance σ² (A + αI)⁻¹, α on weights alone,
and the noise σ² = Σ w ‖F − y‖² / (N − γ), where γ = tr (A + αI)⁻¹A of the parameters are determined by the N
residuals (MacKay 1992). All of this is in the scaled units that were learnt in; what is returned is in those
of the data.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular

from chainrule.network import (
    SMALL,
    Bytes,
    ForwardPass,
    Network,
    Samples,
    as_bytes,
    as_inputs,
    in_words,
    jacobian_blocks,
)
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._chunks import cut
from chainrule.network._sharing import in_parts, team_for
from chainrule.network._team import Team
from chainrule.training._problem import Problem
from chainrule.training._scaled_problem import ScaledProblem
from chainrule.training._scaling import Scaling
from chainrule.training.solvers._averages import averages_of
from chainrule.training.solvers._damped_steps import factored
from chainrule.training.solvers._evidence import count_residuals

Array = NDArray[np.float64]

_SOLVED_ROWS = 256
"""Rows in one triangular solution: a multiple is shared by threads."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """The distribution of η after learning.

    Attributes
    ----------
    factor : array of shape (P, P)
        Lower Cholesky factor of Σ w JᵀJ + αI, in scaled units.
    noise : float
        σ² in scaled units; NaN where no residual is left to estimate it from.
    effective : float
        γ, the parameters determined by the data.
    residuals : int
        N.
    scaling : Scaling or None
        The units; None for those of the data.
    """

    factor: Array
    noise: float
    effective: float
    residuals: float
    scaling: Scaling | None = None

    @staticmethod
    def check_memory(network: Network, max_memory: Bytes | None) -> None:
        """Raise MemoryError if what `of` needs is not allowed: asked before learning, not after it."""
        P = network.n_parameters
        needed, bound = 24 * P * P, as_bytes(max_memory)
        if needed > bound:
            raise MemoryError(
                f"keep_covariance=True takes {in_words(needed)} for {P:,} parameters (and keeps "
                f"{in_words(needed // 3)}), allowed are {in_words(bound)}; "
                "solver=LevenbergMarquardt(max_memory=...) allows more"
            )

    @classmethod
    def of(cls, problem: Problem, alpha: float) -> "Posterior":
        """Estimate it from what was learnt, with the L2 term's strength beside the sum of the errors.

        Raises
        ------
        ValueError
            If the matrix is not finite.
        """
        scaled = ScaledProblem.of(replace(problem, drawn=False))
        net = scaled.problem.network
        with one_blas_thread() as threads, Team(threads) as team:
            averages = averages_of(scaled, team, SMALL)
            _, matrix = averages.at(net.parameters).gradient_and_matrix()
            del averages  # and the memory of its work
            squares = _squares(scaled)
        matrix *= scaled.total
        P, penalty = net.n_parameters, net.layout.penalty(alpha)
        factor = _factored_with_a_trace(matrix, penalty)
        del matrix
        effective = float(P - penalty @ np.diag(lapack.dpotri(factor, lower=0)[0]))
        residuals = count_residuals(scaled.total, net)
        free = residuals - effective
        noise = squares / free if free > 0 else np.nan
        return cls(_lower(factor), noise, effective, residuals, scaled.scaling)

    def covariance(self, network: Network) -> Array:
        """Return the covariance (P, P) of η: σ² (A + αI)⁻¹, carried over to the units of the data.

        Raises
        ------
        ValueError
            Where σ² could not be estimated.
        """
        self._check_noise()
        lower: Array = lapack.dpotri(self.factor, lower=1)[0]
        below = np.tril(lower, -1)
        scaled = self.noise * (below + below.T + np.diag(np.diag(lower)))
        return scaled if self.scaling is None else self.scaling.covariance(scaled, network.layout)

    def std(self, network: Network, X: Samples) -> Array:
        """Return the standard deviation (n, p) of new answers at the rows of X, noise included.

        std² = σ² (1 + jᵀ (A + αI)⁻¹ j), j = ∂F/∂η.

        Raises
        ------
        ValueError
            Where σ² could not be estimated.
        """
        self._check_noise()
        inputs, unit = as_inputs(X, network.layer_sizes[0], network.dtype), np.ones(network.layer_sizes[-1])
        if self.scaling is not None:
            network, inputs = self.scaling.network(network), self.scaling.inputs(inputs)
            unit = self.scaling.target_spread
        at = ForwardPass(network.architecture, network.parameters, inputs, keep=False)
        std = np.empty((len(inputs), len(unit)))
        with team_for(std.size * network.n_parameters**2) as team:
            for piece, block in jacobian_blocks(at):
                std[piece.rows] = np.sqrt(self._variances(block, team)).reshape(-1, len(unit)) * unit
        return std

    def _variances(self, J: Array, team: Team) -> Array:
        """σ² (1 + jᵀ (A + αI)⁻¹ j) of each row j."""
        variances = np.empty(len(J))

        def solve(first: int, m: int) -> None:
            rows = slice(first, first + m)
            spread = solve_triangular(self.factor, J[rows].T, lower=True, check_finite=False)
            variances[rows] = self.noise * (1 + (spread * spread).sum(axis=0))

        in_parts(team, cut(len(J), _SOLVED_ROWS), lambda: solve)
        return variances

    def _check_noise(self) -> None:
        if not self.noise >= 0:
            raise ValueError(
                f"the noise cannot be estimated: {self.residuals:g} residuals, {self.effective:.1f} of the "
                "parameters determined by them; take alpha > 0 or alpha='bayes', or fewer parameters"
            )


def _squares(scaled: ScaledProblem) -> float:
    """Σ w ‖F − y‖²."""
    p, net = scaled.problem, scaled.problem.network
    if p.group is not None:
        return scaled.total * float(p.group.total("squares", net.parameters)[0])
    errors = ((net(p.inputs.matrix(slice(0, len(p.inputs)))) - p.Y) ** 2).sum(axis=1)
    return scaled.total * float((p.weights / scaled.total) @ errors)


def _factored_with_a_trace(matrix: Array, penalty: Array) -> Array:
    """Factor matrix + diag penalty; damped a little where it is singular: nothing depends on some parameters.

    The damping grows tenfold from 1e-14 of the largest entry until the factorisation succeeds.
    """
    largest = float((np.diag(matrix) + penalty).max())
    for share in (0.0, *10.0 ** np.arange(-14, 1)):
        factor = factored(matrix, penalty + share * largest)
        if factor is not None and np.isfinite(np.diag(factor)).all():
            return factor
    raise ValueError(
        "the covariance cannot be estimated: entries of the Gauss-Newton matrix are as large as "
        f"{largest:.3g} at the fitted weights; scale the inputs and the target (StandardScaler)"
    )


def _lower(factor: Array) -> Array:
    """The factor as a lower triangle, in the order of C: U in that of Fortran is the same memory."""
    lower = factor.T
    for row, entries in enumerate(lower):
        entries[row + 1 :] = 0.0
    return lower
