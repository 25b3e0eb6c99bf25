"""Fitting an estimator to a table whose rows others hold: see `chainrule.training.Group`."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from chainrule.estimators._arrays import as_type, as_weights
from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._fit_date import fit_date
from chainrule.estimators._keeping import Keeping
from chainrule.estimators._poor_fit import POOR
from chainrule.estimators._solver import make_solver
from chainrule.network import Architecture, Inputs, Network
from chainrule.training import SOLVERS, Group, Hook, Problem, Solver, TrainingState, as_bayes, digest

__all__ = ["Asked", "accuracy_of", "fit_by_group", "r2_of", "rows_for"]

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
    """

    net: Architecture
    loss: str


def fit_by_group(
    model: Model,
    X: Any,
    y: Any,
    open_group: Callable[[Asked], Group],
    *,
    hooks: Sequence[Hook] = (),
    checkpoint: Any = None,
    resume: Any = None,
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

    Returns
    -------
    model

    Raises
    ------
    ValueError
        If the solver needs the rows themselves; else as `MLPRegressor.fit`.
    """
    keeping = Keeping(model, checkpoint, resume)
    hidden = model._hidden_sizes()
    first = not hasattr(model, "network_") or not model.warm_start
    X, Y = model._validate_input(X, y, False, reset=first)
    solver = make_solver(model, False)
    _check(model, solver)
    random = keeping.random(check_random_state(model.random_state))
    drawn = keeping.drawn(first)
    if first or drawn:
        sizes = (X.shape[1], *hidden, Y.shape[1])
        model.network_ = Network(sizes, model.activation, model._output(), X.dtype, random if drawn else 0)
        model._state = TrainingState()
    else:
        model._follow_activation()
        model._state.solver = None
    loss, net = model._loss()[0], model.network_
    bayes = as_bayes(model.alpha, solver, loss)
    group = open_group(Asked(net.architecture, loss))
    nothing = Inputs.of(np.empty((0, X.shape[1])), net.dtype), np.empty((0, Y.shape[1]), net.dtype)
    problem = Problem(
        net, *nothing, np.empty(0, net.dtype), np.empty(0, dtype=np.intp), loss,
        0.0 if bayes else float(model.alpha), bayes=bayes, drawn=drawn, each_target=True, group=group,
    )  # fmt: skip
    rules = model._rules(problem, None, False)
    keeping.compare(drawn, lambda: {"rows": digest(group.total("columns"))})
    if keeping.recorder is not None:
        rules = replace(rules, record=keeping.recorder.run())
    rules = replace(rules, hooks=(*rules.hooks, *hooks))
    with keeping.learning():
        model._learn_by(solver, problem, rules, None, random)
    for complaint in (solver.complaint(model._state, rules), _poor_fit(model, group, rules.max_iter)):
        if complaint is not None:
            complain(complaint)
    model.fitted_at_ = fit_date()
    return model


def rows_for(
    model: BaseMultilayerPerceptron, X: Any, y: Any, sample_weight: Any = None
) -> tuple[Array, Array, Array]:
    """Return some rows of a table as the network takes them, checked as `fit` checks them.

    Parameters
    ----------
    model : MLPRegressor or MLPClassifier
        That `fit_by_group` has begun to fit: it knows columns and classes.
    X, y : array or data frame
    sample_weight : array of shape (n,) or None

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
        raise TypeError("sparse rows are learnt from in one process only: give dense ones, or call fit")
    X, Y = model._validate_held_back(X, y, n_outputs)
    weights = as_type(as_weights(sample_weight, X), dtype, "sample_weight")
    of_classes = model._class_weights(Y, weights)
    if of_classes is not None:
        weights = as_type(of_classes.times(weights, Y), dtype, "sample_weight")
    answers = np.ascontiguousarray(as_type(Y, dtype, "y"))
    return np.ascontiguousarray(X, dtype=dtype), answers, weights


def _check(model: BaseMultilayerPerceptron, solver: Solver) -> None:
    """Raise ValueError for what takes the rows themselves."""
    if not solver.by_groups:
        names = sorted(name for name, kind in SOLVERS.items() if kind.by_groups)
        raise ValueError(
            f"solver={model.solver!r} needs all rows in one process; over leaves learn: {', '.join(names)}"
        )
    if model.early_stopping and solver.validates:
        raise ValueError(f"early_stopping=True goes over leaves with adam and sgd, not {model.solver!r}")
    if getattr(model, "class_weight", None) == "balanced":
        raise ValueError(
            "class_weight='balanced' counts all rows first: over leaves give a mapping of classes to weights"
        )


def r2_of(group: Group, net: Network) -> float:
    """Return R² over all rows, the mean of the outputs': 1 for a constant that is met, else 0."""
    p = net.layer_sizes[-1]
    found = group.total("residuals", net.parameters, np.zeros(p))
    centre = found[1 : 1 + p] / found[0]
    found = group.total("residuals", net.parameters, centre)
    shift, squares, errors = found[1:].reshape(3, p)
    variation = squares - shift**2 / found[0]
    met, varies = errors == 0, variation > 0
    r2 = np.where(varies, 1 - errors / np.where(varies, variation, 1.0), np.where(met, 1.0, 0.0))
    return float(r2.mean())


def accuracy_of(group: Group, net: Network) -> float:
    """Return the share of the rows whose class is the right one."""
    total, right = group.total("right", net.parameters).tolist()
    return float(right / total)


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
