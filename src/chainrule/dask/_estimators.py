"""`chainrule.dask.MLPRegressor` and `MLPClassifier`: the plain estimators, on a cluster."""

import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from dask import delayed
from numpy.typing import NDArray
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

import chainrule
from chainrule.dask._client import client_of, followed, waited_for
from chainrule.dask._fit import Fit
from chainrule.dask._hooks import hooks_of
from chainrule.dask._options import Options
from chainrule.dask._plan import Partition, partitions_of
from chainrule.dask._predictions import is_lazy, predicted
from chainrule.dask._report import FitReport
from chainrule.dask._rows import Rows
from chainrule.dask._scores import score
from chainrule.dask._tasks import Learnt
from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._callbacks import FitCallbacks
from chainrule.estimators._engine import become, forget, itself, local_of, with_own
from chainrule.network import as_bytes
from chainrule.tables.leaves._parquet import StoredRows, stored_rows

__all__ = ["MLPClassifier", "MLPRegressor"]

Array = NDArray[Any]

_OWN: dict[str, Any] = {
    "client": None, "leaf_rows": "auto", "n_lanes": 64, "max_memory": "auto", "max_failures": 3,
    "same_bits": True,
}  # fmt: skip
"""Parameters beside those of the plain estimators."""


class _OnCluster(BaseMultilayerPerceptron):
    """What both estimators do on a cluster."""

    _plain: type[BaseMultilayerPerceptron]

    client: Any
    leaf_rows: Any
    n_lanes: int
    max_memory: Any
    max_failures: int
    same_bits: bool
    fit_report_: FitReport

    _own_constraints: dict[str, Any] = {  # noqa: RUF012  # scikit-learn's own form
        "client": "no_validation",
        "leaf_rows": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_memory": "no_validation",
        "max_failures": [Interval(Integral, 0, None, closed="left")],
        "n_lanes": [Interval(Integral, 1, None, closed="left")],
        "same_bits": ["boolean"],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, checkpoint: Any = None, resume: Any = None
    ) -> Any:
        """Fit the network to rows on a cluster: all workers learn together.

        Parameters
        ----------
        X : dask array or data frame of n_samples rows
            Of an array chunks hold rows as a whole, or are changed so. What is persisted stays where it is.
            What is in memory is taken too, as one partition.
        y : dask array, series or data frame
            Of the same partitions. Of a data frame X also the name of a column, or a list of names.
        sample_weight : dask array or series, optional
        checkpoint : path-like or Checkpoint, optional
            As `chainrule.MLPRegressor.fit`; a file that all workers reach. Learning then also goes on by
            itself if the worker is lost that drives it.
        resume : path-like, optional

        Returns
        -------
        self
            With an asynchronous client a coroutine that returns it.

        Raises
        ------
        ValueError, TypeError
            As the plain estimator; where partitions of X and y differ; where workers have other versions, or
            processors whose kernels give other bits.
        WorkerLostError
            If more than ``max_failures`` workers are lost, or the one that drives without a checkpoint.
        """
        return self._fit_to(partitions_of(X, y, sample_weight), (X, y, sample_weight), checkpoint, resume)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_parquet(
        self, paths: Any, target: str, *, columns: Sequence[str] | None = None,
        sample_weight: str | None = None, checkpoint: Any = None, resume: Any = None,
    ) -> Any:  # fmt: skip
        """Fit the network to Parquet files of numbers, which the workers read themselves.

        Each row group is a partition: it is read by the worker that learns from it, and nobody else holds
        it. The result depends on the files and their row groups, not on how many workers there are.

        Parameters
        ----------
        paths : path-like, or sequence of path-like
            Files, folders, or patterns such as ``"sales/*.parquet"``, that all workers reach by these names.
        target : str
            The column to predict.
        columns : sequence of str, optional
            Those to learn from; all others if left out.
        sample_weight : str, optional
            The column of weights.
        checkpoint, resume
            As `fit`.

        Returns
        -------
        self
            As `fit`.

        Raises
        ------
        OSError, ValueError
            A file cannot be read, or has other columns than the first one; else as `fit`.
        """
        stored = stored_rows(paths, target, columns, sample_weight)
        partitions = [Partition(delayed(_rows_of, pure=False)(each), name=each.name) for each in stored]
        return self._fit_to(partitions, (None, None, None), checkpoint, resume)

    def _fit_to(
        self, partitions: list[Partition], given: tuple[Any, Any, Any], checkpoint: Any, resume: Any
    ) -> Any:
        client = client_of(self.client)
        model = self.to_local().set_params(verbose=False, progress=False)
        vars(model).pop("_skl_callbacks", None)
        if not self.warm_start:
            forget(model)
        callbacks = FitCallbacks(self, *given, self.max_iter)
        hooks = hooks_of(self, callbacks)
        options = Options(
            None if self.leaf_rows == "auto" else int(self.leaf_rows), self.n_lanes,
            None if self.max_memory == "auto" else as_bytes(self.max_memory),
            self.max_failures, self.same_bits, checkpoint, resume, answered=callbacks.listening,
        )  # fmt: skip

        def begin(tell: Any) -> Fit:
            return Fit(client, model, partitions, options, tell)

        def end(found: Any) -> Any:
            self._take(*found)
            callbacks.end()
            return self

        return followed(client, hooks, self.progress, begin, end)

    def _take(self, learnt: Learnt, report: FitReport) -> None:
        """Become what was learnt."""
        become(self, learnt.model)
        self.fit_report_ = report
        for message, category in learnt.warned:
            warnings.warn(message, category, stacklevel=6)

    def to_local(self) -> Any:
        """Return the plain estimator, fitted if this one is: what pickles and model files hold.

        Returns
        -------
        chainrule.MLPRegressor or chainrule.MLPClassifier
        """
        return local_of(self, self._plain, {*_OWN, "fit_report_"})

    @property
    def partial_fit(self) -> Any:
        """Not offered: it is for rows that come one part after the other, here all are there."""
        raise AttributeError(
            "partial_fit is not for a cluster: call it of to_local(), or fit with warm_start"
        )

    def __sklearn_clone__(self) -> Any:
        # A client cannot be copied: both have the same one.
        client, self.client = self.client, None
        try:
            twin: Any = super().__sklearn_clone__()
        finally:
            self.client = client
        twin.client = client
        return twin

    def __reduce__(self) -> Any:
        return itself, (self.to_local(),)

    def _on_cluster(self, method: str, X: Any, n_columns: int, dtype: Any) -> Any:
        return predicted(self.to_local(), method, X, n_columns, dtype)

    def _score(self, X: Any, y: Any, sample_weight: Any) -> Any:
        client, model = client_of(self.client), self.to_local()
        partitions = partitions_of(X, y, sample_weight)
        return waited_for(client, lambda: score(client, model, partitions))


