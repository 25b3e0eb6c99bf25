"""One library in a process of its own, which does as it is told: `python -m benchmarks.runners LIBRARY`.

It reads a line of JSON at a time and answers with one: {"prepare": case} gives the loss a fit ends with,
{"run": 1} the seconds that one takes. Everyone begins at the same η, takes the same batches and the same
steps (scikit-learn's), so that the losses must agree.
"""

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from shutil import which
from typing import Any

import numpy as np

Fit = Callable[[], tuple[list[Any], list[Any]]]
"""Learns from the start, and returns weights and biases."""


@dataclass(frozen=True)
class Case:
    """What is learnt, and how."""

    sizes: tuple[int, ...]
    batch: int
    steps: int
    dtype: str
    solver: str  # "adam" or "sgd": scikit-learn's defaults
    epochs: int = 2
    activation: str = "relu"
    alpha: float = 1e-4
    rate: float = 1e-3
    compiled: bool = False  # whether PyTorch compiles too: half a minute

    @property
    def rows(self) -> int:
        return self.batch * self.steps // self.epochs

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """X and y."""
        random = np.random.default_rng(0)
        X = random.normal(size=(self.rows, self.sizes[0]))
        mixed = X @ random.normal(size=(self.sizes[0], self.sizes[-1])) / np.sqrt(self.sizes[0])
        return X.astype(self.dtype), np.sin(mixed).astype(self.dtype)

    def start(self) -> Any:
        """The network before the first step, as scikit-learn draws it for random_state=0."""
        from chainrule import Network

        return Network(self.sizes, self.activation, dtype=self.dtype, random_state=np.random.RandomState(0))

    def after_drawing(self) -> np.random.RandomState:
        """Return the random numbers that are left when η has been drawn."""
        random = np.random.RandomState(0)
        for fan_in, fan_out in pairwise(self.sizes):
            random.uniform(size=fan_in * fan_out + fan_out)
        return random

    def orders(self) -> np.ndarray:
        """The rows of every batch (steps, batch), as scikit-learn shuffles them after drawing η."""
        random = self.after_drawing()
        order, rows = np.arange(self.rows), []
        for _ in range(self.epochs):
            permutation = np.arange(self.rows)
            random.shuffle(permutation)
            order = order[permutation]
            rows.append(order)
        return np.concatenate(rows).reshape(-1, self.batch)

    def loss(self, weights: list[Any], biases: list[Any]) -> float:
        """Half the mean squared error over all rows, in float64."""
        z, y = self.data()
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = z @ np.asarray(W, float) + np.asarray(b, float)
            if layer < len(weights) - 1:
                z = np.maximum(z, 0)
        return float(0.5 * ((z - y) ** 2).sum(axis=1).mean())


def chainrule(case: Case) -> dict[str, Fit]:
    """Ours, from the same η as the others, whose random numbers go on where it was drawn."""
    from chainrule import SGD, Adam, Network, train

    X, y = case.data()
    solver = Adam(case.rate) if case.solver == "adam" else SGD(case.rate)
    start = case.start()

    def fit() -> Any:
        network: Network = start.copy()
        train(
            network, X, y, loss="half_squared_error", solver=solver, alpha=case.alpha,
            batch_size=case.batch, max_iter=case.epochs, tol=0, n_iter_no_change=10**6,
            random_state=case.after_drawing(),
        )  # fmt: skip
        return network.weights, network.biases

    return {"": fit}


def scikit_learn(case: Case) -> dict[str, Fit]:
    """scikit-learn's, which draws η in each fit: up to a twentieth of the time for the widest net."""
    from sklearn.neural_network import MLPRegressor

    X, y = case.data()
    y = y.ravel() if case.sizes[-1] == 1 else y

    def fit() -> Any:
        model = MLPRegressor(
            hidden_layer_sizes=case.sizes[1:-1], activation=case.activation, solver=case.solver,
            alpha=case.alpha, batch_size=case.batch, learning_rate_init=case.rate,
            max_iter=case.epochs, tol=0, n_iter_no_change=10**6, random_state=0,
        )  # fmt: skip
        model.fit(X, y)
        return model.coefs_, model.intercepts_

    return {"": fit}


