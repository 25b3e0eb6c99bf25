"""TableClassifier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from chainrule.tables._names import shown
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._docs import with_shared_parameters
from chainrule.tables.ensemble._folds import Folds, check_classes, stratified_folds
from chainrule.tables.ensemble._report import Scores

Array = NDArray[Any]

_LEAST = 1e-12


@with_shared_parameters
class TableClassifier(ClassifierMixin, TableEstimator):
    """Classification of a table's rows: an ensemble of small networks that needs no settings.

    Columns of numbers, truth values, dates and text are recognised and encoded; eight networks learn from
    seven eighths of the rows each and stop by the log loss of the rest; the mean of their probabilities is
    the prediction. With a single member probabilities are corrected by a temperature.

    Parameters
    ----------
    %parameters

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    temperature_ : float
        What a single member's logarithms of probabilities are divided by (Guo et al. 2017); 1 for several.
    %attributes

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import TableClassifier
    >>> X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    >>> y = np.where(X[:, 0] > 0, "right", "left")
    >>> model = TableClassifier(effort="fast", random_state=0).fit(X[:300], y[:300])
    >>> model.score(X[300:], y[300:]) > 0.95
    True
    """

    def _targets(self, y: Any, first: bool) -> Array:
        labels = self._checked_targets(y)
        if first:
            self._learn_classes(np.unique(labels))
        self._codes = self._codes_of(labels)
        return self._of_codes(self._codes)

    def _checked_targets(self, y: Any) -> Array:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        labels: Array = column_or_1d(np.asarray(y), warn=True)
        _check_known(labels)
        check_classification_targets(labels)
        return labels

    def _learn_classes(self, classes: Array) -> None:
        self.classes_ = classes
        if len(classes) < 2:
            raise ValueError(f"y has 1 class only, {shown(classes[0])}: there is nothing to tell apart")

    def _learn_seen(self, seen: Any, n_folds: int, first: bool) -> None:
        if first:
            self._learn_classes(seen.labels)
        else:
            self._codes_of(seen.labels)
        check_classes(seen.counts, seen.labels, n_folds)

    def _codes_of(self, labels: Array) -> NDArray[np.intp]:
        codes = np.searchsorted(self.classes_, labels)
        known = self.classes_[np.minimum(codes, len(self.classes_) - 1)] == labels
        if not known.all():
            raise ValueError(f"warm_start: y holds a new class, {shown(labels[~known][0])}")
        return codes

    def _of_codes(self, codes: NDArray[np.intp]) -> Array:
        """Return targets (n, 1) of two classes, or (n, n_classes): 1 for the right one."""
        if len(self.classes_) == 2:
            return codes[:, None].astype(np.float64)
        return np.asarray(codes[:, None] == np.arange(len(self.classes_)), dtype=np.float64)

    def _scaled(self, values: Array) -> Array:
        return self._of_codes(self._codes_of(values))

    def _random_folds(self, n: int, k: int, random: np.random.RandomState) -> Folds:
        counts = np.bincount(self._codes, minlength=len(self.classes_))
        check_classes(counts, self.classes_, k)
        return stratified_folds(self._codes, k, random)

    def _output_and_loss(self) -> tuple[str, str]:
        return "logistic" if len(self.classes_) == 2 else "softmax", "cross_entropy"

    def _finish(self, targets: Array, outputs: Array, held_back: NDArray[np.bool_]) -> None:
        self.__dict__.pop("_codes", None)  # of rows that are here
        self.temperature_ = 1.0
        if len(self.members_) == 1 and held_back.any():
            self.temperature_ = _best_temperature(_both(outputs[held_back]), _both(targets[held_back]))

    def _scores(self, targets: Array, outputs: Array) -> Scores:
        return Scores.of_classes(_both(targets).argmax(axis=1), _both(outputs))

    def _constant(self, targets: Array) -> Array:
        return np.broadcast_to(targets.mean(axis=0), targets.shape)

    def _output_names(self) -> list[str]:
        return [str(name) for name in self.classes_[len(self.classes_) == 2 :]]

    def predict_proba(self, X: Any, *, member: int | None = None) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : data frame or array of shape (n_rows, n_columns)
            With the columns of the fit, in their order.
        member : int, optional
            Predict with this member alone.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For columns that differ from those of the fit.
        """
        check_is_fitted(self, "members_")
        return self._probabilities(self._mean_outputs(self._packed_rows(X), member))

    def _probabilities(self, outputs: Array) -> Array:
        p = _both(outputs)
        return p if self.temperature_ == 1 else _tempered(p, self.temperature_)

    def _predicted(self, packed: Array, member: int | None) -> Array:
        return self._probabilities(self._mean_outputs(packed, member))[:, len(self.classes_) == 2 :]

    def _through(self, outputs: Array, J: Array) -> Array:
        return J

    def _after(self, mean: Array, J: Array) -> Array:
        if self.temperature_ == 1:
            return J
        two = J.shape[1] == 1
        p, J = _both(mean), np.concatenate([-J, J], axis=1) if two else J
        q, rate = _tempered(p, self.temperature_), J / np.maximum(p, _LEAST)[:, :, None]
        # q = p^(1/T) / Σ p^(1/T), so ∂q_k = q_k (r_k - Σ_j q_j r_j) / T with r = ∂p / p.
        D = q[:, :, None] * (rate - np.einsum("nk,nkd->nd", q, rate)[:, None]) / self.temperature_
        return np.asarray(D[:, 1:] if two else D)

    def predict(self, X: Any, *, member: int | None = None) -> Array:
        """Return the most probable class of each row; arguments and errors of `predict_proba`."""
        check_is_fitted(self, "members_")
        return np.asarray(self.classes_[self.predict_proba(X, member=member).argmax(axis=1)])


def _check_known(labels: Array) -> None:
    """Raise ValueError for rows without a class, naming the first."""
    if labels.dtype.kind == "f":
        wrong = ~np.isfinite(labels)
    elif labels.dtype == object:
        wrong = np.array([label is None or label != label for label in labels], dtype=bool)
    else:
        return
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"Input y contains NaN, infinity or None: {shown(labels[row])} in row {row + 1}")


def _both(p: Array) -> Array:
    """Return the probabilities of both classes, where there is one output for the second."""
    p = p.astype(np.float64)
    return np.concatenate([1 - p, p], axis=1) if p.shape[1] == 1 else p / p.sum(axis=1, keepdims=True)


def _tempered(p: Array, temperature: float) -> Array:
    """Return p^(1/T), normalised (Guo et al. 2017)."""
    log = np.log(np.maximum(p, _LEAST)) / temperature
    powers = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _best_temperature(p: Array, y: Array) -> float:
    """Return the temperature with the smallest log loss."""

    def loss(log_temperature: float) -> float:
        q = _tempered(p, float(np.exp(log_temperature)))
        return -float((y * np.log(np.maximum(q, _LEAST))).sum())

    found = minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))
