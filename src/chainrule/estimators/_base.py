"""Base class of the two estimators: scikit-learn's parameters, and fitting.

The order of random draws, epochs, stopping and attributes follows scikit-learn 1.9.
"""

import warnings
from abc import ABCMeta, abstractmethod
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight

from chainrule.calculus import ACTIVATIONS
from chainrule.estimators._callbacks import CallbackSupportMixin, FitCallbacks
from chainrule.estimators._derivatives import DerivativesMixin, refuse_read_as_numbers
from chainrule.estimators._fitted_attributes import FittedAttributes
from chainrule.estimators._solver import OF_SOLVER, changed_solver, kind_of, make_solver
from chainrule.network import (
    Activation,
    Inputs,
    Network,
    check_sparse,
    evaluate,
    refuse_masked,
)
from chainrule.training import (
    SOLVERS,
    EpochReport,
    Problem,
    Rules,
    Solver,
    TrainingState,
    as_bayes,
    learn,
)

Array = NDArray[Any]


class BaseMultilayerPerceptron(
    FittedAttributes, DerivativesMixin, CallbackSupportMixin, BaseEstimator, metaclass=ABCMeta
):
    """Fitting and fitted attributes of both estimators."""

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012  # scikit-learn's own form
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation],
        "solver": [StrOptions(set(SOLVERS)), Solver],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "progress": ["boolean"],
    }

    @abstractmethod
    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Array]:
        """Return X as float64 or float32 and y as scikit-learn checks it, as (n_samples, n_outputs)."""

    @abstractmethod
    def _output(self) -> str:
        """Name of the output's function."""

    @abstractmethod
    def _loss(self) -> tuple[str, float]:
        """Name of the loss's kernel, and the share of the data's part in the loss reported by epochs."""

    @abstractmethod
    def _score_outputs(self, answers: Array, outputs: Array, weights: Array | None) -> float:
        """Score of the network's outputs, for early stopping."""

    def _stratify(self, Y: Array) -> Array | None:
        return None

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "BaseMultilayerPerceptron":
        """Fit the network to X and y.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For parameters, shapes or values that are not accepted. Also if the weights do not stay
            finite; the message says what to change.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def set_params(self, **params: Any) -> Self:
        """Change parameters by name; ``solver__damping`` changes a setting of a solver given as an object.

        The object itself does not change, since other models may use it: ``solver`` becomes a new one.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            For a parameter that does not exist, or a solver's value that is not accepted.

        Examples
        --------
        >>> from chainrule import Adam, MLPRegressor
        >>> MLPRegressor(solver=Adam()).set_params(solver__beta_1=0.5).solver
        Adam(learning_rate_init=0.001, beta_1=0.5, beta_2=0.999, epsilon=1e-08, schedule=None)
        """
        own = {name: value for name, value in params.items() if not name.startswith(OF_SOLVER)}
        super().set_params(**own)
        settings = {name.removeprefix(OF_SOLVER): params[name] for name in params if name not in own}
        if settings:
            super().set_params(solver=changed_solver(self.solver, settings))
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any, incremental: bool) -> "BaseMultilayerPerceptron":
        hidden = self._hidden_sizes()
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "network_") or not (self.warm_start or incremental)
        given = X, y, sample_weight
        check_sparse(X)
        X, Y = self._validate_input(X, y, incremental, reset=first)
        refuse_read_as_numbers(given[0], "X")
        refuse_masked(y, "y")
        if not all(isinstance(size, Integral) for size in hidden):  # after X and y, as scikit-learn
            raise TypeError(f"hidden_layer_sizes must be integers, got {hidden}")
        weights = np.empty(0, X.dtype)
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X)
            refuse_read_as_numbers(sample_weight, "sample_weight")
        random = check_random_state(self.random_state)
        if first:
            sizes = (X.shape[1], *hidden, Y.shape[1])
            self.network_ = Network(sizes, self.activation, self._output(), X.dtype, random)
            self._state = TrainingState()
        else:
            self._follow_activation()
            if not incremental:
                self._state.solver = None
        dtype = self.network_.dtype
        weights = _as_type(weights, dtype, "sample_weight")
        callbacks = FitCallbacks(self, *given, max_epochs=0 if incremental else self.max_iter)
        self._learn(_as_inputs(X, dtype), Y, weights, random, incremental, first, callbacks)
        callbacks.end()
        return self

    def _follow_activation(self) -> None:
        # As scikit-learn, which reads the parameter at every step.
        net = self.network_
        if set(net.activations) - {self.activation}:
            self.network_ = Network.from_weights(
                net.weights, net.biases, self.activation, net.output, net.dtype
            )

    def _hidden_sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if np.any(np.array(sizes) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return sizes

    def _learn(
        self,
        inputs: Inputs,
        Y: Array,
        weights: Array,
        random: np.random.RandomState,
        incremental: bool,
        drawn: bool,
        callbacks: FitCallbacks,
    ) -> None:
        loss, share = self._loss()
        answers = np.ascontiguousarray(_as_type(Y, self.network_.dtype, "y"))
        rows, validation = np.arange(len(inputs)), None
        solver = make_solver(self)
        if self.early_stopping and solver.validates:
            rows, validation = self._split(Y, random)
        if not solver.stochastic:
            share = 1.0  # whether a step is taken needs a value and a gradient that belong together
        bayes = as_bayes(self.alpha, solver, loss)
        alpha = 0.0 if bayes else self.alpha
        problem = Problem(
            self.network_, inputs, answers, weights, rows, loss, alpha, share, bayes, drawn, each_target=True
        )
        rules = self._rules(problem, validation, incremental)
        if callbacks.listening:
            rules = replace(rules.watched_by(callbacks), starts=(callbacks.begin_epoch,))
        self._learn_by(solver, problem, rules, validation, random)
        if not incremental:
            for complaint in (solver.complaint(self._state, rules), self._poor_fit(problem, rules, solver)):
                if complaint is not None:
                    warnings.warn(complaint, ConvergenceWarning, stacklevel=5)

    def _learn_by(
        self,
        solver: Solver,
        problem: Problem,
        rules: Rules,
        validation: NDArray[np.intp] | None,
        random: np.random.RandomState,
    ) -> None:
        learn(problem, solver, rules, self._state, random, self.progress)

    def _split(self, Y: Array, random: np.random.RandomState) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows, validation = train_test_split(
            np.arange(len(Y)),
            random_state=random,
            test_size=self.validation_fraction,
            stratify=self._stratify(Y),
        )
        if len(validation) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return rows, validation

    def _rules(self, problem: Problem, validation: NDArray[np.intp] | None, incremental: bool) -> Rules:
        n_train = len(problem.rows)
        batch_size = min(200, n_train)
        kind = kind_of(self.solver)
        if self.batch_size != "auto" and kind.stochastic:
            if self.batch_size > n_train:
                warnings.warn(
                    "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                    stacklevel=6,
                )
            batch_size = min(self.batch_size, n_train)
        return Rules(
            batch_size=batch_size,
            max_iter=1 if incremental else self.max_iter,
            shuffle=self.shuffle,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
            score=None if validation is None else self._scorer(problem, validation),
            hooks=(_print_epoch,) if self.verbose and kind.reports else (),
            announce=print if self.verbose else _say_nothing,
        )

    def _scorer(self, problem: Problem, validation: NDArray[np.intp]) -> Any:
        net, answers = problem.network, problem.Y[validation]
        weights = problem.weights[validation] if problem.weights.size else None

        def score() -> float:
            outputs = evaluate(net.architecture, net.parameters, problem.inputs, validation)
            return self._score_outputs(answers, outputs, weights)

        return score

    def _poor_fit(self, problem: Problem, rules: Rules, solver: Solver) -> str | None:
        """Return what to warn of where a fit ends no better than a constant; a regressor's error tells."""
        return None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_solver(self) -> bool:
        kind = kind_of(self.solver)
        if not kind.stochastic:
            raise AttributeError(
                f"partial_fit is only available for stochastic optimizers. {kind.name} is not stochastic."
            )
        return True

    def _evaluate(self, X: Any) -> Array:
        X, net = self._rows(X), self.network_
        return evaluate(net.architecture, net.parameters, _as_inputs(X, net.dtype))

    def __getstate__(self) -> dict[str, Any]:
        # After a fit with early stopping the best η is that of the network: kept once.
        kept = dict(super().__getstate__())  # a copy: Python hands out the attributes themselves
        state = kept.get("_state")
        if state is not None and np.array_equal(state.best_parameters, self.network_.parameters):
            kept["_state"] = replace(state, best_parameters=self.network_.parameters)
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        super().__setstate__(kept)
        if "_state" in kept and kept["_state"].best_parameters is not None:
            self._state.best_parameters = kept["_state"].best_parameters.copy()


def _as_type(values: Array, dtype: np.dtype[Any], name: str) -> Array:
    """Return checked values as the network's type; what was finite stays so."""
    with np.errstate(over="ignore"):
        converted = values.astype(dtype, copy=False)
    if converted is not values and not np.isfinite(converted).all():
        raise ValueError(f"{name} holds values too large for {dtype}, the type of the network")
    return converted


def _as_inputs(X: Any, dtype: np.dtype[Any]) -> Inputs:
    if not hasattr(X, "tocsr"):
        return Inputs.of(_as_type(X, dtype, "X"), dtype)
    inputs = Inputs.of(X, dtype)
    if not np.isfinite(inputs.values).all():
        raise ValueError(f"X holds values too large for {dtype}, the type of the network")
    return inputs


def _print_epoch(report: EpochReport) -> None:
    print(f"Iteration {report.epoch}, loss = {report.loss:.8f}")
    if report.validation_score is not None:
        print(f"Validation score: {report.validation_score:f}")


def _say_nothing(message: str) -> None:
    """Stand in for print."""
