"""`chainrule.mpi.MLPRegressor` and `MLPClassifier`: the plain estimators, on all ranks of a communicator."""

from collections.abc import Sequence
from typing import Any, Never

import numpy as np

import chainrule
from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._engine import OF_LEAVES, become, forget, itself, local_of, with_own
from chainrule.estimators._engine_docs import PARQUET, documented
from chainrule.estimators._in_memory import refuse_dask
from chainrule.estimators._others import refuse_others, without_others
from chainrule.mpi._fit import Options, fit_together
from chainrule.mpi._ranks import Ranks

__all__ = ["MLPClassifier", "MLPRegressor"]

_OWN: dict[str, Any] = {"comm": None, "leaf_rows": "auto", "n_lanes": 64, "same_bits": True}
"""Parameters beside those of the plain estimators."""


class _OnRanks(BaseMultilayerPerceptron):
    """What both estimators do on many ranks."""

    _plain: type[BaseMultilayerPerceptron]

    comm: Any
    leaf_rows: Any
    n_lanes: int
    same_bits: bool

    _own_constraints: dict[str, Any] = {  # noqa: RUF012  # scikit-learn's own form
        "comm": "no_validation",
        **OF_LEAVES,
    }

    @without_others
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, checkpoint: Any = None, resume: Any = None,
        **others: Never,
    ) -> Any:  # fmt: skip
        """Fit the network to the rows of all ranks: each calls this with its own, all learn together.

        Parameters
        ----------
        X : array or data frame of n rows
            The table is those of all ranks one after the other. A rank may have none.
        y : array of shape (n,) or (n, n_outputs)
        sample_weight : array of shape (n,), optional
        checkpoint : path-like or Checkpoint, optional
            As `chainrule.MLPRegressor.fit`; the first rank writes it. Another number of ranks may go on.
        resume : path-like, optional

        Returns
        -------
        self
            The same on all ranks.

        Raises
        ------
        ValueError, TypeError
            As the plain estimator, on all ranks the same; where columns, types or parameters differ between
            them; where they have other versions, or processors whose kernels give other bits.
        """

        def check() -> None:
            refuse_others(self.fit, others)
            refuse_dask(self, X=X, y=y, sample_weight=sample_weight)
            self._validate_params()

        with Ranks(self.comm) as ranks:
            ranks.together(check)
            model = self.to_local()
            if not self.warm_start:
                forget(model)
            leaf_rows = None if self.leaf_rows == "auto" else int(self.leaf_rows)
            options = Options(leaf_rows, self.n_lanes, self.same_bits, checkpoint, resume)
            fit_together(ranks, model, hasattr(model, "predict_proba"), (X, y, sample_weight), options)
        become(self, model)
        return self

    @without_others
    @documented(
        PARQUET,
        summary="Fit the network to Parquet files of numbers, of which each rank reads about an equal share.",
        owners="ranks",
        columns="Those to learn from; all others if left out.",
        more="",
    )
    def fit_parquet(
        self, paths: Any, target: str, *, columns: Sequence[str] | None = None,
        sample_weight: str | None = None, checkpoint: Any = None, resume: Any = None, **others: Never,
    ) -> Any:  # fmt: skip

        def read() -> tuple[Any, ...]:
            refuse_others(self.fit_parquet, others)
            return _share(paths, target, columns, sample_weight, ranks)

        with Ranks(self.comm) as ranks:
            rows = ranks.together(read)
        return self.fit(*rows, checkpoint=checkpoint, resume=resume)

    @property
    def partial_fit(self) -> Any:
        """Not offered: ranks would learn different networks."""
        raise AttributeError("partial_fit learns in one process: use to_local().partial_fit")

    def to_local(self) -> Any:
        """Return the plain estimator, fitted if this one is: what pickles and model files hold.

        Returns
        -------
        chainrule.MLPRegressor or chainrule.MLPClassifier
        """
        return local_of(self, self._plain, _OWN)

    def __reduce__(self) -> Any:
        return itself, (self.to_local(),)


