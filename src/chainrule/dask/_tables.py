"""`chainrule.dask.TableRegressor` and `TableClassifier`: ensembles on tables, on a cluster."""

from collections.abc import Sequence
from typing import Any, Never

import numpy as np
from sklearn.base import _fit_context

import chainrule
from chainrule.dask._docs import FIT, STORED
from chainrule.dask._hooks import Audience, those_of_members
from chainrule.dask._on_cluster import OWN, OnCluster
from chainrule.dask._plan import partitions_of
from chainrule.dask._predictions import columns_of
from chainrule.estimators._engine import with_own
from chainrule.estimators._engine_docs import PARQUET, documented
from chainrule.estimators._others import refuse_others, without_others
from chainrule.tables.ensemble._members import chosen_members
from chainrule.tables.leaves._parquet import stored_rows

__all__ = ["TableClassifier", "TableRegressor"]


_GROUPS = """\
groups : dask array or series, optional
    Rows with the same value, whichever partitions they are in, are in the same fold: no member stops by rows
    of a group that it learns from. Numbers, dates or text, none missing, and not those of y.
"""
_GROUPS_BY_NAME = """\
groups : str, optional
    The column of the groups that rows are of, as `fit` takes them.
"""


class _OnCluster(OnCluster):
    """What both estimators do on a cluster."""

    _how_many: Any
    verbose: bool
    progress: bool

    def _audience(self, X: Any, y: Any, sample_weight: Any) -> Audience:
        return those_of_members(self._how_many(), self.verbose, self.progress)

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    @documented(FIT, y="dask array or series", or_names="", more=_GROUPS, whose="X, y and groups")
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, *,
        checkpoint: Any = None, resume: Any = None, **others: Never,
    ) -> Any:  # fmt: skip
        refuse_others(self.fit, others)
        partitions = partitions_of(X, y, sample_weight, groups)
        return self._fit_to(partitions, (X, y, sample_weight), checkpoint, resume)

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    @documented(
        PARQUET,
        summary=STORED,
        owners="workers",
        columns="Those to learn from; if left out, all others than target, weights and groups.",
        more=_GROUPS_BY_NAME,
    )
    def fit_parquet(
        self, paths: Any, target: str, *, columns: Sequence[str] | None = None,
        sample_weight: str | None = None, groups: str | None = None, checkpoint: Any = None,
        resume: Any = None, **others: Never,
    ) -> Any:  # fmt: skip
        refuse_others(self.fit_parquet, others)
        stored = stored_rows(paths, target, columns, sample_weight, groups)
        return self._fit_stored(stored, checkpoint, resume)


class TableRegressor(_OnCluster, chainrule.TableRegressor):
    """`chainrule.TableRegressor` on a Dask cluster: the same numbers to the bit for any number of workers.

    Columns are numbers, dates, truth values or text by the types that they are stored as, as with
    ``kinds="stored"``. Members learn one after the other, each by all workers together, from all rows but
    those that it holds back, which the leaves decide: the result is not that of a plain `fit`.

    Parameters
    ----------
    client, leaf_rows, n_lanes, max_memory, max_failures, same_bits
        As `chainrule.dask.MLPRegressor`. Rows are kept as they were given, too, for the report of the fit.
    **others
        Those of `chainrule.TableRegressor`; ``n_jobs`` changes nothing, and with ``batch_size="auto"`` an
        epoch has about 256 steps at most: of 300,000 rows a step takes 1,024.

    Attributes
    ----------
    report_ : chainrule.tables.ensemble.FitReport
        As of the plain one.
    fit_report_ : FitReport
        Workers, leaves, rounds, bytes, seconds, failures.
    """

    _plain = chainrule.TableRegressor
    _parameter_constraints = chainrule.TableRegressor._parameter_constraints | _OnCluster._own_constraints
    __init__ = with_own(chainrule.TableRegressor, OWN)

    def predict(
        self, X: Any, *, interval: float | None = None, return_std: bool = False, member: int | None = None
    ) -> Any:
        """Predict targets: of a Dask collection lazily, by partitions; else as the plain estimator.

        With ``interval`` or ``return_std`` there are three or two arrays, or series.
        """
        local, asked = self.to_local(), {"interval": interval, "return_std": return_std}
        if not self._is_lazy(X):
            return local.predict(X, member=member, **asked)
        if interval is not None and return_std:
            raise ValueError("ask for interval or for return_std, not for both")
        chosen_members(self.members_, member)
        n = 3 if interval is not None else 2 if return_std else 0
        if n:
            local._residuals_for(interval)  # what is wrong with them, or to be noted, is said at once
        found = self._on_cluster("predict", X, n, np.float64, member=member, **asked)
        return columns_of(found, n) if n else found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return R²: of Dask collections by partitions; with an asynchronous client a coroutine."""
        if not self._is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
        return self._score(X, y, sample_weight)


class TableClassifier(_OnCluster, chainrule.TableClassifier):
    """`chainrule.TableClassifier` on a Dask cluster: the same numbers to the bit for any number of workers.

    Parameters
    ----------
    client, leaf_rows, n_lanes, max_memory, max_failures, same_bits
        As `chainrule.dask.TableRegressor`.
    **others
        Those of `chainrule.TableClassifier`; else as `chainrule.dask.TableRegressor`.

    Attributes
    ----------
    classes_ : ndarray
        The labels of all partitions, sorted.
    report_ : chainrule.tables.ensemble.FitReport
        As of the plain one.
    fit_report_ : FitReport
        Workers, leaves, rounds, bytes, seconds, failures.
    """

    _plain = chainrule.TableClassifier
    _parameter_constraints = chainrule.TableClassifier._parameter_constraints | _OnCluster._own_constraints
    __init__ = with_own(chainrule.TableClassifier, OWN)

    def predict(self, X: Any, *, member: int | None = None) -> Any:
        """Predict labels: of a Dask collection lazily, by partitions; else as the plain estimator."""
        if not self._is_lazy(X):
            return self.to_local().predict(X, member=member)
        chosen_members(self.members_, member)
        return self._on_cluster("predict", X, 0, self.classes_.dtype, member=member)

    def predict_proba(self, X: Any, *, member: int | None = None) -> Any:
        """Predict the probability of each class: of a Dask collection lazily."""
        if not self._is_lazy(X):
            return self.to_local().predict_proba(X, member=member)
        chosen_members(self.members_, member)
        return self._on_cluster("predict_proba", X, len(self.classes_), np.float64, member=member)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Return the share of right classes: of Dask collections by partitions."""
        if not self._is_lazy(X):
            return self.to_local().score(X, y, sample_weight)
        return self._score(X, y, sample_weight)
