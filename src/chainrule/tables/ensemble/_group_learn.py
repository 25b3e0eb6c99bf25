"""A table estimator learns from rows that others hold."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from chainrule.estimators._by_group import Asked
from chainrule.estimators._group_batches import check_lanes
from chainrule.estimators._keeping import Keeping
from chainrule.network import Network
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._group_folds import FoldsByValue, GroupFolds, RowFolds
from chainrule.tables.ensemble._group_members import GroupTask, learn_by_group
from chainrule.tables.ensemble._group_values import SeenGroups
from chainrule.training import Group, Hook, TimeLimit, digest

__all__ = ["DrawnRows", "learn_table"]

Model = TypeVar("Model", bound=TableEstimator)

STEPS = 256
"""Steps of an epoch at most, about, where ``batch_size`` leaves that open: each takes a round of messages."""


@dataclass(frozen=True)
class DrawnRows:
    """What tells, when members have learned, which rows each of them holds back.

    Attributes
    ----------
    folds : RowFolds
    of_members : tuple of int
        The fold of each member.
    seed : int
        Of the rows that scores and intervals rest on.
    """

    folds: RowFolds
    of_members: tuple[int, ...]
    seed: int


def learn_table(
    model: Model,
    n_rows: int,
    open_group: Callable[[Asked], Group],
    *,
    groups: SeenGroups | None = None,
    n_lanes: int = 64,
    hooks: Sequence[Hook] = (),
    checkpoint: Any = None,
    resume: Any = None,
    complain: Callable[[str], None] = lambda text: warnings.warn(text, ConvergenceWarning, stacklevel=3),
) -> Model:
    """Learn the members, one after the other, by the sums of a group.

    Parameters
    ----------
    model : TableRegressor or TableClassifier
        That `begin_table` has begun to fit; changed in place.
    n_rows : int
        Of the whole table.
    open_group : callable
        Returns the group, once it is known what it will be asked; `prepared` gives it rows.
    groups : SeenGroups, optional
        The groups that rows are of, where these decide the folds.
    n_lanes : int, default=64
        As `fit_by_group`; the rows of a step are a multiple of it.
    hooks : sequence of callable
        Called with an `EpochReport` after each epoch of each member; returning True ends the fit as Ctrl-C
        does.
    checkpoint, resume
        As `TableRegressor.fit`.
    complain : callable, optional
        Told where a step is too little work for those who share it; by default it warns.

    Returns
    -------
    model

    Raises
    ------
    ValueError
        If ``batch_size`` is no multiple of ``n_lanes``; if a member would hold back all rows, or only such
        without a weight; for a checkpoint of another fit.
    """
    check_lanes(n_lanes, model.batch_size)
    began, before = time.perf_counter(), model.fit_seconds_
    keeping = Keeping(model, checkpoint, resume)
    before += keeping.seconds_before
    clock = None if model.time_limit is None else TimeLimit.going_on(float(model.time_limit), before)
    first = not hasattr(model, "members_")
    _check_beginning(keeping, first, resume)
    random = keeping.random(check_random_state(model.random_state))
    begun = keeping.beginnings(None if first else model.networks_)
    recipe, (output, loss) = replace(model._recipe(n_rows), most_steps=STEPS), model._output_and_loss()
    sizes = len(model.encoder_.input_names), *recipe.hidden_layer_sizes, model._n_outputs()
    dtype = np.dtype(model.dtype) if begun is None else begun[0].dtype
    net = recipe.network(sizes, output, dtype, 0)
    fold_seed, seed = random.randint(2**31 - 1, size=2).tolist()
    folds = _drawn_folds(model, min(model.n_folds, n_rows), groups, fold_seed)
    if isinstance(folds, FoldsByValue):
        model._drawn_rows = DrawnRows(folds, (), seed)  # who holds rows needs them
    group = open_group(Asked(net.architecture, loss, model.encoder_.encoding))
    keeping.compare(first, lambda: _digests(group, net, folds))
    if folds is None:
        folds = GroupFolds.last(min(model.n_folds, n_rows), group)
    seeds = random.randint(np.iinfo(np.int32).max, size=model._how_many()).astype(np.int64)
    with keeping.learning():
        learned = learn_by_group(
            GroupTask(group, folds, sizes, output, loss, dtype, int(n_lanes)), recipe, seeds, clock, begun,
            hooks=hooks, verbose=model.verbose, progress=model.progress, recorder=keeping.recorder,
            complain=complain,
        )  # fmt: skip
    model._take_members(learned.members, learned.interrupted)
    model._drawn_rows = DrawnRows(folds, learned.folds_of(model.members_), seed)
    model.fit_seconds_ = before + time.perf_counter() - began
    return model


def _drawn_folds(model: TableEstimator, k: int, groups: SeenGroups | None, seed: int) -> RowFolds | None:
    """Return folds that are drawn; None where the last rows are held back."""
    if groups is not None:
        return FoldsByValue.dealt(groups, k, seed)
    return None if model.validation == "last" else GroupFolds.random(k, seed)


def _digests(group: Group, net: Network, folds: RowFolds | None) -> dict[str, str | None]:
    """Return what tells tables apart, and the groups that folds are made of."""
    rows = digest(group.total("gradient", net.parameters))
    if not isinstance(folds, FoldsByValue):
        return {"rows": rows}
    return {"rows": rows, "groups": digest(folds.of_buckets)}


def _check_beginning(keeping: Keeping, first: bool, resume: Any) -> None:
    """Raise ValueError where a checkpoint is of a fit that began with a model in another state."""
    if keeping.drawn(first) == first:
        return
    how = "anew: go on with it from a model that is not fitted"
    if first:
        how = "from an earlier one (warm_start=True): go on with it from that model, fitted"
    raise ValueError(f"resume={resume!r} is a checkpoint of a fit that began {how}")
