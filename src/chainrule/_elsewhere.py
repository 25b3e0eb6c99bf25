"""Fits on other machines: by the backend of joblib that the caller has chosen, such as Dask's.

Inside ``with joblib.parallel_config(backend="dask"):`` what would run in threads of this process runs on the
workers of the cluster. Nothing is drawn there: seeds, folds and settings are handed over, so the results are
those of one process.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from chainrule._heard import heard

__all__ = ["Job", "results_elsewhere", "workers_elsewhere"]

Result = TypeVar("Result")
Job = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and what it is called with; large arguments that jobs share are sent once."""


def workers_elsewhere() -> int:
    """Return how many jobs at a time the workers of joblib's backend do; 0 if it is one of this process."""
    if "joblib" not in sys.modules:  # nobody has chosen a backend
        return 0
    from joblib.parallel import get_active_backend

    backend = get_active_backend()[0]
    if type(backend).__module__.startswith("joblib._parallel_backends"):
        return 0
    return max(1, int(backend.effective_n_jobs(-1)))


def results_elsewhere(jobs: Sequence[Job]) -> Iterator[Any]:
    """Yield what jobs return, in their order, from the workers of joblib's backend.

    What a job warns of is said here. Closing the iterator gives up the jobs that have not ended.
    """
    from joblib import Parallel, delayed

    alone = [delayed(_alone)(call, *given) for call, given in jobs]
    for result, told in Parallel(return_as="generator")(alone):
        for kind, message in told:
            warnings.warn(kind(message), stacklevel=3)
        yield result


def _alone(call: Callable[..., Result], *given: Any) -> tuple[Result, list[tuple[type[Warning], str]]]:
    """Do a job on a worker; return its result, and what it warned of."""
    from joblib import parallel_config

    # What the job itself would do side by side stays in its process.
    # Workers have several threads, each with a job of its own.
    with parallel_config(backend="threading", n_jobs=1), heard() as told:
        result = call(*given)
    return result, [(each.category, str(each.message)) for each in told]
