"""A fit that all ranks do together: the first one drives, all end with what it has learnt."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Protocol

from numpy.typing import NDArray

from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._by_group import Asked, fit_by_group, forget_balance, rows_for
from chainrule.estimators._same_bits import probe, processor, versions
from chainrule.estimators._solver import make_solver
from chainrule.mpi._facts import Facts, Given, sample_of, threads_of
from chainrule.mpi._group import Group
from chainrule.mpi._interrupts import Interrupts
from chainrule.mpi._ranks import Failure, Ranks
from chainrule.mpi._share import Plan, Rows, exchange
from chainrule.network import Architecture, Network
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._team import Team
from chainrule.tables._class_sizes import all_sizes
from chainrule.training import Evaluator, TrainingState, leaf_rows, settings_of

__all__ = ["Meeting", "Options", "drive", "fit_together", "follow", "probed", "settings_together"]

Array = NDArray[Any]

_OF_A_RANK = {"verbose", "progress", "random_state", "n_jobs"}
"""Parameters of the first rank alone: they say what is shown, and what is drawn there."""


@dataclass(frozen=True)
class Options:
    """How to fit.

    Attributes
    ----------
    leaf_rows : int or None
        None: by the network.
    n_lanes : int
        As `fit_by_group`.
    same_bits : bool
        Whether processors whose kernels give other bits are refused.
    checkpoint, resume
        As `MLPRegressor.fit`; the first rank's count.
    """

    leaf_rows: int | None
    n_lanes: int
    same_bits: bool
    checkpoint: Any
    resume: Any


@dataclass(frozen=True)
class Fitted:
    """What makes a model a fitted one, but for parameters: those each rank has.

    Attributes
    ----------
    attributes : dict
    layer_sizes : list of int
    output : str
    parameters : array
        η.
    state : TrainingState
        Without its solver.
    solver : bool
        Whether it had one.
    """

    attributes: dict[str, Any]
    layer_sizes: list[int]
    output: str
    parameters: Array
    state: TrainingState
    solver: bool

    @classmethod
    def of(cls, model: BaseMultilayerPerceptron) -> "Fitted":
        net, state = model.network_, model._state
        left_out = {*model.get_params(deep=False), "network_", "_state", "_skl_callbacks"}
        attributes = {name: each for name, each in vars(model).items() if name not in left_out}
        sizes = list(net.layer_sizes)
        bare = replace(state, solver=None)
        return cls(attributes, sizes, net.output, net.parameters, bare, state.solver is not None)

    def give(self, model: BaseMultilayerPerceptron) -> None:
        """Make a model with the same parameters the same."""
        dtype = self.parameters.dtype
        model.network_ = Network(self.layer_sizes, model.activation, self.output, dtype, 0)
        model.network_.parameters[:] = self.parameters
        model._state = replace(self.state, solver=make_solver(model) if self.solver else None)
        for name, value in self.attributes.items():
            setattr(model, name, value)


@dataclass(frozen=True)
class Begun:
    """What ranks are told when it is known what they will be asked.

    Attributes
    ----------
    fitted : Fitted
        Knows columns and classes.
    loss : str
    """

    fitted: Fitted
    loss: str


def fit_together(
    ranks: Ranks, model: BaseMultilayerPerceptron, classifies: bool, rows: Sequence[Any], options: Options
) -> BaseMultilayerPerceptron:
    """Fit a plain estimator, on all ranks alike.

    Parameters
    ----------
    ranks : Ranks
    model : MLPRegressor or MLPClassifier
        Changed in place.
    classifies : bool
    rows : (X, y, sample_weight)
        Those of this rank.
    options : Options

    Raises
    ------
    Exception
        On all ranks the same.
    """
    with Interrupts() as interrupts, one_blas_thread() as most, ExitStack() as open_teams:

        def tell_facts() -> tuple[Given, Facts]:
            given = Given.of(*rows)
            return given, Facts.of(
                given, classifies, settings_together(model, options) | versions(), ranks.host()
            )

        given, own = ranks.together(tell_facts)
        facts = ranks.all_of(own)
        sample = sample_of(facts, classifies)
        team = open_teams.enter_context(Team(threads_of(ranks, facts, most)))
        counts, machines = [each.rows for each in facts], [each.host for each in facts]
        first = machines.index(own.host) == ranks.rank
        meeting = _Meeting(ranks, model, given, counts, options, team, interrupts, first)
        if ranks.drives:
            drive(meeting, sample, all_sizes(each.sizes for each in facts))
        else:
            follow(meeting)
        if model._state.stop_reason == "interrupted":
            interrupts.take()  # of this rank: it has been heard by another one
    return model


def settings_together(model: BaseMultilayerPerceptron, options: Options) -> dict[str, Any]:
    """Return what must be the same on all ranks, in words."""
    given = {name: each for name, each in model.get_params(deep=False).items() if name not in _OF_A_RANK}
    own = {"leaf_rows": options.leaf_rows, "n_lanes": options.n_lanes, "same_bits": options.same_bits}
    return settings_of(given | own)


@dataclass
class _Meeting:
    """What each rank has of a fit."""

    ranks: Ranks
    model: BaseMultilayerPerceptron
    given: Given
    counts: Sequence[int]
    options: Options
    team: Team
    interrupts: Interrupts
    first_on_machine: bool
    group: Group | None = None

    def open(self, asked: Asked) -> Group:
        """Bring the rows of all ranks to what the network takes, in leaves."""
        ranks, options = self.ranks, self.options
        rows = ranks.together(lambda: self._rows(asked.net))
        probed(ranks, asked, self.team, self.first_on_machine, options.same_bits)
        plan = Plan(self.counts, options.leaf_rows or leaf_rows(asked.net, sum(self.counts)))
        evaluator = Evaluator(asked.net, asked.loss, exchange(ranks, plan, rows))
        self.group = Group(ranks, evaluator, plan.ends, self.team, self.interrupts)
        return self.group

    def _rows(self, net: Architecture) -> Rows:
        if not len(self.given):
            sizes, nothing = net.layer_sizes, Network((1, 1), dtype=net.dtype, random_state=0).parameters[:0]
            return Rows(nothing.reshape(0, sizes[0]), nothing.reshape(0, sizes[-1]), nothing)
        return Rows(*rows_for(self.model, self.given.X, self.given.y, self.given.weights))


class Meeting(Protocol):
    """What `drive` and `follow` know of a fit."""

    ranks: Ranks
    model: Any
    options: Options
    group: Group | None

    def open(self, asked: Asked) -> Group:
        """Make a group of all ranks, once it is known what will be asked."""


def probed(ranks: Ranks, asked: Asked, team: Team, first_on_machine: bool, same_bits: bool) -> None:
    """Make the same sum on all ranks: first on one of each machine, which compiles kernels for all."""
    answer = probe(asked, team) if first_on_machine else ""
    ranks.all_of(None)
    found = ranks.all_of((answer or probe(asked, team), processor()))
    if same_bits:
        _compare(ranks, found)


def drive(meeting: Meeting, sample: tuple[Any, Any], class_sizes: Mapping[Any, float]) -> None:
    """Learn, and tell the others what was learnt, or what went wrong."""
    ranks, model, options = meeting.ranks, meeting.model, meeting.options

    def open_group(asked: Asked) -> Group:
        ranks.tell(Begun(Fitted.of(model), asked.loss))
        return meeting.open(asked)

    outcome: Fitted | Failure
    error: BaseException | None = None
    try:
        fit_by_group(
            model,
            *sample,
            open_group,
            checkpoint=options.checkpoint,
            resume=options.resume,
            n_lanes=options.n_lanes,
            class_sizes=class_sizes,
        )
        outcome = Fitted.of(model)
    except BaseException as raised:
        outcome, error = Failure.of(raised), raised
    if meeting.group is not None:
        meeting.group.end()
    ranks.tell(outcome)
    if error is not None:
        raise error


def follow(meeting: Meeting) -> None:
    """Serve while the first rank learns, and become what it has learnt."""
    ranks, model = meeting.ranks, meeting.model
    told = ranks.tell()
    if isinstance(told, Begun):
        told.fitted.give(model)
        try:
            meeting.open(Asked(model.network_.architecture, told.loss)).serve()
        except Exception:
            if not ranks.failed:
                raise
            # The first one raises it too, and tells it once it has kept what was learnt.
        told = ranks.tell()
    if isinstance(told, Failure):
        raise told.error()
    told.give(model)
    forget_balance(model)


def _compare(ranks: Ranks, found: Sequence[tuple[str, str]]) -> None:
    """Raise ValueError where a processor gives other bits than that of the first rank."""
    first, name = found[0]
    for rank, (other, called) in enumerate(found):
        if other != first:
            ranks.failed = True
            raise ValueError(
                f"sums over the same rows have other bits on rank {rank} ({called}) than on rank 0 ({name}): "
                "set NUMBA_CPU_NAME to one that both have, or same_bits=False"
            )
