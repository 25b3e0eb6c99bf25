"""``chainrule fit`` of a table that need not fit in memory: it is read by row groups."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pyarrow import parquet as pq

from chainrule._files import reading
from chainrule.cli._checkpoint_options import CheckpointOptions
from chainrule.cli._console import say, say_json
from chainrule.cli._fit_end import Outputs, finish, say_that_nothing_is_learnt
from chainrule.cli._interrupts import Presses
from chainrule.cli._learnable import no_target
from chainrule.cli._mpi import Rank
from chainrule.cli._option_groups import LearningOptions, ModelChoice
from chainrule.cli._progress import rows_shown
from chainrule.cli._reading import ReadingOptions, check_columns, choices_of, named
from chainrule.cli._report_text import about_columns, about_table
from chainrule.cli._terminal import screen_width
from chainrule.network import as_bytes
from chainrule.tables.files._suffixes import suffix_of
from chainrule.tables.leaves import (
    LeafTable,
    SplitLeaves,
    check_estimator,
    learn_leaves,
    open_leaves,
    score_leaves,
    split_leaves,
)
from chainrule.training import SOLVERS

__all__ = ["LeafFit", "are_too_large", "fit_by_leaves"]

_SOLVER = "lbfgs"
_UNPACKED = 5
"""Compressed text is about so many times as long when it is not."""


@dataclass(frozen=True)
class LeafFit:
    """What is to be learned, from which files."""

    tables: Sequence[Path]
    options: ReadingOptions
    target: str | None
    task: str | None
    test_size: float
    seed: int | None
    max_memory: str | None
    only_columns: bool
    rank: Rank | None = None


def are_too_large(tables: Sequence[Path]) -> bool:
    """Return whether a table takes more than half of the free memory when it is read at once."""
    try:
        size = sum(map(_bytes_of, tables))
    except (OSError, ValueError):
        return False  # what is wrong with it is said when it is read
    return size > as_bytes(None)


def _bytes_of(path: Path) -> int:
    if not path.is_file():
        return 0
    kind, packed = suffix_of(path)
    if kind == ".parquet":
        facts = pq.ParquetFile(path).metadata
        return int(facts.num_rows) * int(facts.num_columns) * 8
    return path.stat().st_size * (_UNPACKED if packed else 1)


def fit_by_leaves(
    wanted: LeafFit,
    learning: LearningOptions,
    outputs: Outputs,
    checkpoints: CheckpointOptions,
    presses: Presses,
) -> None:
    """Learn a table by its row groups.

    Raises
    ------
    OSError, ValueError, TypeError
        As `fit_files`; also for options that need all rows in memory.
    """
    if wanted.max_memory is not None:
        _check_size(wanted.max_memory)
    if outputs.plot:
        raise ValueError("--plot needs all rows in memory; a table that is read by row groups has no plot")
    choice = _chosen(learning)
    found = checkpoints.found()
    seed, rank = checkpoints.seed(wanted.seed, found), wanted.rank
    if rank is not None:
        seed = rank.agreed(seed)  # one that is drawn
    with reading(wanted.tables[0]), _opened(wanted) as table:
        if wanted.target is None:
            raise no_target(wanted.tables, table.names)
        data = _prepared(table, wanted, wanted.target, seed)
        if wanted.only_columns:
            _say_columns(data, outputs.json)
            return
        estimator = choice.estimator(data.task, seed, progress=outputs.report)
        check_estimator(estimator)
        if outputs.report:
            lines = about_columns(data.reports, width=screen_width())
            head = (*about_table(named(wanted.tables), data, seed), choice.in_words)
            outputs.say_before(*head, *checkpoints.about(found), "", *lines, "")
        try:
            model = learn_leaves(
                data,
                estimator,
                max_memory=wanted.max_memory,
                unit=outputs.unit,
                fit=None if rank is None else rank.fit,
                **checkpoints.given(),
            )
        except KeyboardInterrupt:
            if checkpoints.checkpoint is None:
                raise
            say_that_nothing_is_learnt("interrupted", checkpoints)
        if rank is not None and not rank.speaks:
            return
        finish(
            lambda: model.description.training,
            lambda: score_leaves(model, data),
            lambda path, model: None,
            outputs,
            checkpoints,
            presses,
        )


def _check_size(text: str) -> None:
    try:
        as_bytes(text)
    except ValueError:
        raise ValueError(f"--max-memory {text}: give a size such as 4GiB or 500MB") from None


@contextmanager
def _opened(wanted: LeafFit) -> Iterator[LeafTable]:
    text = () if wanted.target is None else (wanted.target,)
    with open_leaves(wanted.tables, choices_of(wanted.options, text)) as table:
        check_columns(wanted.options, table.names)
        yield table


def _prepared(table: LeafTable, wanted: LeafFit, target: str, seed: int) -> SplitLeaves:
    with rows_shown(table.pieces) as rows:
        before = ""

        def watch(what: str, reached: int) -> None:
            nonlocal before
            if what != before:
                rows.begin(what)
                before = what
            rows.reached(reached)

        return split_leaves(
            table,
            target,
            task=wanted.task,  # type: ignore[arg-type]
            test_size=wanted.test_size,
            seed=seed,
            wishes=wanted.options.wishes(),
            watch=watch,
        )


def _chosen(learning: LearningOptions) -> ModelChoice:
    """Return the model: a perceptron that is learned by sums over rows."""
    if learning.model == "table":
        raise ValueError(
            "--model table needs all rows in memory; a table that is read by row groups is learned with "
            "--model mlp"
        )
    solver = learning.solver or _SOLVER
    if solver in SOLVERS and not SOLVERS[solver].by_groups:
        able = ", ".join(sorted(name for name, kind in SOLVERS.items() if kind.by_groups))
        raise ValueError(
            f"--solver {solver} needs all rows in memory; a table that is read by row groups is learned "
            f"with: {able}"
        )
    choice = replace(learning, model="mlp", solver=solver).chosen()
    return replace(choice, why=f"with {solver}, as the table is read by row groups")


def _say_columns(data: SplitLeaves, json: bool) -> None:
    if json:
        say_json({"columns": [asdict(line) for line in data.reports]})
    else:
        say(*about_columns(data.reports, most=None, width=screen_width()))
