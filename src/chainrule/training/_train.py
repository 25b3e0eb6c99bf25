"""Function `train`: training of a network on data, without an estimator."""

import warnings
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from chainrule.calculus.losses import RESIDUALS
from chainrule.network import (
    Network,
    Samples,
    as_answers,
    as_flag,
    as_inputs,
    as_loss,
    as_number,
    as_random_state,
    as_sample_weight,
)
from chainrule.training._checkpoint import Checkpoint, PathLike
from chainrule.training._history import History
from chainrule.training._identity import Identity, digest, digests_of, settings_of
from chainrule.training._problem import Problem
from chainrule.training._progress import ProgressBar
from chainrule.training._recorder import Recorder, open_recorder
from chainrule.training._rules import Hook, Rules
from chainrule.training._snapshot import Snapshot, random_snapshot, restore_random
from chainrule.training._state import TrainingState
from chainrule.training._watch import watch_of_this_thread
from chainrule.training.solvers import Solver, as_solver


def learn(
    problem: Problem,
    solver: Solver,
    rules: Rules,
    state: TrainingState,
    random: np.random.RandomState,
    progress: bool = False,
) -> None:
    """Let the solver change the network's η; see `Solver.learn`."""
    state.forget_evidence()
    if rules.ended_before(problem.network, state, solver):
        return
    watch = watch_of_this_thread()
    rules = rules if watch is None else rules.watched_by(watch)
    with ProgressBar() if progress else nullcontext() as bar:
        solver.learn(problem, rules if bar is None else rules.watched_by(bar), state, random)
    rules.end(problem.network, state)


def train(
    network: Network,
    X: Samples,
    y: ArrayLike,
    *,
    loss: str | None = None,
    solver: Solver | None = None,
    alpha: float | Literal["bayes"] = 0.0,
    sample_weight: ArrayLike | None = None,
    batch_size: int | Literal["auto"] = "auto",
    max_iter: int = 200,
    shuffle: bool = True,
    tol: float = 1e-4,
    n_iter_no_change: float = 10,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    random_state: int | np.random.RandomState | None = None,
    on_epoch: Iterable[Hook] = (),
    progress: bool = False,
    checkpoint: PathLike | Checkpoint | None = None,
    resume: PathLike | None = None,
) -> History:
    """Change a network's η in place so that its error on the data becomes smaller (N3).

    Parameters
    ----------
    network : Network
    X : array or sparse matrix of shape (n_samples, n_features)
    y : array of shape (n_samples, n_outputs) or (n_samples,)
        As for `Network.error`.
    loss : str, optional
        As for `Network.error`; may be left out for softmax, logistic and exp outputs.
    solver : Solver, default=Adam()
        `Adam`, `SGD`, `LBFGS` or another of `chainrule.training.solvers`, made with its settings.
    alpha : float or "bayes", default=0.0
        Strength of the L2 term 0.5 · alpha · ‖W‖² / S, with S the weights of a batch. With
        Levenberg-Marquardt W are the weights of its scaled problem, and the term stands beside the error over
        the targets' variance; there "bayes" finds it from the data (MacKay 1992).
    sample_weight : array of shape (n_samples,), optional
    batch_size : int or "auto", default="auto"
        Rows in each step; "auto" is min(200, n_samples). L-BFGS and Levenberg-Marquardt use all
        rows in each step.
    max_iter : int, default=200
        Largest number of epochs, or of iterations of L-BFGS and Levenberg-Marquardt.
    shuffle : bool, default=True
    tol, n_iter_no_change : float, default=1e-4, 10
        Learning stops after more than ``n_iter_no_change`` epochs that do not improve the best loss by
        ``tol``; L-BFGS and Levenberg-Marquardt stop where no entry of the gradient exceeds ``tol``, which
        with Levenberg-Marquardt is relative to the targets' variance.
    validation : (X, y), optional
        Rows that are not used for learning. Stopping then depends on their error instead of the loss, and the
        network ends with the η of the smallest one. Not with L-BFGS.
    random_state : int, RandomState or None, default=None
        Source of the random order of the rows.
    on_epoch : iterable of callable
        Called with an `EpochReport` after each epoch; returning True stops.
    progress : bool, default=False
        Show a progress bar (needs rich).
    checkpoint : path-like or Checkpoint, optional
        A file that is written now and then, from which ``resume`` goes on when the process has ended.
    resume : path-like, optional
        A checkpoint of the same call, to go on from: η then ends as if the process had never ended, whatever
        it is now. If it is ``checkpoint`` itself and does not exist yet, learning begins.

    Returns
    -------
    History
        Losses are in the units of y, with every solver.

    Raises
    ------
    ValueError, TypeError
        As `Network.error`; also if η does not stay finite, with what to change; if ``resume`` is no
        checkpoint, or one of another call.
    OSError
        If ``resume`` cannot be read, or ``checkpoint`` not be written.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import LBFGS, Network, train
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> net = Network((1, 10, 1), random_state=0)
    >>> history = train(net, x, x**2, loss="half_squared_error", solver=LBFGS(), tol=1e-6)
    >>> net.error(x, x**2, loss="half_squared_error") < 1e-4
    True
    """
    name = as_loss(loss, network.output)
    inputs = as_inputs(X, network.layer_sizes[0], network.dtype)
    Y = as_answers(y, len(inputs), network.layer_sizes[-1], name, network.dtype)
    weights = as_sample_weight(sample_weight, len(inputs), network.dtype)
    solver = as_solver(solver)
    _check_validation(solver, validation is not None)
    _check_counts(len(inputs), batch_size, max_iter)
    bayes = as_bayes(alpha, solver, name)
    strength = 0.0 if bayes else as_number(alpha, "alpha", ">= 0 or 'bayes'", lambda v: 0 <= v < np.inf)
    hooks = _as_hooks(on_epoch)
    if not np.isfinite(network.parameters).all():
        raise ValueError("the network's parameters are not finite: begin with a new network")
    rules = Rules(
        batch_size=min(200, len(inputs)) if batch_size == "auto" else batch_size,
        max_iter=max_iter,
        shuffle=as_flag(shuffle, "shuffle"),
        tol=as_number(tol, "tol", ">= 0", lambda v: v >= 0),
        n_iter_no_change=as_number(n_iter_no_change, "n_iter_no_change", ">= 1", lambda v: v >= 1),
        score=None if validation is None else _scorer(network, validation, name),
        score_is_error=True,
        hooks=hooks,
    )
    rows = np.arange(len(inputs))
    problem = Problem(network, inputs, Y, weights, rows, name, strength, bayes=bayes)
    state, random = TrainingState(), as_random_state(random_state)
    settings = {
        "solver": solver, "alpha": alpha, "batch_size": batch_size, "max_iter": max_iter, "shuffle": shuffle,
        "tol": tol, "n_iter_no_change": n_iter_no_change, "random_state": random_state,
    }  # fmt: skip
    recorder = open_recorder(checkpoint, resume, lambda: _identity(problem, settings), stacklevel=3)
    if recorder is not None:
        _begin(recorder, problem, validation, random)
        rules = replace(rules, record=recorder.run())
    with nullcontext() if recorder is None else recorder:
        learn(problem, solver, rules, state, random, as_flag(progress, "progress"))
    complaint = None if state.settled else solver.complaint(state, rules)
    if complaint is not None:
        warnings.warn(complaint, stacklevel=2)
    return state.history()


