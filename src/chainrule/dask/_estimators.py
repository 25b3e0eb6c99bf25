"""`chainrule.dask.MLPRegressor` and `MLPClassifier`: the plain estimators, on a cluster."""

from typing import Any

import numpy as np

import chainrule
from chainrule.dask._client import client_of, waited_for
from chainrule.dask._hooks import Audience, those_of_network
from chainrule.dask._jacobians import jacobians, sensitivities
from chainrule.dask._on_cluster import OWN, OnCluster
from chainrule.estimators._callbacks import FitCallbacks
from chainrule.estimators._engine import with_own

__all__ = ["MLPClassifier", "MLPRegressor"]


class _OnCluster(OnCluster):
    """What both estimators do on a cluster."""

    max_iter: int

    def _audience(self, X: Any, y: Any, sample_weight: Any) -> Audience:
        return those_of_network(self, FitCallbacks(self, X, y, sample_weight, self.max_iter))

    def _jacobian(self, X: Any, of: str) -> Any:
        local = self.to_local()
        return jacobians(local, X, of) if self._is_lazy(X) else local._jacobian(X, of)

    def _sensitivities(self, X: Any, of: str) -> Any:
        local = self.to_local()
        if not self._is_lazy(X):
            return local._sensitivities(X, of)
        client = client_of(self.client)
        return waited_for(client, lambda: sensitivities(client, local, X, of))

    @property
    def partial_fit(self) -> Any:
        """Not offered: it is for rows that come one part after the other, here all are there."""
        raise AttributeError(
            "partial_fit is not for a cluster: call it of to_local(), or fit with warm_start"
        )


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
    __init__ = with_own(chainrule.MLPRegressor, OWN)

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict targets: of a Dask collection lazily, by partitions; else as the plain estimator."""
        if not self._is_lazy(X):
            return self.to_local().predict(X, return_std)
        if return_std:
            raise ValueError("return_std goes with rows in memory: to_local().predict(X, return_std=True)")
        p = self.network_.layer_sizes[-1]
        return self._on_cluster("predict", X, p if p > 1 else 0, self.network_.dtype)

    def jacobian(self, X: Any) -> Any:
        """Return ∂prediction/∂feature at every row: of a Dask collection lazily, as a Dask array."""
        return self._jacobian(X, "predictions")

    def sensitivities(self, X: Any) -> Any:
        """Return averages of ∂prediction/∂feature over rows; of a Dask collection made by the workers.

        With an asynchronous client a coroutine.
        """
        return self._sensitivities(X, "predictions")

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return R², or with loss="quantile" the share of the pinball loss explained.

        Of Dask collections by partitions; with an asynchronous client a coroutine.
        """
        if not self._is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
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
    __init__ = with_own(chainrule.MLPClassifier, OWN)

    def predict(self, X: Any) -> Any:
        """Predict labels: of a Dask collection lazily, by partitions; else as the plain estimator."""
        if not self._is_lazy(X):
            return self.to_local().predict(X)
        several = self._several_labels()
        n_columns, dtype = (self.n_outputs_, np.dtype(int)) if several else (0, self.classes_.dtype)
        return self._on_cluster("predict", X, n_columns, dtype)

    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class: of a Dask collection lazily."""
        if not self._is_lazy(X):
            return self.to_local().predict_proba(X)
        n_columns = self.n_outputs_ if self._several_labels() else len(self.classes_)
        return self._on_cluster("predict_proba", X, n_columns, self.network_.dtype)

    def predict_log_proba(self, X: Any) -> Any:
        """Predict the logarithm of the probability of each class: of a Dask collection lazily."""
        if not self._is_lazy(X):
            return self.to_local().predict_log_proba(X)
        return self._on_cluster("predict_log_proba", X, len(self.classes_), self.network_.dtype)

    def jacobian(self, X: Any, of: str = "probabilities") -> Any:
        """Return ∂output/∂feature at every row: of a Dask collection lazily, as a Dask array."""
        return self._jacobian(X, of)

    def sensitivities(self, X: Any, of: str = "probabilities") -> Any:
        """Return averages of ∂output/∂feature over rows; of a Dask collection made by the workers."""
        return self._sensitivities(X, of)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return the share of right classes: of Dask collections by partitions."""
        if not self._is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
        return self._score(X, y, sample_weight)

    def _several_labels(self) -> bool:
        kind: str = self._label_binarizer.y_type_
        return kind.startswith("multilabel")
