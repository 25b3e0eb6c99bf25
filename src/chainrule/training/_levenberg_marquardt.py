"""Learning on all rows at once by damped Gauss-Newton steps; see `LevenbergMarquardt` for the sources."""

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import (
    CurvatureOperator,
    Inputs,
    Network,
    NetworkAt,
    as_bytes,
    in_words,
    sample_errors,
)
from chainrule.training._blas_threads import one_blas_thread
from chainrule.training._crew import Crew
from chainrule.training._damped_steps import DampedSteps, DualForm, NormalEquations, TruncatedCG, Way
from chainrule.training._evidence import Evidence
from chainrule.training._problem import Problem
from chainrule.training._rules import EpochReport, Rules
from chainrule.training._solvers import LevenbergMarquardt
from chainrule.training._state import EpochRow, TrainingState

Array = NDArray[np.float64]

SETTLED = 1e-2
"""Share of the loss that a step takes off when alpha may be found anew; before, there is no fit to judge."""
MOST_PARAMETERS = 8000
"""Parameters from which a matrix of them, even where it fits, takes longer than conjugate gradients."""


def learn_by_levenberg_marquardt(
    problem: Problem, solver: LevenbergMarquardt, rules: Rules, state: TrainingState
) -> None:
    """Change the network's η, and ``state`` with it, until a tolerance is met or the rules say stop.

    Of the rules, ``max_iter``, ``tol`` (largest entry of the gradient), the hooks and a validation score
    apply; with one, learning stops after more than ``n_iter_no_change`` iterations that do not better it, and
    the best η stays.

    Raises
    ------
    ValueError
        If the error is not finite where learning begins.
    MemoryError
        If the way asked for does not fit.
    """
    doubled = in_double(problem)
    state.solver, state.n_iter, state.stop_reason, state.message = solver, 0, "max_iter", ""
    if rules.score is None:
        state.best_parameters, state.best_score = None, -np.inf
    with one_blas_thread() as threads, Crew(threads) as crew:
        run = _Run(doubled, problem.network, solver, rules, state, crew)
        try:
            run.learn()
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
            state.stop_reason = "interrupted"
    problem.network.parameters[:] = run.point.eta
    if rules.score is not None and state.best_score > -np.inf:
        problem.network.parameters[:] = state.best_parameters


def in_double(problem: Problem) -> Problem:
    """Return the rows that are learnt from, and the network, in float64."""
    net, inputs, Y, weights, rows = (
        problem.network, problem.inputs, problem.Y, problem.weights, problem.rows,
    )  # fmt: skip
    if len(rows) < len(inputs):
        inputs, Y = inputs.take(rows), Y[rows]
        weights = weights[rows] if weights.size else weights
    double = np.dtype(np.float64)
    if net.dtype == double:
        network = net.copy()
    else:
        network = Network.from_weights(net.weights, net.biases, list(net.activations), net.output, double)
        inputs = Inputs.of(inputs.matrix(slice(0, len(inputs))), double)
    Y, weights = np.ascontiguousarray(Y, dtype=double), weights.astype(double, copy=False)
    if not weights.size:
        weights = np.ones(len(inputs))
    if weights.sum() == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return replace(
        problem, network=network, inputs=inputs.in_c_order(copy=False), Y=Y, weights=weights,
        rows=np.arange(len(inputs)),
    )  # fmt: skip


@dataclass
class _Point:
    """η, the average error there, and half the weights' squares."""

    eta: Array
    error: float
    squares: float


