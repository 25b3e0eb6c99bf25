"""scikit-learn's own `fit`, seen through `_backprop`, which both of its solvers call for every η they try."""

from collections.abc import Callable
from typing import Any

from sklearn.neural_network import MLPRegressor

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


class Watched(MLPRegressor):
    """Begins at a given η, and tells the watch each loss before it goes on."""

    def begin(self, network: Network, watch: Watch) -> None:
        """Hand over where to start and whom to tell."""
        copies = [values.copy() for values in network.weights + network.biases]
        depth = len(network.weights)
        self._start, self._watch = iter(zip(copies[:depth], copies[depth:], strict=True)), watch

    def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> Any:
        return next(self._start)

    def _backprop(self, X: Any, *others: Any) -> Any:
        found = super()._backprop(X, *others)
        self._watch.saw_or_stop(2 * found[0], self._evaluate)
        return found

    def _evaluate(self, X: Any) -> Any:
        return self._forward_pass_fast(X, check_input=False)


def lbfgs(task: Task) -> Callable[[Network, Watch], None]:
    """All rows at once, in the driver that scikit-learn calls."""
    return _fitting(task, solver="lbfgs", max_fun=10**9)


def adam(task: Task, rate: float) -> Callable[[Network, Watch], None]:
    """All rows a step."""
    return _fitting(task, solver="adam", learning_rate_init=rate, batch_size=len(task.X), shuffle=False)


def _fitting(task: Task, **options: Any) -> Callable[[Network, Watch], None]:
    y = task.y.ravel() if task.y.shape[1] == 1 else task.y
    settings = {"alpha": 0, "max_iter": 10**6, "tol": 0, "n_iter_no_change": 10**6} | options

    def learn(network: Network, watch: Watch) -> None:
        model = Watched(hidden_layer_sizes=task.sizes[1:-1], activation="tanh", **settings)
        model.begin(network, watch)
        watch.start()
        model.fit(task.X, y)

    return learn
