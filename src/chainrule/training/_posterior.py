"""How sure a fitted network is: the normal distribution of η around what was learnt (Laplace).

With A = Σ w JᵀJ over the rows that were learnt from, η has the covariance σ² (A + αI)⁻¹, α on weights alone,
and the noise σ² = Σ w ‖F − y‖² / (N − γ), where γ = tr (A + αI)⁻¹A of the parameters are determined by the N
residuals (MacKay 1992).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular

from chainrule.network import GaussNewton, Network, NetworkAt, Samples, as_inputs, jacobian_blocks
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._crew import Crew
from chainrule.training._damped_steps import factored
from chainrule.training._evidence import count_residuals
from chainrule.training._levenberg_marquardt import in_double
from chainrule.training._problem import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Posterior:
    """The distribution of η after learning.

    Attributes
    ----------
    factor : array of shape (P, P)
        Lower Cholesky factor of Σ w JᵀJ + αI.
    noise : float
        σ²; NaN where no residual is left to estimate it from.
    effective : float
        γ, the parameters determined by the data.
    residuals : int
        N.
    """

    factor: Array
    noise: float
    effective: float
    residuals: float

    @classmethod
    def of(cls, problem: Problem, alpha: float) -> "Posterior":
        """Estimate it from what was learnt, with the L2 term's strength beside the sum of the errors."""
        p = in_double(problem)
        net, total = p.network, float(p.weights.sum())
        with one_blas_thread() as threads, Crew(threads) as crew:
            model = GaussNewton(net.architecture, p.inputs, p.loss, p.Y, p.weights, crew)
            _, matrix = model.at(net.parameters).gradient_and_matrix()
            del model  # and the memory of its work
        matrix *= total
        P, n = net.n_parameters, net.layout.n_weights
        penalty = np.where(np.arange(P) < n, alpha, 0.0)
        factor = None
        share = 0.0
        while factor is None:  # parameters that nothing depends on: a trace of damping, more until it holds
            factor = factored(matrix, penalty + share * float(np.diag(matrix).max()))
            share = max(1e-14, 10 * share)
        del matrix
        effective = float(P - penalty @ np.diag(lapack.dpotri(factor, lower=0)[0]))
        residuals = count_residuals(p)
        squares = float(p.weights @ ((net(p.inputs.matrix(slice(0, len(p.inputs)))) - p.Y) ** 2).sum(axis=1))
        free = residuals - effective
        return cls(np.triu(factor).T.copy(), squares / free if free > 0 else np.nan, effective, residuals)

    def std(self, network: Network, X: Samples) -> Array:
        """Return the standard deviation (n, p) of new answers at the rows of X, noise included.

        std² = σ² (1 + jᵀ (A + αI)⁻¹ j), j = ∂F/∂η.

        Raises
        ------
        ValueError
            Where σ² could not be estimated.
        """
        if not self.noise >= 0:
            raise ValueError(
                f"the noise cannot be estimated: {self.residuals:g} residuals, {self.effective:.1f} of the "
                "parameters determined by them; take alpha > 0 or alpha='bayes', or fewer parameters"
            )
        inputs = as_inputs(X, network.layer_sizes[0], network.dtype)
        at = NetworkAt(network.architecture, network.parameters, inputs, keep=False)
        p = network.layer_sizes[-1]
        std = np.empty((len(inputs), p))
        for piece, block in jacobian_blocks(at):
            spread = solve_triangular(self.factor, block.T, lower=True, check_finite=False)
            std[piece.rows] = np.sqrt(self.noise * (1 + (spread * spread).sum(axis=0))).reshape(-1, p)
        return std
