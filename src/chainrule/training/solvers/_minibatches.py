"""Learning by minibatches (N3): epochs of compiled calls, and what happens between them."""

import time
import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS, STEP_OF_A_THREAD
from chainrule.network import as_number
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._team import Team
from chainrule.training._problem import Problem
from chainrule.training._rules import EpochReport, Rules
from chainrule.training._schedule import Schedule, as_schedule
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import EpochRow, TrainingState
from chainrule.training.solvers._input_scales import Learned
from chainrule.training.solvers._orders import Orders
from chainrule.training.solvers._rows_of_group import RowsOfGroup
from chainrule.training.solvers._solver import DIVERGED, Solver

Array = NDArray[Any]
Settings = NDArray[np.float64]

# A signal that arrives in a kernel takes effect when it returns.
_SLICE_SECONDS = 0.05


class MinibatchSolver(Solver):
    """A solver whose step follows the gradient of a batch.

    It is a loop over η (`chainrule.kernels.UPDATES`, by the solver's name), a vector of numbers that the loop
    keeps (`settings`), and a memory of ``n_moments`` vectors.

    Attributes
    ----------
    n_moments : int
        Vectors of memory, each as long as η.
    """

    title = "Stochastic Optimizer"
    stochastic = True
    by_groups = True
    n_moments: ClassVar[int]
    learning_rate_init: float
    schedule: str | Schedule | None = None

    @abstractmethod
    def settings(self, alpha: float) -> Settings:
        """Return the kernel's numbers at the start."""

    def after_epoch(self, settings: Settings, state: TrainingState, rules: Rules) -> None:
        """Set the rate of the next epoch: by the schedule, if there is one."""
        self._follow_schedule(settings, rules.share_done(state))

    def _follow_schedule(self, settings: Settings, done: float) -> None:
        schedule = as_schedule(self.schedule)
        if schedule is None:
            return
        name = f"the factor that schedule returns at {done:.3g}"
        factor = as_number(schedule(done), name, ">= 0 and finite", lambda v: 0 <= v < np.inf)
        settings[kernels.RATE] = self.learning_rate_init * factor

    def on_plateau(self, settings: Settings) -> tuple[bool, str]:
        """Learning has come to a halt: return whether to go on with another rate, and say so."""
        return False, "Stopping."

    def learn(
        self, problem: Problem, rules: Rules, state: TrainingState, random: np.random.RandomState
    ) -> None:
        """Change the network's η, and ``state`` with it, until the rules or a hook say stop.

        A state that has a solver already goes on with that one, its rate and its memory. Learning stops at
        the first epoch after which η is no longer finite; with validation scores the best η stays.

        Raises
        ------
        ValueError
            If η ends up non-finite, with what to change; if the state is another network's.
        ZeroDivisionError
            If the weights of a batch sum to zero.
        """
        parameters = problem.network.parameters
        kept = rules.restore(problem.network, state, self)
        run = _run_of(problem, rules, random)
        if kept is not None:
            run.from_state(kept)
        solver = (
            state.solver if isinstance(state.solver, MinibatchSolver) else self._begun(state, run.learned)
        )
        solver._check(state, run.learned.n)
        state.settings[kernels.ALPHA] = problem.alpha
        if rules.score is None:
            state.best_parameters, state.best_score = None, -np.inf
        elif state.best_parameters is None:
            state.best_parameters = parameters.copy()
        if kept is None:
            state.n_iter = 0
        state.stop_reason = "max_iter"
        try:
            if kept is None or not _time_is_up(rules, state):
                solver._learn_epochs(problem, rules, state, run)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
            state.stop_reason = "interrupted"
        scored = state.best_score > -np.inf
        if rules.score is not None and (scored or np.isfinite(parameters).all()):
            parameters[:] = state.best_parameters
        if not np.isfinite(parameters).all():
            raise ValueError(
                f"{DIVERGED} Scale the inputs (StandardScaler) or lower learning_rate_init, now "
                f"{state.rate:g}."
            )

    def _learn_epochs(self, problem: Problem, rules: Rules, state: TrainingState, run: "_Run") -> None:
        with run.epochs(problem, self, rules.batch_size, state) as epochs:
            for _ in range(state.n_iter, rules.max_iter):
                over = _epoch(problem, self, rules, state, epochs)
                if not over or rules.cut_short(state):
                    rules.mark(problem.network, state, run.state)
                if over:
                    break

    def _begun(self, state: TrainingState, learned: Learned) -> "MinibatchSolver":
        """Begin with a memory of nothing."""
        state.solver, state.settings = self, self.settings(alpha=0.0)
        self._follow_schedule(state.settings, 0.0)
        state.moments = np.zeros(self.n_moments * learned.n, dtype=learned.vector.dtype)
        return self

    def _check(self, state: TrainingState, n_parameters: int) -> None:
        """Raise ValueError unless the memory fits: kernels do not look, a file may hold anything."""
        expected = len(self.settings(alpha=0.0)), self.n_moments * n_parameters
        if (len(state.settings), len(state.moments)) != expected:
            raise ValueError(
                f"the state of training holds {len(state.settings)} settings and {len(state.moments)} "
                f"moments; a network of {n_parameters} parameters takes {expected[0]} and {expected[1]}"
            )

    def complaint(self, state: TrainingState, rules: Rules) -> str | None:
        if state.stop_reason != "diverged":
            return super().complaint(state, rules)
        return (
            f"The weights of epoch {state.n_iter + 1} are not finite; those with the best validation score "
            f"are kept. Scale the inputs (StandardScaler) or lower learning_rate_init, now {state.rate:g}."
        )


