"""The layers of a network as plain values."""

from chainrule.export._plan import Array, Layers
from chainrule.network import Activation, Network


def layers_of(network: Network) -> Layers:
    """Return copies of a network's weights, and its activations by name.

    Raises
    ------
    ValueError
        For an activation of one's own, which other programs do not know.
    """
    own = [each for each in network.activations if isinstance(each, Activation)]
    if own:
        raise ValueError(
            f"activation {own[0].name!r} is of one's own: only activations of chainrule.calculus.ACTIVATIONS "
            "can be exported"
        )
    return Layers(
        tuple(map(_copied, network.weights)),
        tuple(map(_copied, network.biases)),
        (*map(str, network.activations), network.output),
    )


def _copied(array: Array) -> Array:
    copy = array.copy()
    copy.setflags(write=False)
    return copy
