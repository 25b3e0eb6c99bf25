"""Activations as modules of PyTorch: those that it has, and two of ours."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Sine(nn.Module):
    """sin q."""

    def forward(self, q: Tensor) -> Tensor:
        """Return sin q."""
        return torch.sin(q)


class Exp(nn.Module):
    """e^q."""

    def forward(self, q: Tensor) -> Tensor:
        """Return e^q."""
        return torch.exp(q)


MODULES: dict[str, Callable[[], Any]] = {
    "identity": nn.Identity,
    "logistic": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": lambda: nn.Softplus(threshold=40),  # from there on q is log(1 + e^q), to rounding
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softsign": nn.Softsign,
    "sine": Sine,
    "exp": Exp,
    "softmax": lambda: nn.Softmax(dim=-1),
}
"""What makes the module of an activation, by its name in `calculus`."""
