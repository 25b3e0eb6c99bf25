"""From a Sequential of PyTorch to a Network."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from chainrule.network import Network

_PLAIN = {
    "Identity": "identity",
    "Sigmoid": "logistic",
    "Tanh": "tanh",
    "ReLU": "relu",
    "SELU": "selu",
    "SiLU": "silu",
    "Softsign": "softsign",
    "Sine": "sine",
    "Exp": "exp",
}
"""Modules without settings that matter, by the name of their class; the last two are ours."""

_SETTINGS: dict[str, tuple[str, dict[str, tuple[Any, ...]]]] = {
    "LeakyReLU": ("leaky_relu", {"negative_slope": (0.01,)}),
    "ELU": ("elu", {"alpha": (1.0,)}),
    "GELU": ("gelu", {"approximate": ("none",)}),
    "Softplus": ("softplus", {"beta": (1.0,)}),
    "Softmax": ("softmax", {"dim": (-1, 1)}),
}
"""Modules with settings, and the values for which they are the function of that name."""


def from_torch(sequential: nn.Sequential) -> Network:
    """Return a `Network` of a `torch.nn.Sequential`: the same numbers, with our derivatives.

    It may hold `Linear` modules with an activation, or none, behind each, and Sequentials of these. Dropout
    is left out, as in evaluation. Beyond its ``threshold``, 20, PyTorch's Softplus gives q itself, which is
    up to 2e-9 less than log(1 + e^q), what the network has.

    Parameters
    ----------
    sequential : torch.nn.Sequential
        Of float32 or float64 parameters, on any device; they are copied.

    Returns
    -------
    Network
        Of the same type.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    TypeError, ValueError
        For anything else in it; the message names the first module that is not known, by its place.

    Examples
    --------
    >>> from torch import nn
    >>> from chainrule.export import from_torch
    >>> from_torch(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)))
    Network((2, 8, 1), activation='tanh', output='identity', dtype=float32): 33 parameters
    """
    if not isinstance(sequential, nn.Sequential):
        raise TypeError(f"from_torch takes a torch.nn.Sequential, got {type(sequential).__qualname__}")
    weights: list[Any] = []
    biases: list[Any] = []
    activations: list[str] = []
    closed = True  # whether the layer so far has its activation
    for place, module in _flat(sequential, "sequential"):
        _refuse_hooks(place, module)
        if type(module) is nn.Linear:
            if not closed:
                activations.append("identity")
            W, b = _numbers(place, module)
            weights.append(W)
            biases.append(b)
            closed = False
        elif (name := _function(place, module)) != "identity":
            if closed:
                raise ValueError(f"{place} is {module}: an activation must follow a Linear module")
            activations.append(name)
            closed = True
    if not weights:
        raise ValueError("the Sequential holds no Linear module")
    activations += [] if closed else ["identity"]
    _check_inner(activations[:-1])
    kinds = sorted({str(matrix.dtype) for matrix in weights})
    if len(kinds) > 1:
        raise ValueError(f"the Linear modules hold {' and '.join(kinds)}; a Network has one type")
    return Network.from_weights(weights, biases, activations[:-1], activations[-1], weights[0].dtype)


def _flat(sequential: nn.Sequential, place: str) -> Iterator[tuple[str, Any]]:
    """Give the modules in a Sequential and in those within it, without Dropout."""
    _refuse_hooks(place, sequential)
    for name, module in sequential.named_children():
        inner = f"{place}[{name}]" if name.isdigit() else f"{place}.{name}"
        if type(module) is nn.Sequential:
            yield from _flat(module, inner)
        elif type(module) not in (nn.Dropout, nn.AlphaDropout):
            yield inner, module


def _refuse_hooks(place: str, module: Any) -> None:
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(f"{place} ({type(module).__name__}) has hooks, which may change what it computes")


def _function(place: str, module: Any) -> str:
    """Return our name of an activation."""
    kind = type(module)
    ours = kind.__module__.startswith("chainrule.export")
    if not ours and not kind.__module__.startswith("torch.nn.modules"):
        raise TypeError(f"{place} is {kind.__module__}.{kind.__qualname__}; {_known()}")
    if kind.__name__ in _PLAIN and ours == (kind.__name__ in ("Sine", "Exp")):
        return _PLAIN[kind.__name__]
    if kind.__name__ not in _SETTINGS:
        raise TypeError(f"{place} is {kind.__name__}; {_known()}")
    name, settings = _SETTINGS[kind.__name__]
    for setting, accepted in settings.items():
        given = getattr(module, setting)
        if given not in accepted:
            raise ValueError(
                f"{place} is {kind.__name__}({setting}={given!r}); chainrule has it for {accepted[0]!r} alone"
            )
    if name == "softplus" and module.threshold < 20:
        raise ValueError(
            f"{place} is Softplus(threshold={module.threshold!r}); chainrule has no straight part: 20 or more"
        )
    return name


def _known() -> str:
    known = [name for name in (*_PLAIN, *_SETTINGS) if name not in ("Sine", "Exp")]
    return f"known are Linear, Dropout, {', '.join(known)}"


def _numbers(place: str, linear: nn.Linear) -> tuple[Any, Any]:
    """Return W (fan_in, fan_out) and b of a Linear module."""
    W = linear.weight.detach()
    if W.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{place} holds {W.dtype}; chainrule has float32 and float64")
    if W.is_meta:
        raise ValueError(f"{place} is on the device meta: it has no numbers")
    matrix = W.cpu().numpy().T
    if linear.bias is None:
        return matrix, np.zeros(matrix.shape[1], dtype=matrix.dtype)
    return matrix, linear.bias.detach().cpu().numpy()


def _check_inner(names: list[str]) -> None:
    for name in names:
        if name in ("softmax", "exp"):
            raise ValueError(f"{name} is an activation of the last layer only; here it is in a hidden one")
