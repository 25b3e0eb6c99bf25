"""MLPRegressor."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import column_or_1d, validate_data

from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._docs import with_shared_parameters
from chainrule.estimators._numbers import reading_numbers, refuse_read_as_numbers
from chainrule.estimators._poor_fit import POOR, causes, error_of_a_constant
from chainrule.estimators._quantiles import a_column_for_each, as_levels, loss_of_levels, share_explained
from chainrule.estimators._second_order import SecondOrder
from chainrule.estimators._sensitivities import Sensitivities
from chainrule.estimators._solver import is_solver
from chainrule.network import Activation, evaluate
from chainrule.training import Problem, Rules, Schedule, Solver

Array = NDArray[Any]

_LOSSES = {
    "squared_error": ("half_squared_error", "identity"),
    "poisson": ("poisson", "exp"),
    "huber": ("huber", "identity"),
    "quantile": ("quantile", "identity"),
}
"""The network's loss and output for each loss of the estimator; of a quantile the loss has its level too."""


@with_shared_parameters
class MLPRegressor(RegressorMixin, SecondOrder):
    """Multilayer perceptron for regression: scikit-learn's MLPRegressor, but faster and with derivatives.

    Parameters
    ----------
    loss : {"squared_error", "poisson", "huber", "quantile"}, default="squared_error"
        Half the squared error; half the Poisson deviance of counts (with output e^q); or Huber's loss, on
        which outliers have little influence: r²/2 for a residual r of size up to 1, its size less ½ beyond,
        in units of y. For another limit δ divide y by δ. Or the pinball loss, whose least sum is at a
        quantile: see ``quantile``. It has no curvature, and lm does not take it.
    {parameters}
    n_restarts : int, default=1
        With solver="lm": learn from this many initial weights, in parallel threads, and keep the best network
        (by validation score, by evidence for alpha="bayes", else by loss). The first initial weights are
        those of n_restarts=1. With more, ``verbose`` prints nothing, and callbacks are told of the fit but of
        none of its epochs, so that they cannot end it; a warning says so.
    keep_covariance : bool, default=False
        With solver="lm": keep a matrix of n_parameters² numbers for ``predict(X, return_std=True)``.
    quantile : float or list of float, default=0.5
        With loss="quantile": which quantile of y at x is learnt, between 0 and 1; of several each is an
        output, of one target, and `predict` returns a column for each. They are learnt side by side, and
        may cross where rows are few. Scores are then not R² but the share of the pinball loss that is
        explained, 1 − loss / loss of the best constant (`sklearn.metrics.d2_pinball_score`).

    Attributes
    ----------
    {attributes}
    alpha_, n_effective_parameters_ : float
        After solver="lm" with alpha="bayes": the strength found, and how many parameters the data determine.
        The strength is that of the scaled problem, where columns and targets have standard deviation 1.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from chainrule import MLPRegressor
    >>> X, y = make_regression(200, 5, random_state=0)
    >>> model = MLPRegressor(hidden_layer_sizes=(20,), solver="lbfgs", random_state=0).fit(X, y / y.std())
    >>> model.score(X, y / y.std()) > 0.99
    True
    >>> model.network_
    Network((5, 20, 1), activation='relu', output='identity', dtype=float64): 141 parameters
    """

    _parameter_constraints = BaseMultilayerPerceptron._parameter_constraints | {
        "loss": [StrOptions(set(_LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"],
        "alpha": [Interval(Real, 0, None, closed="left"), StrOptions({"bayes"})],
        "n_restarts": [Interval(Integral, 1, None, closed="left")],
        "keep_covariance": ["boolean"],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation = "relu",
        *,
        solver: str | Solver = "adam",
        alpha: float | str = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        progress: bool = False,
        n_restarts: int = 1,
        keep_covariance: bool = False,
        schedule: str | Schedule | None = None,
        validation_score: str = "score",
        quantile: float | Sequence[float] = 0.5,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.progress = progress
        self.n_restarts = n_restarts
        self.keep_covariance = keep_covariance
        self.schedule = schedule
        self.validation_score = validation_score
        self.quantile = quantile

    @available_if(lambda self: not is_solver(self.solver) or self._check_solver())  # what is none is named
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "MLPRegressor":
        """Learn from each row of X once, starting from the present weights.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        self
        """
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def jacobian(self, X: Any) -> Array:
        """Return ∂prediction/∂feature at every row.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_outputs, n_features)
            In units of the target for one unit of the feature.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `predict`.
        MemoryError
            If the result does not fit half of the free memory.

        Examples
        --------
        >>> import numpy as np
        >>> X = np.linspace(0, 1, 20)[:, None]
        >>> model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, tol=1e-8).fit(X, 3 * X[:, 0])
        >>> model.jacobian(X[:1]).round(3)
        array([[[3.]]])
        """
        return self._jacobian(X, "predictions")

    def sensitivities(self, X: Any) -> Sensitivities:
        """Return mean, mean absolute and root-mean-square ∂prediction/∂feature over the rows of X.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        Sensitivities
            Prints as a table; `chainrule.display.SensitivityDisplay` draws it.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `predict`.

        Examples
        --------
        >>> import numpy as np
        >>> X = np.linspace(0, 1, 20)[:, None]
        >>> model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, tol=1e-8)
        >>> model.fit(X, 3 * X[:, 0]).sensitivities(X)
        ∂y/∂feature over 20 samples
        feature  mean  mean absolute  root mean square
        x0          3              3                 3
        """
        return self._sensitivities(X, "predictions")

    def _output_names(self) -> list[str]:
        levels = self._levels()
        if len(levels) > 1:
            return [f"{level:g}-quantile of y" for level in levels]
        return ["y"] if self.n_outputs_ == 1 else [f"y{k}" for k in range(self.n_outputs_)]

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict the targets of the rows of X.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        return_std : bool, default=False
            After solver="lm" with keep_covariance=True: return standard deviations too, noise included, as
            scikit-learn's BayesianRidge does. std² = σ² (1 + jᵀ (Σ w JᵀJ + αI)⁻¹ j) with j = ∂F/∂η (the
            delta method), computed in scaled units: for several outputs σ is the same share of each one's
            standard deviation.

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_outputs) for several outputs
            With ``return_std`` a pair of them.

        Raises
        ------
        ValueError
            For ``return_std`` where the covariance was not kept, or σ² could not be estimated.
        """
        outputs = self._evaluate(X)
        y = outputs.ravel() if outputs.shape[1] == 1 else outputs
        if not return_std:
            return y
        if self._posterior is None:
            raise ValueError("return_std needs a fit with solver='lm' and keep_covariance=True")
        std = self._posterior.std(self.network_, self._rows(X))
        return y, std.ravel() if std.shape[1] == 1 else std

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R² of the prediction, or with loss="quantile" the share of the pinball loss explained.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array of shape (n_samples,), optional

        Returns
        -------
        float
            At most 1; 0 of the best constant. Of several outputs or quantiles the mean.
        """
        levels = self._levels()
        if not levels:
            return float(super().score(X, y, sample_weight))
        answers = a_column_for_each(levels, np.asarray(y).reshape(len(y), -1))
        return share_explained(answers, self._evaluate(X), levels, sample_weight)

    def _poor_fit(self, problem: Problem, rules: Rules, solver: Solver) -> str | None:
        state, network = self._state, self.network_
        if rules.max_iter < 10 or state.stop_reason in ("interrupted", "callback", "diverged"):
            return None
        constant = error_of_a_constant(problem, solver.scales)
        if constant == 0 or self._final_loss(rules) < (1 - POOR) * constant:
            return None
        # The loss has the L2 term in it, and Adam's is from before its steps: now the outputs themselves.
        outputs = evaluate(network.architecture, network.parameters, problem.inputs, problem.rows)
        weights = problem.weights[problem.rows] if problem.weights.size else None
        found = self._score_outputs(problem.Y[problem.rows], outputs, weights)
        if found >= POOR:
            return None
        why = causes(
            replace(problem, network=network), state, solver.scales,
            [str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_))],
            self._output_names(), getattr(solver, "learning_rate_init", None),
        )  # fmt: skip
        score = "the share of the pinball loss explained" if self._levels() else "R²"
        return f"{score} is {found:.2g} on the rows that were learnt from, no better than a constant: {why}."

    def _final_loss(self, rules: Rules) -> float:
        """Loss of the epoch whose weights the network has."""
        epochs = self._state.epochs[-self._state.n_iter :] if self._state.n_iter else []
        if rules.score is None or not epochs:
            return self.loss_
        return max(epochs, key=lambda epoch: epoch.validation_score).loss

    def _validate_params(self) -> None:
        try:
            super()._validate_params()
        except ValueError as error:
            if isinstance(self.loss, str):
                raise
            raise type(error)(
                f"{error} The first parameter of MLPRegressor is loss; give the sizes of the hidden "
                f"layers by name: hidden_layer_sizes={self.loss!r}."
            ) from None
        self._levels()

    def _levels(self) -> tuple[float, ...]:
        """The levels of loss="quantile"; none of another loss."""
        return as_levels(self.quantile, self.loss)

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Array]:
        X, Y = self._rows_and_targets(X, y, reset)
        if not reset and self._output() != self.out_activation_:
            raise ValueError(
                f"loss={self.loss!r} does not go with the output of the network fitted before, "
                f"{self.out_activation_!r}; fit anew without warm_start"
            )
        if not reset and Y.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {Y.shape[1]} outputs, the fitted network has {self.n_outputs_}")
        return X, Y

    def _validate_held_back(self, X: Any, y: Any, n_outputs: int) -> tuple[Array, Array]:
        X, Y = self._rows_and_targets(X, y, reset=False)
        if Y.shape[1] != n_outputs:
            raise ValueError(f"y has {Y.shape[1]} outputs, that to learn from has {n_outputs}")
        return X, Y

    def _rows_and_targets(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        given = y
        with reading_numbers(X, y):
            X, y = validate_data(
                self,
                X,
                y,
                accept_sparse=["csr", "csc"],
                multi_output=True,
                y_numeric=True,
                dtype=(np.float64, np.float32),
                reset=reset,
            )
        if issparse(y):
            raise ValueError("y is sparse; MLPRegressor takes dense targets (y.toarray())")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if y.dtype.kind not in "fiub":
            raise TypeError(f"y must hold numbers, got dtype {y.dtype}")
        refuse_read_as_numbers(given, "y")
        if not np.isfinite(y).all():  # scikit-learn lets None pass among objects
            raise ValueError("Input y contains NaN.")
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(f"y holds {y.min()}; loss='poisson' takes counts >= 0")
        return X, a_column_for_each(self._levels(), y.reshape(len(y), -1))

    def _output(self) -> str:
        return _LOSSES[self.loss][1]

    def _loss(self) -> tuple[str, float]:
        levels = self._levels()
        if levels:
            return loss_of_levels(levels), 1.0
        # Of a squared error scikit-learn reports the mean over outputs, yet follows the gradient of the sum.
        return _LOSSES[self.loss][0], 1.0 / self.n_outputs_ if self.loss == "squared_error" else 1.0

    def _score_outputs(self, answers: Array, outputs: Array, weights: Array | None) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")
        if self._levels():
            return share_explained(answers, outputs, self._levels(), weights)
        with np.errstate(over="ignore"):  # where learning diverges: R² is -inf
            return float(r2_score(answers, outputs, sample_weight=weights))
