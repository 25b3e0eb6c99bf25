"""optimistix's Levenberg–Marquardt: one compiled program a step, so that the error can be seen after each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


def levenberg_marquardt(task: Task, normal: bool) -> Callable[[Network, Watch], None]:
    """QR of [J; √λ I], its default, or Cholesky of the normal equations."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import lineax as lx
    import optimistix as optx

    jax.config.update("jax_enable_x64", True)
    options = {"linear_solver": lx.Normal(lx.Cholesky())} if normal else {}
    solver: Any = optx.LevenbergMarquardt(rtol=0, atol=0, **options)
    data = jnp.asarray(task.X), jnp.asarray(task.y)

    def evaluate(parameters: Any, X: Any) -> Any:
        weights, biases = parameters
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            X = jnp.tanh(X @ W + b)
        return X @ weights[-1] + biases[-1]

    def residuals(parameters: Any, data: Any) -> Any:
        return (evaluate(parameters, data[0]) - data[1]).ravel(), None

    def own(network: Network) -> Any:
        return jax.tree.map(jnp.array, (list(network.weights), list(network.biases)))

    @eqx.filter_jit
    def step(parameters: Any, state: Any, data: Any) -> Any:
        parameters, state, _ = solver.step(residuals, parameters, data, {}, state, frozenset())
        return parameters, state, jnp.mean(state.f_info.residual**2)

    begun = own(task.network(0))
    shapes = jax.eval_shape(residuals, begun, data)
    # The state holds a traced program, and another would be compiled anew: one for all initialisations.
    blank = solver.init(residuals, begun, data, {}, *shapes, frozenset())

    def learn(network: Network, watch: Watch) -> None:
        parameters = own(network)
        state = eqx.tree_at(lambda state: state.y_eval, blank, parameters)
        watch.start()
        while True:
            parameters, state, error = step(parameters, state, data)
            at = parameters
            if watch.saw(float(error), lambda X: np.asarray(evaluate(at, X))):  # noqa: B023
                return

    return learn
