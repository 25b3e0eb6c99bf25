"""What the estimators of this package say of `fit`, each sentence once."""

__all__ = ["FIT", "STORED"]

FIT = """Fit to rows on a cluster: all workers learn together.

Parameters
----------
X : dask array or data frame of n_samples rows
    Of an array chunks hold rows as a whole, or are changed so. What is persisted stays where it is. What is
    in memory is taken too, as one partition.
y : {y}
    Of the same partitions. Of a data frame X also the name of a column{or_names}.
sample_weight : dask array or series, optional
{more}checkpoint : path-like or Checkpoint, optional
    As the plain estimator's `fit`; a file that all workers reach. Learning then also goes on by itself if the
    worker is lost that drives it.
resume : path-like, optional

Returns
-------
self
    With an asynchronous client a coroutine that returns it.

Raises
------
ValueError, TypeError
    As the plain estimator; where partitions of {whose} differ, or the index of frames; where workers have
    other versions, or processors whose kernels give other bits.
WorkerLostError
    If more than ``max_failures`` workers are lost, or the one that drives without a checkpoint.
"""

STORED = """Fit to Parquet files, which the workers read themselves.

Each row group is a partition: it is read by the worker that learns from it, and nobody else holds it. The
result depends on the files and their row groups, not on how many workers there are."""
