"""Parameters as learning by minibatches has them: η itself, or η with a scale for each input.

With scales, W_1 = diag(s) V; V and s are learned instead of W_1, and the network gets their product.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network import Network
from chainrule.training._snapshot import Snapshot

if TYPE_CHECKING:
    from chainrule.kernels import Program

Array = NDArray[Any]
_NO_PLACES = np.empty(0, dtype=np.intp)


class Learned:
    """The parameters that a solver changes: η, in the network's own memory.

    Attributes
    ----------
    vector : array
        What kernels take for η.
    n : int
        How many entries of it are learned.
    places : array of int
        Where scales and their product stand; empty without.
    rate : float
        How many times as fast as weights scales are learned.
    """

    def __init__(self, net: Network) -> None:
        self._net, self.vector, self.n = net, net.parameters, len(net.parameters)
        self.places, self.rate = _NO_PLACES, 0.0

    @staticmethod
    def of(net: Network, scale_rate: float) -> "Learned":
        """Return the parameters to learn, with scales of the inputs if their rate is not 0."""
        return LearnedWithScales(net, scale_rate) if scale_rate else Learned(net)

    def program(self, program: "Program") -> "Program":
        """Return the network's program for this vector."""
        return program

    def write_back(self) -> None:
        """Set the network's η to what has been learned."""

    def take_gradient(self, of_network: NDArray[np.float64], gradient: Array) -> None:
        """Write the gradient by the network's η where kernels look for it, in a vector as long as this."""
        gradient[:] = of_network

    def state(self) -> Snapshot:
        """Return what there is beside the network's η."""
        return Snapshot()

    def from_state(self, snapshot: Snapshot) -> None:
        """Become what there was."""


class LearnedWithScales(Learned):
    """η of which W_1 = diag(rate · σ) V: a vector of its own, that ends with W_1."""

    def __init__(self, net: Network, rate: float) -> None:
        layout = net.layout.with_scales()
        assert layout.scales is not None
        self._net, self.rate, self.n = net, rate, layout.n_parameters
        self.vector = np.empty(self.n + layout.folded.size, dtype=net.dtype)
        self.vector[: net.n_parameters] = net.parameters
        layout.scales.view(self.vector)[:] = 1 / rate
        self._first, self._folded = layout.weights[0], layout.folded
        self._folded.view(self.vector)[:] = net.weights[0]
        places = self._first.offset, layout.scales.offset, self._folded.offset, *self._first.shape
        self.places = np.array(places, dtype=np.intp)

    def program(self, program: "Program") -> "Program":
        moved = program.copy()
        moved[0, kernels.WEIGHT] = self._folded.offset
        return moved

    def write_back(self) -> None:
        self._net.parameters[:] = self.vector[: self._net.n_parameters]
        self._net.weights[0][:] = self._folded.view(self.vector)

    def take_gradient(self, of_network: NDArray[np.float64], gradient: Array) -> None:
        gradient[: self._net.n_parameters] = of_network
        self._folded.view(gradient)[:] = self._first.view(of_network)

    def state(self) -> Snapshot:
        return Snapshot(arrays={"vector": self.vector})

    def from_state(self, snapshot: Snapshot) -> None:
        self.vector[:] = snapshot.array("vector", like=self.vector)
