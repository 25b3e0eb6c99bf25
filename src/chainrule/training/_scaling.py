"""Scaled units: Levenberg-Marquardt learns from columns and targets of mean 0 and standard deviation 1.

With x' = (x − m) / s and y' = (y − μ) / τ the same function is a network with other parameters in its first
and last layer:

    W_1 = diag(1/s) W_1',   b_1 = b_1' − (m/s) W_1',   W_L = W_L' τ,   b_L = b_L' τ + μ

(of one layer both, one after the other). So η is an affine function of η', exactly. Whatever the units of the
data, x', y' and so η' are the same numbers, up to rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, ParameterLayout

Array = NDArray[Any]
Double = NDArray[np.float64]
Moments = tuple[Double, Double]
"""Mean and standard deviation of each column."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """The units of a data set.

    Attributes
    ----------
    centre, spread : array of shape (n_features,)
        m and s: mean and standard deviation of each column, by the samples' weights. Sparse columns are not
        centred, m = 0, and s is their root mean square. s = 1 for a constant column.
    target_centre, target_spread : array of shape (n_outputs,)
        μ and τ, for a squared error of an identity output; for another error of residuals μ alone; else 0
        and 1. τ = 1 for a constant target.
    error_unit : float
        What an error of 1 in scaled units is in the given ones: τ². If several targets have a τ each there is
        no such number, and errors stay in scaled units: 1.
    """

    centre: Double
    spread: Double
    target_centre: Double
    target_spread: Double
    error_unit: float

    @classmethod
    def of(
        cls,
        inputs: Inputs,
        Y: Array,
        weights: Array,
        *,
        centre_targets: bool,
        scale_targets: bool,
        each_target: bool,
    ) -> "Scaling":
        """Measure rows, of which each has a weight > 0.

        Parameters
        ----------
        inputs : Inputs
        Y : array of shape (n_samples, n_outputs)
        weights : array of shape (n_samples,)
        centre_targets, scale_targets : bool
            Whether μ and τ are those of the targets; else they are 0 and 1.
        each_target : bool
            Each target has its own τ; else all have one, the root of their mean variance, so that squared
            errors stay in proportion to each other.
        """
        shares, d = weights / weights.sum(dtype=np.float64), inputs.shape[1]
        dense = inputs.dense if not inputs.is_sparse else np.empty((len(Y), 0), Y.dtype)

        def ask(question: str, *arrays: Double) -> Double:
            return MEASURES[question](shares, halves_of(dense, Y), *arrays)

        mean, deviation = measured(ask, Y.dtype)
        if inputs.is_sparse:
            mean = np.concatenate([np.zeros(d), mean])
            deviation = np.concatenate([_root_mean_squares(inputs, shares), deviation])
        return cls.of_moments(
            mean, deviation, d,
            centre_targets=centre_targets, scale_targets=scale_targets, each_target=each_target,
        )  # fmt: skip

    @classmethod
    def of_moments(
        cls, mean: Double, deviation: Double, n_features: int,
        *, centre_targets: bool, scale_targets: bool, each_target: bool,
    ) -> "Scaling":  # fmt: skip
        """Take what was measured of columns and, after those, of targets; see `of`."""
        centre, target_centre = mean[:n_features].copy(), mean[n_features:].copy()
        spread, deviation = deviation[:n_features], deviation[n_features:]
        target_spread = np.ones(len(target_centre))
        if not centre_targets:
            target_centre = np.zeros(len(target_centre))
        elif scale_targets:
            target_spread[:] = deviation if each_target else _root_mean_square(deviation)
        target_spread = _or_one(target_spread)
        several = each_target and len(target_spread) > 1
        return cls(
            centre, _or_one(spread), target_centre, target_spread,
            1.0 if several else float(target_spread[0]) ** 2,
        )  # fmt: skip

    def inputs(self, inputs: Inputs) -> Inputs:
        """Return the rows in scaled units, in float64 and in memory of their own."""
        if inputs.is_sparse:
            values = inputs.values / self.spread[inputs.columns]
            return Inputs(inputs.dense.astype(np.float64), values, inputs.columns, inputs.starts)
        scaled = np.empty(inputs.shape)
        np.subtract(inputs.dense, self.centre, out=scaled)
        scaled /= self.spread
        return Inputs.of(scaled, scaled.dtype)

    def targets(self, Y: Array) -> Double:
        """Return the targets in scaled units, in float64."""
        scaled: Double = (Y - self.target_centre) / self.target_spread
        return np.ascontiguousarray(scaled)

    def given(self, scaled: Array, layout: ParameterLayout) -> Double:
        """Return η (P,) for η'."""
        eta = scaled.astype(np.float64)
        self._carry(eta[:, None], layout)
        layout.biases[-1].view(eta)[:] += self.target_centre
        return eta

    def scaled(self, given: Array, layout: ParameterLayout) -> Double:
        """Return η' (P,) for η."""
        eta = given.astype(np.float64)
        W, b = layout.weights[-1].view(eta), layout.biases[-1].view(eta)
        W /= self.target_spread
        b -= self.target_centre
        b /= self.target_spread
        W, b = layout.weights[0].view(eta), layout.biases[0].view(eta)
        b += np.einsum("i,ij->j", self.centre, W)
        W *= self.spread[:, None]
        return eta

    def network(self, given: Network) -> Network:
        """Return the network of the scaled problem, in float64, for that of the given one."""
        net = Network.from_weights(given.weights, given.biases, list(given.activations), given.output)
        net.parameters[:] = self.scaled(given.parameters, given.layout)
        return net

    def covariance(self, scaled: Double, layout: ParameterLayout) -> Double:
        """Return the covariance (P, P) of η for that of η': T Σ' Tᵀ, T = ∂η/∂η'."""
        half = scaled.copy()
        self._carry(half, layout)
        whole = half.T.copy()
        self._carry(whole, layout)
        return whole

    def _carry(self, changes: Double, layout: ParameterLayout) -> None:
        """Multiply by T = ∂η/∂η' in place: columns (P, k) of changes of η' become changes of η."""
        W, b = layout.weights[0].rows(changes), layout.biases[0].rows(changes)
        W /= self.spread[:, None, None]
        b -= np.einsum("i,ijk->jk", self.centre, W)
        W, b = layout.weights[-1].rows(changes), layout.biases[-1].rows(changes)
        W *= self.target_spread[:, None]
        b *= self.target_spread[:, None]


