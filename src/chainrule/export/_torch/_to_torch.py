"""to_torch: a fitted model as a module of PyTorch."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from chainrule.export._describe import plan_of
from chainrule.export._plan import Layers, ModelPlan
from chainrule.export._tensors import Library, encoded, finished
from chainrule.export._torch._modules import MODULES

_DTYPES = {np.dtype(np.float32): torch.float32, np.dtype(np.float64): torch.float64}


def to_torch(model: Any) -> nn.Module:
    """Return a fitted model as a module of PyTorch, with weights that can learn on, in the networks' type.

    Of `Network`, `MLPClassifier` and `MLPRegressor` it is a `torch.nn.Sequential` of Linear modules and
    activations, which gives what the network gives: of two classes the probability of the second alone.

    Of table estimators and pipelines it is a module that takes rows (…, n_inputs) of the columns' numbers, as
    `as_numbers` makes them (raw numbers; of text places; NaN where a cell is missing), and gives what
    `evaluate` gives, in double precision: numbers, or the probability of each class; NaN where the model does
    not accept a cell. Scaling and encoding are constants of it; its ``networks`` are Sequentials.

    Parameters
    ----------
    model : estimator, Network or TableModel
        As for `plan_of`.

    Returns
    -------
    torch.nn.Sequential or torch.nn.Module

    Raises
    ------
    NotFittedError, TypeError, ValueError
        As `plan_of`.
    ModuleNotFoundError
        PyTorch is not installed.

    Examples
    --------
    >>> from chainrule import Network
    >>> from chainrule.export import to_torch
    >>> to_torch(Network((2, 8, 1), "gelu", random_state=0))
    Sequential(
      (0): Linear(in_features=2, out_features=8, bias=True)
      (1): GELU(approximate='none')
      (2): Linear(in_features=8, out_features=1, bias=True)
    )
    """
    plan = plan_of(model)
    return _sequential(plan.networks[0]) if _is_network(plan) else TableModule(plan)


def _is_network(plan: ModelPlan) -> bool:
    """Return whether a network is all that there is."""
    output = plan.output
    plain = not output.is_scaled and output.function == "identity"
    return plan.is_plain and len(plan.networks) == 1 and plain


def _sequential(network: Layers) -> nn.Sequential:
    modules = list[nn.Module]()
    for W, b, name in zip(network.weights, network.biases, network.activations, strict=True):
        linear = nn.Linear(*W.shape, dtype=_DTYPES[network.dtype])
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(W.T.copy()))
            linear.bias.copy_(torch.tensor(b.copy()))
        modules.append(linear)
        if name != "identity":
            modules.append(MODULES[name]())
    return nn.Sequential(*modules)


class TableModule(nn.Module):
    """A model from the numbers of a table's columns to its values; see `to_torch`.

    Parameters
    ----------
    plan : ModelPlan

    Attributes
    ----------
    networks : torch.nn.ModuleList
        The members, which take encoded columns.
    """

    def __init__(self, plan: ModelPlan) -> None:
        super().__init__()
        self.plan = plan
        self.networks = nn.ModuleList([_sequential(each) for each in plan.networks])

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (…, n_values) of rows (…, n_inputs).

        Raises
        ------
        ValueError
            For another number of columns.
        """
        inputs = encoded(_LIBRARIES[self.plan.dtype], self.plan, x)
        outputs = [network(inputs) for network in self.networks]
        values: Tensor = finished(_LIBRARIES[self.plan.dtype], self.plan.output, outputs)
        return values


_LIBRARIES = {
    dtype: Library(
        torch,
        torch.float64,
        real,
        lambda x, kind: x.to(kind),
        lambda constant, like: torch.as_tensor(constant, device=like.device),
    )
    for dtype, real in _DTYPES.items()
}
