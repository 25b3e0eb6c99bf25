"""Base class of the two estimators: scikit-learn's parameters, and fitting.

The order of random draws, epochs, stopping and attributes follows scikit-learn 1.9.
"""

import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from numbers import Integral, Real
from typing import Any, Never, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions

from chainrule.calculus import ACTIVATIONS
from chainrule.estimators._arrays import ALL_ZERO, as_inputs, as_type, as_weights
from chainrule.estimators._callbacks import CallbackSupportMixin, FitCallbacks
from chainrule.estimators._class_weight import ClassWeights
from chainrule.estimators._derivatives import DerivativesMixin
from chainrule.estimators._fit_date import fit_date
from chainrule.estimators._fitted_attributes import FittedAttributes
from chainrule.estimators._held_back import HeldBack, as_validation_data
from chainrule.estimators._in_memory import refuse_dask
from chainrule.estimators._keeping import Keeping, digests_with_held
from chainrule.estimators._others import refuse_others, without_others
from chainrule.estimators._solver import OF_SOLVER, changed_solver, kind_of, make_solver
from chainrule.estimators._verbose import print_epoch, say_nothing
from chainrule.network import Activation, Inputs, Network, evaluate, refuse_masked
from chainrule.training import (
    SCHEDULES,
    SOLVERS,
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
        "schedule": [StrOptions(set(SCHEDULES)), callable, None],
        "validation_score": [StrOptions({"score", "loss"})],
    }

    @abstractmethod
    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Array]:
        """Return X as float64 or float32 and y as scikit-learn checks it, as (n_samples, n_outputs)."""

    @abstractmethod
    def _validate_held_back(self, X: Any, y: Any, n_outputs: int) -> tuple[Array, Array]:
        """Return rows for validation, checked against those that `_validate_input` has seen."""

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

    def _class_weights(self, Y: Array, weights: Array) -> ClassWeights | None:
        """Factors of the rows' weights; a classifier's class_weight tells."""
        return None

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *,
        validation_data: Any = None, checkpoint: Any = None, resume: Any = None, **others: Never,
    ) -> "BaseMultilayerPerceptron":  # fmt: skip
        """Fit the network to X and y.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional
        validation_data : (X, y) or (X, y, sample_weight), optional
            At least two rows to validate with, in the place of rows held back from X: all of X is learnt
            from, no rows are drawn, and learning stops early by the score of these, also if
            ``early_stopping=False``. Not for lbfgs. A pipeline hands them on without its transformations.
        checkpoint : path-like or Checkpoint, optional
            A file that the fit writes now and then, from which ``resume`` goes on when the process has ended.
        resume : path-like, optional
            A checkpoint of the same fit, to go on from: the model is then what it would be if the process had
            never ended. If it is ``checkpoint`` itself and does not exist yet, the fit begins.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For parameters, shapes or values that are not accepted. Also if the weights do not stay
            finite; the message says what to change. If ``resume`` is no checkpoint, or one of another model
            or other data.
        OSError
            If ``resume`` cannot be read, or ``checkpoint`` not be written.
        """
        refuse_others(self.fit, others)
        keeping = Keeping(self, checkpoint, resume)
        return self._fit(X, y, sample_weight, False, validation_data, keeping)

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

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, validation_data: Any = None,
        keeping: Keeping | None = None,
    ) -> "BaseMultilayerPerceptron":  # fmt: skip
        keeping = keeping or Keeping(self, None, None)
        hidden = self._hidden_sizes()
        first = not hasattr(self, "network_") or not (self.warm_start or incremental)
        given = X, y, sample_weight
        refuse_dask(self, X=X, y=y, sample_weight=sample_weight)
        X, Y = self._validate_input(X, y, incremental, reset=first)
        refuse_masked(y, "y")
        weights = as_weights(sample_weight, X)
        if not all(isinstance(size, Integral) for size in hidden):  # after all rows, as scikit-learn
            raise TypeError(f"hidden_layer_sizes must be integers, got {hidden}")
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        to_validate = self._validation_rows(validation_data, Y.shape[1])
        of_classes = self._class_weights(Y, weights)
        if of_classes is not None:
            weights = of_classes.times(weights, Y)
        solver = make_solver(self, incremental)  # what contradicts itself is said before a network is there
        random = keeping.random(check_random_state(self.random_state))
        drawn = keeping.drawn(first)
        if first or drawn:
            sizes, source = (X.shape[1], *hidden, Y.shape[1]), random if drawn else 0
            self.network_ = Network(sizes, self.activation, self._output(), X.dtype, source)
            self._state = TrainingState()
        else:
            self._follow_activation()
            if not incremental:
                self._state.solver = None
        dtype = self.network_.dtype
        weights = as_type(weights, dtype, "sample_weight")
        held = None if to_validate is None else HeldBack.of(*to_validate, of_classes, dtype)
        callbacks = FitCallbacks(self, *given, max_epochs=0 if incremental else self.max_iter)
        self._learn(
            solver, as_inputs(X, dtype), Y, weights, held, random, incremental, drawn, callbacks, keeping
        )
        callbacks.end()
        self.fitted_at_ = fit_date()
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
        solver: Solver,
        inputs: Inputs,
        Y: Array,
        weights: Array,
        held: HeldBack | None,
        random: np.random.RandomState,
        incremental: bool,
        drawn: bool,
        callbacks: FitCallbacks,
        keeping: Keeping,
    ) -> None:
        loss, share = self._loss()
        answers = np.ascontiguousarray(as_type(Y, self.network_.dtype, "y"))
        rows = np.arange(len(inputs))
        if held is None and self.early_stopping and solver.validates:
            rows, drawn_rows = self._split(Y, random)
            if weights.size and not weights[drawn_rows].any():
                raise ValueError(f"{ALL_ZERO} Of those held back to validate with each is 0.")
            held = HeldBack(inputs, answers, weights, drawn_rows)
        if not solver.stochastic:
            share = 1.0  # whether a step is taken needs a value and a gradient that belong together
        bayes = as_bayes(self.alpha, solver, loss)
        alpha = 0.0 if bayes else self.alpha
        problem = Problem(
            self.network_, inputs, answers, weights, rows, loss, alpha, share, bayes, drawn, each_target=True
        )
        rules = self._rules(problem, held, incremental)
        if held is not None:
            self._judge_anew(problem, rules, held.given)
        rules, done = keeping.begin(problem, self._state, rules, lambda: digests_with_held(problem, held))
        if callbacks.listening:
            callbacks.skip(done)
            rules = replace(rules.watched_by(callbacks), starts=(callbacks.begin_epoch,))
        with keeping.learning():
            self._learn_by(solver, problem, rules, held, random)
        if not incremental:
            for complaint in (solver.complaint(self._state, rules), self._poor_fit(problem, rules, solver)):
                if complaint is not None:
                    warnings.warn(complaint, ConvergenceWarning, stacklevel=5)

    def _learn_by(
        self,
        solver: Solver,
        problem: Problem,
        rules: Rules,
        held: HeldBack | None,
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

    def _validation_rows(self, given: Any, n_outputs: int) -> tuple[Any, Array, Array] | None:
        """Check rows given to validate with, as those to learn from are; None if there are none."""
        if given is None:
            return None
        if not kind_of(self.solver).validates:
            raise ValueError(f"validation_data goes with the other solvers; {self.solver!r} learns without")
        X, y, sample_weight = as_validation_data(given, self)
        try:
            rows, Y = self._validate_held_back(X, y, n_outputs)
            refuse_masked(y, "y")
            weights = as_weights(sample_weight, rows)
            if rows.shape[0] < 2 or (weights.size and not weights.sum() > 0):
                raise ValueError("a score takes at least two rows, and weights whose sum is more than 0")
        except (ValueError, TypeError) as error:
            raise type(error)(f"validation_data: {error}") from None
        return rows, Y, weights

    def _judge_anew(self, problem: Problem, rules: Rules, given: bool) -> None:
        """Give the best η of an earlier fit its score by these rows, where the earlier one cannot count.

        given: they are other rows than those of the earlier fit.
        """
        state, net = self._state, problem.network
        if state.best_parameters is not None and (given or state.scored_by != self.validation_score):
            now = net.parameters.copy()
            net.parameters[:] = state.best_parameters
            assert rules.score is not None
            state.best_score = rules.score()
            net.parameters[:] = now
        state.scored_by = self.validation_score

    def _rules(self, problem: Problem, held: HeldBack | None, incremental: bool) -> Rules:
        n_train = problem.n_rows
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
            score=None if held is None else self._scorer(problem, held),
            score_is_error=self.validation_score == "loss",
            hooks=(print_epoch,) if self.verbose and kind.reports else (),
            announce=print if self.verbose else say_nothing,
        )

    def _scorer(self, problem: Problem, held: HeldBack) -> Callable[[], float]:
        if self.validation_score == "loss":
            return held.negated_loss(problem, kind_of(self.solver).scales)
        answers, counted = held.answers(), held.counted()
        return lambda: self._score_outputs(answers, held.outputs(problem.network), counted)

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
        return evaluate(net.architecture, net.parameters, as_inputs(X, net.dtype))

    def __getstate__(self) -> dict[str, Any]:
        # After a fit with early stopping the best η is that of the network: kept once.
        kept = dict(super().__getstate__())  # a copy: Python hands out the attributes themselves
        state = kept.get("_state")
        if state is not None and np.array_equal(state.best_parameters, self.network_.parameters):
            kept["_state"] = replace(state, best_parameters=self.network_.parameters)
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        # What was kept by an earlier version does not have the parameters that came later.
        parameters = signature(type(self)).parameters.values()
        super().__setstate__({each.name: each.default for each in parameters} | kept)
        if "_state" in kept and kept["_state"].best_parameters is not None:
            self._state.best_parameters = kept["_state"].best_parameters.copy()