def measured(ask: Callable[..., Double], dtype: Any) -> Moments:
    """Return mean and standard deviation of each column; 0 where it is constant but for rounding.

    Nothing cancels or overflows. Of the mean a first estimate is made, and then its error: that is exact for
    a column of equal numbers, whose differences from any estimate are equal too. Deviations are taken in
    units of their mean size.

    Parameters
    ----------
    ask : callable
        Called with a name of `MEASURES` and arrays: returns that sum over all rows.
    dtype : dtype
        Of the columns.
    """
    kind = np.finfo(dtype)
    first = 2 * ask("means")
    # Of a spread near the smallest number that the type holds there would be no reciprocal.
    tolerance = np.maximum(4 * kind.eps * np.abs(first), 1e6 / kind.max)
    shift, size, far = ask("distances", first, tolerance).reshape(3, -1)
    constant, mean = far == 0, first + 2 * shift
    unit = np.where(constant, 1.0, 2 * size)
    deviation = unit * np.sqrt(ask("variances", mean, unit))
    return mean, np.where(constant, 0.0, deviation)


def _means(shares: Double, halves: Double) -> Double:
    """Σ s x/2 of each column."""
    sums: Double = np.einsum("i,ij->j", shares, halves)  # no BLAS: the same bits for any number of threads
    return sums


def _distances(shares: Double, halves: Double, centre: Double, tolerance: Double) -> Double:
    """Σ s (x − c)/2, Σ s |x − c|/2, and how many x are farther than the tolerance from c."""
    halves -= centre / 2
    shift = _means(shares, halves)
    np.abs(halves, out=halves)
    return np.concatenate([shift, _means(shares, halves), (halves > tolerance / 2).sum(axis=0)])


def _variances(shares: Double, halves: Double, mean: Double, unit: Double) -> Double:
    """Σ s ((x − mean) / unit)²."""
    halves -= mean / 2
    halves /= unit / 2
    sums: Double = np.einsum("i,ij,ij->j", shares, halves, halves)
    return sums


MEASURES: dict[str, Callable[..., Double]] = {
    "means": _means,
    "distances": _distances,
    "variances": _variances,
}
"""Sums over rows, from their shares of the weights and halves of their numbers, which may be changed."""


def halves_of(X: Array, Y: Array) -> Double:
    """Columns and targets side by side, halved: differences do not overflow."""
    halves: Double = np.concatenate([X, Y], axis=1, dtype=np.float64)
    halves *= 0.5
    return halves


def _root_mean_squares(inputs: Inputs, shares: Double) -> Double:
    """Return that of each sparse column, absent entries counted as 0."""
    width, columns, values = inputs.shape[1], inputs.columns, inputs.values.astype(np.float64)
    largest = np.zeros(width)
    np.maximum.at(largest, columns, np.abs(values))
    unit = _or_one(largest)
    squares = np.repeat(shares, np.diff(inputs.starts)) * (values / unit[columns]) ** 2
    return unit * np.sqrt(np.bincount(columns, squares, minlength=width))


def _root_mean_square(values: Double) -> float:
    unit = values.max() or 1.0
    return float(unit * np.sqrt(np.mean((values / unit) ** 2)))


def _or_one(spread: Double) -> Double:
    return np.where(spread > 0, spread, 1.0)
