"""What a fitted table estimator says of its derivatives: at rows, averaged, and for one row as bars."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from chainrule.estimators import Sensitivities
from chainrule.tables._frames import is_frame
from chainrule.tables._names import listed
from chainrule.tables.derivatives._columns import as_table, names_of
from chainrule.tables.derivatives._jacobian import jacobian_of
from chainrule.tables.derivatives._prediction import Prediction
from chainrule.tables.derivatives._result import PipelineJacobian
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._derivatives import mean_over_windows, member_jacobian
from chainrule.tables.ensemble._encoder import NumberColumn, TableEncoder
from chainrule.tables.ensemble._explanation import Explanation, explained
from chainrule.tables.ensemble._members import Member, chosen_members

Array = NDArray[Any]


class TableDerivatives:
    """Derivatives of a fitted table estimator, by the columns of its table."""

    encoder_: TableEncoder
    members_: tuple[Member, ...]

    @abstractmethod
    def _read(self, X: Any) -> list[TableColumn]:
        """Return the columns of a table that were learned from."""

    @abstractmethod
    def _packed_rows(self, X: Any) -> Array:
        """Return the encoder's matrix of a table."""

    @abstractmethod
    def _predicted(self, packed: Array, member: int | None) -> Array:
        """Return the prediction of rows of the encoder's matrix (n, n_outputs), in its units."""

    @abstractmethod
    def _through(self, outputs: Array, J: Array) -> Array:
        """From a member's outputs and their derivative to the derivative of what it predicts."""

    @abstractmethod
    def _after(self, mean: Array, J: Array) -> Array:
        """From the derivative of the members' mean to that of the prediction, given the mean (n, p)."""

    @abstractmethod
    def _output_names(self) -> list[str]: ...

    def jacobian(self, X: Any, *, member: int | None = None, smooth: float | None = None) -> PipelineJacobian:
        """Return ∂prediction/∂column at each row, in units of the target for one unit of the column.

        Exact, by the chain rule through scaling, limits, encoding, networks, their mean and the scaling of
        the target. At the ends of an interval of the encoding, where a ramp has a kink, the derivative to
        the right is given. It is 0 for a missing cell, and where a member is held to the range of the
        targets learned from. Of categories there are exact differences: ``jacobian(X).differences``.

        Parameters
        ----------
        X : data frame or array of shape (n_rows, n_columns)
        member : int, optional
            Of this member alone.
        smooth : float, optional
            Average the derivative by each column over a window of so many scales (distances of the quartiles)
            to either side, the other columns as they are. An encoding with ramps makes a derivative jump;
            its averages do not.

        Returns
        -------
        PipelineJacobian
            ``values`` is of shape (n_rows, n_outputs, n_columns); of a classifier the outputs are the
            probabilities of the classes (of the second class, if there are two).

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `predict`; for ``smooth`` that is not above 0.
        """
        check_is_fitted(self, "members_")
        _check_smooth(smooth)
        X = as_table(X)
        return jacobian_of(self, X, self.column_prediction(X, member, smooth))

    def sensitivities(self, X: Any, *, smooth: float | None = None) -> Sensitivities:
        """Return averages of ∂prediction/∂column over rows, and how much members differ.

        Parameters
        ----------
        X : data frame or array of shape (n_rows, n_columns)
        smooth : float, optional
            As for `jacobian`.

        Returns
        -------
        Sensitivities
            Its ``spread`` is the standard deviation over the members of their ``mean``. Prints as a table.
        """
        check_is_fitted(self, "members_")
        _check_smooth(smooth)
        X = as_table(X)
        packed, k = self._packed_rows(X), len(self.members_)
        total, means = np.zeros(()), []
        for number in range(k):  # the derivative of the mean is the mean of the derivatives
            J = jacobian_of(self, X, self._prediction_of(X, packed, number, smooth))
            total = total + J.values / k
            means.append(J.values.mean(axis=0))
        whole = Sensitivities.of([np.asarray(total)], J.columns, J.outputs)
        return whole.with_spread(np.std(means, axis=0))

    def explain(self, row: Any) -> Explanation:
        """Return what each column adds to the prediction for one row, by the model of first order there.

        Of a number: the derivative at the row times the distance from the median. Of a category: the exact
        difference from the most frequent one. The remainder is what is left of the difference between the
        prediction for the row and that for the typical row: where it is large, the effects are not additive
        or not straight.

        Parameters
        ----------
        row : data frame or array of one row

        Returns
        -------
        Explanation
            Prints as a table; ``plot()`` draws it as bars.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For more rows than one; as `predict`.
        """
        check_is_fitted(self, "members_")
        columns = self._read(row)
        packed = self.encoder_.packed(columns, self.members_[0].network.dtype)
        if len(packed) != 1:
            raise ValueError(f"explain takes one row, got {len(packed)}")
        prediction = self._predicted(packed, None)
        J = self._jacobian_of_packed(packed, None, None)
        names = self._output_names()
        return explained(
            self.encoder_, columns, packed, prediction, J, lambda rows: self._predicted(rows, None), names
        )

    def effect_of(
        self,
        X: Any,
        column: str,
        *,
        output: int = 0,
        n_points: int = 60,
        most_rows: int = 200,
        smooth: float | None = None,
    ) -> tuple[Array, Array, Array, Array]:
        """Return how the mean prediction depends on one column of numbers (Friedman 2001).

        Parameters
        ----------
        X : data frame or array
        column : str
        output : int, default=0
        n_points : int, default=60
            Values from the 1st to the 99th percentile of the column.
        most_rows : int, default=200
            Rows that are averaged over, taken evenly from X.
        smooth : float, optional
            As for `jacobian`.

        Returns
        -------
        grid : ndarray of shape (n_points,)
        effects, slopes : ndarray of shape (n_members, n_points)
            Mean prediction, and mean derivative by the column, of each member.
        values : ndarray
            The column in the rows that are averaged over.

        Raises
        ------
        ValueError
            If there is no such column of numbers.
        """
        check_is_fitted(self, "members_")
        names = [each.name for each in self.encoder_.columns if isinstance(each, NumberColumn)]
        if column not in names:
            raise ValueError(f"there is no column {column!r} of numbers; there are {listed(names)}")
        place = [each.name for each in self.encoder_.columns].index(column)
        known = self.encoder_.columns[place]
        assert isinstance(known, NumberColumn)
        packed = self._packed_rows(X)
        present = packed[~np.isnan(packed[:, place]), place]
        low, high = np.quantile(present, [0.01, 0.99]).tolist()
        z = np.linspace(low, high, n_points).astype(packed.dtype)
        rows = packed[np.linspace(0, len(packed) - 1, min(most_rows, len(packed))).astype(int)]
        moved = np.repeat(rows[None], n_points, axis=0)
        moved[:, :, place] = z[:, None]
        flat, shape = moved.reshape(-1, packed.shape[1]), moved.shape[:2]
        effects, slopes = [], []
        for number in range(len(self.members_)):
            y = self._predicted(flat, number)[:, output]
            J = self._jacobian_of_packed(flat, number, smooth, place)[:, output, place]
            effects.append(y.reshape(shape).mean(axis=1))
            slopes.append(J.reshape(shape).mean(axis=1))
        values = known.centre + known.scale * rows[:, place]
        return known.centre + known.scale * z, np.array(effects), np.array(slopes), values

    def column_prediction(self, X: Any, member: int | None = None, smooth: float | None = None) -> Prediction:
        """Return the prediction and its derivative by the columns of X, for `chainrule.jacobian`."""
        # Read once: what is said of a table names its own rows.
        return self._prediction_of(X, self._packed_rows(X), member, smooth)

    def _prediction_of(self, X: Any, packed: Array, member: int | None, smooth: float | None) -> Prediction:
        names = names_of(X) if is_frame(X) else [f"x{j}" for j in range(X.shape[1])]
        place_of = {str(name): j for j, name in enumerate(names)}
        numbers, known = {}, {}
        for k, column in enumerate(self.encoder_.columns):
            j = place_of.get(column.name)
            if j is None:
                continue  # a part of a time of day
            if isinstance(column, NumberColumn):
                numbers[j] = k
            else:
                known[j] = np.array([*column.categories, *column.rare], dtype=object)
        used = np.zeros(len(names), dtype=bool)
        used[list(numbers)] = True

        def values(rows: slice) -> Array:
            return self._predicted(packed[rows], member)

        def derivative(rows: slice) -> Array:
            J = self._jacobian_of_packed(packed[rows], member, smooth)
            whole = np.zeros((*J.shape[:2], len(names)))
            whole[:, :, list(numbers)] = J[:, :, list(numbers.values())]
            return whole

        n_inputs = self.members_[0].network.layer_sizes[0]
        return Prediction(values, derivative, tuple(self._output_names()), n_inputs, used, known)

    def _jacobian_of_packed(
        self, packed: Array, member: int | None, smooth: float | None, only: int | None = None
    ) -> Array:
        """Return the derivative by all columns, or, where that is cheaper, by ``only`` one."""
        if smooth is not None:
            return mean_over_windows(
                self.encoder_, packed, smooth, lambda rows: self._predicted(rows, member), only
            )
        chosen = chosen_members(self.members_, member)
        shape = len(packed), self.members_[0].network.layer_sizes[-1]
        mean, total = np.zeros(shape), np.zeros((*shape, len(self.encoder_.columns)))
        for one in chosen:
            outputs, J = member_jacobian(self.encoder_, one.network, packed)
            mean += outputs / len(chosen)
            total += self._through(outputs, J) / len(chosen)
        return self._after(mean, total)


def _check_smooth(smooth: float | None) -> None:
    if smooth is not None and not smooth > 0:
        raise ValueError(f"smooth is the half-width of a window, above 0; got {smooth!r}")
