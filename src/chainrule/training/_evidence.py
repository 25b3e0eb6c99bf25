"""Regularisation that finds itself: the evidence of noise and weights (MacKay 1992; Foresee & Hagan 1997).

With E_D = Σ w_i E_i and E_W = ½‖W‖², the posterior of η has precision βA + aI_W. Of the n_W weights
γ_W = n_W − α tr (A + αI_W)⁻¹ are determined by the data, α = a/β; the biases, being free, all are. The most
probable precisions are a = γ_W / 2E_W and β = (N − γ) / 2E_D, with γ = γ_W + the number of biases.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from chainrule.training._damped_steps import factored

Array = NDArray[np.float64]

_MOST = 1e12
_CAUTION = 3.0
"""A strong term at first leads to the smoother of several fits; from 10 on all weights may vanish."""


@dataclass
class Evidence:
    """What is known of the strength of the L2 term.

    Attributes
    ----------
    n_weights, n_parameters, n_residuals : int
    alpha : float
        Strength of the L2 term beside the sum of the errors.
    effective : float
        Parameters determined by the data, γ.
    logarithm : float
        Of the evidence, up to what is the same for every network of this size.
    """

    n_weights: int
    n_parameters: int
    n_residuals: int
    alpha: float = 0.0
    effective: float = np.nan
    logarithm: float = np.nan

    def begin(self, error_sum: float, square_sum: float) -> None:
        """Guess before anything is learnt: every parameter is determined, at most half of the data gone."""
        free = max(self.n_residuals - self.n_parameters, self.n_residuals / 2)
        self.effective = float(min(self.n_parameters, self.n_residuals / 2))
        self._set(self.n_weights * self.effective / self.n_parameters, free, error_sum, square_sum)
        self.alpha *= _CAUTION

    def update(self, matrix: Array, error_sum: float, square_sum: float) -> bool:
        """Estimate anew from Σ w JᵀHJ at a point; False if that cannot be factored there."""
        n = self.n_weights
        penalty = np.where(np.arange(self.n_parameters) < n, self.alpha, 0.0)
        # Biases have no penalty: a trace of damping keeps those that nothing depends on apart.
        tiny = 1e-12 * max(float(np.diag(matrix).max()), 1e-300)
        factor = factored(matrix, penalty + tiny)
        if factor is None:
            return False
        log_determinant = float(2 * np.log(np.diag(factor)).sum())  # ln det (A + αI)
        inverse, failed = lapack.dpotri(factor, lower=1, overwrite_c=1)
        if failed:
            return False
        determined = n - self.alpha * float(np.diag(inverse)[:n].sum())
        determined = float(np.clip(determined, 1e-3 * n, n))
        effective = determined + self.n_parameters - n
        free = max(self.n_residuals - effective, 1.0)
        self.effective = effective
        self._set(determined, free, error_sum, square_sum)
        if self.alpha >= _MOST:  # all weights have shrunk to nothing: a constant explains the data as well
            self.logarithm = -np.finfo(np.float64).max
            return True
        noise = max(2 * error_sum, 1e-300) / free
        spread = noise / self.alpha
        misfit = 2 * error_sum / noise + 2 * square_sum / spread
        sizes = (self.n_residuals - self.n_parameters) * np.log(noise) + n * np.log(spread)
        self.logarithm = -0.5 * (misfit + log_determinant + float(sizes))
        return True

    def _set(self, determined: float, free: float, error_sum: float, square_sum: float) -> None:
        noise = max(2 * error_sum, 1e-300) / free
        spread = max(2 * square_sum, 1e-300) / determined
        self.alpha = float(np.clip(noise / spread, 1 / _MOST, _MOST))