def _epoch(
    problem: Problem,
    solver: MinibatchSolver,
    rules: Rules,
    state: TrainingState,
    epochs: "_AnyEpochs",
) -> bool:
    """Learn from all rows once, and return whether that was the last time."""
    for start in rules.starts:
        start()
    settings = epochs.settings
    began, rate = time.perf_counter(), float(settings[kernels.RATE])
    loss = epochs.run()
    if not np.isfinite(loss) and not np.isfinite(problem.network.parameters).all():
        state.stop_reason = "diverged"
        return True
    score = np.nan if rules.score is None else rules.score()
    state.n_iter += 1
    state.samples_seen += epochs.n_rows
    state.epochs.append(EpochRow(loss, score, rate, time.perf_counter() - began))
    if rules.judge(state) and state.best_parameters is not None:
        state.best_parameters[:] = problem.network.parameters
    report = EpochReport.of(state, rules)
    stopped = [hook(report) for hook in rules.hooks]
    solver.after_epoch(settings, state, rules)
    if rules.out_of_patience(state):
        going_on, words = solver.on_plateau(settings)
        rules.announce(f"{rules.halt_message()} {words}")
        if not going_on:
            state.stop_reason = "no improvement"
            return True
        state.no_improvement = 0
    if any(stopped):
        state.stop_reason = "callback"
        return True
    return _time_is_up(rules, state)


def _time_is_up(rules: Rules, state: TrainingState) -> bool:
    """Say so, and return True, if there is no time for an epoch like the last one."""
    if rules.time is None or rules.time.suffices(state.epochs[-1].seconds):
        return False
    state.stop_reason = "time limit"
    return True