class _Run:
    """One run: where it stands, and what an iteration does."""

    def __init__(
        self, problem: Problem, shown: Network, solver: LevenbergMarquardt, rules: Rules,
        state: TrainingState, crew: Crew,
    ) -> None:  # fmt: skip
        self.problem, self.solver, self.rules, self.state, self.crew = problem, solver, rules, state, crew
        self._shown = shown  # the network that hooks and scores look at
        net = problem.network
        self.total = float(problem.weights.sum())
        n, P = net.layout.n_weights, net.n_parameters
        state.alpha, state.log_evidence = problem.alpha, np.nan
        self._of_weights = np.where(np.arange(P) < n, 1.0, 0.0)
        residuals = int((problem.weights > 0).sum()) * net.layer_sizes[-1]
        self.evidence = Evidence(n, P, residuals) if problem.bayes else None
        self.way = self._choose_way(residuals)
        self.point = self._at(net.parameters.copy())
        if not np.isfinite(self.point.error):
            raise ValueError(
                "the error is not finite where learning begins; scale the inputs (StandardScaler), or begin "
                "with a new network"
            )
        if self.evidence is not None:
            self.evidence.begin(self.total * self.point.error, self.point.squares)

    def _choose_way(self, residuals: int) -> Way:
        net, way = self.problem.network, self.solver.way
        P = net.n_parameters
        alone = net.output != "softmax"  # each output a function of its own q: H is diagonal
        bound = as_bytes(self.solver.max_memory)
        normal, dual = 24 * P * P, 16 * residuals * (P + residuals)
        why = f"of {P:,} parameters take {in_words(normal)}, allowed are {in_words(bound)}"
        if way == "dual" and not alone:
            raise ValueError(
                f"way='dual' is for outputs that stand alone, not for {net.output}; take 'normal'"
            )
        if self.evidence is not None:
            if way not in ("auto", "normal"):
                raise ValueError(f"alpha='bayes' goes by the normal equations, not by way={way!r}")
            if normal > bound:
                raise MemoryError(f"alpha='bayes' needs the normal equations: those {why}")
            return "normal"
        if way == "normal" and normal > bound:
            raise MemoryError(f"the normal equations {why}; way='cg' needs no matrix")
        if way != "auto":
            return way
        if alone and residuals < P and dual <= bound:
            return "dual"
        if P <= MOST_PARAMETERS and normal <= bound:
            return "normal"
        warnings.warn(
            f"the normal equations of {P:,} parameters would take {in_words(normal)} and long to factor; "
            "conjugate gradients are used instead (solver=LevenbergMarquardt(way='cg') says so too)",
            stacklevel=6,
        )
        return "cg"

    @property
    def alpha(self) -> float:
        """Strength of the L2 term beside the average error."""
        alpha = self.problem.alpha if self.evidence is None else self.evidence.alpha
        return alpha / self.total

    def _at(self, eta: Array) -> _Point:
        p, net = self.problem, self.problem.network
        errors = sample_errors(net.architecture, eta, p.loss, p.inputs, p.Y)
        W = eta[: net.layout.n_weights]
        return _Point(eta, float(p.weights @ errors) / self.total, 0.5 * float(W @ W))

    def _loss(self, point: _Point) -> float:
        return point.error + self.alpha * point.squares

    def _linearise(self) -> DampedSteps:
        p, net = self.problem, self.problem.network
        keep = self.way == "cg"
        at = NetworkAt(net.architecture, self.point.eta, p.inputs, keep=keep)
        operator = CurvatureOperator(at, p.loss, p.Y, p.weights, exact=False)
        if self.way == "normal":
            return NormalEquations(operator, self.crew)
        if self.way == "dual":
            return DualForm(operator, net.layout.n_weights)
        return TruncatedCG(operator, at.gradient(p.Y, p.loss, p.weights))

    def learn(self) -> None:
        """Iterate until something says stop."""
        steps = self._linearise()
        damping = self.solver.damping * max(float((steps.diagonal + self._penalty).max()), 1e-300)
        growth = 2.0
        while self.state.n_iter < self.rules.max_iter:
            if self._gradient_is_small(steps):
                return
            for start in self.rules.starts:
                start()
            began = time.perf_counter()
            s = steps.step(self._penalty, self._pull, damping)
            gain, length, before = np.nan, np.nan, self._loss(self.point)
            accepted = False
            if s is not None and np.isfinite(s).all():
                length = float(np.linalg.norm(s))
                if length <= self.solver.step_tol * (np.linalg.norm(self.point.eta) + self.solver.step_tol):
                    self._stop(
                        "small step", f"a step of length {length:.3g} (step_tol={self.solver.step_tol:g})"
                    )
                    return
                tried, predicted = self._at(self.point.eta + s), self._predicted(steps, s)
                fall = before - self._loss(tried)
                gain = fall / predicted if predicted > 0 and np.isfinite(fall) else -1.0
                accepted = gain > 0
            used = damping
            if accepted:
                self.point = tried
                damping, growth = damping * max(1 / 3, 1 - (2 * min(gain, 2.0) - 1) ** 3), 2.0
                steps = self._linearise()
                if fall <= SETTLED * before:
                    self._weigh(steps)
            else:
                damping, growth = damping * growth, growth * 2
            stopped = self._after(EpochRow(
                self._loss(self.point), np.nan, np.nan, time.perf_counter() - began, used, gain, length,
                np.nan if self.evidence is None else self.evidence.effective,
            ), accepted)  # fmt: skip
            if stopped:
                return
            if accepted and self.evidence is None and max(fall, predicted) <= self.solver.loss_tol * before:
                self._stop(
                    "small change", f"the loss falls by {fall:.3g} (loss_tol={self.solver.loss_tol:g})"
                )
                return
            if not np.isfinite(damping):
                self._stop("no improvement", "no step diminishes the loss, however short")
                return

    def _weigh(self, steps: DampedSteps) -> None:
        """With alpha='bayes': estimate alpha anew."""
        evidence = self.evidence
        if evidence is not None:
            assert isinstance(steps, NormalEquations)
            evidence.update(self.total * steps.matrix, self.total * self.point.error, self.point.squares)
            self.state.alpha, self.state.log_evidence = evidence.alpha, evidence.logarithm

    @property
    def _penalty(self) -> Array:
        """The L2 term's part of the matrix's diagonal."""
        penalty: Array = self.alpha * self._of_weights
        return penalty

    @property
    def _pull(self) -> Array:
        """The L2 term's part of the gradient."""
        return self._penalty * self.point.eta

    def _predicted(self, steps: DampedSteps, s: Array) -> float:
        """By how much the model falls: −gᵀs − ½ sᵀ(A + αI)s."""
        slope = float((steps.gradient + self._pull) @ s)
        return -slope - 0.5 * (steps.curvature(s) + float(s @ (self._penalty * s)))

    def _gradient_is_small(self, steps: DampedSteps) -> bool:
        largest = float(np.abs(steps.gradient + self._pull).max())
        if largest > self.rules.tol:
            return False
        self._stop(
            "small gradient", f"no entry of the gradient exceeds {largest:.3g} (tol={self.rules.tol:g})"
        )
        return True

    def _stop(self, reason: Any, words: str) -> None:
        self.state.stop_reason, self.state.message = reason, words
        self.rules.announce(f"{words[0].upper()}{words[1:]}. Stopping.")

    def _after(self, row: EpochRow, accepted: bool) -> bool:
        """Record an iteration; return True if a rule or a hook says stop."""
        state, rules = self.state, self.rules
        self._shown.parameters[:] = self.point.eta
        state.n_iter += 1
        state.samples_seen += len(self.problem.inputs)
        if rules.score is not None:
            last = state.epochs[-1].validation_score if state.epochs else np.nan
            row = row._replace(validation_score=rules.score() if accepted or np.isnan(last) else last)
        state.epochs.append(row)
        if rules.score is None:
            state.best_loss = row.loss
        elif rules.judge(state) or state.best_parameters is None:
            state.best_parameters = self._shown.parameters.copy()
        report = EpochReport.of(state, rules)
        stopped = any([hook(report) for hook in rules.hooks])
        if stopped:
            state.stop_reason = "callback"
        elif rules.score is not None and rules.out_of_patience(state):
            self._stop("no improvement", rules.halt_message().rstrip("."))
            stopped = True
        return stopped
