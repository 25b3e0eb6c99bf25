"""Scaled units: Levenberg-Marquardt learns from columns and targets of mean 0 and standard deviation 1.

With x' = (x − m) / s and y' = (y − μ) / τ the same function is a network with other parameters in its first
and last layer:

    W_1 = diag(1/s) W_1',   b_1 = b_1' − (m/s) W_1',   W_L = W_L' τ,   b_L = b_L' τ + μ

(of one layer both, one after the other). So η is an affine function of η', exactly. Whatever the units of the
data, x', y' and so η' are the same numbers, up to rounding.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, ParameterLayout

Array = NDArray[Any]
Double = NDArray[np.float64]
Moments = tuple[Double, Double]
"""Means and standard deviations of some columns."""


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
        shares = weights / weights.sum(dtype=np.float64)
        if inputs.is_sparse:
            centre, spread = np.zeros(inputs.shape[1]), _root_mean_squares(inputs, shares)
        else:
            centre, spread = _mean_and_deviation(inputs.dense, shares)
        nothing = np.zeros(Y.shape[1])
        targets = _mean_and_deviation(Y, shares) if centre_targets else (nothing, nothing)
        return cls.of_moments(
            (centre, spread), targets,
            centre_targets=centre_targets, scale_targets=scale_targets, each_target=each_target,
        )  # fmt: skip

    @classmethod
    def of_moments(
        cls, columns: Moments, targets: Moments,
        *, centre_targets: bool, scale_targets: bool, each_target: bool,
    ) -> "Scaling":  # fmt: skip
        """Take means and standard deviations that were measured, of columns and of targets; see `of`."""
        centre, spread = columns
        target_centre, deviation = targets
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


def rounding(centre: Double, dtype: Any) -> Double:
    """How far numbers of a type are from a constant, at most, if they differ from it by rounding alone."""
    kind = np.finfo(dtype)
    # Of a spread near the smallest number that the type holds there would be no reciprocal.
    return np.maximum(4 * kind.eps * np.abs(centre), 1e6 / kind.max)


def _mean_and_deviation(values: Array, shares: Double) -> Moments:
    """Return both of each column; a deviation of 0 where the column is constant but for rounding.

    Reckoned from the middle of a column's range in units of that range: nothing cancels or overflows.
    """
    low, high = values.min(axis=0).astype(np.float64), values.max(axis=0).astype(np.float64)
    middle, reach = low / 2 + high / 2, high / 2 - low / 2
    constant = reach <= rounding(middle, values.dtype)
    unit = np.where(constant, 1.0, reach)
    z = values - middle
    z /= unit
    mean = np.einsum("i,ij->j", shares, z)  # no BLAS: the same bits for any number of threads
    z -= mean
    deviation = unit * np.sqrt(np.einsum("i,ij,ij->j", shares, z, z))
    return np.where(constant, middle, middle + unit * mean), np.where(constant, 0.0, deviation)


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
