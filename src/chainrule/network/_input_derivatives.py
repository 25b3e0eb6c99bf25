"""Derivatives of a network in its inputs."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.network import _checks as checks
from chainrule.network._at import NetworkAt, Parametrised
from chainrule.network._budget import Bytes
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Samples
from chainrule.network.derivatives._chain import Order
from chainrule.network.derivatives._factored import FactoredJacobian
from chainrule.network.derivatives._plan import Plan
from chainrule.network.derivatives._taylor import TaylorModel

Array = NDArray[Any]


class InputDerivatives(Parametrised):
    """∂F/∂x, and derivatives built from it.

    Here and in `ParameterDerivatives`, n is the number of samples (rows of X), p of outputs, d of inputs,
    P of parameters; results have the network's dtype. Where an activation has a kink (relu, leaky_relu,
    elu, selu at 0) its derivatives there are those of the left side, so relu has 0.
    """

    def at(self, X: Samples) -> NetworkAt:
        """Run the forward pass over X and keep it (N9), for several derivatives at the same rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        NetworkAt
            It has the methods of this class without the argument X, and keeps a copy of η as it is now.

        Raises
        ------
        ValueError, TypeError
            If X has a wrong shape, or holds NaN, infinity or something other than numbers.
        MemoryError
            If what is kept does not fit half of the free memory.

        Examples
        --------
        >>> from chainrule import Network
        >>> at = Network.from_weights([[[2.0]]], [[1.0]]).at([[3.0]])
        >>> at.outputs, at.jacobian()
        (array([[7.]]), array([[[2.]]]))
        """
        return NetworkAt._recorded(self, X)

    def layers(self, X: Samples) -> list[Any]:
        """Return the values kept from the forward pass (N9): z_0 = X, z_1, …, z_L = F(X, η).

        Parameters
        ----------
        X : array of shape (n_samples, n_features)

        Returns
        -------
        list of ndarray of shape (n_samples, width)
            z_0 is a copy of X, and sparse (CSR) where X is. `NetworkAt.layers` hands out, read-only, what it
            keeps.

        Examples
        --------
        >>> from chainrule import Network
        >>> [z.shape for z in Network((3, 8, 2)).layers([[0.1, 0.2, 0.3]])]
        [(1, 3), (1, 8), (1, 2)]
        """
        net = self.architecture
        inputs = checks.as_rows(X, net.layer_sizes[0], net.dtype)
        return ForwardPass.recorded(net, self.parameters, inputs).values()

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
        return NetworkAt._over(self, X).layer_jacobians()

    def jacobian(
        self,
        X: Samples,
        *,
        order: Order = "cheapest",
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
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
        progress : bool, default=False
            Show a progress bar (needs rich).

        Returns
        -------
        ndarray of shape (n_samples, n_outputs, n_features)

        Raises
        ------
        ValueError, TypeError
            As `at`; for an unknown order; for an ``out`` of another shape or type.
        MemoryError
            If the result does not fit; says how large it is, and which calls work without it.
        ImportError
            For ``progress`` without rich.

        Examples
        --------
        >>> from chainrule import Network
        >>> net = Network((2, 3, 1), random_state=0)
        >>> x = [[0.5, -0.5]]
        >>> bool(np.allclose(net.jacobian(x, order="A2 (D1 A1)"), net.jacobian(x)))
        True
        """
        return NetworkAt._over(self, X, out).jacobian(
            order=order, max_memory=max_memory, out=out, progress=progress
        )

    def factored_jacobian(self, X: Samples) -> FactoredJacobian:
        """Return ∂F/∂x as U · V, cut at the network's narrowest layer.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        FactoredJacobian
            Products, transposes, norms and singular values are computed without forming U · V.

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
        return NetworkAt._over(self, X).factored_jacobian()

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
        return NetworkAt._over(self, X).pushforward(dX)

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
        return NetworkAt._over(self, X).pullback(U)

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
        return NetworkAt._over(self, X).input_gradient(y, loss)

    def input_hessian(
        self,
        X: Samples,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """Return ∂²F/∂x² of every sample (where an activation has a kink: beside it).

        Parameters
        ----------
        X : array or sparse matrix of shape (n_samples, n_features)
        max_memory, out, progress
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
        return NetworkAt._over(self, X, out).input_hessian(max_memory=max_memory, out=out, progress=progress)

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
        net, given = self.architecture, np.asarray(x)[None] if vector else x
        rows = checks.as_rows(given, net.layer_sizes[0], net.dtype)
        at = ForwardPass.recorded(net, self.parameters, rows)
        return TaylorModel(at, order, of="x", vector=vector)

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
