"""Levenberg-Marquardt: its settings, the choice of the method for its steps, and their memory."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import OUTPUTS
from chainrule.calculus.losses import residual
from chainrule.network import (
    SMALL,
    CurvatureSums,
    Network,
    as_bytes,
    as_number,
    bytes_of_matrix,
    bytes_of_passes,
    in_words,
)
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._team import Team
from chainrule.training._problem import Problem
from chainrule.training._restarts import learn_best_of
from chainrule.training._rules import Rules
from chainrule.training._scaled_problem import ScaledProblem
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import TrainingState
from chainrule.training.solvers._damped_steps import Method
from chainrule.training.solvers._descent import Descent, Shown
from chainrule.training.solvers._evidence import UNSETTLED, descend_by_evidence
from chainrule.training.solvers._posterior import Posterior
from chainrule.training.solvers._solver import Solver, check_choice

Array = NDArray[np.float64]

MOST_PARAMETERS = 8000
"""Parameters from which a matrix of them, even where it fits, takes longer than conjugate gradients."""


@dataclass(frozen=True)
class LevenbergMarquardt(Solver):
    """Levenberg-Marquardt on all rows at once: damped Gauss-Newton steps, for up to some thousand parameters.

    A step solves (JᵀHJ + αI + μI) s = −gradient, with J = ∂q_L/∂η and H the loss's curvature there (for a
    squared error JᵀJ), α on weights alone. It is accepted if the error becomes smaller; the damping μ follows
    the gain ratio by Nielsen's rule (Madsen, Nielsen & Tingleff 2004, "Methods for non-linear least squares
    problems", section 3.2). All of it is in float64 whatever the network's type: the normal equations square
    the condition of J, and in float32 a small μ would be lost in rounding.

    Units do not matter: it learns in scaled ones, where each column of X, and each target of an identity
    output, has mean 0 and standard deviation 1 over the rows and their weights (sparse columns are divided by
    their root mean square and not centred; counts and classes stay as they are). η is carried there and back
    exactly. α penalises the scaled weights; ``tol`` bounds the gradient of the scaled problem, so it is
    relative to the targets' variance; damping and lengths of steps are those of the scaled problem. Several
    targets of `train` are divided by one number, the root of their mean variance, so that the loss that falls
    is the one named; each target of `MLPRegressor` by its own standard deviation.

    A step s follows F along its tangent. Geodesic acceleration (Transtrum & Sethna 2012, "Improvements to
    the Levenberg-Marquardt algorithm for nonlinear least-squares minimization") adds a correction for F's
    curvature, −½ (JᵀHJ + αI + μI)⁻¹ JᵀH q″, where q″ is the exact second derivative of q_L along s. It
    costs a forward and a backward pass; the smaller the error to be reached, the more steps it saves.
    Conjugate gradients go without.

    Parameters
    ----------
    damping : float, default=0.03
        μ at the start, as a share of the largest diagonal entry of the matrix.
    acceleration : float, default=0.5
        Largest length of the correction, as a fraction of the step. If it is longer, the step is rejected and
        the damping raised. 0: no acceleration.
    step_tol : float, default=1e-8
        Learning stops at a step shorter than ``step_tol · (‖η‖ + step_tol)``.
    loss_tol : float, default=1e-10
        Learning stops when a step neither promises nor brings a smaller share of the loss than this.
    method : {"auto", "normal", "dual", "cg"}, default="auto"
        How a step is computed: by normal equations, P × P for P parameters; by their dual form, of as many
        equations as there are residuals; by conjugate gradients, which form no matrix. "auto": the cheapest;
        "cg" only where the others do not fit ``max_memory``.
    max_memory : int, float or str, optional
        Bytes for matrices, or a text like "2GiB"; by default half of the free memory.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import LevenbergMarquardt, Network, train
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> net = Network((1, 8, 1), "tanh", random_state=0)
    >>> options = {"loss": "half_squared_error", "tol": 1e-5}
    >>> history = train(net, x, np.sin(3 * x), solver=LevenbergMarquardt(), **options)
    >>> history.stop_reason, bool(history.loss[-1] < 1e-8)
    ('small gradient', True)
    """

    name = "lm"
    title = "Levenberg-Marquardt"
    classifies = False
    second_order = True
    scales = True
    by_groups = True

    damping: float = 0.03
    acceleration: float = 0.5
    step_tol: float = 1e-8
    loss_tol: float = 1e-10
    method: Literal["auto", "normal", "dual", "cg"] = "auto"
    max_memory: int | float | str | None = None

    def __post_init__(self) -> None:
        as_number(self.damping, "damping", "> 0", lambda v: v > 0)
        as_number(self.acceleration, "acceleration", ">= 0", lambda v: v >= 0)
        as_number(self.step_tol, "step_tol", ">= 0", lambda v: v >= 0)
        as_number(self.loss_tol, "loss_tol", ">= 0", lambda v: v >= 0)
        if self.max_memory is not None:
            as_bytes(self.max_memory)
        check_choice("method", self.method, ("auto", "normal", "dual", "cg"))

    def learn(
        self, problem: Problem, rules: Rules, state: TrainingState, random: np.random.RandomState
    ) -> None:
        """Learn in scaled units; the network, and what hooks and scores see of it, is in the given ones.

        Of the rules, ``max_iter``, ``tol`` (largest entry of the gradient of the scaled problem), the hooks
        and a validation score apply; with one, learning stops after more than ``n_iter_no_change`` iterations
        that do not better it, and the best η stays.

        Raises
        ------
        ValueError
            If the error is not finite where learning begins, or the loss has no curvature (quantile).
        MemoryError
            If the method asked for does not fit.
        """
        _check_curved(problem.loss)
        self._learn(problem, rules, state, ScaledProblem.of(problem))

    def learn_best_of(
        self,
        problem: Problem,
        networks: Sequence[Network],
        rules_for: Callable[[Problem], Rules],
        progress: bool,
    ) -> tuple[Network, TrainingState]:
        _check_curved(problem.loss)
        scaled = ScaledProblem.of(problem)  # once for all
        fixed, at_a_time = self._planned(scaled.problem)

        def learn(own: Problem, rules: Rules, state: TrainingState) -> None:
            fixed._learn(own, rules, state, scaled.beginning_at(own.network))

        network, state = learn_best_of(problem, networks, learn, rules_for, at_a_time, progress)
        state.solver = self
        return network, state

    def check_covariance(self, network: Network) -> None:
        Posterior.check_memory(network, self.max_memory)

    def posterior(self, problem: Problem, alpha: float) -> Posterior:
        return Posterior.of(problem, alpha)

    def complaint(self, state: TrainingState, rules: Rules) -> str | None:
        if state.settled or state.stop_reason in ("callback", "interrupted"):
            return super().complaint(state, rules)
        return UNSETTLED

    def _learn(self, problem: Problem, rules: Rules, state: TrainingState, scaled: ScaledProblem) -> None:
        shown, own = Shown(problem.network, scaled.scaling), scaled.problem.network.parameters
        kept = rules.restore(problem.network, state, self)
        if kept is not None:
            own[:] = kept.part("descent").array("first", like=own)
        elif problem.drawn:
            shown.go_to(own)
        state.solver, state.n_iter, state.stop_reason, state.message = self, 0, "max_iter", ""
        if rules.score is None:
            state.best_parameters, state.best_score = None, -np.inf
        with one_blas_thread() as threads, Team(threads if problem.group is None else 1) as team:
            if kept is None:
                method = _choose_method(scaled.problem, self)
                budget = _budget_for_passes(scaled.problem, self, method)
            else:  # what was chosen by the memory that was free then
                method, budget = _chosen_before(kept.part("descent"))
            descent = Descent(scaled, shown, self, method, rules, state, team, budget, kept)
            start = descent.point
            try:
                if problem.bayes:
                    stop = descend_by_evidence(descent)
                else:
                    stop = descent.descend(self.loss_tol, self.step_tol)
                if stop.reason is not None:
                    state.stop_reason, state.message = stop.reason, stop.message
                    rules.announce(f"{stop.message[0].upper()}{stop.message[1:]}. Stopping.")
            except KeyboardInterrupt:
                warnings.warn("Training interrupted by user.", stacklevel=5)
                state.stop_reason = "interrupted"
        state.alpha, state.best_loss = descent.alpha, descent.given_loss()
        if rules.score is not None and state.best_score > -np.inf:
            problem.network.parameters[:] = state.best_parameters
        elif not np.array_equal(descent.point.eta, start.eta):
            shown.go_to(descent.point.eta)

    def _planned(self, problem: Problem) -> tuple["LevenbergMarquardt", int]:
        """Return this solver with its method chosen, and how many such fits the memory allows side by side.

        The problem is a scaled one. Asked before any of them begins: what is free then is what they share.
        """
        method = _choose_method(problem, self)
        needed = _bytes_of(problem)[method]
        if problem.group is not None:
            return replace(self, method=method), 1  # a round of sums at a time
        if method != "cg":
            passes = bytes_of_passes(problem.network.architecture, len(problem.inputs))
            needed += min(passes, max(0, _budget_for_passes(problem, self, method)))
        return replace(self, method=method), max(1, as_bytes(self.max_memory) // max(needed, 1))


def _chosen_before(kept: Snapshot) -> tuple[Method, int]:
    method = kept.text("method")
    if method not in ("normal", "dual", "cg"):
        kept.fail("method")
    return method, kept.count("budget")  # type: ignore[return-value]


def _check_curved(loss: str) -> None:
    """Raise ValueError for a loss without Gauss and Newton's part of the curvature, from which steps come."""
    ρ = residual(loss)
    if ρ is not None and ρ.flat:
        raise ValueError(
            f"Levenberg-Marquardt's steps come from the curvature of the loss, and loss={loss!r} has none: "
            "take 'adam', 'sgd' or 'lbfgs'"
        )


def _budget_for_passes(problem: Problem, solver: LevenbergMarquardt, method: Method) -> int:
    """Bytes in which forward passes may be kept: little, but for conjugate gradients, which ask often."""
    if method == "cg":
        return as_bytes(solver.max_memory)
    if solver.max_memory is None:
        return SMALL
    return min(SMALL, as_bytes(solver.max_memory) - _bytes_of(problem)[method])


def _residuals(problem: Problem) -> int:
    return len(problem.inputs) * problem.network.layer_sizes[-1]


def _bytes_of(problem: Problem) -> dict[Method, int]:
    """What the matrices of a method take; of conjugate gradients the passes at two η."""
    P, residuals, net = problem.network.n_parameters, _residuals(problem), problem.network.architecture
    tape = len(problem.inputs) * net.tape_row
    if problem.group is None:
        normal = max(24 * P * P, 8 * P * P + bytes_of_matrix(net))
    else:  # matrix and factor, beside the sums that a tree holds
        held = problem.group.n_leaves.bit_length() + 1
        normal = 16 * P * P + 8 * held * (P + CurvatureSums(net).count)
    dual = 8 * residuals * (2 * P + 7 * residuals)  # rows of J at two η, two Grams each, what is factored
    return {"normal": normal, "dual": dual, "cg": 16 * tape}


def _choose_method(problem: Problem, solver: LevenbergMarquardt) -> Method:
    net, method = problem.network, solver.method
    residuals, P = _residuals(problem), net.n_parameters
    separable = OUTPUTS[net.output].separable  # then H is diagonal
    normal, dual, _ = _bytes_of(problem).values()
    small = solver.max_memory is None and max(normal, dual) <= SMALL
    bound = SMALL if small else as_bytes(solver.max_memory)
    why = f"of {P:,} parameters take {in_words(normal)}, allowed are {in_words(bound)}"
    if method == "dual" and not separable:
        raise ValueError(
            f"method='dual' is for outputs that are functions of their own q alone, not for {net.output}; "
            "take 'normal'"
        )
    if problem.group is not None and method == "dual":
        raise ValueError("method='dual' works on the rows of one process; over leaves take 'normal' or 'cg'")
    if problem.group is not None and not separable:
        raise ValueError(
            f"over leaves Levenberg-Marquardt takes outputs that are functions of their own q alone, not "
            f"{net.output}"
        )
    if problem.bayes:
        if method not in ("auto", "normal"):
            raise ValueError(f"alpha='bayes' goes by the normal equations, not by method={method!r}")
        if normal > bound:
            raise MemoryError(f"alpha='bayes' needs the normal equations: those {why}")
        return "normal"
    if method == "normal" and normal > bound:
        raise MemoryError(f"the normal equations {why}; method='cg' needs no matrix")
    if method == "dual" and dual > bound:
        raise MemoryError(
            f"the dual form of {residuals:,} residuals takes {in_words(dual)}, allowed are "
            f"{in_words(bound)}; method='cg' needs no matrix"
        )
    if method != "auto":
        return method
    if problem.group is None and separable and residuals < P and dual <= bound:
        return "dual"
    if P <= MOST_PARAMETERS and normal <= bound:
        return "normal"
    warnings.warn(
        f"the normal equations of {P:,} parameters would take {in_words(normal)} and long to factor; "
        "conjugate gradients are used instead (solver=LevenbergMarquardt(method='cg') says so too)",
        stacklevel=6,
    )
    return "cg"
