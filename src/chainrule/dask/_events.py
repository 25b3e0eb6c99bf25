"""Events of fits on a cluster: what the client hears, and Dask's scheduler keeps."""

from typing import Any

__all__ = ["TOPIC", "tell"]

TOPIC = "chainrule"
"""One for all fits: the scheduler keeps the last 100,000 events of each topic until it ends.

For the same reason no event may be large.
"""


def tell(worker: Any, fit: str, what: str, **message: Any) -> None:
    """Log an event of a fit, from a worker.

    Parameters
    ----------
    worker : distributed.Worker
    fit : str
    what : {"holds", "lost", "epoch"}
    **message
        Numbers and text.
    """
    worker.log_event(TOPIC, {"fit": fit, "what": what, **message})
