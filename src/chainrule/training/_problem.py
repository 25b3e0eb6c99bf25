"""What is to be learnt: a network, its rows and the error that is to diminish."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, accumulate, batch_rows
from chainrule.network._crew import Crew

if TYPE_CHECKING:
    from chainrule.kernels import Program

Array = NDArray[Any]

# Multiplications in one call of a kernel, about 50 ms: a signal waits until it returns.
_SLICE_PRODUCTS = 250_000_000
# A strand has work for a thread to come, about a millisecond, and a gradient of its own.
MOST_STRANDS, _STRAND_PRODUCTS, _STRAND_NUMBERS = 8, 16_000_000, 2**24


@dataclass(frozen=True)
class Problem:
    """Rows, answers and error of a network, checked and of the network's type.

    Attributes
    ----------
    network : Network
        Its η is what learning changes, in place.
    inputs : Inputs of n_samples rows
        Never copied.
    Y : array of shape (n_samples, n_outputs)
    weights : array of shape (n_samples,) or (0,)
        Sample weights; empty for none.
    rows : array of shape (n_train,)
        The rows that are learnt from.
    loss : str
        Name of the loss's kernel.
    alpha : float
        Strength of the L2 term, 0.5 · alpha · ‖W‖² / S, with S the sum of the weights; biases are free.
    reported_share : float
        Factor of the data's part in the loss that minibatch training reports (scikit-learn averages a
        squared error over the outputs, yet follows the gradient of its sum).
    bayes : bool
        Whether Levenberg-Marquardt finds alpha itself.
    drawn : bool
        Whether the network's η is random, and meant for the rows as Levenberg-Marquardt scales them.
    each_target : bool
        Whether Levenberg-Marquardt scales each target by its own spread; else all by one, so that the loss
        that falls is the one that was named.
    """

    network: Network
    inputs: Inputs
    Y: Array
    weights: Array
    rows: NDArray[np.intp]
    loss: str
    alpha: float = 0.0
    reported_share: float = 1.0
    bayes: bool = False
    drawn: bool = False
    each_target: bool = False

    def value_and_gradient(self, crew: Crew) -> tuple[float, Array]:
        """Return E(η) + the L2 term over all rows, and its gradient in float64."""
        net, strands = self.network, self._strands()
        gradients, sums = np.zeros((len(strands), net.n_parameters)), np.zeros((len(strands), 2))

        def share(worker: int) -> None:
            part = np.empty_like(net.parameters)
            for number in range(worker, len(strands), crew.size):
                for rows in strands[number]:
                    if crew.broken:
                        return
                    sums[number] += accumulate(
                        net.architecture, net.parameters, self.loss, self.inputs, self.Y, self.weights, rows,
                        part,
                    )  # fmt: skip
                    gradients[number] += part

        crew.run(share)
        error_sum, weight_sum = sums.sum(axis=0).tolist()
        if weight_sum == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        gradient = gradients.sum(axis=0)
        W = net.parameters[: net.layout.n_weights].astype(np.float64, copy=False)
        gradient[: len(W)] += self.alpha * W
        gradient /= weight_sum
        return (error_sum + 0.5 * self.alpha * float(W @ W)) / weight_sum, gradient

    def _strands(self) -> list[list[NDArray[np.intp]]]:
        """Cut the rows into strands, each added up by itself, and these into slices short enough for Ctrl-C.

        By the work they make, not by the clock or by how many threads there are: the same sums everywhere.
        """
        n, at_a_time, products = len(self.rows), self.batch_rows(), 3 * self._products_of_a_row()
        most = min(MOST_STRANDS, max(2, _STRAND_NUMBERS // self.network.n_parameters))
        length = max(-(-n // most), _STRAND_PRODUCTS // products + 1)
        length = -(-length // at_a_time) * at_a_time
        slice_length = max(1, _SLICE_PRODUCTS // (products * at_a_time)) * at_a_time
        return [
            [
                self.rows[first : min(first + slice_length, start + length, n)]
                for first in range(start, min(start + length, n), slice_length)
            ]
            for start in range(0, n, length)
        ]

    def _products_of_a_row(self) -> int:
        first, *others = self.network.layout.weights
        entries = first.shape[0]
        if self.inputs.is_sparse:
            entries = 1 + len(self.inputs.values) // len(self.inputs)
        return entries * first.shape[1] + sum(block.size for block in others)

    def program_and_head(self) -> tuple["Program", int]:
        """Tell kernels of the network, up to its loss."""
        return self.network.architecture.program_and_head(self.loss, sparse=self.inputs.is_sparse)

    def batch_rows(self) -> int:
        """Return how many rows a pass over all of them takes at a time."""
        return batch_rows(self.network.architecture, self.inputs, len(self.rows))