def _identity(problem: Problem, settings: dict[str, Any]) -> Identity:
    net = problem.network
    network = {
        "layer_sizes": net.layer_sizes, "activations": list(net.activations), "output": net.output,
        "dtype": str(net.dtype), "loss": problem.loss,
    }  # fmt: skip
    return Identity("train", settings_of(network | settings))


def _begin(recorder: Recorder, problem: Problem, validation: Any, random: np.random.RandomState) -> None:
    """Begin where an earlier process began, with the same η and draws; or let a later one do so."""
    parameters, data = problem.network.parameters, digests_of(problem.inputs, problem.Y, problem.weights)
    if validation is not None:
        data["validation"] = digest(*(np.asarray(part, dtype=np.float64) for part in validation))
    start = {"random": random_snapshot(random), "network": Snapshot(arrays={"parameters": parameters})}
    recorder.begin(Snapshot.joined(start).settled(), data)
    if recorder.start is not None:
        restore_random(random, recorder.start.part("random"))
        parameters[:] = recorder.start.part("network").array("parameters", like=parameters)


def _check_validation(solver: Solver, validated: bool) -> None:
    if validated and not solver.validates:
        raise ValueError(f"validation goes with the other solvers; {type(solver).__name__} learns without")


def as_bayes(alpha: object, solver: Solver, loss: str) -> bool:
    """Return whether alpha is to be found from the data; ValueError where solver or loss do not allow it."""
    if isinstance(alpha, str) and alpha != "bayes":
        raise ValueError(f"alpha must be a number >= 0 or 'bayes', got {alpha!r}")
    if not isinstance(alpha, str):
        return False
    if not solver.second_order:
        raise ValueError(f"alpha='bayes' goes with LevenbergMarquardt, not with {solver!r}")
    if loss not in RESIDUALS or not RESIDUALS[loss].square:  # the evidence is that of normal noise
        raise ValueError(f"alpha='bayes' goes with a squared error, not with loss={loss!r}")
    return True


def _scorer(network: Network, validation: tuple[ArrayLike, ArrayLike], loss: str) -> Callable[[], float]:
    try:
        X, y = validation
    except (TypeError, ValueError) as error:
        raise type(error)(f"validation must be (X, y), got {type(validation).__name__}") from None
    network.error(X, y, loss)  # what does not fit is said before learning begins
    return lambda: -network.error(X, y, loss)


def _check_counts(n_samples: int, batch_size: object, max_iter: object) -> None:
    if not n_samples:
        raise ValueError("X holds no samples: training needs at least one")
    if not (isinstance(batch_size, str) and batch_size == "auto") and not _is_count(batch_size):
        raise ValueError(f"batch_size must be 'auto' or an integer >= 1, got {batch_size!r}")
    if not _is_count(max_iter):
        raise ValueError(f"max_iter must be an integer >= 1, got {max_iter!r}")


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


def _as_hooks(on_epoch: object) -> tuple[Hook, ...]:
    try:
        hooks: tuple[Any, ...] = tuple(on_epoch)  # type: ignore[arg-type]
    except TypeError:
        hooks = (None,)
    if not all(callable(hook) for hook in hooks):
        raise TypeError(f"on_epoch must be a sequence of callables, got {on_epoch!r}")
    return hooks
