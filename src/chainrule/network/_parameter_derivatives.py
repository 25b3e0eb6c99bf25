"""Derivatives of a network in its parameters."""

from typing import Any

from numpy.typing import ArrayLike, NDArray

from chainrule.network._at import NetworkAt, Parametrised
from chainrule.network._budget import Bytes
from chainrule.network._inputs import Samples
from chainrule.network.derivatives._curvature import CurvatureOperator
from chainrule.network.derivatives._taylor import TaylorModel

Array = NDArray[Any]


class ParameterDerivatives(Parametrised):
    """∂F/∂η, and derivatives built from it."""

    def layer_parameter_jacobian(self, X: Samples, layer: int) -> Array:
        """Return a layer's derivative in its own parameters (N10), in the order of η.

        Row k holds σ′(q_k) z_i in column i·fan_out + k, which belongs to W[i, k], and σ′(q_k) in the
        column of b_k.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        layer : int
            Index into `weights`; negative ones count from the end.

        Returns
        -------
        ndarray of shape (n_samples, fan_out, fan_in * fan_out + fan_out)

        Raises
        ------
        IndexError
            If there is no such layer.
        ValueError, TypeError, MemoryError
            As `layer_jacobians`.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[1.0, 0.0], [0.0, 1.0]]], [[0.0, 0.0]])
        >>> net.layer_parameter_jacobian([[5.0, 7.0]], 0)
        array([[[5., 0., 7., 0., 1., 0.],
                [0., 5., 0., 7., 0., 1.]]])
        """
        return NetworkAt._over(self, X).layer_parameter_jacobian(layer)

    def parameter_jacobian(
        self,
        X: Samples,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """Return ∂F/∂η of every sample, columns in the order of η.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        max_memory, out, progress
            As for `jacobian`. Passing an earlier result as ``out`` saves the time to allocate memory.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs, n_parameters)

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `jacobian`.

        Examples
        --------
        >>> from chainrule import Network
        >>> Network.from_weights([[[2.0]]], [[1.0]]).parameter_jacobian([[3.0]])
        array([[[3., 1.]]])
        """
        return NetworkAt._over(self, X, out).parameter_jacobian(
            max_memory=max_memory, out=out, progress=progress
        )

    def parameter_pushforward(self, X: Samples, v: ArrayLike) -> Array:
        """Return ∂F/∂η · v: how F changes when η moves along v.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        v : array of shape (n_parameters,)

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)

        Raises
        ------
        ValueError, TypeError
            As `at`; if v has another shape than η.

        Examples
        --------
        >>> from chainrule import Network
        >>> Network.from_weights([[[2.0]]], [[1.0]]).parameter_pushforward([[3.0]], [1.0, 10.0])
        array([[13.]])
        """
        return NetworkAt._over(self, X).parameter_pushforward(v)

    def parameter_pullback(self, X: Samples, U: ArrayLike) -> Array:
        """Return Σ_i u_i · ∂F(x_i)/∂η, summed over the samples.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        U : array of shape (n_samples, n_outputs)

        Returns
        -------
        ndarray of shape (n_parameters,)

        Raises
        ------
        ValueError, TypeError
            As `pullback`.

        Examples
        --------
        >>> from chainrule import Network
        >>> Network.from_weights([[[2.0]]], [[1.0]]).parameter_pullback([[3.0], [4.0]], [[1.0], [1.0]])
        array([7., 2.])
        """
        return NetworkAt._over(self, X).parameter_pullback(U)

    def sample_gradients(
        self,
        X: Samples,
        y: ArrayLike,
        loss: str | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """Return w_i ∂E_i/∂η of every sample; their sum over Σ w_i is `gradient`.

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `error`; without weights w_i = 1.
        max_memory, out, progress
            As for `jacobian`.

        Returns
        -------
        ndarray of shape (n_samples, n_parameters)

        Raises
        ------
        ValueError, TypeError
            As `error`.
        MemoryError
            If the result does not fit.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.sample_gradients([[3.0], [1.0]], [5.0, 3.0], loss="sum_squared_error")
        array([[12.,  4.],
               [ 0.,  0.]])
        """
        return NetworkAt._over(self, X, out).sample_gradients(
            y, loss, sample_weight, max_memory=max_memory, out=out, progress=progress
        )

    def sample_gradient_norms(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """Return ‖w_i ∂E_i/∂η‖ of every sample, without the gradients.

        The gradient in W_l is an outer product, so its norm is a product of norms:
        ‖∂E_i/∂η‖² = Σ_l ‖δ_l‖² (‖z_{l-1}‖² + 1) (Goodfellow 2015, "Efficient per-example gradient
        computations").

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `sample_gradients`.

        Returns
        -------
        ndarray of shape (n_samples,)

        Raises
        ------
        ValueError, TypeError
            As `error`.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.sample_gradient_norms([[3.0]], [5.0], loss="sum_squared_error")
        array([12.64...])
        """
        return NetworkAt._over(self, X).sample_gradient_norms(y, loss, sample_weight)

    def hessian(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """Return ∂²E/∂η² of the average error, as an operator.

        It is exact; for piecewise linear functions like relu away from the kinks, where σ″ = 0.

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `error`.

        Returns
        -------
        CurvatureOperator
            A symmetric `scipy.sparse.linalg.LinearOperator` (n_parameters, n_parameters) with ``@``,
            ``diagonal()`` and ``to_array()``. It keeps the forward pass and a copy of η.

        Raises
        ------
        ValueError, TypeError
            As `error`.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.hessian([[3.0]], [5.0], loss="sum_squared_error").to_array()
        array([[18.,  6.],
               [ 6.,  2.]])
        """
        return NetworkAt._holding(self, X).hessian(y, loss, sample_weight)

    def gauss_newton(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """Return the Gauss-Newton matrix Σ w_i J_iᵀ H_i J_i / Σ w_i of the average error, as an operator.

        For squared errors J = ∂F/∂η and H = 2c Id, with c = 1 for ``sum_squared_error``, 1/2 for
        ``half_squared_error``. For likelihoods J = ∂q_L/∂η and H = ∂²E_i/∂q_L²: the Fisher matrix. It is
        positive semidefinite: the Hessian without the terms that contain second derivatives of F (Schraudolph
        2002, "Fast curvature matrix-vector products for second-order gradient descent").

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `error`.

        Returns
        -------
        CurvatureOperator
            As for `hessian`.

        Raises
        ------
        ValueError, TypeError
            As `error`.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.gauss_newton([[3.0]], [5.0], loss="half_squared_error") @ [1.0, 0.0]
        array([9., 3.])
        """
        return NetworkAt._holding(self, X).gauss_newton(y, loss, sample_weight)

    def tangent_kernel(
        self,
        X1: Samples,
        X2: "Samples | None" = None,
        *,
        trace_outputs: bool = False,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """Return J₁J₂ᵀ with J = ∂F/∂η, without forming J.

        Parameters
        ----------
        X1, X2 : array or sparse matrix of shape (n_samples, n_features)
            Without X2 both are X1.
        trace_outputs : bool, default=False
            Whether to sum over outputs, Σ_k ∂F_k/∂η · ∂F_k/∂η.
        max_memory, out, progress
            As for `jacobian`.

        Returns
        -------
        ndarray of shape (n_1, n_outputs, n_2, n_outputs), or (n_1, n_2)

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `jacobian`.

        References
        ----------
        Jacot, Gabriel & Hongler 2018, "Neural tangent kernel"; the sum over layers of
        (z zᵀ + 1) ∘ (S Sᵀ) follows from N10.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.tangent_kernel([[3.0], [1.0]], trace_outputs=True)
        array([[10.,  4.],
               [ 4.,  2.]])
        """
        return NetworkAt._over(self, X1, out).tangent_kernel(
            X2, trace_outputs=trace_outputs, max_memory=max_memory, out=out, progress=progress
        )

    def parameter_taylor(self, X: Samples, order: int = 1) -> TaylorModel:
        """Return Taylor's model of F(X, ·) near η.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        order : {1, 2}, default=1

        Returns
        -------
        TaylorModel
            Callable on Δη (n_parameters,), gives (n_samples, n_outputs).

        Raises
        ------
        ValueError, TypeError
            As `at`; for another order.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.parameter_taylor([[3.0]])([0.5, 0.0])
        array([[8.5]])
        """
        return NetworkAt._recorded(self, X).parameter_taylor(order)
