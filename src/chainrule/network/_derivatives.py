"""Every derivative of a network, asked for by one call at the rows of X."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.network import _checks as checks
from chainrule.network._architecture import Architecture
from chainrule.network._at import NetworkAt
from chainrule.network._chain import Order
from chainrule.network._curvature import CurvatureOperator
from chainrule.network._factored import FactoredJacobian
from chainrule.network._inputs import Samples
from chainrule.network._jacobian import jacobian
from chainrule.network._memory import Bytes
from chainrule.network._plan import Plan
from chainrule.network._taylor import TaylorModel

Array = NDArray[Any]


class Derivatives(ABC):
    """What `Network` answers about its derivatives.

    Throughout, n is the number of samples (rows of X), p of outputs, d of inputs, P of parameters; results
    have the network's dtype. Where an activation has a kink (relu, leaky_relu, elu, selu at 0) its
    derivatives there are those of the left side, so relu has 0.
    """

    @property
    @abstractmethod
    def architecture(self) -> Architecture:
        """Sizes, functions and type."""

    @property
    @abstractmethod
    def parameters(self) -> Array:
        """η."""

    def _over(self, X: Samples) -> NetworkAt:
        net = self.architecture
        return NetworkAt(net, self.parameters, checks.as_inputs(X, net.layer_sizes[0], net.dtype), keep=False)

    def at(self, X: Samples) -> NetworkAt:
        """Run forward over X and keep all of it (N9), to take many derivatives at the same rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        NetworkAt
            Has the methods of this class without X. It keeps a copy of η as it is now.

        Raises
        ------
        ValueError, TypeError
            If X has another shape, or holds NaN, infinity or no numbers.
        MemoryError
            If what is kept does not fit half of the free memory.

        Examples
        --------
        >>> from chainrule import Network
        >>> at = Network.from_weights([[[2.0]]], [[1.0]]).at([[3.0]])
        >>> at.outputs, at.jacobian()
        (array([[7.]]), array([[[2.]]]))
        """
        net = self.architecture
        return NetworkAt.keeping(net, self.parameters, checks.as_inputs(X, net.layer_sizes[0], net.dtype))

    def layer_jacobians(self, X: Samples) -> list[Array]:
        """Return the factors of ∂F/∂x, output first (N9, N10): diag(σ′(q_l)) A_l with A_l = W_lᵀ.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        list of ndarray of shape (n_samples, fan_out, fan_in)
            For a softmax output the first is (diag p - p pᵀ) A_L. Their product is `jacobian`.

        Raises
        ------
        ValueError, TypeError
            As `at`.
        MemoryError
            If they do not fit half of the free memory.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network((2, 3, 1), random_state=0)
        >>> D2, D1 = net.layer_jacobians([[0.5, -0.5]])
        >>> bool(np.allclose(D2 @ D1, net.jacobian([[0.5, -0.5]])))
        True
        """
        return self._over(X).layer_jacobians()

    def layer_parameter_jacobian(self, layer: int, X: Samples) -> Array:
        """Return a layer's derivative in its own parameters (N10), in the order of η.

        Row k holds σ′(q_k) z_i in column i·fan_out + k, which belongs to W[i, k], and σ′(q_k) in the
        column of b_k.

        Parameters
        ----------
        layer : int
            Index into `weights`; negative ones count from the end.
        X : array or sparse matrix of shape (n_samples, n_features)

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
        >>> net.layer_parameter_jacobian(0, [[5.0, 7.0]])
        array([[[5., 0., 7., 0., 1., 0.],
                [0., 5., 0., 7., 0., 1.]]])
        """
        return self._over(X).layer_parameter_jacobian(layer)

    def jacobian(
        self,
        X: Samples,
        *,
        order: Order = "cheapest",
        max_memory: Bytes | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return ∂F/∂x of every sample.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        order : {"cheapest", "from_output", "from_input"}, str or Bracketing, default="cheapest"
            How the chain D_L A_L … D_1 A_1 is bracketed (N11, N12): the cheapest order for these shapes,
            from either end, or any other, written like "(D2 A2) (D1 A1)". `plan` shows what each costs.
        max_memory : int or str, optional
            Bytes ("2GiB") that result and work may take; half of what is free without it.
        out : ndarray of shape (n_samples, n_outputs, n_features), optional
            Where to write; may be a `numpy.memmap`.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs, n_features)

        Raises
        ------
        ValueError, TypeError
            As `at`; for an unknown order; for an ``out`` of another shape or type.
        MemoryError
            If the result does not fit; says how large it is, and which calls work without it.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network((2, 3, 1), random_state=0)
        >>> x = [[0.5, -0.5]]
        >>> bool(np.allclose(net.jacobian(x, order="A2 (D1 A1)"), net.jacobian(x)))
        True
        """
        net = self.architecture
        inputs = checks.as_rows(X, net.layer_sizes[0], net.dtype)
        return jacobian(NetworkAt(net, self.parameters, inputs, keep=False), order, max_memory, out)

    def factored_jacobian(self, X: Samples) -> FactoredJacobian:
        """Return ∂F/∂x as U · V, cut at the network's narrowest layer.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        FactoredJacobian
            Multiplies, transposes, has norms and singular values without the product being formed.

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `jacobian`.

        Examples
        --------
        >>> from chainrule import Network
        >>> J = Network((4, 6, 2, 6, 5), random_state=0).factored_jacobian(np.zeros((1, 4)))
        >>> J.U.shape, J.V.shape, (J @ np.ones(4)).shape
        ((1, 5, 2), (1, 2, 4), (1, 5))
        """
        return self._over(X).factored_jacobian()

    def pushforward(self, X: Samples, dX: Samples) -> Array:
        """Return ∂F/∂x · dx for every row: how F changes in the directions dX.

        Parameters
        ----------
        X, dX : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)

        Raises
        ------
        ValueError, TypeError
            As `at`; if the two shapes differ.

        Examples
        --------
        >>> from chainrule import Network
        >>> Network.from_weights([[[2.0]]], [[1.0]]).pushforward([[3.0]], [[10.0]])
        array([[20.]])
        """
        return self._over(X).pushforward(dX)

    def pullback(self, X: Samples, U: ArrayLike) -> Array:
        """Return u · ∂F/∂x for every row u of U: the chain multiplied from the left (N11).

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        U : array of shape (n_samples, n_outputs)

        Returns
        -------
        ndarray of shape (n_samples, n_features)

        Raises
        ------
        ValueError, TypeError
            As `at`; if U has another shape than the outputs.
        MemoryError
            If the result does not fit (sparse X of many columns).

        Examples
        --------
        >>> from chainrule import Network
        >>> Network.from_weights([[[2.0]]], [[1.0]]).pullback([[3.0]], [[10.0]])
        array([[20.]])
        """
        return self._over(X).pullback(U)

    def parameter_jacobian(
        self, X: Samples, *, max_memory: Bytes | None = None, out: Array | None = None
    ) -> Array:
        """Return ∂F/∂η of every sample, columns in the order of η.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        max_memory, out
            As for `jacobian`. With a result used again as ``out`` the work takes half the time.

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
        return self._over(X).parameter_jacobian(max_memory=max_memory, out=out)

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
        return self._over(X).parameter_pushforward(v)

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
        return self._over(X).parameter_pullback(U)

    def sample_gradients(
        self,
        X: Samples,
        y: ArrayLike,
        loss: str | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return w_i ∂E_i/∂η of every sample; their sum over Σ w_i is `gradient`.

        Parameters
        ----------
        X, y, loss, sample_weight
            As for `error`; without weights w_i = 1.
        max_memory, out
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
        return self._over(X).sample_gradients(y, loss, sample_weight, max_memory=max_memory, out=out)

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
        return self._over(X).sample_gradient_norms(y, loss, sample_weight)

    def input_gradient(self, X: Samples, y: ArrayLike, loss: str | None = None) -> Array:
        """Return ∂E_i/∂x_i of every sample.

        Parameters
        ----------
        X, y, loss
            As for `error`.

        Returns
        -------
        ndarray of shape (n_samples, n_features)

        Raises
        ------
        ValueError, TypeError
            As `error`.
        MemoryError
            If the result does not fit (sparse X of many columns).

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[2.0]]], [[1.0]])
        >>> net.input_gradient([[3.0]], [5.0], loss="sum_squared_error")
        array([[8.]])
        """
        return self._over(X).input_gradient(y, loss)

    def hessian(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """Return ∂²E/∂η² of the average error, as an operator.

        Exact; with relu and its kin, almost everywhere (σ″ = 0 beside the kink).

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
        return self._holding(X).hessian(y, loss, sample_weight)

    def gauss_newton(
        self, X: Samples, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """Return the Gauss-Newton matrix Σ w_i J_iᵀ H_i J_i / Σ w_i of the average error, as an operator.

        For squared errors J = ∂F/∂η and H = 2c Id, with c = 1 for ``sum_squared_error``, 1/2 for
        ``half_squared_error``. For likelihoods J = ∂q_L/∂η and H = ∂²E_i/∂q_L²: the Fisher matrix. It is
        positive semidefinite, and the Hessian without what has the curvature of the network (Schraudolph
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
        return self._holding(X).gauss_newton(y, loss, sample_weight)

    def _holding(self, X: Samples) -> NetworkAt:
        """The network at X, with a tape if one fits; with its own η in any case."""
        try:
            return self.at(X)
        except MemoryError:
            over = self._over(X)
            over.parameters = over.parameters.copy()
            return over

    def input_hessian(
        self, X: Samples, *, max_memory: Bytes | None = None, out: Array | None = None
    ) -> Array:
        """Return ∂²F/∂x² of every sample; almost everywhere, with relu and its kin.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        max_memory, out
            As for `jacobian`.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs, n_features, n_features)

        Raises
        ------
        ValueError, TypeError, MemoryError
            As `jacobian`.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[1.0]]], [[0.0]], output="exp")
        >>> net.input_hessian([[0.0]])
        array([[[[1.]]]])
        """
        return self._over(X).input_hessian(max_memory=max_memory, out=out)

    def tangent_kernel(
        self,
        X1: Samples,
        X2: "Samples | None" = None,
        *,
        trace_outputs: bool = False,
        max_memory: Bytes | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return J₁J₂ᵀ with J = ∂F/∂η, without forming J.

        Parameters
        ----------
        X1, X2 : array or sparse matrix of shape (n_samples, n_features)
            Without X2 both are X1.
        trace_outputs : bool, default=False
            Whether to sum over outputs, Σ_k ∂F_k/∂η · ∂F_k/∂η.
        max_memory, out
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
        return self._over(X1).tangent_kernel(X2, trace_outputs=trace_outputs, max_memory=max_memory, out=out)

    def taylor(self, x: Samples, order: int = 1) -> TaylorModel:
        """Return Taylor's model of F near x (N5).

        Parameters
        ----------
        x : array of shape (n_samples, n_features), or (n_features,) for one sample
        order : {1, 2}, default=1

        Returns
        -------
        TaylorModel
            Callable on Δx of x's shape.

        Raises
        ------
        ValueError, TypeError
            As `at`; for another order.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network.from_weights([[[1.0]]], [[0.0]], output="exp")
        >>> net.taylor([0.0], order=2)([0.1])
        array([1.105])
        """
        vector = not hasattr(x, "tocsr") and np.ndim(x) == 1  # type: ignore[arg-type]
        return TaylorModel(self.at(np.asarray(x)[None] if vector else x), order, of="x", vector=vector)

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
        return self.at(X).parameter_taylor(order)

    def plan(self, n_samples: int, what: str = "jacobian") -> Plan:
        """Return what `jacobian` would cost in each order (N12), from the shapes alone.

        Parameters
        ----------
        n_samples : int
        what : {"jacobian"}, default="jacobian"

        Returns
        -------
        Plan
            Prints as a table, also in notebooks, with the cheapest order marked.

        Raises
        ------
        ValueError
            For a number of samples below 1, or another ``what``.

        Examples
        --------
        >>> from chainrule import Network
        >>> plan = Network((784, 128, 16, 128, 784)).plan(1)
        >>> plan.rows[0].order, plan.rows[0].multiplications < plan.rows[1].multiplications / 5
        ('cheapest', True)
        """
        return Plan(self.architecture, n_samples, what)
