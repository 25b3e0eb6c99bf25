"""What is to be learnt: a network, its rows and the error that is to diminish."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Network, accumulate

Array = NDArray[Any]


@dataclass(frozen=True)
class Problem:
    """Rows, answers and error of a network, checked and of the network's type.

    Attributes
    ----------
    network : Network
        Its η is what learning changes, in place.
    X : array of shape (n_samples, n_features)
        Any layout; never copied.
    Y : array of shape (n_samples, n_outputs)
    weights : array of shape (n_samples,) or (0,)
        Sample weights; empty for none.
    rows : array of shape (n_train,)
        The rows of X that are learnt from.
    loss : str
        Name of the loss's kernel.
    alpha : float
        Strength of the L2 term, 0.5 · alpha · ‖W‖² / S, with S the sum of the weights; biases are free.
    reported_share : float
        Factor of the data's part in the loss that minibatch training reports (scikit-learn averages a
        squared error over the outputs, yet follows the gradient of its sum).
    """

    network: Network
    X: Array
    Y: Array
    weights: Array
    rows: NDArray[np.intp]
    loss: str
    alpha: float = 0.0
    reported_share: float = 1.0

    def value_and_gradient(self) -> tuple[float, Array]:
        """Return E(η) + the L2 term over all rows, and its gradient in float64."""
        net = self.network
        gradient = np.empty_like(net.parameters)
        error_sum, weight_sum = accumulate(net, self.loss, self.X, self.Y, self.weights, self.rows, gradient)
        if weight_sum == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        W = net.parameters[: net.layout.n_weights].astype(np.float64, copy=False)
        result = gradient.astype(np.float64)
        result[: len(W)] += self.alpha * W
        result /= weight_sum
        return (error_sum + 0.5 * self.alpha * float(W @ W)) / weight_sum, result

    def largest_product(self, rows_at_a_time: int) -> int:
        """Count the multiplications of the largest matrix product in a batch."""
        return rows_at_a_time * max(block.size for block in self.network.layout.weights)
