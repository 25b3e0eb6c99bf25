"""Case that every library computes, and the form of its result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A network's weights and biases, and what it is asked at."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    X: np.ndarray
    y: np.ndarray
    v: np.ndarray  # like η
    U: np.ndarray  # like F

    def split(self, vector: Any) -> tuple[list[Any], list[Any]]:
        """Weights and biases of a vector like η."""
        parts, start = [], 0
        for block in [*self.weights, *self.biases]:
            parts.append(vector[start : start + block.size].reshape(block.shape))
            start += block.size
        return parts[: len(self.weights)], parts[len(self.weights) :]


@dataclass(frozen=True)
class Answer:
    """A timed call, and how its result becomes an array like ours."""

    call: Callable[[], Any]
    numbers: Callable[[Any], np.ndarray] = np.asarray


def flat(tree: Any, axes: int = 0) -> np.ndarray:
    """(weights, biases), each with some leading axes, in the order of η."""
    parts = [np.asarray(part) for part in [*tree[0], *tree[1]]]
    return np.concatenate([part.reshape(*part.shape[:axes], -1) for part in parts], axis=-1)


def forward(tanh: Any) -> Callable[[Any, Any], Any]:
    """F(parameters, x) of a tanh network, in a library's own tanh."""

    def F(parameters: Any, x: Any) -> Any:
        weights, biases = parameters
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            x = x @ W + b
            if layer < len(weights) - 1:
                x = tanh(x)
        return x

    return F
