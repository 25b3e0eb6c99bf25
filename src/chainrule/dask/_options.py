"""What a fit on a cluster is told beside the model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What a fit on a cluster is told beside the model.

    Attributes
    ----------
    leaf_rows : int or None
    n_lanes : int
    max_memory : int or None
    max_failures : int
    same_bits : bool
    checkpoint, resume
    answered : bool
        Whether hooks may stop the fit.
    look : callable or None
        What is seen of each partition when it is loaded. None where rows are asked about later on: then
        workers keep them as they were given, too.
    """

    leaf_rows: int | None
    n_lanes: int
    max_memory: int | None
    max_failures: int
    same_bits: bool
    checkpoint: Any
    resume: Any
    answered: bool
    look: Callable[[int, Any, Any, Any], Any] | None
