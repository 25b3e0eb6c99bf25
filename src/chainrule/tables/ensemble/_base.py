"""Base class of TableRegressor and TableClassifier: reading, encoding, and learning of the members."""

import time
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import Any, Never, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    check_consistent_length,
    validate_data,
)

from chainrule.estimators._fit_date import fit_date
from chainrule.estimators._in_memory import refuse_dask
from chainrule.estimators._keeping import Keeping
from chainrule.estimators._numbers import refuse_read_as_numbers
from chainrule.estimators._others import refuse_others, without_others
from chainrule.network import Inputs, Network, one_blas_thread
from chainrule.tables._frames import is_frame
from chainrule.tables._given import refuse_name
from chainrule.tables._warning import note
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._derivative_methods import TableDerivatives
from chainrule.tables.ensemble._encoder import TableEncoder
from chainrule.tables.ensemble._facts import ColumnFacts
from chainrule.tables.ensemble._folds import Folds, check_validation, grouped_folds, last_rows
from chainrule.tables.ensemble._groups_given import refuse_target
from chainrule.tables.ensemble._linear import linear_outputs
from chainrule.tables.ensemble._members import (
    Member,
    Recipe,
    Task,
    chosen_members,
    learn_members,
    n_threads_of,
)
from chainrule.tables.ensemble._parameters import TableParameters
from chainrule.tables.ensemble._reading import read_first
from chainrule.tables.ensemble._report import FitReport, Scores, notices, possible_leaks
from chainrule.training import History, TimeLimit

Array = NDArray[Any]


