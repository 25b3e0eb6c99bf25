"""Damped Gauss-Newton steps downhill at one strength of the L2 term; sources: see `LevenbergMarquardt`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

from chainrule.network import Network, ObjectiveAt
from chainrule.network._team import Team
from chainrule.training._replay import Rows
from chainrule.training._rules import EpochReport, Rules
from chainrule.training._scaled_problem import ScaledProblem
from chainrule.training._scaling import Scaling
from chainrule.training._snapshot import Plain, Snapshot
from chainrule.training._state import EpochRow, TrainingState
from chainrule.training.solvers._averages import AverageAt, averages_of
from chainrule.training.solvers._damped_steps import (
    DampedSteps,
    DualForm,
    Method,
    NormalEquations,
    TruncatedCG,
)

Array = NDArray[np.float64]
Reason = Literal["small gradient", "small step", "small change"]

N_FACTS = 9
"""Numbers that are noted of a descent: error, squares, iterations, damping, and five of its evidence."""


class DescentSettings(Protocol):
    """What a descent reads of its solver; see `LevenbergMarquardt`."""

    @property
    def damping(self) -> float: ...
    @property
    def acceleration(self) -> float: ...
    @property
    def step_tol(self) -> float: ...
    @property
    def loss_tol(self) -> float: ...


@dataclass(frozen=True)
class Point:
    """η, the average error there, and half the weights' squares."""

    eta: Array
    error: float
    squares: float


@dataclass(frozen=True)
class Shown:
    """The network that hooks and scores look at, in the units that its rows were given in."""

    network: Network
    scaling: Scaling

    def go_to(self, eta: Array) -> None:
        """Let it have the η of the scaled problem."""
        self.network.parameters[:] = self.scaling.given(eta, self.network.layout)


@dataclass(frozen=True)
class Stop:
    """Why a descent ended: a tolerance that was met, and in words; None if learning is over."""

    reason: Reason | None
    message: str = ""


STOPPED_BY_RULES = Stop(None)


def length(v: Array) -> float:
    """‖v‖, by BLAS: its squares do not overflow."""
    return float(blas.dnrm2(v))


@dataclass(frozen=True)
class _Trial:
    """Where a step leads, its length, and what the loss does there.

    NaN where no step could be made; without ``at`` where F bends too much for it to be tried.
    """

    point: Point
    at: AverageAt | None = None
    length: float = np.nan
    gain: float = np.nan
    fall: float = np.nan
    predicted: float = np.nan