def _share(paths: Any, target: str, columns: Any, weight: str | None, ranks: Ranks) -> tuple[Any, ...]:
    """Read the row groups whose middle row is in this rank's share of all rows."""
    try:
        import pandas as pd

        from chainrule.tables.leaves._parquet import stored_rows
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"fit_parquet needs {error.name}: pip install 'chainrule[mpi]'", name=error.name
        ) from None

    stored = stored_rows(paths, target, columns, weight)
    ends = np.cumsum([each.n_rows for each in stored])
    middles = ends - np.array([each.n_rows for each in stored]) / 2
    own = [each.load() for each, at in zip(stored, middles, strict=True) if _owner(at, ends[-1], ranks)]
    if not own:
        X, y, weights = stored[0].load()
        return X[:0], y[:0], None if weights is None else weights[:0]
    parts = list(zip(*own, strict=True))
    return pd.concat(parts[0]), pd.concat(parts[1]), None if weight is None else pd.concat(parts[2])


def _owner(row: float, n_rows: int, ranks: Ranks) -> bool:
    return int(row * ranks.size / n_rows) == ranks.rank


class MLPRegressor(_OnRanks, chainrule.MLPRegressor):
    """`chainrule.MLPRegressor` on all ranks of MPI: the same numbers to the bit for any number of them.

    Each rank calls `fit` with rows of its own and ends with the same model; all else is local, as with the
    plain estimator. Run the program by ``mpiexec -n 16 python -m mpi4py program.py``: an error of yours on
    one rank then ends all. Without mpiexec there is one rank.

    Parameters
    ----------
    comm : mpi4py.MPI.Intracomm, optional
        All ranks of the program if left out.
    leaf_rows : int or "auto", default="auto"
        Rows are added up in leaves of so many, cut from the table as a whole. The result depends on these to
        the last bits, and on nothing else of the ranks; "auto" goes by the network and the number of rows,
        as `chainrule.MLPRegressor.fit` does, so that the results of solvers that take all rows at once are
        the same.
    n_lanes : int, default=64
        For adam and sgd: lanes that the leaves are dealt to, each of which gives a step as many rows;
        ``batch_size`` is a multiple of it. The result depends on it, but not on who holds which rows; it is
        not that of `chainrule.MLPRegressor.fit`, which draws otherwise.
    same_bits : bool, default=True
        Refuse ranks whose processors give other bits for the same sums.
    **others
        Those of `chainrule.MLPRegressor`; the same on all ranks. What is printed, and what ``random_state``
        draws, are matters of the first one.

    Examples
    --------
    >>> import numpy as np
    >>> from mpi4py import MPI
    >>> from chainrule.mpi import MLPRegressor
    >>> rank, size = MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size
    >>> X = np.linspace(-1, 1, 400)[:, None]
    >>> own = np.array_split(X, size)[rank]
    >>> model = MLPRegressor(hidden_layer_sizes=(20,), solver="lbfgs", random_state=0)
    >>> model.fit(own, np.sin(3 * own[:, 0])).score(X, np.sin(3 * X[:, 0])) > 0.99
    True
    >>> type(model.to_local())
    <class 'chainrule.MLPRegressor'>
    """

    _plain = chainrule.MLPRegressor
    _parameter_constraints = chainrule.MLPRegressor._parameter_constraints | _OnRanks._own_constraints
    __init__ = with_own(chainrule.MLPRegressor, _OWN)


class MLPClassifier(_OnRanks, chainrule.MLPClassifier):
    """`chainrule.MLPClassifier` on all ranks of MPI: the same numbers to the bit for any number of them.

    Parameters
    ----------
    comm, leaf_rows, n_lanes, same_bits
        As `chainrule.mpi.MLPRegressor`.
    **others
        Those of `chainrule.MLPClassifier`.

    Attributes
    ----------
    classes_ : ndarray
        The labels of all ranks, sorted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule.mpi import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(hidden_layer_sizes=(20,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    _plain = chainrule.MLPClassifier
    _parameter_constraints = chainrule.MLPClassifier._parameter_constraints | _OnRanks._own_constraints
    __init__ = with_own(chainrule.MLPClassifier, _OWN)
