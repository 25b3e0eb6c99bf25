"""Learning on all rows at once by Levenberg-Marquardt: in which precision, by which way, to which end."""

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chainrule.network import SMALL, as_bytes, bytes_of_passes, in_words
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._crew import Crew
from chainrule.training._damped_steps import Way
from chainrule.training._descent import Descent, Shown
from chainrule.training._evidence import descend_by_evidence
from chainrule.training._problem import Problem
from chainrule.training._rules import Rules
from chainrule.training._scaling import ScaledProblem
from chainrule.training._solvers import LevenbergMarquardt
from chainrule.training._state import TrainingState

Array = NDArray[np.float64]

MOST_PARAMETERS = 8000
"""Parameters from which a matrix of them, even where it fits, takes longer than conjugate gradients."""


def learn_by_levenberg_marquardt(
    problem: Problem,
    solver: LevenbergMarquardt,
    rules: Rules,
    state: TrainingState,
    scaled: ScaledProblem | None = None,
) -> None:
    """Change the network's η, and ``state`` with it, until a tolerance is met or the rules say stop.

    All is done in scaled units; the network, and what hooks and scores see of it, is in the given ones.

    Of the rules, ``max_iter``, ``tol`` (largest entry of the gradient of the scaled problem), the hooks and a
    validation score apply; with one, learning stops after more than ``n_iter_no_change`` iterations that do
    not better it, and the best η stays.

    Parameters
    ----------
    problem, solver, rules, state
    scaled : ScaledProblem, optional
        The problem's rows in scaled units, if they are there already.

    Raises
    ------
    ValueError
        If the error is not finite where learning begins.
    MemoryError
        If the way asked for does not fit.
    """
    scaled = ScaledProblem.of(problem) if scaled is None else scaled.beginning_at(problem.network)
    shown = Shown(problem.network, scaled.scaling)
    if problem.drawn:
        shown.go_to(scaled.problem.network.parameters)
    state.solver, state.n_iter, state.stop_reason, state.message = solver, 0, "max_iter", ""
    if rules.score is None:
        state.best_parameters, state.best_score = None, -np.inf
    way = _choose_way(scaled.problem, solver)
    with one_blas_thread() as threads, Crew(threads) as crew:
        room = _room_for_passes(scaled.problem, solver, way)
        descent = Descent(scaled.problem, shown, solver, way, rules, state, crew, room)
        start = descent.point
        try:
            if problem.bayes:
                end = descend_by_evidence(descent)
            else:
                end = descent.descend(solver.loss_tol, solver.step_tol)
            if end.reason is not None:
                state.stop_reason, state.message = end.reason, end.words
                rules.announce(f"{end.words[0].upper()}{end.words[1:]}. Stopping.")
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
            state.stop_reason = "interrupted"
    state.alpha, state.best_loss = descent.alpha, descent.given_loss()
    if rules.score is not None and state.best_score > -np.inf:
        problem.network.parameters[:] = state.best_parameters
    elif descent.point is not start:
        shown.go_to(descent.point.eta)


def plan(problem: Problem, solver: LevenbergMarquardt) -> tuple[LevenbergMarquardt, int]:
    """Return the solver with its way chosen, and how many such fits the memory allowed lets run side by side.

    The problem is a scaled one. Asked before any of them begins: what is free then is what they share.
    """
    way = _choose_way(problem, solver)
    passes = bytes_of_passes(problem.network.architecture, len(problem.inputs))
    needed = _bytes_of(problem)[way] + min(passes, max(0, _room_for_passes(problem, solver, way)))
    return replace(solver, way=way), max(1, as_bytes(solver.max_memory) // max(needed, 1))


def _room_for_passes(problem: Problem, solver: LevenbergMarquardt, way: Way) -> int:
    """Bytes in which forward passes may be kept: little, and none that conjugate gradients keep already."""
    if way == "cg":
        return 0
    if solver.max_memory is None:
        return SMALL
    return min(SMALL, as_bytes(solver.max_memory) - _bytes_of(problem)[way])


def _residuals(problem: Problem) -> int:
    return len(problem.inputs) * problem.network.layer_sizes[-1]


def _bytes_of(problem: Problem) -> dict[Way, int]:
    """What the matrices of a way take; of conjugate gradients the passes at two η."""
    P, residuals = problem.network.n_parameters, _residuals(problem)
    tape = len(problem.inputs) * problem.network.architecture.tape_row
    return {"normal": 24 * P * P, "dual": 16 * residuals * (P + residuals), "cg": 16 * tape}


def _choose_way(problem: Problem, solver: LevenbergMarquardt) -> Way:
    net, way = problem.network, solver.way
    residuals, P = _residuals(problem), net.n_parameters
    alone = net.output != "softmax"  # each output a function of its own q: H is diagonal
    normal, dual, _ = _bytes_of(problem).values()
    small = solver.max_memory is None and max(normal, dual) <= SMALL
    bound = SMALL if small else as_bytes(solver.max_memory)
    why = f"of {P:,} parameters take {in_words(normal)}, allowed are {in_words(bound)}"
    if way == "dual" and not alone:
        raise ValueError(f"way='dual' is for outputs that stand alone, not for {net.output}; take 'normal'")
    if problem.bayes:
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
        stacklevel=5,
    )
    return "cg"