class Descent:
    """Where learning stands, and how it goes on: all of it in scaled units.

    Attributes
    ----------
    point : Point
    steps : DampedSteps
        The steps that can be taken from there.
    alpha : float
        Strength of the L2 term beside the sum of the errors.
    effective : float
        Parameters that the data determine, where that is known.
    total : float
        Sum of the sample weights: what makes sums of averages.
    validates : bool
        Whether the rules' validation score is asked for, and counts.
    """

    def __init__(
        self, scaled: ScaledProblem, shown: Shown, solver: DescentSettings, method: Method, rules: Rules,
        state: TrainingState, team: Team, budget: int, kept: Snapshot | None = None,
    ) -> None:  # fmt: skip
        problem = scaled.problem
        self.problem, self.solver, self.rules, self.state = problem, solver, rules, state
        self._shown, self._method = shown, method
        net, self.total = problem.network, scaled.total
        self._iterates = averages_of(scaled, team, 0 if method == "cg" else budget)
        # Conjugate gradients keep a pass of their own; until the next one is there, that of the last step.
        self._keep = 2 * 8 * len(problem.inputs) * net.architecture.tape_row <= budget
        self._factor = np.empty((net.n_parameters,) * 2 if method == "normal" else 0)
        self._of_weights = net.layout.penalty(1.0)
        self.alpha, self.effective, self.validates = problem.alpha, np.nan, rules.score is not None
        self._last_damping: float | None = None
        self._kept, self._budget = kept, budget
        self.fits = Rows(N_FACTS + net.n_parameters)
        if kept is not None:
            self.fits = Rows.from_state(kept.part("fits"), self.fits.width)
            state.n_iter = 0
        self._first = net.parameters.copy()
        self._at = self._iterates.at(self._first)
        self.point = self._point(self._at)
        if not np.isfinite(self.point.error):
            raise ValueError(
                "the error is not finite where learning begins; scale the inputs (StandardScaler), or begin "
                "with a new network"
            )
        self.steps = self._linearise()

    @property
    def catching_up(self) -> bool:
        """Whether it has yet to come to where it was when an earlier process ended."""
        return self._kept is not None

    def go_to(self, point: Point) -> None:
        """Go on from another point."""
        self._last_damping = None
        if self.catching_up:
            self.point = point
        else:
            self._take(self._iterates.at(point.eta), point)

    def go_to_parameters(self, eta: Array) -> None:
        """Go on from another η."""
        at = self._iterates.at(eta)
        self._last_damping = None
        self._take(at, self._point(at))

    def _take(self, at: AverageAt, point: Point) -> None:
        self._at, self.point = at, point
        if not self.catching_up:  # nobody asks for steps until then
            self.steps = self._linearise()

    def follow(self, number: int) -> list[float]:
        """Come to where a descent that was done before led; return what was noted of it."""
        facts: list[float] = self.fits[number][:N_FACTS].tolist()
        error, squares, n_iter, damping = facts[:4]
        self.state.n_iter, self._last_damping = int(n_iter), None if np.isnan(damping) else damping
        self.point = Point(self.fits[number][N_FACTS:], error, squares)
        return facts[4:]

    def note(self, facts: Sequence[float]) -> None:
        """Note where a descent led, and what is known of it: an interrupted search goes that way again."""
        if self.rules.keeps:
            damping = np.nan if self._last_damping is None else self._last_damping
            where = self.point.error, self.point.squares, self.state.n_iter, damping
            self.fits.append(*where, *facts, self.point.eta)

    def _catch_up(self, kept: Snapshot) -> tuple[float, float]:
        """Come to where an earlier process ended; return damping and growth there."""
        own, self._kept = kept.part("descent"), None
        self.state.n_iter = own.count("n_iter")
        self.go_to_parameters(own.array("eta", like=self.point.eta))
        self._last_damping = own.real("damping")
        return self._last_damping, own.real("growth")

    def _mark(self, damping: float, growth: float) -> None:
        """Keep the end of an iteration."""

        def own() -> Snapshot:
            eta, first = self.point.eta, self._first
            values: dict[str, Plain] = {"n_iter": self.state.n_iter, "damping": float(damping).hex()}
            values |= {"growth": float(growth).hex(), "method": self._method, "budget": self._budget}
            descent = Snapshot(values, fixed={"eta": lambda: eta, "first": lambda: first})
            return Snapshot.joined({"descent": descent, "fits": self.fits.state()})

        self.rules.mark(self._shown.network, self.state, own)

    def loss(self, point: Point) -> float:
        """The average error and the L2 term."""
        return point.error + self.alpha / self.total * point.squares

    def given_loss(self) -> float:
        """The loss where learning stands, in given units."""
        return self._shown.scaling.error_unit * self.loss(self.point)

    def _point(self, at: AverageAt) -> Point:
        W = at.eta[self.problem.network.layout.penalised]
        return Point(at.eta, at.error, 0.5 * float(W @ W))

    def _linearise(self) -> DampedSteps:
        if self._method == "normal":
            return NormalEquations(self._at, self._factor)
        if self._method == "dual":
            assert isinstance(self._at, ObjectiveAt)
            return DualForm(self._at)
        return TruncatedCG(self._at, keep=self._keep)

    def descend(
        self, loss_tol: float, step_tol: float, tol: float | None = None, until: int | None = None
    ) -> Stop:
        """Iterate until a tolerance is met, or learning is over: out of iterations, or a rule says so.

        ``tol`` and ``until`` stand for the rules' ``tol`` and ``max_iter``.
        """
        tol, until = self.rules.tol if tol is None else tol, self.rules.max_iter if until is None else until
        damping, growth = (self._first_damping(), 2.0) if self._kept is None else self._catch_up(self._kept)
        while self.state.n_iter < until:
            largest = float(np.abs(self.steps.gradient + self._pull).max())
            if largest <= tol:
                words = f"no entry of the gradient exceeds {largest:.3g} (tol={tol:g})"
                return Stop("small gradient", words)
            for start in self.rules.starts:
                start()
            began, before, used = time.perf_counter(), self.loss(self.point), damping
            trial = self._try(damping)
            if trial.length <= step_tol * (length(self.point.eta) + step_tol):
                return Stop("small step", f"a step of length {trial.length:.3g} (step_tol={step_tol:g})")
            if trial.at is not None and trial.gain > 0:
                self._iterates.accept()
                self._take(trial.at, trial.point)
                damping, growth = damping * max(1 / 3, 1 - (2 * min(trial.gain, 2.0) - 1) ** 3), 2.0
            else:
                damping, growth = damping * growth, growth * 2
            self._last_damping = damping
            if self._is_over(trial, used, time.perf_counter() - began):
                return STOPPED_BY_RULES
            if trial.gain > 0 and max(trial.fall, trial.predicted) <= loss_tol * before:
                return Stop("small change", f"the loss falls by {trial.fall:.3g} (loss_tol={loss_tol:g})")
            if not np.isfinite(damping):
                return Stop("small step", "no step diminishes the loss, however short")
            self._mark(damping, growth)
        return STOPPED_BY_RULES

    def _first_damping(self) -> float:
        """A share of the largest diagonal entry; near that of the last step where learning goes on."""
        first = self.solver.damping * max(float((self.steps.diagonal + self._penalty).max()), 1e-300)
        return first if self._last_damping is None else min(first, 10 * self._last_damping)

    def validate_here(self) -> None:
        """Ask for the validation score where the descent stands, and keep η as the best so far."""
        if self.rules.score is not None and self.validates and not self.catching_up:
            self._shown.go_to(self.point.eta)
            self.state.best_score = self.rules.score()
            self.state.best_parameters = self._shown.network.parameters.copy()

    def _try(self, damping: float) -> "_Trial":
        """Take a step on trial: where it leads, and by which share of what is predicted the loss falls."""
        s = self.steps.step(self._penalty, self._pull, damping)
        if s is None or not np.isfinite(s).all():
            return _Trial(self.point)
        correction = self._correction(s)
        if correction is None:
            return _Trial(self.point, length=length(s))
        at = self._iterates.trial(self.point.eta + s + correction)
        point, predicted = self._point(at), self._predicted(s)
        fall = self.loss(self.point) - self.loss(point)
        gain = fall / predicted if predicted > 0 and np.isfinite(fall) else -1.0
        return _Trial(point, at, length(s), gain, fall, predicted)

    def _correction(self, s: Array) -> Array | None:
        """By what the step is to follow the bend of F; None if that is too sharp to go so far."""
        most = self.solver.acceleration
        correction = self.steps.acceleration(s) if most > 0 else None
        if correction is None:
            return np.zeros_like(s)
        size = length(correction)
        return correction if np.isfinite(size) and size <= most * length(s) else None

    @property
    def alpha(self) -> float:
        return self._alpha

    @alpha.setter
    def alpha(self, strength: float) -> None:
        self._alpha = strength
        self._penalty: Array = strength / self.total * self._of_weights  # the matrix's diagonal has it

    @property
    def _pull(self) -> Array:
        """The L2 term's part of the gradient."""
        return self._penalty * self.point.eta

    def _predicted(self, s: Array) -> float:
        """By how much the model falls: −gᵀs − ½ sᵀ(A + αI)s."""
        slope = float((self.steps.gradient + self._pull) @ s)
        return -slope - 0.5 * (self.steps.curvature(s) + float(s @ (self._penalty * s)))

    def _is_over(self, trial: "_Trial", damping: float, seconds: float) -> bool:
        """Record an iteration; return True if a rule or a hook says stop."""
        state, rules, accepted = self.state, self.rules, trial.gain > 0
        row = EpochRow(
            self.given_loss(), np.nan, np.nan, seconds, damping, trial.gain, trial.length, self.effective
        )  # fmt: skip
        if rules.hooks or rules.starts or self.validates:  # nobody else looks before the end
            self._shown.go_to(self.point.eta)
        state.n_iter += 1
        state.samples_seen += self.problem.n_rows
        if rules.score is not None and self.validates:
            last = state.epochs[-1].validation_score if state.epochs else np.nan
            row = row._replace(validation_score=rules.score() if accepted or np.isnan(last) else last)
        state.epochs.append(row)
        if self.validates and (
            rules.judge(state, self._shown.scaling.error_unit) or state.best_parameters is None
        ):
            state.best_parameters = self._shown.network.parameters.copy()
        report = EpochReport.of(state, rules)
        if any([hook(report) for hook in rules.hooks]):
            state.stop_reason = "callback"
        elif self.validates and rules.out_of_patience(state):
            rules.announce(f"{rules.halt_message()} Stopping.")
            state.stop_reason, state.message = "no improvement", rules.halt_message()
        return state.stop_reason in ("callback", "no improvement")