def _rows_of(stored: StoredRows) -> Rows:
    """Read a row group, on a worker; what is wrong in it is said with its name."""
    X, y, weight = stored.load()
    return Rows(X, y, weight)


class MLPRegressor(_OnCluster, chainrule.MLPRegressor):
    """`chainrule.MLPRegressor` on a Dask cluster: the same numbers to the bit for any number of workers.

    Parameters
    ----------
    client : distributed.Client, optional
        The active one if left out. With an asynchronous client `fit` and `score` return coroutines.
    leaf_rows : int or "auto", default="auto"
        Rows are added up in leaves of at most so many, which do not reach over two partitions. The result
        depends on these to the last bits, and on nothing else of the cluster; "auto" goes by the network.
    n_lanes : int, default=64
        For adam and sgd: runs of leaves that each step takes as many rows from; ``batch_size`` is a multiple
        of it, "auto" the first from 200 on. The result depends on it.
    max_memory : int, float, str or "auto", default="auto"
        Bytes for rows on each worker, or words like "4GiB"; "auto" is half of what the worker may use. What
        is more is kept in a file in the worker's local directory, written once.
    max_failures : int, default=3
        How many workers may be lost.
    same_bits : bool, default=True
        Refuse workers whose processors give other bits for the same sums.
    **others
        Those of `chainrule.MLPRegressor`.

    Attributes
    ----------
    fit_report_ : FitReport
        Workers, leaves, rounds, bytes, seconds, failures.
    """

    _plain = chainrule.MLPRegressor
    _parameter_constraints = chainrule.MLPRegressor._parameter_constraints | _OnCluster._own_constraints
    __init__ = with_own(chainrule.MLPRegressor, _OWN)

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict targets: of a Dask collection lazily, by partitions; else as the plain estimator."""
        if not is_lazy(X):
            return self.to_local().predict(X, return_std)
        if return_std:
            raise ValueError("return_std goes with rows in memory: to_local().predict(X, return_std=True)")
        p = self.network_.layer_sizes[-1]
        return self._on_cluster("predict", X, p if p > 1 else 0, self.network_.dtype)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return R²: of Dask collections by partitions; with an asynchronous client a coroutine."""
        if not is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
        if self.loss == "quantile":
            raise ValueError("the share of the pinball loss explained needs all of y: to_local().score(…)")
        return self._score(X, y, sample_weight)


class MLPClassifier(_OnCluster, chainrule.MLPClassifier):
    """`chainrule.MLPClassifier` on a Dask cluster: the same numbers to the bit for any number of workers.

    Parameters
    ----------
    client, leaf_rows, n_lanes, max_memory, max_failures, same_bits
        As `chainrule.dask.MLPRegressor`.
    **others
        Those of `chainrule.MLPClassifier`.

    Attributes
    ----------
    classes_ : ndarray
        The labels of all partitions, sorted.
    fit_report_ : FitReport
        Workers, leaves, rounds, bytes, seconds, failures.
    """

    _plain = chainrule.MLPClassifier
    _parameter_constraints = chainrule.MLPClassifier._parameter_constraints | _OnCluster._own_constraints
    __init__ = with_own(chainrule.MLPClassifier, _OWN)

    def predict(self, X: Any) -> Any:
        """Predict labels: of a Dask collection lazily, by partitions; else as the plain estimator."""
        if not is_lazy(X):
            return self.to_local().predict(X)
        several = self._several_labels()
        n_columns, dtype = (self.n_outputs_, np.dtype(int)) if several else (0, self.classes_.dtype)
        return self._on_cluster("predict", X, n_columns, dtype)

    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class: of a Dask collection lazily."""
        if not is_lazy(X):
            return self.to_local().predict_proba(X)
        n_columns = self.n_outputs_ if self._several_labels() else len(self.classes_)
        return self._on_cluster("predict_proba", X, n_columns, self.network_.dtype)

    def predict_log_proba(self, X: Any) -> Any:
        """Predict the logarithm of the probability of each class: of a Dask collection lazily."""
        if not is_lazy(X):
            return self.to_local().predict_log_proba(X)
        return self._on_cluster("predict_log_proba", X, len(self.classes_), self.network_.dtype)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return the share of right classes: of Dask collections by partitions."""
        if not is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
        return self._score(X, y, sample_weight)

    def _several_labels(self) -> bool:
        kind: str = self._label_binarizer.y_type_
        return kind.startswith("multilabel")
