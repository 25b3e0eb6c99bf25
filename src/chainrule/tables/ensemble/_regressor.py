"""TableRegressor."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import column_or_1d

from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._folds import Folds, random_folds
from chainrule.tables.ensemble._residuals import Residuals

Array = NDArray[Any]


class TableRegressor(RegressorMixin, TableEstimator):
    """Regression on a table: an ensemble of small networks that needs no settings."""

    def _targets(self, y: Any, first: bool) -> Array:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        values = column_or_1d(np.asarray(y), warn=True)
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"y must hold numbers, got {values.dtype}; TableClassifier takes names"
            ) from None
        if not np.isfinite(values).all():
            raise ValueError("Input y contains NaN or infinity.")
        if first:
            self._low, self._high = float(values.min()), float(values.max())
            self._centre, self._spread = float(values.mean()), float(values.std()) or 1.0
        else:
            self._low, self._high = min(self._low, float(values.min())), max(self._high, float(values.max()))
        return np.asarray((values - self._centre) / self._spread)[:, None]

    def _stratified(self, k: int, random: np.random.RandomState) -> Folds:
        return random_folds(self._n_rows, k, random)

    def _output_and_loss(self) -> tuple[str, str]:
        return "identity", "half_squared_error"

    def _limited(self, outputs: Array) -> Array:
        low, high = ((end - self._centre) / self._spread for end in (self._low, self._high))
        return np.clip(outputs.astype(np.float64), low, high)

    def _finish(self, y: Array, outputs: Array, held_back: NDArray[np.bool_]) -> None:
        self._residuals = Residuals.of(outputs[held_back, 0], y[held_back, 0]) if held_back.any() else None

    def predict(
        self, X: Any, *, interval: float | None = None, return_std: bool = False, member: int | None = None
    ) -> Any:
        """Predict the target of each row."""
        outputs = np.mean(self._outputs(X, member), axis=0)[:, 0]
        y = self._given(outputs)
        return y

    def _given(self, outputs: Array) -> Array:
        """Return outputs in the units of the target."""
        return self._centre + self._spread * outputs
