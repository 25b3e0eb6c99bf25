"""Whether steps of learning by minibatches are quicker by several than by one."""

import numpy as np

from chainrule.network import Architecture

__all__ = ["fewest_rows", "round_seconds", "step_pays"]

_SECONDS = {np.dtype(np.float32): 40e-12, np.dtype(np.float64): 80e-12}
"""Time of a core for each row and parameter: forward, backward and gradient, as measured."""
_BANDWIDTH = 1.25e9


def round_seconds(net: Architecture, n_owners: int, latency: float, bandwidth: float = _BANDWIDTH) -> float:
    """Return how long it takes to send η to so many owners and to add up their gradients, in seconds.

    2 α ⌈log₂ n⌉ + 2 s P (1 − 1/n) / β, of P parameters of s bytes.

    Parameters
    ----------
    net : Architecture
    n_owners : int
    latency : float
        α, seconds for a message.
    bandwidth : float, default=1.25e9
        β, bytes a second; 10 Gbit/s.

    Examples
    --------
    >>> from chainrule import Network
    >>> net = Network((20, 64, 64, 1), random_state=0)
    >>> round(1e6 * round_seconds(net.architecture, 2, 1e-4))
    236
    """
    numbers = net.layout.n_parameters * net.dtype.itemsize
    return 2 * latency * int(np.ceil(np.log2(n_owners))) + 2 * numbers * (1 - 1 / n_owners) / bandwidth


def fewest_rows(net: Architecture, n_owners: int, seconds: float, threads: int = 1) -> int:
    """Return from how many rows on a step pays; see `step_pays`."""
    row = _SECONDS[net.dtype] * net.layout.n_parameters * (1 - 1 / n_owners) / threads
    return int(seconds / row) + 1


def step_pays(net: Architecture, batch_size: int, n_owners: int, seconds: float, threads: int = 1) -> bool:
    """Return whether a step by so many owners takes less time than one by a single one of them.

    It does where B k P (1 − 1/n) / c exceeds the seconds of a round: the time of B rows of P parameters with
    c threads that the others save. A core takes k = 40 ps a row and parameter in float32, 80 ps in float64.

    Parameters
    ----------
    net : Architecture
    batch_size, n_owners : int
    seconds : float
        Time of a round: what is measured, or `round_seconds`.
    threads : int, default=1
        Of each owner.

    Examples
    --------
    >>> from chainrule import Network
    >>> net = Network((20, 64, 64, 1), dtype="float32", random_state=0)
    >>> seconds = round_seconds(net.architecture, 2, 1e-4)
    >>> [step_pays(net.architecture, rows, 2, seconds) for rows in (256, 8192)]
    [False, True]
    """
    return n_owners > 1 and batch_size >= fewest_rows(net, n_owners, seconds, threads)
