"""Fitting an estimator to a table whose rows others hold: see `chainrule.training.Group`."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from chainrule.estimators._arrays import as_type, as_weights
from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._class_weight import ClassWeights
from chainrule.estimators._classifier import MLPClassifier
from chainrule.estimators._fit_date import fit_date
from chainrule.estimators._group_batches import batch_size_for, check_batches, draw_for, warn_of_steps
from chainrule.estimators._group_scores import accuracy_of, r2_of, scorer_of
from chainrule.estimators._keeping import Keeping
from chainrule.estimators._poor_fit import POOR
from chainrule.estimators._solver import make_solver
from chainrule.network import Architecture, Encoding, Inputs, Network
from chainrule.training import (
    SOLVERS,
    Group,
    Hook,
    Problem,
    Rules,
    Solver,
    TrainingState,
    as_bayes,
    digest,
)

__all__ = ["Asked", "accuracy_of", "fit_by_group", "forget_balance", "is_balanced", "r2_of", "rows_for"]

Array = NDArray[Any]
Model = TypeVar("Model", bound=BaseMultilayerPerceptron)


@dataclass(frozen=True)
class Asked:
    """What those who hold the rows must know to make sums over them.

    Attributes
    ----------
    net : Architecture
        Its ``dtype`` is what X, Y and weights are to have.
    loss : str
        Name of the loss's kernel.
    encoding : Encoding or None
        Where rows are those of a table's columns: how they become inputs of the network. A leaf's rows have
        then ``encoding.n`` numbers, NaN for missing ones.
    """

    net: Architecture
    loss: str
    encoding: Encoding | None = None


def fit_by_group(
    model: Model,
    X: Any,
    y: Any,
    open_group: Callable[[Asked], Group],
    *,
    hooks: Sequence[Hook] = (),
    checkpoint: Any = None,
    resume: Any = None,
    n_lanes: int = 64,
    class_sizes: Mapping[Any, float] | None = None,
    complain: Callable[[str], None] = lambda text: warnings.warn(text, ConvergenceWarning, stacklevel=3),
) -> Model:
    """Fit an estimator to rows that a group holds.

    Parameters
    ----------
    model : MLPRegressor or MLPClassifier
        Changed in place.
    X, y : array or data frame
        A few of the rows, as they were given: columns, names and types are read from them. Of a classifier
        every class is in y, once at least.
    open_group : callable
        Returns the group, once it is known what it will be asked; `rows_for` gives it rows as the
        network takes them.
    hooks : sequence of callable
        Called with an `EpochReport` after each epoch; returning True stops.
    checkpoint, resume
        As `MLPRegressor.fit`.
    complain : callable, optional
        Told what to warn of where learning did not converge; by default it warns.
    n_lanes : int, default=64
        For adam and sgd: lanes that the leaves are dealt to; each gives a step as many rows, so that
        ``batch_size`` is a multiple of it ("auto": the first from 200 on). What is learnt depends on it and
        on the leaves, but not on who holds them.

    class_sizes : mapping of label to float, optional
        How much the rows of each class weigh (their number, if they have no weights); of a classifier with
        ``class_weight="balanced"``.

    Returns
    -------
    model

    Raises
    ------
    ValueError
        If the solver, or another parameter, needs the rows themselves; if ``batch_size`` is no multiple of
        ``n_lanes``; if rows held back for validation are too few; else as `MLPRegressor.fit`.
    """
    model._validate_params()
    keeping = Keeping(model, checkpoint, resume)
    hidden = model._hidden_sizes()
    first = not hasattr(model, "network_") or not model.warm_start
    X, Y = model._validate_input(X, y, False, reset=first)
    solver = make_solver(model, False)
    _check(model, solver, n_lanes)
    with _balance(model, class_sizes):
        random = keeping.random(check_random_state(model.random_state))
        drawn = keeping.drawn(first)
        if first or drawn:
            sizes = (X.shape[1], *hidden, Y.shape[1])
            model.network_ = Network(
                sizes, model.activation, model._output(), X.dtype, random if drawn else 0
            )
            model._state = TrainingState()
        else:
            model._follow_activation()
            model._state.solver = None
        (loss, share), net = model._loss(), model.network_
        bayes = as_bayes(model.alpha, solver, loss)
        draw = draw_for(model, solver, n_lanes, random)
        group = open_group(Asked(net.architecture, loss))
        nothing = Inputs.of(np.empty((0, X.shape[1])), net.dtype), np.empty((0, Y.shape[1]), net.dtype)
        problem = Problem(
            net, *nothing, np.empty(0, net.dtype), np.empty(0, dtype=np.intp), loss,
            0.0 if bayes else float(model.alpha), share if solver.stochastic else 1.0, bayes, drawn,
            each_target=True, group=group, draw=draw,
        )  # fmt: skip
        rules = model._rules(problem, None, False)
        if draw is not None:
            rules = _with_batches(model, problem, rules)
        rules, _ = keeping.begin(
            problem, model._state, rules, lambda: {"rows": digest(group.total("columns"))}
        )
        rules = replace(rules, hooks=(*rules.hooks, *hooks))
        with keeping.learning():
            model._learn_by(solver, problem, rules, None, random)
    for complaint in (solver.complaint(model._state, rules), _poor_fit(model, group, rules.max_iter)):
        if complaint is not None:
            complain(complaint)
    model.fitted_at_ = fit_date()
    return model


def _with_batches(model: BaseMultilayerPerceptron, problem: Problem, rules: Rules) -> Rules:
    """Add to the rules what minibatches of a group need."""
    rules = replace(rules, batch_size=batch_size_for(model, problem))
    warn_of_steps(problem, rules.batch_size)
    if not model.early_stopping:
        return rules
    rules = replace(rules, score=scorer_of(model, problem))
    model._judge_anew(problem, rules, given=True)  # other rows are held back than in a fit before
    return rules


def rows_for(
    model: BaseMultilayerPerceptron, X: Any, y: Any, sample_weight: Any = None, *, learnt: bool = True
) -> tuple[Array, Array, Array]:
    """Return some rows of a table as the network takes them, checked as `fit` checks them.

    Parameters
    ----------
    model : MLPRegressor or MLPClassifier
        That `fit_by_group` has begun to fit: it knows columns and classes.
    X, y : array or data frame
    sample_weight : array of shape (n,) or None
    learnt : bool
        Whether they are learnt from: then weights of classes count.

    Returns
    -------
    X : array of shape (n, n_features)
    Y : array of shape (n, n_outputs)
    weights : array of shape (n,) or (0,)

    Raises
    ------
    ValueError, TypeError
        As `fit`.
    """
    dtype, n_outputs = model.network_.dtype, model.network_.layer_sizes[-1]
    if hasattr(X, "tocsr"):
        raise TypeError(
            "sparse rows are learnt from in one process only: give dense ones, or fit the plain estimator"
        )
    X, Y = model._validate_held_back(X, y, n_outputs)
    weights = as_type(_weights_of_some(sample_weight, X), dtype, "sample_weight")
    of_classes = model._class_weights(Y, weights) if learnt else None
    if of_classes is not None:
        weights = as_type(of_classes.times(weights, Y), dtype, "sample_weight")
    answers = np.ascontiguousarray(as_type(Y, dtype, "y"))
    return np.ascontiguousarray(X, dtype=dtype), answers, weights


def _weights_of_some(given: Any, X: Array) -> Array:
    """Check weights, which may all be 0: those of the other rows count then."""
    nothing = given is not None and not (np.asarray(given) != 0).any()
    return 0 * as_weights(np.ones(np.shape(given)), X) if nothing else as_weights(given, X)


def _check(model: BaseMultilayerPerceptron, solver: Solver, n_lanes: int) -> None:
    """Raise ValueError for what takes the rows themselves."""
    if not solver.by_groups:
        names = sorted(name for name, kind in SOLVERS.items() if kind.by_groups)
        raise ValueError(
            f"solver={model.solver!r} needs all rows in one process; over leaves learn: {', '.join(names)}"
        )
    if solver.stochastic:
        check_batches(model, n_lanes)
    elif model.early_stopping and solver.validates:
        raise ValueError(f"early_stopping=True goes over leaves with adam and sgd, not {model.solver!r}")
    if getattr(model, "_skl_callbacks", None):
        raise ValueError("callbacks are not told of rows that others hold: give hooks, or call fit")


@contextmanager
def _balance(model: BaseMultilayerPerceptron, sizes: Mapping[Any, float] | None) -> Iterator[None]:
    """Set the factors of the classes of all rows, which nobody has in one place, while they are learnt."""
    try:
        if isinstance(model, MLPClassifier) and is_balanced(model):
            if sizes is None:
                raise ValueError(
                    "class_weight='balanced' takes class_sizes: how much the rows of each class weigh"
                )
            if set(model.classes_.tolist()) <= sizes.keys():  # several labels a row are refused with the rows
                each = np.array([sizes[one] for one in model.classes_.tolist()])
                model._balanced = ClassWeights.balanced(each)
        yield
    finally:
        forget_balance(model)


def is_balanced(model: Any) -> bool:
    """Return whether the rows of each class are counted before it learns."""
    return isinstance(given := getattr(model, "class_weight", None), str) and given == "balanced"


def forget_balance(model: Any) -> None:
    """Leave nothing of what was counted."""
    vars(model).pop("_balanced", None)


def _poor_fit(model: BaseMultilayerPerceptron, group: Group, max_iter: int) -> str | None:
    """Return what to warn of where a regression ends no better than a constant."""
    settled = model._state.stop_reason not in ("interrupted", "callback", "diverged")
    if is_classifier(model) or getattr(model, "loss", "") == "quantile" or max_iter < 10 or not settled:
        return None
    r2 = r2_of(group, model.network_)
    if r2 >= POOR:
        return None
    return (
        f"R² is {r2:.2g} on the rows that were learnt from, no better than a constant: scale columns and "
        "target (StandardScaler), raise max_iter, or lower alpha"
    )
