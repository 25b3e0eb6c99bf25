"""to_jax: a fitted model as a pure function and its parameters."""

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from chainrule.export._describe import plan_of
from chainrule.export._plan import Layers, ModelPlan
from chainrule.export._tensors import Library, encoded, finished

Parameters: TypeAlias = list[list[tuple[Any, Any]]]

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda q: q,
    "logistic": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda q: jax.nn.leaky_relu(q, 0.01),
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": lambda q: jax.nn.gelu(q, approximate=False),
    "softsign": jax.nn.soft_sign,
    "sine": jnp.sin,
    "exp": jnp.exp,
    "softmax": jax.nn.softmax,
}


def to_jax(model: Any) -> tuple[Callable[[Parameters, Any], Any], Parameters]:
    """Return a fitted model as a pure function f(params, x) of JAX, and its parameters.

    It may be compiled, mapped and differentiated: ``jax.jacobian(f, 1)(params, x)`` is the derivative by the
    columns. x is a row (n_inputs,) or rows (…, n_inputs) of the columns' numbers, as `as_numbers` makes them:
    raw numbers, of text places, NaN where a cell is missing. Values (…, n_values) are those of `evaluate`:
    numbers, or the probability of each class; NaN where the model does not accept a cell.

    Parameters
    ----------
    model : estimator, Network or TableModel
        As for `plan_of`.

    Returns
    -------
    f : callable
        Raises ValueError for another number of columns.
    params : list
        ``params[member][layer]`` is (W, b), W of shape (fan_in, fan_out).

    Raises
    ------
    NotFittedError, TypeError, ValueError
        As `plan_of`.
    ModuleNotFoundError
        JAX is not installed.

    Warns
    -----
    UserWarning
        If JAX computes in single precision, its default, and the model or the encoding of its columns in
        double; ``jax.config.update("jax_enable_x64", True)`` changes that.

    Examples
    --------
    >>> import jax
    >>> jax.config.update("jax_enable_x64", True)
    >>> from chainrule import Network
    >>> from chainrule.export import to_jax
    >>> f, params = to_jax(Network.from_weights([[[2.0], [5.0]]], [[1.0]]))
    >>> import numpy as np
    >>> print(f(params, np.array([3.0, 1.0])), jax.jacobian(f, 1)(params, np.array([3.0, 1.0])))
    [12.] [[2. 5.]]
    """
    plan = plan_of(model)
    to = _library(plan)
    activations = [network.activations for network in plan.networks]
    params = [_parameters(network, to.real) for network in plan.networks]

    def f(params: Parameters, x: Any) -> Any:
        inputs = encoded(to, plan, jnp.asarray(x))
        members = zip(params, activations, strict=True)
        return finished(to, plan.output, [_network(*each, inputs) for each in members])

    return f, params


def _library(plan: ModelPlan) -> Library:
    double = bool(jax.config.jax_enable_x64)
    if not double and not (plan.is_plain and plan.dtype == np.float32):
        warnings.warn(
            "JAX computes in single precision here, scaling of columns too; "
            'jax.config.update("jax_enable_x64", True) before to_jax changes that',
            stacklevel=3,
        )
    wide = jnp.float64 if double else jnp.float32
    return Library(
        jnp,
        wide,
        wide if plan.dtype == np.float64 else jnp.float32,
        lambda x, kind: x.astype(kind),
        lambda constant, like: jnp.asarray(constant, wide),
    )


def _parameters(network: Layers, real: Any) -> list[tuple[Any, Any]]:
    pairs = zip(network.weights, network.biases, strict=True)
    return [(jnp.asarray(W, real), jnp.asarray(b, real)) for W, b in pairs]


def _network(layers: list[tuple[Any, Any]], activations: tuple[str, ...], z: Any) -> Any:
    for (W, b), name in zip(layers, activations, strict=True):
        z = _ACTIVATIONS[name](z @ W + b)
    return z
