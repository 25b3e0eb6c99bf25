"""What all estimators do on a cluster: learn there, and be the plain one everywhere else."""

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Never

from dask import delayed
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from chainrule.dask._client import client_of, followed, waited_for
from chainrule.dask._docs import FIT, STORED
from chainrule.dask._fit import Fit
from chainrule.dask._hooks import Audience
from chainrule.dask._kinds import kind_of
from chainrule.dask._options import Options
from chainrule.dask._plan import Partition, is_names, partitions_of, read_row_group
from chainrule.dask._predictions import check_columns, is_lazy, predicted
from chainrule.dask._report import FitReport
from chainrule.dask._scores import score
from chainrule.dask._tasks import Learnt
from chainrule.estimators._engine import OF_LEAVES, become, forget, itself, local_of
from chainrule.estimators._engine_docs import PARQUET, documented
from chainrule.estimators._others import refuse_others, without_others
from chainrule.network import as_bytes
from chainrule.tables.leaves._parquet import StoredRows, stored_rows

__all__ = ["OWN", "OnCluster"]

OWN: dict[str, Any] = {
    "client": None, "leaf_rows": "auto", "n_lanes": 64, "max_memory": "auto", "max_failures": 3,
    "same_bits": True,
}  # fmt: skip
"""Parameters beside those of the plain estimators."""


class OnCluster:
    """What all estimators do on a cluster; stands before the plain one among the bases."""

    _plain: Any

    client: Any
    leaf_rows: Any
    n_lanes: int
    max_memory: Any
    max_failures: int
    same_bits: bool
    fit_report_: FitReport

    _own_constraints: dict[str, Any] = {  # noqa: RUF012  # scikit-learn's own form
        "client": "no_validation",
        "max_memory": "no_validation",
        "max_failures": [Interval(Integral, 0, None, closed="left")],
        **OF_LEAVES,
    }

    @abstractmethod
    def _audience(self, X: Any, y: Any, sample_weight: Any) -> Audience:
        """Return who is told of epochs here, of a fit to these."""

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    @documented(
        FIT, y="dask array, series or data frame", or_names=", or a list of names", more="", whose="X and y"
    )
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, checkpoint: Any = None, resume: Any = None,
        **others: Never,
    ) -> Any:  # fmt: skip
        refuse_others(self.fit, others)
        return self._fit_to(partitions_of(X, y, sample_weight), (X, y, sample_weight), checkpoint, resume)

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    @documented(
        PARQUET,
        summary=STORED,
        owners="workers",
        columns="Those to learn from, of numbers; all others if left out.",
        more="",
    )
    def fit_parquet(
        self, paths: Any, target: str, *, columns: Sequence[str] | None = None,
        sample_weight: str | None = None, checkpoint: Any = None, resume: Any = None, **others: Never,
    ) -> Any:  # fmt: skip
        refuse_others(self.fit_parquet, others)
        stored = stored_rows(paths, target, columns, sample_weight)
        return self._fit_stored(stored, checkpoint, resume)

    def _fit_stored(self, stored: Sequence[StoredRows], checkpoint: Any, resume: Any) -> Any:
        read = delayed(read_row_group, pure=False)
        typed = kind_of(self).takes_types
        partitions = [Partition(read(each, typed), name=each.name) for each in stored]
        return self._fit_to(partitions, (None, None, None), checkpoint, resume)

    def _fit_to(
        self, partitions: list[Partition], given: tuple[Any, Any, Any], checkpoint: Any, resume: Any
    ) -> Any:
        client = client_of(self.client)
        model = self.to_local().set_params(verbose=False, progress=False)
        vars(model).pop("_skl_callbacks", None)
        if not model.warm_start:
            forget(model)
        audience, kind = self._audience(*given), kind_of(model)
        options = Options(
            None if self.leaf_rows == "auto" else int(self.leaf_rows), self.n_lanes,
            None if self.max_memory == "auto" else as_bytes(self.max_memory),
            self.max_failures, self.same_bits, checkpoint, resume, audience.answers,
            None if kind.look is None else kind.look(model),
        )  # fmt: skip

        def begin(tell: Any) -> Fit:
            return Fit(client, model, partitions, options, tell)

        def end(found: Any) -> Any:
            self._take(*found)
            audience.end()
            return self

        return followed(client, audience, begin, end)

    def _take(self, learnt: Learnt, report: FitReport) -> None:
        """Become what was learnt."""
        if learnt.model is None:
            raise KeyboardInterrupt
        become(self, learnt.model)
        self.fit_report_ = report
        for message, category in learnt.warned:
            warnings.warn(message, category, stacklevel=6)

    def to_local(self) -> Any:
        """Return the plain estimator, fitted if this one is: what pickles and model files hold.

        Returns
        -------
        estimator
            Of `chainrule`, with the same name.
        """
        return local_of(self, self._plain, {*OWN, "fit_report_"})

    def __sklearn_clone__(self) -> Any:
        # A client cannot be copied: both have the same one.
        client, self.client = self.client, None
        try:
            twin: Any = super().__sklearn_clone__()  # type: ignore[misc]
        finally:
            self.client = client
        twin.client = client
        return twin

    def __reduce__(self) -> Any:
        return itself, (self.to_local(),)

    def _is_lazy(self, X: Any) -> bool:
        """Return whether X is a Dask collection, which the fitted estimator predicts when it is computed.

        Raises
        ------
        NotFittedError
            If it is, and this one is not fitted.
        """
        lazy = is_lazy(X)
        if lazy:
            check_is_fitted(self)
        return lazy

    def _on_cluster(self, method: str, X: Any, n_columns: int, dtype: Any, **options: Any) -> Any:
        return predicted(self.to_local(), method, X, n_columns, dtype, **options)

    def _score(self, X: Any, y: Any, sample_weight: Any) -> Any:
        client, model = client_of(self.client), self.to_local()
        partitions = partitions_of(X, y, sample_weight)
        check_columns(model, X.drop(columns=y) if is_names(y) else X)
        return waited_for(client, lambda: score(client, model, partitions))
