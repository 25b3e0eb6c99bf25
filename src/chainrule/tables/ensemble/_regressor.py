"""TableRegressor."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from chainrule.tables._warning import note
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._docs import with_shared_parameters
from chainrule.tables.ensemble._folds import Folds, random_folds
from chainrule.tables.ensemble._report import Scores
from chainrule.tables.ensemble._residuals import FEWEST_ROWS, MOST_BINS, Residuals

Array = NDArray[Any]


@with_shared_parameters
class TableRegressor(RegressorMixin, TableEstimator):
    """Regression on a table: an ensemble of small networks that needs no settings.

    Columns of numbers, truth values, dates and text are recognised and encoded; eight networks learn from
    seven eighths of the rows each and stop by the rest; their mean is the prediction, within the range of the
    targets learned from. Rows held back give intervals (``predict(X, interval=0.9)``) at no cost.

    Parameters
    ----------
    %parameters

    Attributes
    ----------
    %attributes

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import TableRegressor
    >>> X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    >>> y = 100 + 10 * np.abs(X[:, 0])
    >>> model = TableRegressor(effort="fast", random_state=0).fit(X[:300], y[:300])
    >>> bool(np.abs(model.predict(X[300:]) - y[300:]).mean() < 0.5)
    True
    """

    def _targets(self, y: Any, first: bool) -> Array:
        values = self._checked_targets(y)
        low, high = float(values.min()), float(values.max())
        self._learn_range(low, high, float(values.mean()), float(values.std()), first)
        return self._scaled(values)

    def _checked_targets(self, y: Any) -> Array:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        values: Array = column_or_1d(np.asarray(y), warn=True)
        if values.dtype.kind in "mM":  # which NumPy takes for numbers of microseconds, say
            raise ValueError(f"y must hold numbers, got {values.dtype}: give the days since a date, say")
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"y must hold numbers, got {values.dtype}; TableClassifier takes names"
            ) from None
        wrong = ~(np.abs(values) <= 1e150)
        if wrong.any():
            row = int(wrong.argmax())
            what = "NaN" if np.isnan(values[row]) else "infinity or a number too large to be scaled"
            raise ValueError(f"Input y contains {what}, first in row {row + 1}")
        return values

    def _learn_range(self, low: float, high: float, mean: float, deviation: float, first: bool) -> None:
        """Learn how targets are scaled, and their range; where a fit goes on that may become wider."""
        if first:
            self._low, self._high = low, high
            self._centre, self._spread = mean, deviation or 1.0
        else:
            self._low, self._high = min(self._low, low), max(self._high, high)

    def _learn_seen(self, seen: Any, n_folds: int, first: bool) -> None:
        facts = seen.facts
        self._learn_range(facts.low, facts.high, facts.mean(), float(np.sqrt(facts.variance())), first)

    def _scaled(self, values: Array) -> Array:
        return np.asarray((values - self._centre) / self._spread)[:, None]

    def _random_folds(self, n: int, k: int, random: np.random.RandomState) -> Folds:
        return random_folds(n, k, random)

    def _output_and_loss(self) -> tuple[str, str]:
        return "identity", "half_squared_error"

    @property
    def _limits(self) -> tuple[float, float]:
        """The range of the targets, as the networks have them."""
        return (self._low - self._centre) / self._spread, (self._high - self._centre) / self._spread

    def _limited(self, outputs: Array) -> Array:
        return np.clip(outputs.astype(np.float64), *self._limits)

    def _finish(self, targets: Array, outputs: Array, held_back: NDArray[np.bool_]) -> None:
        self._residuals = None
        if held_back.any():
            self._residuals = Residuals.of(
                self._given(outputs[held_back, 0]), self._given(targets[held_back, 0])
            )

    def _scores(self, targets: Array, outputs: Array) -> Scores:
        return Scores.of_numbers(self._given(targets[:, 0]), self._given(outputs[:, 0]))

    def _constant(self, targets: Array) -> Array:
        return np.zeros_like(targets)

    def _given(self, outputs: Array) -> Array:
        """Return outputs in the units of the target."""
        return self._centre + self._spread * outputs

    def _predicted(self, packed: Array, member: int | None) -> Array:
        return self._given(self._mean_outputs(packed, member))

    def _through(self, outputs: Array, J: Array) -> Array:
        low, high = self._limits
        inside = (outputs >= low) & (outputs < high)  # to the right of the end of the range it is flat
        return np.where(inside[:, :, None], J, 0.0)

    def _after(self, mean: Array, J: Array) -> Array:
        return self._spread * J

    def _output_names(self) -> list[str]:
        return ["y"]

    def predict(
        self,
        X: Any,
        *,
        interval: float | None = None,
        return_std: bool = False,
        member: int | None = None,
    ) -> Any:
        """Predict the target of each row.

        Parameters
        ----------
        X : data frame or array of shape (n_rows, n_columns)
            With the columns of the fit, in their order.
        interval : float in (0, 1), optional
            Return the ends of intervals too, that hold a new target with this probability. They come from
            residuals of rows held back, in five bins of the prediction (conformal prediction).
        return_std : bool, default=False
            Return the standard deviation of a new target around its prediction too, from the same residuals.
        member : int, optional
            Predict with this member alone.

        Returns
        -------
        ndarray of shape (n_rows,)
            In the units of the target; with ``return_std`` a pair of such, with ``interval`` three:
            prediction, lower and upper end.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For columns that differ from those of the fit; for both ``interval`` and ``return_std``.
        """
        check_is_fitted(self, "members_")
        if interval is not None and return_std:
            raise ValueError("ask for interval or for return_std, not for both")
        y = self._predicted(self._packed_rows(X), member)[:, 0]
        if interval is None and not return_std:
            return y
        residuals = self._residuals_for(interval)
        return (y, residuals.std(y)) if interval is None else (y, *residuals.interval(y, interval))

    def _residuals_for(self, interval: float | None) -> Residuals:
        if interval is not None and not 0 < interval < 1:
            raise ValueError(f"interval is a probability between 0 and 1, got {interval!r}")
        residuals = self._residuals
        if residuals is None:
            raise ValueError("no rows were held back in the fit, so there are no residuals for intervals")
        n_bins, n = len(residuals.sorted), sum(map(len, residuals.sorted))
        if n_bins < MOST_BINS:
            note(
                f"intervals rest on {n:,} rows held back, in {n_bins} bin{'s' if n_bins > 1 else ''} of the "
                f"prediction, not {MOST_BINS}: a bin needs {FEWEST_ROWS} rows"
            )
        return residuals
