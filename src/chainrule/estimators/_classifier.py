"""MLPClassifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._param_validation import InvalidParameterError, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import column_or_1d, validate_data

from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._class_weight import ClassWeight, ClassWeights
from chainrule.estimators._docs import with_shared_parameters
from chainrule.estimators._numbers import reading_numbers
from chainrule.estimators._sensitivities import Sensitivities
from chainrule.estimators._solver import kind_of
from chainrule.network import Activation
from chainrule.training import SOLVERS, Schedule, Solver

Array = NDArray[Any]


@with_shared_parameters
class MLPClassifier(ClassifierMixin, BaseMultilayerPerceptron):
    """Multilayer perceptron for classes: scikit-learn's MLPClassifier, but faster and with derivatives.

    It learns two classes, many classes, or several yes-or-no labels at once (multilabel), and minimises the
    cross entropy.

    Parameters
    ----------
    {parameters}
    class_weight : dict, "balanced" or None, default=None
        Factors of the rows' weights by their class; 1 for a class that a dict leaves out. "balanced":
        n / (n_classes · n_c), with n_c of the n rows in class c, counted by their weights. The rows held back
        are weighed too. Not for multilabel.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    {attributes}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(hidden_layer_sizes=(20,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    >>> model.predict_proba(X[:2]).shape
    (2, 3)
    """

    loss = "log_loss"
    _parameter_constraints = BaseMultilayerPerceptron._parameter_constraints | {
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def _validate_params(self) -> None:
        super()._validate_params()
        if not kind_of(self.solver).classifies:
            others = ", ".join(repr(name) for name, kind in SOLVERS.items() if kind.classifies)
            raise InvalidParameterError(
                f"solver={self.solver!r} is for MLPRegressor; MLPClassifier has {others}; 'lbfgs' reached "
                "the same cross entropy in at most a third of the time"
            )

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation = "relu",
        *,
        solver: str | Solver = "adam",
        alpha: float = 0.0001,
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
        schedule: str | Schedule | None = None,
        validation_score: str = "score",
        class_weight: ClassWeight = None,
    ) -> None:
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
        self.schedule = schedule
        self.validation_score = validation_score
        self.class_weight = class_weight

    @available_if(lambda self: self._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> "MLPClassifier":
        """Learn from each row of X once, starting from the present weights.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        y : array of shape (n_samples,), or (n_samples, n_labels) of zeros and ones
        sample_weight : array of shape (n_samples,), optional
        classes : array of shape (n_classes,), optional
            All labels that any later call may contain; needed at the first call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Without ``classes`` at the first call, or for labels outside them; with a schedule, or
            ``class_weight="balanced"``, which need to know what comes.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not for partial_fit, which does not see all rows: give a dict "
                "of weights (sklearn.utils.class_weight.compute_class_weight finds them)"
            )
        if _check_partial_fit_first_call(self, classes):
            self._label_binarizer = LabelBinarizer()
            multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer.fit(y if multilabel else classes)
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def jacobian(self, X: Any, of: str = "probabilities") -> Array:
        """Return ∂output/∂feature at every row.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        of : {"probabilities", "logits"}, default="probabilities"
            The function that is differentiated: the result of `predict_proba`, or the values to which the
            network applies softmax or the logistic function at last.

        Returns
        -------
        ndarray of shape (n_samples, n_classes, n_features)
            Classes in the order of ``classes_``, binary ones included; for multilabel each label's own
            probability. Of logits, ``(n_samples, n_outputs_, n_features)``.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `predict`; also for any other ``of``.
        MemoryError
            If the result does not fit half of the free memory.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=500, random_state=0).fit(X, y)
        >>> model.jacobian(X).shape
        (150, 3, 4)
        """
        return self._jacobian(X, of)

    def sensitivities(self, X: Any, of: str = "probabilities") -> Sensitivities:
        """Return mean, mean absolute and root-mean-square ∂output/∂feature over the rows of X.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        of : {"probabilities", "logits"}, default="probabilities"
            As for `jacobian`.

        Returns
        -------
        Sensitivities
            Prints as a table; `chainrule.display.SensitivityDisplay` draws it.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `jacobian`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=500, random_state=0).fit(X, y)
        >>> model.sensitivities(X).outputs
        ('0', '1', '2')
        """
        return self._sensitivities(X, of)

    _KINDS = ("probabilities", "logits")

    def _as_predicted(self, J: Array) -> Array:
        if J.shape[1] > 1 or self._label_binarizer.y_type_.startswith("multilabel"):
            return J
        if len(self.classes_) == 1:
            return np.zeros_like(J)
        return np.concatenate([-J, J], axis=1)

    def _output_names(self) -> list[str]:
        return [str(label) for label in self.classes_]

    def predict(self, X: Any) -> Array:
        """Predict labels.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,), or (n_samples, n_labels) for multilabel
        """
        outputs = self._evaluate(X)
        if self.n_outputs_ == 1:
            outputs = outputs.ravel()
        labels: Array = self._label_binarizer.inverse_transform(outputs)
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; for multilabel each label's own probability.
        """
        outputs = self._evaluate(X)
        if outputs.shape[1] > 1 or self._label_binarizer.y_type_.startswith("multilabel"):
            return outputs
        if len(self.classes_) == 1:
            return np.ones_like(outputs)
        return np.hstack([1 - outputs, outputs])

    def predict_log_proba(self, X: Any) -> Array:
        """Predict the logarithm of the probability of each class, ``log(predict_proba(X))``.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        probabilities = self.predict_proba(X)
        return np.log(probabilities, out=probabilities)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Array]:
        X, y = self._rows_and_labels(X, y, reset)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = _binarizer_of(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_classes(unique_labels(y))
        return X, self._indicators(y)

    def _validate_held_back(self, X: Any, y: Any, n_outputs: int) -> tuple[Array, Array]:
        X, y = self._rows_and_labels(X, y, reset=False)
        known = self.classes_.tolist()
        unknown = [label for label in unique_labels(y).tolist() if label not in known]
        if unknown:
            raise ValueError(f"y holds {unknown[0]!r}, which is not one of the classes learnt from, {known}")
        return X, self._indicators(y)

    def _rows_and_labels(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        with reading_numbers(X):
            X, y = validate_data(
                self,
                X,
                y,
                accept_sparse=["csr", "csc"],
                multi_output=True,
                dtype=(np.float64, np.float32),
                reset=reset,
            )
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _indicators(self, y: Array) -> Array:
        if self._label_binarizer.y_type_.startswith("multilabel") and y.ndim == 1:
            raise ValueError(
                "y holds one label a row, the model learns several: give 0 or 1 for each of them"
            )
        Y = self._label_binarizer.transform(y)
        indicators: Array = (Y.toarray() if hasattr(Y, "toarray") else Y).astype(bool)
        return indicators

    _balanced: ClassWeights | None = None
    """Factors of classes that have been counted, while it learns rows that others hold."""

    def _class_weights(self, Y: Array, weights: Array) -> ClassWeights | None:
        if self.class_weight is None:
            return None
        if self._label_binarizer.y_type_.startswith("multilabel"):
            raise ValueError(
                f"class_weight={self.class_weight!r} is for rows of one class each, not for several labels a "
                "row: give sample_weight"
            )
        if self._balanced is not None:
            return self._balanced
        return ClassWeights.of(self.class_weight, self.classes_, Y, weights)

    def _check_classes(self, classes: Array) -> None:
        if self.warm_start:
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _output(self) -> str:
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _loss(self) -> tuple[str, float]:
        return "log_loss", 1.0

    def _stratify(self, Y: Array) -> Array | None:
        return Y if Y.shape[1] == 1 else None

    def _score_outputs(self, answers: Array, outputs: Array, weights: Array | None) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")
        if self.network_.output == "softmax":
            right = outputs.argmax(axis=1) == answers.argmax(axis=1)
        elif len(self.classes_) == 1:  # it is predicted whatever the output is
            right = np.ones(len(outputs), dtype=bool)
        else:
            right = ((outputs > 0.5) == (answers > 0.5)).all(axis=1)
        return float(np.average(right, weights=weights))


def _binarizer_of(y: Array) -> LabelBinarizer:
    try:
        return LabelBinarizer().fit(y)
    except ValueError:
        check_classification_targets(y)  # in one line, where the other shows all of y
        raise
