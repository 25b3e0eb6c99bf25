"""PyTorch's Adam and L-BFGS, and torch-levenberg-marquardt."""

import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.learners.task import Task
from benchmarks.learners.watch import Watch
from chainrule import Network


class Net:
    """F with PyTorch's tensors, in as few calls as may be."""

    def __init__(self, network: Network) -> None:
        import torch

        self.weights = [torch.tensor(W, requires_grad=True) for W in network.weights]
        self.biases = [torch.tensor(b, requires_grad=True) for b in network.biases]
        self.torch = torch

    def __call__(self, z: Any) -> Any:
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            z = self.torch.tanh(self.torch.addmm(b, z, W))
        return self.torch.addmm(self.biases[-1], z, self.weights[-1])

    def predict(self, X: np.ndarray) -> Any:
        """From and to NumPy."""
        with self.torch.no_grad():
            return self(self.torch.from_numpy(X)).numpy()


def _tensors(task: Task) -> tuple[Any, Any]:
    import torch

    torch.set_num_threads(1)
    return torch.from_numpy(task.X), torch.from_numpy(task.y)


def adam(task: Task, rate: float) -> Callable[[Network, Watch], None]:
    """All rows a step, with the optimiser's loops over parameters fused."""
    import torch

    X, y = _tensors(task)

    def learn(network: Network, watch: Watch) -> None:
        net = Net(network)
        optimiser = torch.optim.Adam(net.weights + net.biases, lr=rate, fused=True)
        watch.start()
        while True:
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(net(X), y)
            if watch.saw(loss.item(), net.predict):
                return
            loss.backward()
            optimiser.step()

    return learn


def lbfgs(task: Task) -> Callable[[Network, Watch], None]:
    """With a line search, and twenty pairs kept."""
    import torch

    X, y = _tensors(task)

    def learn(network: Network, watch: Watch) -> None:
        net = Net(network)
        optimiser = torch.optim.LBFGS(
            net.weights + net.biases, max_iter=10**6, max_eval=10**9, tolerance_grad=0, tolerance_change=0,
            history_size=20, line_search_fn="strong_wolfe",
        )  # fmt: skip

        def closure() -> Any:
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(net(X), y)
            watch.saw_or_stop(loss.item(), net.predict)
            loss.backward()
            return loss

        watch.start()
        optimiser.step(closure)

    return learn


def levenberg_marquardt(task: Task, solve: str) -> Callable[[Network, Watch], None]:
    """torch-levenberg-marquardt's step on all rows; its defaults, but for the way to solve."""
    import torch
    from torch_levenberg_marquardt.training import LevenbergMarquardtModule

    # It would warn of each Cholesky that fails.
    logging.getLogger("torch_levenberg_marquardt").setLevel(logging.ERROR)
    X, y = _tensors(task)

    def learn(network: Network, watch: Watch) -> None:
        model = _module(network)

        def predict(values: np.ndarray) -> Any:
            with torch.no_grad():
                return model(torch.from_numpy(values)).numpy()

        stepper = LevenbergMarquardtModule(model, solve_method=solve)
        watch.start()
        over = False
        while not over:
            _, loss, over, _ = stepper.training_step(X, y)
            over = watch.saw(loss.item(), predict) or over

    return learn


def _module(network: Network) -> Any:
    """The same net as a module, which the library asks for."""
    import torch

    layers: list[Any] = []
    pairs = zip(pairwise(network.layer_sizes), network.weights, network.biases, strict=True)
    for (fan_in, fan_out), W, b in pairs:
        layer = torch.nn.Linear(fan_in, fan_out, dtype=torch.float64)
        layer.weight.data[:], layer.bias.data[:] = torch.from_numpy(W.T.copy()), torch.from_numpy(b.copy())
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])
