"""Training problem: a network, its rows and the error to be minimised."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, Objective, batch_rows
from chainrule.network._team import Team
from chainrule.training._group import Group
from chainrule.training._lanes import Draw

if TYPE_CHECKING:
    from chainrule.kernels import Program

Array = NDArray[Any]


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
    scale_rate : float
        With minibatches: if it is not 0, a scale of each input is learned beside the weights, so many times
        as fast; see `chainrule.training.solvers._input_scales`.
    group : Group, optional
        Who makes sums over the rows where this process does not hold them: then ``inputs``, ``Y``,
        ``weights`` and ``rows`` are empty.
    draw : Draw, optional
        How minibatches are drawn from the rows of a group.
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
    scale_rate: float = 0.0
    group: Group | None = None
    draw: Draw | None = None

    @property
    def n_rows(self) -> int:
        """How many rows are learnt from."""
        return len(self.rows) if self.group is None else self.group.n_rows

    def value_and_gradient(self, team: Team) -> tuple[float, Array]:
        """Return E(η) + the L2 term over all rows, and its gradient in float64."""
        net = self.network
        if self.group is None:
            sums = self.objective.sums(net.parameters, self.rows, team)
        else:
            sums = self.group.total("gradient", net.parameters)
        (error_sum, weight_sum), gradient = sums[:2].tolist(), sums[2:]
        if weight_sum == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        penalised = net.layout.penalised
        W = net.parameters[penalised].astype(np.float64, copy=False)
        gradient[penalised] += self.alpha * W
        gradient /= weight_sum
        return (error_sum + 0.5 * self.alpha * float(W @ W)) / weight_sum, gradient

    @cached_property
    def objective(self) -> Objective:
        """The error alone, of all rows."""
        return Objective(self.network.architecture, self.inputs, self.loss, self.Y, self.weights)

    def program_and_head(self) -> tuple["Program", int]:
        """Tell kernels of the network, up to its loss."""
        return self.network.architecture.program_and_head(self.loss, sparse=self.inputs.is_sparse)

    def batch_rows(self) -> int:
        """Return how many rows a pass over all of them takes at a time."""
        return batch_rows(self.network.architecture, self.inputs, len(self.rows))