def _workers(problem: Problem, batch_size: int, threads: int) -> int:
    """Return how many threads share a batch: so many that waiting for each other pays."""
    if problem.inputs.is_sparse:
        return 1
    m = min(batch_size, len(problem.rows))
    products = 3 * m * problem.network.layout.n_weights
    return max(1, min(threads, m // FEWEST_ROWS, products // STEP_OF_A_THREAD))


class _AnyEpochs(Protocol):
    """All that an epoch needs."""

    @property
    def settings(self) -> Settings: ...

    @property
    def n_rows(self) -> int: ...

    def run(self) -> float:
        """Learn from all rows once; return the mean loss of the batches, each before its update."""


class _Run(Protocol):
    """What learning by minibatches changes beside the network's η and the state of training."""

    @property
    def learned(self) -> Learned: ...

    def state(self) -> Snapshot: ...

    def from_state(self, snapshot: Snapshot) -> None: ...

    def epochs(
        self, problem: Problem, solver: Any, batch_size: int, state: TrainingState
    ) -> AbstractContextManager[_AnyEpochs]:
        """Return all that epochs need, and threads while the context lasts."""


def _run_of(problem: Problem, rules: Rules, random: np.random.RandomState) -> _Run:
    if problem.group is None:
        learned = Learned.of(problem.network, problem.scale_rate)
        return _OwnRows(learned, Orders(problem.rows, rules.shuffle, random))
    return RowsOfGroup(problem)


@dataclass(frozen=True)
class _OwnRows:
    """Rows of this process, in the orders of scikit-learn."""

    learned: Learned
    orders: Orders

    def state(self) -> Snapshot:
        return Snapshot.joined({"learned": self.learned.state(), "orders": self.orders.state()})

    def from_state(self, snapshot: Snapshot) -> None:
        self.learned.from_state(snapshot.part("learned"))
        self.orders.from_state(snapshot.part("orders"))

    @contextmanager
    def epochs(
        self, problem: Problem, solver: MinibatchSolver, batch_size: int, state: TrainingState
    ) -> Iterator["_Epochs"]:
        with one_blas_thread() as threads, Team(_workers(problem, batch_size, threads)) as team:
            yield _Epochs.of(problem, self, solver, batch_size, state, team)


@dataclass
class _Epochs:
    """Everything an epoch needs, allocated (and compiled or loaded) once."""

    problem: Problem
    learned: Learned
    orders: Orders
    team: Team
    kernel: Any
    inputs: tuple[Array, ...]
    program: "kernels.Program"
    head: int
    update: int
    settings: NDArray[np.float64]
    moments: Array
    gradient: Array
    squares: NDArray[np.float64]
    workspace: Array
    batch_size: int
    slice_length: int = 1

    @classmethod
    def of(
        cls,
        problem: Problem,
        rows: _OwnRows,
        solver: MinibatchSolver,
        batch_size: int,
        state: TrainingState,
        team: Team,
    ) -> "_Epochs":
        net, learned = problem.network, rows.learned
        batch_size = min(batch_size, len(problem.rows))
        program, head = problem.program_and_head()
        workspace = np.empty(kernels.workspace_size(program, batch_size), dtype=net.dtype)
        gradient = np.zeros_like(learned.vector)
        squares = np.empty(-(-net.layout.penalised.stop // kernels.RUN))
        return cls(
            problem, learned, rows.orders, team, kernels.epoch[net.dtype], problem.inputs.for_kernels(),
            learned.program(program), head,
            kernels.UPDATES[solver.name].address(net.dtype), state.settings, state.moments, gradient,
            squares, workspace, batch_size,
        )  # fmt: skip

    @property
    def n_rows(self) -> int:
        return len(self.problem.rows)

    def run(self) -> float:
        """Learn from all rows once, in slices short enough for Ctrl-C; return the mean loss."""
        order = self.orders.following()
        n_batches = -(-len(order) // self.batch_size)
        first, loss_sum = 0, 0.0
        while first < n_batches:
            last = min(first + self.slice_length, n_batches)
            began = time.perf_counter()
            loss_sum, done = self._slice(order, first, last, loss_sum)
            if done < last - first:
                raise ZeroDivisionError("Weights sum to zero, can't be normalized")
            self._adapt(last - first, time.perf_counter() - began)
            first = last
        self.learned.write_back()
        return float(loss_sum / len(order))

    def _slice(self, order: NDArray[np.intp], first: int, last: int, loss_sum: float) -> tuple[float, float]:
        p, learned = self.problem, self.learned
        settings = [self.settings, *(self.settings.copy() for _ in range(1, self.team.size))]

        def share(number: int) -> tuple[float, float]:
            result: tuple[float, float] = self.kernel(
                self.program, self.head, self.update, learned.vector, self.inputs, p.Y, p.weights,
                order, self.gradient, self.moments, settings[number], self.squares, p.reported_share,
                p.network.layout.penalised.stop, self.workspace, self.batch_size, first, last, loss_sum,
                (number, self.team.size), self.team.barrier, learned.places, learned.rate,
            )  # fmt: skip
            return result

        return self.team.run(share)

    def _adapt(self, batches: int, seconds: float) -> None:
        fitting = int(batches * _SLICE_SECONDS / max(seconds, 1e-9))
        self.slice_length = max(1, min(fitting, 4 * batches))
