"""Networks as plain values, and back through checks."""

from itertools import pairwise
from typing import Any

from chainrule.calculus import ACTIVATIONS, OUTPUTS
from chainrule.io._expect import Kept
from chainrule.network import Activation, Network

__all__ = ["network_from_values", "network_values"]

_NAMES = ("layer_sizes", "activations", "output", "parameters")
_MOST_LAYERS = 10_000


def network_values(network: Network) -> dict[str, Any]:
    """Return what a file keeps of a network.

    Raises
    ------
    TypeError
        It has an activation of the user's own, whose code a file cannot hold.
    ValueError
        It has more than 10,000 layers.
    """
    if own := sorted({one.name for one in network.activations if isinstance(one, Activation)}):
        raise TypeError(
            f"a model file holds no code, and {', '.join(own)} is an activation of your own, "
            "none of chainrule.calculus.ACTIVATIONS"
        )
    if len(network.layer_sizes) > _MOST_LAYERS:
        raise ValueError(
            f"a model file holds networks of up to {_MOST_LAYERS:,} layers, not {len(network.layer_sizes):,}"
        )
    return {
        "layer_sizes": list(network.layer_sizes),
        "activations": list(network.activations),
        "output": network.output,
        "parameters": network.parameters,
    }


def network_from_values(values: object, where: str = "the network") -> Network:
    """Return the network that a file keeps; ValueError for what is none."""
    kept = Kept(values, where, _NAMES)
    sizes = kept.counts("layer_sizes", least=1)
    if not 2 <= len(sizes) <= _MOST_LAYERS:
        raise kept.fault("layer_sizes", "at least two sizes, and not over 10,000")
    n_parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    parameters = kept.array("parameters", (n_parameters,))
    activations = kept.texts("activations")
    if len(activations) != len(sizes) - 2 or not set(activations) <= set(ACTIVATIONS):
        raise kept.fault("activations", f"{len(sizes) - 2} of {', '.join(sorted(ACTIVATIONS))}")
    kept.text("output", OUTPUTS)
    if parameters.dtype.itemsize not in (4, 8):
        raise kept.fault("parameters", "of float32 or float64")
    network = Network.__new__(Network)
    network.__setstate__({**{name: kept.plain(name) for name in _NAMES}, "activations": list(activations)})
    return network
