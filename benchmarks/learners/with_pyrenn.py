"""pyrenn's `train_LM`, seen through `calc_error`, which it calls for every η it tries."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


def levenberg_marquardt(task: Task) -> Callable[[Network, Watch], None]:
    """Without its scaling of rows, which are scaled already: all begin at the same F."""
    import pyrenn

    original: Any = pyrenn.calc_error
    X, Y = task.X.T.copy(), task.y.T.copy()

    def own(network: Network) -> dict[str, Any]:
        net: dict[str, Any] = pyrenn.CreateNN(list(task.sizes))
        first, *later = [W.T for W in network.weights]
        net["w"] = pyrenn.Wb2w(
            net,
            {(1, 1, 0): first},
            {(layer + 2, layer + 1, 0): A for layer, A in enumerate(later)},
            {layer + 1: b for layer, b in enumerate(network.biases)},
        )
        net["normP"], net["normY"] = np.ones(len(X)), np.ones(len(Y))
        return net

    def learn(network: Network, watch: Watch) -> None:
        net = own(network)

        def calc_error(net: Any, data: Any) -> Any:
            sum_of_squares = original(net, data)
            watch.saw_or_stop(sum_of_squares / Y.size, lambda values: pyrenn.NNOut(values.T, net).T)
            return sum_of_squares

        pyrenn.calc_error = calc_error
        watch.start()
        try:
            pyrenn.train_LM(X, Y, net, k_max=10**6, E_stop=0)
        finally:
            pyrenn.calc_error = original

    return learn
