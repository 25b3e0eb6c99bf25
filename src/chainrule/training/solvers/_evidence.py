"""Automatic choice of the L2 strength by the evidence (MacKay 1992; Foresee & Hagan 1997).

With E_D = Σ w_i E_i and E_W = ½‖W‖², the posterior of η has precision βA + aI, A the Gauss-Newton matrix of
E_D. Of the parameters γ = P − α tr (A + αI)⁻¹ are determined by the data, α = a/β, and γ_W of the weights.
The most probable precisions are a = γ_W / 2E_W and β = (N − γ) / 2E_D. The L2 term leaves the biases free;
here they count as if it did not: those of units that have died would else be endlessly uncertain, to the
evidence's favour.

The evidence has many maxima. Under a strong term the network collapses to a constant or a straight line,
from where hardly a step leads back; under a weak one it follows the noise. So learning begins under a weak
term, takes the strength that each fit suggests until the evidence rises no more, and tries stronger ones from
there. Then hidden units are removed or drawn anew, some at a time, and what comes of it is kept where the
evidence is higher: the number of units that the data ask for is found as well.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from chainrule.network import Network
from chainrule.training.solvers._damped_steps import NormalEquations
from chainrule.training.solvers._descent import STOPPED_BY_RULES, Descent, Point, Stop
from chainrule.training.solvers._hidden_units import HiddenUnits

Array = NDArray[np.float64]

_WEAK = 0.01
"""How strong the term is at first, as a share of what is guessed from the first network."""
_STRENGTHENED = 12
"""How often the weak term is made ten times stronger where there is no factor of its matrix."""
_LEAST_NOISE = 1e-6
"""Variance of the noise, as a share of the targets', below which noise is not told from none."""
_LOOSE = 1e-3
"""Share of the loss that a step may still take off when the evidence of a fit is asked for."""
_FIRST, _FEW = 30, 5
"""Iterations of the first fit at most, and between two estimates of the strength."""
_STRONGER, _PATIENCE = 3.0, 3
"""By what the term is strengthened, and how often in a row the evidence may be lower than before."""
_DIGITS = 4
"""Digits after the point of the weights that a fit begins with."""
_STRENGTHS = (0.1, 1.0, 1.0, 10.0)
"""With other units the term is this much stronger at first, one of these."""
_RISE = 0.3
"""What counts as a rise of the logarithm of the evidence while strengths and units are tried."""
_HOPE = 2
"""How many rises like the last one a fit may still be below the best: more are not waited for."""
_TRIALS, _QUIET = 40, 12
"""Sets of units that are tried at most; so many in a row that bring nothing end the search."""
_NUMBERS = "alpha", "estimate", "effective", "logarithm"
_SHARE = 0.8
"""Of the iterations that are allowed, the search leaves the rest for learning to the end."""
UNSETTLED = (
    "alpha='bayes': the evidence was still rising with other networks when the search for its maximum ended: "
    "there may be a better one; raise max_iter, or let n_restarts=5 keep the best of several"
)


def count_residuals(total: float, network: Network) -> float:
    """Return the number of answers, N, of rows whose weights have this sum: a weight stands for so many."""
    return total * network.layer_sizes[-1]


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
        P, penalised, N = net.n_parameters, net.layout.penalised, count_residuals(total, net)
        error_sum, square_sum = total * descent.point.error, descent.point.squares
        factor = descent.steps.factored(np.full(P, alpha / total))
        if factor is None:
            return None
        log_determinant = 2 * float(np.log(np.diag(factor)).sum()) + P * np.log(total)
        inverse = np.diag(lapack.dpotri(factor, lower=0, overwrite_c=1)[0]) / total
        effective = float(np.clip(P - alpha * inverse.sum(), 0, P))
        n = inverse[penalised].size
        determined = float(np.clip(n - alpha * inverse[penalised].sum(), 0, n))
        squares = 2 * (error_sum + alpha * square_sum)
        noise = max(squares / N, _LEAST_NOISE)
        misfit = N * (np.log(noise) - 1) + squares / noise
        logarithm = float(-0.5 * (misfit + log_determinant - P * np.log(alpha)))
        half_noise = max(error_sum / max(N - effective, 1.0), _LEAST_NOISE / 2)
        estimate = half_noise * determined / max(square_sum, 1e-300)
        if not np.isfinite(logarithm):
            return None
        return cls(alpha, float(np.clip(estimate, 1e-12, 1e12)), effective, logarithm, descent.point)

    @staticmethod
    def noted(found: "Evidence | None") -> list[float]:
        """Return what is to be noted of a fit, as `from_note` takes it."""
        return [0.0] * 5 if found is None else [1.0, *(getattr(found, name) for name in _NUMBERS)]

    @classmethod
    def from_note(cls, facts: list[float], point: Point) -> "Evidence | None":
        """Return what was found at a point before."""
        return cls(**dict(zip(_NUMBERS, facts[1:], strict=True)), point=point) if facts[0] else None


def descend_by_evidence(descent: Descent) -> Stop:
    """Learn, and find the strength of the L2 term; leave the descent where the evidence is highest."""
    search, validates = _Search(descent), descent.validates
    descent.validates = False
    try:
        search.from_weak_to_strong()
        search.with_other_units()
    finally:  # also where Ctrl-C ends it: the best so far
        search.take_the_best()
        descent.validates = validates
    return STOPPED_BY_RULES if search.ended else search.learn_to_the_end()


