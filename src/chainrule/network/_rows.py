"""A network at some rows: the one place where its derivatives are asked for."""

from abc import ABC, abstractmethod
from typing import Any

from numpy.typing import NDArray

from chainrule.network import _checks as checks
from chainrule.network._architecture import Architecture
from chainrule.network._at import NetworkAt
from chainrule.network._inputs import Samples

Array = NDArray[Any]


class AtRows(ABC):
    """What a network needs to answer about its derivatives at the rows of X."""

    @property
    @abstractmethod
    def architecture(self) -> Architecture:
        """Sizes, functions and type."""

    @property
    @abstractmethod
    def parameters(self) -> Array:
        """η."""

    def _over(self, X: Samples, out: Array | None = None) -> NetworkAt:
        """The network at X, without a tape; NaN is found on the way, or first if it would spoil ``out``."""
        net = self.architecture
        checked = checks.as_rows if out is None else checks.as_inputs
        return NetworkAt(net, self.parameters, checked(X, net.layer_sizes[0], net.dtype), keep=False)

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
        return NetworkAt.keeping(net, self.parameters, checks.as_rows(X, net.layer_sizes[0], net.dtype))

    def _holding(self, X: Samples) -> NetworkAt:
        """The network at X, with a tape if it and what sweeps leave fit; with its own η in any case."""
        net = self.architecture
        inputs = checks.as_rows(X, net.layer_sizes[0], net.dtype)
        try:
            return NetworkAt.keeping(net, self.parameters, inputs, 2 * net.units + net.hidden_units)
        except MemoryError:
            return NetworkAt(net, self.parameters.copy(), inputs, keep=False)
