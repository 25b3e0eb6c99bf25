"""What a fit on a cluster did: who held what, rounds, bytes, seconds, failures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Counts", "FitReport"]


@dataclass
class Counts:
    """What a driver counts.

    Attributes
    ----------
    rounds : int
        Sums that were asked for.
    sent, received : int
        Bytes of arrays.
    seconds : float
        In rounds.
    waited : list of float
        Of each round, the seconds in which nobody computed: messages, and merging.
    computed : dict of str to float
        Seconds that each worker computed.
    leaves : int
    leaf_rows : int
    n_rows : int
    """

    rounds: int = 0
    sent: int = 0
    received: int = 0
    seconds: float = 0.0
    waited: list[float] = field(default_factory=list)
    computed: dict[str, float] = field(default_factory=dict)
    leaves: int = 0
    leaf_rows: int = 0
    n_rows: int = 0


@dataclass(frozen=True)
class FitReport:
    """What a fit on a cluster did; prints as lines.

    Attributes
    ----------
    partitions : mapping of str to int
        How many each worker held at the end, by its address.
    leaves, leaf_rows, n_rows : int
        Rows are added up in so many leaves of at most so many rows.
    rounds : int
        Sums over all rows that were asked for.
    bytes_sent, bytes_received : int
        By the worker that drove the fit: arrays alone.
    seconds, seconds_loading, seconds_waiting : float
        Of the whole fit; of loading; those in rounds in which nobody computed.
    latency, least_latency : float
        Seconds of a round in which nobody computed: the median, and the least.
    seconds_computing : mapping of str to float
        Of each worker.
    failures : tuple of str
        Workers that were lost, and why.
    """

    partitions: Mapping[str, int]
    leaves: int
    leaf_rows: int
    n_rows: int
    rounds: int
    bytes_sent: int
    bytes_received: int
    seconds: float
    seconds_loading: float
    seconds_waiting: float
    latency: float
    least_latency: float
    seconds_computing: Mapping[str, float]
    failures: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.n_rows} rows in {self.leaves} leaves of up to {self.leaf_rows}",
            f"{self.rounds} rounds, {self.bytes_sent} bytes sent, {self.bytes_received} received",
            f"{self.seconds:.3g} s: {self.seconds_loading:.3g} loading, {self.seconds_waiting:.3g} waiting, "
            f"{1e3 * self.latency:.2g} ms a round",
        ]
        lines += [
            f"{worker}: {count} partitions, {self.seconds_computing.get(worker, 0.0):.3g} s computing"
            for worker, count in self.partitions.items()
        ]
        return "\n".join([*lines, *(f"lost {failure}" for failure in self.failures)])