class _Search:
    """The best fit so far, and how a better one is looked for."""

    def __init__(self, descent: Descent) -> None:
        self.descent = descent
        self.best: Evidence | None = None
        self._fits = 0
        self._random = np.random.default_rng(0)  # the same for every fit, which its first weights determine
        self._units = HiddenUnits(descent.problem.network.layout, descent.point.eta, self._random)
        self._until = max(1, int(_SHARE * descent.rules.max_iter))

    @property
    def ended(self) -> bool:
        """Whether a hook said stop."""
        return self.descent.state.stop_reason == "callback"

    @property
    def _exhausted(self) -> bool:
        return self.ended or self.descent.state.n_iter >= self._until

    def _fit(self, alpha: float, most: int = _FEW) -> Evidence | None:
        """Iterate for a while at a strength, from where the descent stands; judge, and remember the best."""
        descent = self.descent
        descent.alpha = _rounded(alpha)
        if descent.catching_up and self._fits < len(descent.fits):
            found = Evidence.from_note(descent.follow(self._fits), descent.point)
        else:
            until = min(descent.state.n_iter + most, self._until)
            descent.descend(_LOOSE, descent.solver.step_tol, tol=0.0, until=until)
            found = Evidence.of(descent)
            descent.note(Evidence.noted(found))
        self._fits += 1
        if found is not None and (self.best is None or found.logarithm > self.best.logarithm):
            self.best = found
            descent.effective = found.effective
        return found

    def _settle(self, found: Evidence | None, least: float) -> None:
        """Take the strength that the last fit suggests, as long as the evidence rises and may be the best."""
        while found is not None and self.best is not None and not self._exhausted:
            before = found.logarithm
            found = self._fit(found.estimate)
            rise = -np.inf if found is None else found.logarithm - before
            if rise < least or before + _HOPE * rise < self.best.logarithm:
                return

    def from_weak_to_strong(self) -> None:
        """Fit under a weak term, settle, and go on under stronger and stronger ones; settle at the best."""
        found, alpha = None, _WEAK * _guess(self.descent)
        for power in range(_STRENGTHENED):  # the matrix of one that is too weak cannot be factored
            found = found or self._fit(alpha * 10.0**power, _FIRST)
        self._settle(found, _RISE / 3)
        worse = 0
        while self.best is not None and worse < _PATIENCE and not self._exhausted:
            before = self.best
            found = self._fit(_STRONGER * self.descent.alpha, 2 * _FEW)
            worse = worse + 1 if self.best is before else 0
            if found is None or found.effective < 1:
                break
        self._settle_at_the_best()

    def _settle_at_the_best(self) -> None:
        if self.best is not None:
            self._go_near(self.best.point.eta)
            self._settle(self.best, _RISE / 3)

    def _go_near(self, eta: Array) -> None:
        """Go on from η, rounded: what rounding errors have become on the way to it ends here.

        Else a search of some hundred iterations would end elsewhere for data in other units.
        """
        self.descent.go_to_parameters(np.round(eta, _DIGITS))

    def with_other_units(self) -> None:
        """Remove some of the hidden units or draw them anew, again and again; go on from what is better."""
        quiet, tried = 0, 0
        while self.best is not None and len(self._units) and quiet < _QUIET and not self.ended:
            if tried == _TRIALS or self._exhausted:
                self.descent.state.settled = False
                break
            before = self.best
            self._go_near(self._units.varied(before.point.eta))
            self._settle(self._fit(before.alpha * self._random.choice(_STRENGTHS)), _RISE)
            tried += 1
            quiet = 0 if self.best.logarithm > before.logarithm + _RISE else quiet + 1
        self._settle_at_the_best()

    def take_the_best(self) -> None:
        """Go back to where the evidence was highest."""
        descent, best = self.descent, self.best
        if best is not None:
            descent.alpha, descent.effective = best.alpha, best.effective
            descent.state.effective, descent.state.log_evidence = best.effective, best.logarithm
            descent.go_to(best.point)

    def learn_to_the_end(self) -> Stop:
        """Learn at the strength found, to the solver's tolerances; unless that costs evidence.

        The gradient is to be small beside the noise: where the error is tiny, so is the gradient anywhere.
        """
        descent, solver, best = self.descent, self.descent.solver, self.best
        descent.validate_here()
        self._go_near(descent.point.eta)
        noise = min(1.0, 2 * descent.loss(descent.point))
        stop = descent.descend(solver.loss_tol, solver.step_tol, tol=noise * descent.rules.tol)
        found = Evidence.of(descent)
        if best is None or (found is not None and found.logarithm >= best.logarithm - _RISE):
            self.best = found
        self.take_the_best()
        return stop


def _rounded(alpha: float) -> float:
    """The nearest of 50 strengths a decade: rounding errors on the way to it end here."""
    return float(10 ** (round(50 * np.log10(alpha)) / 50))


def _guess(descent: Descent) -> float:
    """Noise over spread, as if every weight of the first network were determined, and all error noise."""
    penalised, point = descent.problem.network.layout.penalised, descent.point
    n = point.eta[penalised].size
    noise = 2 * descent.total * point.error / count_residuals(descent.total, descent.problem.network)
    return max(noise, 1e-300) / max(2 * point.squares / n, 1e-300)
