"""Learning on all rows at once by L-BFGS; the driver is SciPy's, loss and gradient are ours."""

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from chainrule.network import as_bytes, as_number, in_words
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._team import Team
from chainrule.training._problem import Problem
from chainrule.training._replay import EvaluationLog
from chainrule.training._rules import EpochReport, Rules
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import EpochRow, TrainingState
from chainrule.training.solvers._solver import DIVERGED, Solver

Array = NDArray[Any]


@dataclass(frozen=True)
class LBFGS(Solver):
    """L-BFGS on all rows at once, by `scipy.optimize.minimize`; Byrd, Lu, Nocedal & Zhu 1995.

    Parameters
    ----------
    max_fun : int, default=15000
        Most evaluations of loss and gradient.
    """

    name = "lbfgs"
    title = "lbfgs"
    validates = False
    reports = False
    by_groups = True

    max_fun: int = 15000

    def __post_init__(self) -> None:
        as_number(self.max_fun, "max_fun", ">= 1", lambda v: v >= 1)

    def learn(
        self, problem: Problem, rules: Rules, state: TrainingState, random: np.random.RandomState
    ) -> None:
        """Change the network's η, and ``state`` with it, until the gradient is small or the rules say stop.

        Of the rules, ``max_iter``, ``tol`` (largest entry of the gradient) and the hooks apply.

        Raises
        ------
        ValueError
            If η is no longer finite, with what to change.
        """
        net = problem.network
        kept = rules.restore(net, state, self)
        if kept is None:
            state.n_iter = 0
        state.stop_reason, state.message = "converged", ""
        with one_blas_thread() as threads, Team(threads if problem.group is None else 1) as team:
            run = _Run(problem, team, rules, state, kept)
            try:
                result = minimize(
                    run.value_and_gradient,
                    run.beginning.copy(),
                    method="L-BFGS-B",
                    jac=True,
                    callback=run.after_iteration,
                    options={"maxfun": self.max_fun, "maxiter": rules.max_iter, "gtol": rules.tol},
                )
            except KeyboardInterrupt:
                warnings.warn("Training interrupted by user.", stacklevel=4)
                state.stop_reason = "interrupted"
                net.parameters[:] = run.last
                return
        run.check_caught_up()
        net.parameters[:] = result.x
        _conclude(state, result, rules, self.max_fun)
        if not np.isfinite(net.parameters).all():
            raise ValueError(f"{DIVERGED} Scale the inputs (StandardScaler).")

    def complaint(self, state: TrainingState, rules: Rules) -> str | None:
        """Return scikit-learn's words, which name SciPy's status and message."""
        if state.stop_reason not in ("max_iter", "no improvement"):
            return None
        status = 1 if state.stop_reason == "max_iter" else 2
        more = f"\nIncrease the number of iterations (max_iter={rules.max_iter}).\n"
        return (
            f"lbfgs failed to converge after {state.n_iter} iteration(s) (status={status}):\n"
            f"{state.message}\n{more if state.n_iter == rules.max_iter else ''}"
            "You might also want to scale the data (StandardScaler)."
        )


def _conclude(state: TrainingState, result: OptimizeResult, rules: Rules, max_fun: int) -> None:
    state.n_iter = min(int(result.nit), rules.max_iter)
    state.best_loss = float(result.fun)
    state.message = str(result.message)
    if state.stop_reason != "callback" and result.status != 0:
        out_of_steps = result.nit >= rules.max_iter or result.nfev >= max_fun
        state.stop_reason = "max_iter" if out_of_steps else "no improvement"


class _Run:
    """One run of the driver: what it asks for, and what it is told.

    One that goes on begins anew, and is told what it was told before: nothing is computed, and nobody hears
    of its iterations, until it comes to the last one that was kept.
    """

    def __init__(
        self, problem: Problem, team: Team, rules: Rules, state: TrainingState, kept: Snapshot | None
    ) -> None:
        self.problem, self.team, self.rules, self.state = problem, team, rules, state
        self.beginning = self.last = problem.network.parameters.astype(np.float64)
        self.under_way, self._replayed = False, 0
        self._log: EvaluationLog | None = None
        if rules.keeps:
            self._log, self._most = EvaluationLog(self.beginning), as_bytes(None)
        self._kept = kept
        if kept is not None:
            self._log = EvaluationLog.from_state(kept.part("evaluations"), like=self.beginning)
            self.beginning, self.last = self._log.beginning, kept.part("run").array("last", like=self.last)
        self.began = time.perf_counter()

    def value_and_gradient(self, eta: Array) -> tuple[float, Array]:
        if self._log is None:
            return self._compute(eta)
        return self._log.value_and_gradient(eta, self._compute)

    def _compute(self, eta: Array) -> tuple[float, Array]:
        if not self.under_way:
            self.under_way = True
            for start in self.rules.starts:
                start()
        self.problem.network.parameters[:] = eta
        return self.problem.value_and_gradient(self.team)

    def after_iteration(self, intermediate_result: OptimizeResult) -> None:
        if self._kept is not None:
            self._follow(intermediate_result.x)
            return
        now, state = time.perf_counter(), self.state
        self.last, self.under_way = intermediate_result.x.copy(), False
        state.n_iter += 1
        state.best_loss = float(intermediate_result.fun)
        state.epochs.append(EpochRow(float(intermediate_result.fun), np.nan, np.nan, now - self.began))
        self.began = now
        report = EpochReport.of(state, self.rules)
        if any([hook(report) for hook in self.rules.hooks]):
            state.stop_reason = "callback"
            raise StopIteration
        self._mark()

    def _follow(self, eta: Array) -> None:
        """Count an iteration that was done before; at the last one see that it leads to the same η."""
        self._replayed += 1
        if self._replayed < self.state.n_iter:
            return
        if np.array_equal(eta, self.last):
            self._kept, self.began = None, time.perf_counter()
        self.check_caught_up()

    def check_caught_up(self) -> None:
        """Raise ValueError unless the driver has come to where it was before."""
        if self._kept is not None:
            raise ValueError(
                f"{self._kept.source} cannot be gone on with: SciPy's L-BFGS, told the same values and "
                "gradients, goes elsewhere than where it was written (another processor or build?)"
            )

    def _mark(self) -> None:
        """Keep the run, if that is asked for and its log, which grows, fits half of the free memory."""
        if self._log is None or not self.rules.keeps:
            return
        self.rules.mark(self.problem.network, self.state, self.state_of_run)
        if self._log.bytes > self._most:
            warnings.warn(
                f"the log of L-BFGS takes {in_words(self._log.bytes)}: no more checkpoints are written; the "
                f"last one is of iteration {self.state.n_iter}",
                stacklevel=2,
            )
            self._log = None

    def state_of_run(self) -> Snapshot:
        """Return what the driver was told, and where it has come to."""
        assert self._log is not None
        last = self.last
        run = Snapshot(fixed={"last": lambda: last})
        return Snapshot.joined({"run": run, "evaluations": self._log.state()})