class TableEstimator(TableDerivatives, TableParameters, metaclass=ABCMeta):
    """Fitting and fitted attributes of both estimators."""

    @abstractmethod
    def _targets(self, y: Any, first: bool) -> Array:
        """Return y as the networks learn it (n_rows, n_outputs), in float64."""

    @abstractmethod
    def _checked_targets(self, y: Any) -> Array:
        """Return y (n_rows,) checked: numbers in float64, or labels."""

    @abstractmethod
    def _learn_seen(self, seen: Any, n_folds: int, first: bool) -> None:
        """Learn what `_targets` does from what pieces of a table show of y; see `_seen_targets`."""

    @abstractmethod
    def _scaled(self, values: Array) -> Array:
        """Return checked targets as the networks learn them (n_rows, n_outputs), in float64."""

    @abstractmethod
    def _random_folds(self, n: int, k: int, random: np.random.RandomState) -> Folds:
        """Return the folds where rows are dealt out at random."""

    @abstractmethod
    def _output_and_loss(self) -> tuple[str, str]:
        """Name of the output's function and of the loss."""

    @abstractmethod
    def _finish(self, targets: Array, outputs: Array, held_back: NDArray[np.bool_]) -> None:
        """Learn what follows from the outputs of rows held back: intervals, temperature."""

    @abstractmethod
    def _scores(self, targets: Array, outputs: Array) -> Scores:
        """Score outputs for some targets."""

    @abstractmethod
    def _constant(self, targets: Array) -> Array:
        """Return the outputs of the best constant guess for the targets."""

    @_fit_context(prefer_skip_nested_validation=True)
    @without_others
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, *,
        checkpoint: Any = None, resume: Any = None, **others: Never,
    ) -> Self:  # fmt: skip
        """Learn to predict y from the columns of a table.

        Parameters
        ----------
        X : data frame (pandas, Polars, Arrow) or array of shape (n_rows, n_columns)
            Numbers, truth values, dates and text; cells may be missing.
        y : array of shape (n_rows,)
        sample_weight : array of shape (n_rows,), optional
        groups : array of shape (n_rows,), optional
            Rows of a group are in the same fold: no member stops by rows of a group that it learns from.
            Numbers, dates or text, none missing, and not those of y.
        checkpoint : path-like or Checkpoint, optional
            A file that the fit writes now and then, from which ``resume`` goes on when the process has ended.
        resume : path-like, optional
            A checkpoint of the same fit, to go on from: members that had learned are kept, the others go on,
            and the model is then what it would be if the process had never ended. If it is ``checkpoint``
            itself and does not exist yet, the fit begins.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            For cells, shapes and parameters that are not accepted; names column and row. If ``resume`` is no
            checkpoint, or one of another model or other data.
        OSError
            If ``resume`` cannot be read, or ``checkpoint`` not be written.

        Warns
        -----
        TableWarning
            For what was guessed or left out.
        """
        refuse_others(self.fit, others)
        refuse_dask(self, X=X, y=y, sample_weight=sample_weight, groups=groups)
        refuse_name("groups", groups)
        began = time.perf_counter()
        keeping = Keeping(self, checkpoint, resume)
        before = keeping.seconds_before
        clock = None if self.time_limit is None else TimeLimit.going_on(float(self.time_limit), before)
        fitted = hasattr(self, "members_")
        first = keeping.drawn(not (self.warm_start and fitted))
        if not (first or fitted):
            raise ValueError(
                f"resume={resume!r} is a checkpoint of a fit that went on from an earlier one "
                "(warm_start=True): go on with it from that model, fitted"
            )
        columns = self._read_first(X) if first else self._read(X)
        n = len(columns[0].values)
        targets = self._targets(y, first)
        check_consistent_length(columns[0].values, targets)
        if n < 2:
            raise ValueError(f"Found array with {n} sample(s), while a minimum of 2 is required")
        weights = np.empty(0)
        if sample_weight is not None:
            refuse_read_as_numbers(sample_weight, "sample_weight")
            weights = _check_sample_weight(sample_weight, targets[:, 0], dtype=np.float64)
            if (weights < 0).any() or not weights.sum():
                raise ValueError("sample_weight must be >= 0, and not 0 in all rows")
        if groups is not None:
            refuse_target(groups, y)
        random = keeping.random(check_random_state(self.random_state))
        if first:
            self.encoder_ = self._learn_encoder(columns)
            if not self.encoder_.encoding.m:
                raise ValueError("no column tells rows apart: each has one value only, 0 feature(s) are left")
        self._learn(columns, targets, weights, groups, random, clock, first, keeping)
        self.fit_seconds_ = before + time.perf_counter() - began
        self.fitted_at_ = fit_date()
        return self

    def _learn_encoder(self, columns: list[TableColumn]) -> TableEncoder:
        facts = [
            ColumnFacts.of_texts(column.name, column.values)
            if column.is_text
            else ColumnFacts.of_numbers(column.name, column.values)
            for column in columns
        ]
        return TableEncoder.of(facts, self.n_bins, self.clip, self.missing_share, self.max_categories)

    def _learn(
        self, columns: list[TableColumn], targets: Array, weights: Array, groups: Any,
        random: np.random.RandomState, clock: TimeLimit | None, first: bool, keeping: Keeping,
    ) -> None:  # fmt: skip
        begun = keeping.beginnings(None if first else self.networks_)
        dtype = np.dtype(self.dtype) if begun is None else begun[0].dtype
        packed = self.encoder_.packed(columns, dtype)
        recipe = self._recipe(len(targets))
        folds, n_folds = self._folds(len(targets), groups, random)
        output, loss = self._output_and_loss()
        task = Task(
            Inputs.encoded(packed, self.encoder_.encoding), len(self.encoder_.input_names),
            np.ascontiguousarray(targets, dtype=dtype), weights.astype(dtype), loss, output, folds,
            n_folds,
        )  # fmt: skip
        n_members = self._how_many()
        seeds = random.randint(np.iinfo(np.int32).max, size=n_members).astype(np.int64)
        keeping.compare(first, task.digests)
        with keeping.learning():
            members, interrupted = learn_members(
                task, recipe, seeds, n_threads_of(self.n_jobs), clock, begun,
                verbose=self.verbose, progress=self.progress, recorder=keeping.recorder,
            )  # fmt: skip
        self._take_members(members, interrupted)
        self._judge(task, targets)

    def _how_many(self) -> int:
        """How many members are to learn."""
        return self.n_members or (1 if self.effort == "fast" else 8)

    def _take_members(self, members: list[Member], interrupted: bool) -> None:
        """Keep what has learned."""
        if interrupted:
            members = _whole(members)
        if not members:
            raise KeyboardInterrupt
        self.members_ = tuple(members)
        self.stop_reason_ = self._why_stopped(self._how_many(), interrupted)
        stopped = self._stopped(self._how_many())
        if stopped:
            note(stopped)

    def _judge(self, task: Task, targets: Array) -> None:
        """Learn from rows held back how good it is, intervals and temperature."""
        outputs, held_back = self._out_of_fold(task)
        with one_blas_thread():  # its products are small
            self.report_ = self._report(
                task, task.inputs.dense, outputs, held_back, self._stopped(self._how_many())
            )
        self._finish(targets, outputs, held_back)

    def _recipe(self, n: int) -> Recipe:
        strong = self.effort == "strong" and n > 5_000
        sizes = self.hidden_layer_sizes
        if sizes is None:
            sizes = (128, 128) if strong else (64, 64)
        sizes = tuple(int(size) for size in np.atleast_1d(sizes))
        if min(sizes, default=1) <= 0:
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}")
        steps = self.n_steps or (4_000 if strong else 2_000)
        batch = None if self.batch_size == "auto" else int(self.batch_size)
        return Recipe(
            sizes, self.activation, self.learning_rate_init, self.alpha, steps, batch, self.n_iter_no_change,
            self.scale_rate,
        )  # fmt: skip

    def _folds(self, n: int, groups: Any, random: np.random.RandomState) -> tuple[Folds, int]:
        k = min(self.n_folds, n)
        check_validation(self.validation, groups is not None)
        if self.validation == "last":
            return last_rows(n, k), 1
        folds = self._random_folds(n, k, random) if groups is None else grouped_folds(groups, n, k, random)
        return folds, int(folds.max()) + 1

    def _why_stopped(self, n_members: int, interrupted: bool) -> str:
        reasons = [member.history.stop_reason for member in self.members_]
        if interrupted:
            return "interrupted"
        if len(reasons) < n_members or "time limit" in reasons:
            return "time limit"
        return "no improvement" if "no improvement" in reasons else "max_iter"

    def _stopped(self, n_members: int) -> str:
        """Return what is to be said of a fit that did not run to its end."""
        found, epochs = len(self.members_), [len(history) for history in self.histories_]
        if self.stop_reason_ == "interrupted":
            how = "as they stood" if _cut_short(self.members_) else "which had learned to the end"
            return f"interrupted: the model has {found} of {n_members} members, {how}"
        if self.stop_reason_ != "time limit":
            return ""
        if found < n_members:
            return f"time_limit={self.time_limit:g}: there was time for {found} of {n_members} members"
        return f"time_limit={self.time_limit:g}: members had {min(epochs)} to {max(epochs)} epochs"

    def _report(
        self, task: Task, packed: Array, outputs: Array, held_back: NDArray[np.bool_], stopped: str
    ) -> FitReport:
        Y = task.Y.astype(np.float64)
        seen = np.flatnonzero(held_back)
        linear = linear_there = None
        if len(seen):
            by_line, rows = linear_outputs(self.encoder_, packed, Y, task.output, task.folds)
            rows, chosen = rows[held_back[rows]], held_back[rows]
            if len(rows):
                linear = self._scores(Y[rows], by_line[chosen])
                linear_there = self._scores(Y[rows], outputs[rows])
        else:
            seen = np.arange(len(Y))
            outputs = self._mean_outputs(packed, None)
        return FitReport(
            "regression" if task.output == "identity" else "classification",
            self._scores(Y[seen], outputs[seen]), self._scores(Y[seen], self._constant(Y[seen])),
            linear, linear_there,
            notices(self.members_, possible_leaks(self.encoder_, packed, Y)), stopped,
        )  # fmt: skip

    def _out_of_fold(self, task: Task) -> tuple[Array, NDArray[np.bool_]]:
        """Return outputs of the rows held back, each of the members that did not learn from it, and which."""
        n = len(task.Y)
        total, count = np.zeros(task.Y.shape), np.zeros(n, dtype=np.intp)
        for member in self.members_:
            rows = member.held_back
            if len(rows):
                total[rows] += self._limited(member.outputs(task.inputs, rows))
                count[rows] += 1
        seen = count > 0
        total[seen] /= count[seen, None]
        return total, seen

    def _limited(self, outputs: Array) -> Array:
        """Return a member's outputs, within what was learned."""
        return outputs

    @property
    def networks_(self) -> list[Network]:
        """The members' networks, which take the encoded columns."""
        self._check_fitted("networks_")
        return [member.network for member in self.members_]

    @property
    def histories_(self) -> list[History]:
        """What each epoch of each member did."""
        self._check_fitted("histories_")
        return [member.history for member in self.members_]

    def _check_fitted(self, name: str) -> None:
        if not hasattr(self, "members_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r} before fit")

    def _read_first(self, X: Any) -> list[TableColumn]:
        X = self._checked(X, reset=True)
        self._reader, columns = read_first(X, self.kinds, self._ignored(), self._missing_words())
        return columns

    def _ignored(self) -> tuple[str, ...]:
        return _names(self.ignore)

    def _missing_words(self) -> tuple[str, ...]:
        return _names(self.na)

    def _read(self, X: Any) -> list[TableColumn]:
        return self._reader.read(self._checked(X, reset=False))

    def _checked(self, X: Any, reset: bool) -> Any:
        refuse_dask(self, X=X)
        if is_frame(X):
            validate_data(self, X, skip_check_array=True, reset=reset)
            if not _num_samples(X):
                raise ValueError("Found array with 0 sample(s), while a minimum of 1 is required")
            return X
        array: Array = validate_data(
            self, X, dtype=None, ensure_all_finite=False, ensure_min_features=1, reset=reset
        )
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        return array

    def _mean_outputs(self, packed: Array, member: int | None) -> Array:
        """Return the mean of the members' outputs (n, p), or one's, in float64, within what was learned."""
        inputs = Inputs.encoded(packed, self.encoder_.encoding)
        chosen = chosen_members(self.members_, member)
        total = np.zeros((len(packed), chosen[0].network.layer_sizes[-1]))
        for one in chosen:
            total += self._limited(one.outputs(inputs))
        return total / len(chosen)

    def _packed_rows(self, X: Any) -> Array:
        return self._packed(X, self.members_[0].network.dtype)

    def _packed(self, X: Any, dtype: np.dtype[Any]) -> Array:
        """Return rows as the networks take them, before these are there."""
        return self.encoder_.packed(self._read(X), dtype)

    def _n_outputs(self) -> int:
        """How many outputs the networks have."""
        return len(self.classes_) if self._output_and_loss()[0] == "softmax" else 1

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _cut_short(members: Sequence[Member]) -> bool:
    return any(one.history.stop_reason in ("interrupted", "callback") for one in members)


def _whole(members: list[Member]) -> list[Member]:
    """Return the members that had learned to the end when learning was interrupted; else all that learned."""
    ended = [one for one in members if not _cut_short([one])]
    return ended or [one for one in members if len(one.history)]


def _names(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(map(str, given))
