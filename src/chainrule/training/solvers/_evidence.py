"""Regularisation that finds itself: the evidence of noise and weights (MacKay 1992; Foresee & Hagan 1997).

With E_D = Σ w_i E_i and E_W = ½‖W‖², the posterior of η has precision βA + aI, A the Gauss-Newton matrix of
E_D. Of the parameters γ = P − α tr (A + αI)⁻¹ are determined by the data, α = a/β, and γ_W of the weights.
The most probable precisions are a = γ_W / 2E_W and β = (N − γ) / 2E_D. The L2 term leaves the biases free;
here they count as if it did not: those of units that have died would else be endlessly uncertain, to the
evidence's favour.

The evidence has many maxima, and those of weak regularisation, where the data are fitted closely, hold their
own: an estimate from such a fit is no way out. So learning begins with a strong term and weakens it, fit upon
fit, until the evidence has fallen for some time; the estimates above then refine the best.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from chainrule.training._problem import Problem
from chainrule.training.solvers._damped_steps import NormalEquations
from chainrule.training.solvers._descent import OVER, Descent, End, Point

Array = NDArray[np.float64]

_STRONG, _WEAKER, _LEVELS = 30.0, 1 / 3, 24
"""How much stronger than guessed the term is at first; by what it is weakened; and how often at most."""
_PATIENCE, _PATIENCE_WITH_NOTHING = 3, 8
"""How often the evidence may be lower than before: than that of a fit, or of a constant."""
_NOTHING = 0.05
"""Share of the first weights' squares below which the network is next to a constant, from where hardly a step
leads back."""
_LOOSE = 1e-4
"""Share of the loss that a step may still take off when the evidence of a fit is asked for."""
_REFINEMENTS = 8


def count_residuals(problem: Problem) -> float:
    """Return the number of answers, N; a weight stands for so many rows."""
    return float(problem.weights.sum()) * problem.network.layer_sizes[-1]


@dataclass(frozen=True)
class Evidence:
    """What a fit says of the strength of its L2 term.

    Attributes
    ----------
    alpha : float
        The strength that it was made with.
    estimate : float
        The strength that it suggests.
    effective : float
        Parameters determined by the data, γ.
    logarithm : float
        Of the evidence, up to what is the same for every network of this size.
    point : Point
    """

    alpha: float
    estimate: float
    effective: float
    logarithm: float
    point: Point

    @classmethod
    def of(cls, descent: Descent) -> "Evidence | None":
        """Judge where a descent stands; None if its matrix cannot be factored there."""
        assert isinstance(descent.steps, NormalEquations)
        net, total, alpha = descent.problem.network, descent.total, descent.alpha
        P, n, N = net.n_parameters, net.layout.n_weights, count_residuals(descent.problem)
        error_sum, square_sum = total * descent.point.error, descent.point.squares
        factor = descent.steps.factored(np.full(P, alpha / total))
        if factor is None:
            return None
        log_determinant = 2 * float(np.log(np.diag(factor)).sum()) + P * np.log(total)
        inverse = np.diag(lapack.dpotri(factor, lower=0, overwrite_c=1)[0]) / total
        effective = float(np.clip(P - alpha * inverse.sum(), 0, P))
        determined = float(np.clip(n - alpha * inverse[:n].sum(), 0, n))
        noise = max(2 * (error_sum + alpha * square_sum), 1e-300) / N
        logarithm = -0.5 * (N * np.log(noise) + log_determinant - P * np.log(alpha))
        estimate = (error_sum / max(N - effective, 1.0)) * determined / max(square_sum, 1e-300)
        return cls(
            alpha, float(np.clip(estimate, 1e-12, 1e12)), effective, float(logarithm), descent.point
        )  # fmt: skip


def descend_by_evidence(descent: Descent) -> End:
    """Learn, and find the strength of the L2 term; leave the descent where the evidence is highest."""
    start = descent.point
    nothing = _NOTHING * start.squares
    descent.alpha = _STRONG * _guess(descent)
    best: Evidence | None = None
    end, worse = OVER, 0
    for _ in range(_LEVELS):
        end = descent.descend(_LOOSE, descent.solver.step_tol)
        if end.reason is None:
            break
        found = Evidence.of(descent)
        collapsed = descent.point.squares < nothing
        if collapsed:
            descent.go_to(start)
        if found is not None and (best is None or found.logarithm > best.logarithm):
            best, worse = found, 0
        elif not collapsed:
            worse += 1
        if best is not None:
            descent.effective = best.effective
            if worse == (_PATIENCE_WITH_NOTHING if best.point.squares < nothing else _PATIENCE):
                break
        descent.alpha *= _WEAKER
    if best is not None and end.reason is not None and best.point.squares >= nothing:
        best, end = _refined(descent, best)
    if best is not None:
        descent.alpha, descent.point, descent.effective = best.alpha, best.point, best.effective
        descent.state.effective, descent.state.log_evidence = best.effective, best.logarithm
    return end


def _guess(descent: Descent) -> float:
    """Noise over spread, as if every weight of the first network were determined, and all error noise."""
    n, point = descent.problem.network.layout.n_weights, descent.point
    noise = 2 * descent.total * point.error / count_residuals(descent.problem)
    return max(noise, 1e-300) / max(2 * point.squares / n, 1e-300)


def _refined(descent: Descent, best: Evidence) -> tuple[Evidence, End]:
    """Take the strength that a fit suggests, as long as the evidence rises; then learn to the end."""
    solver, end = descent.solver, OVER
    for _ in range(_REFINEMENTS):
        descent.alpha = float(np.clip(best.estimate, best.alpha / 3, best.alpha * 3))
        descent.go_to(best.point)
        end = descent.descend(_LOOSE, solver.step_tol)
        found = Evidence.of(descent) if end.reason is not None else None
        if found is None or found.logarithm <= best.logarithm:
            break
        settled = abs(np.log(found.alpha / best.alpha)) < 0.01
        best = found
        descent.effective = best.effective
        if settled:
            break
    if end.reason is None:
        return best, end
    descent.alpha = best.alpha
    descent.go_to(best.point)
    end = descent.descend(solver.loss_tol, solver.step_tol)
    found = Evidence.of(descent)
    return (best if found is None else found), end