def pytorch(case: Case) -> dict[str, Fit]:
    """Eager, with the optimiser's loops over parameters fused or joined; and compiled, if asked for."""
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    X, y = map(torch.from_numpy, case.data())
    orders, start = torch.from_numpy(case.orders()), case.start()

    def eager(weights: Any, biases: Any, z: Any, answers: Any) -> Any:
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            z = torch.relu(torch.addmm(b, z, W))
        off = torch.addmm(biases[-1], z, weights[-1]) - answers
        return (off * off).sum() * (0.5 / case.batch)

    def fit(error: Any, **kind: bool) -> Any:
        weights = [torch.tensor(W, requires_grad=True) for W in start.weights]
        biases = [torch.tensor(b, requires_grad=True) for b in start.biases]
        groups = [{"params": weights, "weight_decay": case.alpha / case.batch}, {"params": biases}]
        if case.solver == "adam":
            optimiser: Any = torch.optim.Adam(groups, lr=case.rate, **kind)
        else:
            optimiser = torch.optim.SGD(groups, lr=case.rate, momentum=0.9, nesterov=True, **kind)
        for rows in orders:
            optimiser.zero_grad()
            error(weights, biases, X[rows], y[rows]).backward()
            optimiser.step()
        return [W.detach().numpy() for W in weights], [b.detach().numpy() for b in biases]

    forms = {
        "fused": lambda: fit(eager, fused=True),
        "foreach": lambda: fit(eager, foreach=True),
    }
    if case.compiled and which("g++"):
        compiled = torch.compile(eager)
        forms["compiled"] = lambda: fit(compiled, fused=True)
    return forms


def jax(case: Case) -> dict[str, Fit]:
    """All steps in one lax.scan."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    X, y = map(jnp.asarray, case.data())
    orders, start = jnp.asarray(case.orders()), case.start()
    begun = jax.tree.map(jnp.asarray, (list(start.weights), list(start.biases)))

    def error(parameters: Any, rows: Any) -> Any:
        z = X[rows]
        for W, b in zip(parameters[0][:-1], parameters[1][:-1], strict=True):
            z = jax.nn.relu(z @ W + b)
        off = z @ parameters[0][-1] + parameters[1][-1] - y[rows]
        penalty = sum(jnp.sum(W * W) for W in parameters[0])
        return (jnp.sum(off * off) + case.alpha * penalty) * (0.5 / case.batch)

    def adam(state: Any, rows: Any) -> Any:
        parameters, m, v, t = state
        g = jax.grad(error)(parameters, rows)
        t = t + 1
        rate = case.rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        step = jax.tree.map(
            lambda p, m, v: p - (rate * m / (jnp.sqrt(v) + 1e-8)).astype(p.dtype), parameters, m, v
        )
        return (step, m, v, t), None

    def sgd(state: Any, rows: Any) -> Any:
        parameters, v, _, t = state
        g = jax.grad(error)(parameters, rows)
        v = jax.tree.map(lambda v, g: 0.9 * v - case.rate * g, v, g)
        step = jax.tree.map(lambda p, v, g: p + 0.9 * v - case.rate * g, parameters, v, g)
        return (step, v, v, t), None

    rule = adam if case.solver == "adam" else sgd
    run = jax.jit(lambda state, orders: jax.lax.scan(rule, state, orders)[0])
    zeros = jax.tree.map(jnp.zeros_like, begun)

    def fit() -> Any:
        return jax.block_until_ready(run((begun, zeros, zeros, jnp.asarray(0.0, case.dtype)), orders))[0]

    return {"scan": fit}


LIBRARIES = {"chainrule": chainrule, "scikit-learn": scikit_learn, "PyTorch": pytorch, "JAX": jax}


def main() -> None:
    """Answer until the line is closed."""
    warnings.simplefilter("ignore")
    make, fits = LIBRARIES[sys.argv[1]], {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "prepare" in asked:
            case = Case(**asked["prepare"] | {"sizes": tuple(asked["prepare"]["sizes"])})
            began = time.perf_counter()
            fits = make(case)
            losses = {form: case.loss(*fit()) for form, fit in fits.items()}
            answer: Any = {"losses": losses, "first": time.perf_counter() - began}
        else:
            answer = {}
            for form, fit in fits.items():
                began = time.perf_counter()
                fit()
                answer[form] = time.perf_counter() - began
        answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
