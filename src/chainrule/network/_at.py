"""Derivatives of a network at given rows, all from one stored forward pass."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.network import _checks as checks
from chainrule.network._architecture import Architecture
from chainrule.network._budget import Bytes
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Samples
from chainrule.network._objective import Objective
from chainrule.network.derivatives import _sweeps as sweeps
from chainrule.network.derivatives._chain import Order
from chainrule.network.derivatives._curvature import CurvatureOperator
from chainrule.network.derivatives._factored import FactoredJacobian, factored_jacobian
from chainrule.network.derivatives._input_hessian import input_hessian
from chainrule.network.derivatives._jacobian import jacobian
from chainrule.network.derivatives._layer_jacobians import layer_jacobians, layer_parameter_jacobian
from chainrule.network.derivatives._parameter_jacobian import parameter_jacobian
from chainrule.network.derivatives._sample_gradients import sample_gradient_norms, sample_gradients
from chainrule.network.derivatives._tangent_kernel import tangent_kernel
from chainrule.network.derivatives._taylor import TaylorModel

Array = NDArray[Any]


class Parametrised(Protocol):
    """An architecture with its η."""

    @property
    def architecture(self) -> Architecture: ...
    @property
    def parameters(self) -> Array: ...


class NetworkAt:
    """A network at the rows of X, with its forward pass kept (N9); made by `Network.at`.

    It has the derivatives of `Network` as methods without the argument X, and computes the forward pass only
    once. It keeps a copy of η: later changes of the network have no effect on it.

    Attributes
    ----------
    outputs : array of shape (n_samples, n_outputs)
        F(X, η).

    Examples
    --------
    >>> from chainrule import Network
    >>> at = Network((3, 8, 2), random_state=0).at([[0.1, 0.2, 0.3]])
    >>> at.outputs.shape, at.jacobian().shape, at.parameter_jacobian().shape
    ((1, 2), (1, 2, 3), (1, 2, 50))
    """

    def __init__(self, forward_pass: ForwardPass) -> None:
        self._pass, self._net = forward_pass, forward_pass.net

    @classmethod
    def _recorded(cls, network: Parametrised, X: Samples) -> "NetworkAt":
        """Run forward and keep all of it, with a copy of η."""
        net = network.architecture
        inputs = checks.as_rows(X, net.layer_sizes[0], net.dtype)
        return cls(ForwardPass.recorded(net, network.parameters, inputs))

    @classmethod
    def _over(cls, network: Parametrised, X: Samples, out: Array | None = None) -> "NetworkAt":
        """Keep nothing; NaN is found on the way, or first if it would spoil ``out``."""
        net = network.architecture
        checked = checks.as_rows if out is None else checks.as_inputs
        inputs = checked(X, net.layer_sizes[0], net.dtype)
        return cls(ForwardPass(net, network.parameters, inputs, keep=False))

    @classmethod
    def _holding(cls, network: Parametrised, X: Samples) -> "NetworkAt":
        """Keep a tape if it and what sweeps leave fit; a copy of η in any case."""
        net = network.architecture
        inputs = checks.as_rows(X, net.layer_sizes[0], net.dtype)
        try:
            numbers = 2 * net.units + net.hidden_units
            return cls(ForwardPass.recorded(net, network.parameters, inputs, numbers))
        except MemoryError:
            return cls(ForwardPass(net, network.parameters.copy(), inputs, keep=False))

    def __len__(self) -> int:
        return len(self._pass)

    def __repr__(self) -> str:
        sizes = "·".join(map(str, self._net.layer_sizes))
        return f"NetworkAt({sizes}, {len(self)} rows)"

    # ---- in the inputs

    @property
    def outputs(self) -> Array:
        """F(X, η) (n_samples, n_outputs), a copy."""
        return self._pass.outputs

    def layers(self) -> list[Any]:
        """As `Network.layers`, but read-only views of the stored values instead of copies."""
        layers = self._pass.values()
        for values in layers:
            sparse = not isinstance(values, np.ndarray)
            for part in (values.data, values.indices, values.indptr) if sparse else (values,):
                part.flags.writeable = False
        return layers

    def layer_jacobians(self) -> list[Array]:
        """As `Network.layer_jacobians`."""
        return layer_jacobians(self._pass)

    def layer_parameter_jacobian(self, layer: int) -> Array:
        """As `Network.layer_parameter_jacobian`."""
        return layer_parameter_jacobian(self._pass, layer)

    def jacobian(
        self,
        *,
        order: Order = "cheapest",
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.jacobian`."""
        return jacobian(self._pass, order, max_memory, out, progress=progress)

    def factored_jacobian(self) -> FactoredJacobian:
        """As `Network.factored_jacobian`."""
        return factored_jacobian(self._pass)

    def pushforward(self, dX: Samples) -> Array:
        """As `Network.pushforward`."""
        directions = checks.as_directions(dX, self._pass.inputs.shape, self._net.dtype)
        return sweeps.pushforward(self._pass, directions, None)

    def pullback(self, U: ArrayLike) -> Array:
        """As `Network.pullback`."""
        return sweeps.pullback(self._pass, checks.as_covectors(U, self._pass.output_shape, self._net.dtype))

    def input_gradient(self, y: ArrayLike, loss: str | None = None) -> Array:
        """As `Network.input_gradient`."""
        name = checks.as_loss(loss, self._net.output)
        return sweeps.input_gradient(self._pass, self._objective_of(name, y, np.empty(0, self._net.dtype)))

    def input_hessian(
        self, *, max_memory: Bytes | None = None, out: Array | None = None, progress: bool = False
    ) -> Array:
        """As `Network.input_hessian`."""
        return input_hessian(self._pass, max_memory, out, progress)

    # ---- in the parameters

    def parameter_jacobian(
        self, *, max_memory: Bytes | None = None, out: Array | None = None, progress: bool = False
    ) -> Array:
        """As `Network.parameter_jacobian`."""
        return parameter_jacobian(self._pass, max_memory, out, progress)

    def parameter_pushforward(self, v: ArrayLike) -> Array:
        """As `Network.parameter_pushforward`."""
        return sweeps.pushforward(self._pass, None, checks.as_direction(v, self._net.layout, self._net.dtype))

    def parameter_pullback(self, U: ArrayLike) -> Array:
        """As `Network.parameter_pullback`."""
        rows = checks.as_covectors(U, self._pass.output_shape, self._net.dtype)
        return sweeps.parameter_pullback(self._pass, rows)

    def error(self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None) -> float:
        """As `Network.error`."""
        objective = self._objective(y, loss, sample_weight)
        return objective.error_sum_at(self._pass) / objective.total

    def gradient(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """As `Network.gradient`."""
        objective = self._objective(y, loss, sample_weight)
        gradient = objective.gradient_sum_at(self._pass)
        gradient /= objective.total
        return gradient

    def sample_gradients(
        self,
        y: ArrayLike,
        loss: str | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.sample_gradients`."""
        objective = self._objective(y, loss, sample_weight)
        return sample_gradients(self._pass, objective, max_memory, out, progress)

    def sample_gradient_norms(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """As `Network.sample_gradient_norms`."""
        return sample_gradient_norms(self._pass, self._objective(y, loss, sample_weight))

    def hessian(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """As `Network.hessian`."""
        return CurvatureOperator(self._pass, self._objective(y, loss, sample_weight).copy(), exact=True)

    def gauss_newton(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """As `Network.gauss_newton`."""
        return CurvatureOperator(self._pass, self._objective(y, loss, sample_weight).copy(), exact=False)

    def tangent_kernel(
        self,
        X2: "Samples | None" = None,
        *,
        trace_outputs: bool = False,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.tangent_kernel`."""
        other = None
        if X2 is not None:
            rows = checks.as_inputs(X2, self._net.layer_sizes[0], self._net.dtype, "X2")
            other = ForwardPass(self._net, self._pass.parameters, rows, keep=False)
        return tangent_kernel(self._pass, other, trace_outputs, max_memory, out, progress)

    # ---- models of F nearby

    def taylor(self, order: int = 1) -> TaylorModel:
        """As `Network.taylor`."""
        return TaylorModel(self._pass, order, of="x")

    def parameter_taylor(self, order: int = 1) -> TaylorModel:
        """As `Network.parameter_taylor`."""
        return TaylorModel(self._pass, order, of="parameters")

    # ---- what the others share

    def _objective(self, y: ArrayLike, loss: str | None, sample_weight: ArrayLike | None) -> Objective:
        name = checks.as_loss(loss, self._net.output)
        checks.at_least_one_row(len(self))
        weights = checks.as_sample_weight(sample_weight, len(self), self._net.dtype)
        return self._objective_of(name, y, weights)

    def _objective_of(self, loss: str, y: ArrayLike, weights: Array) -> Objective:
        Y = checks.as_answers(y, *self._pass.output_shape, loss, self._net.dtype)
        return Objective(self._net, self._pass.inputs, loss, Y, weights)
