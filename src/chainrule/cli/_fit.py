"""``chainrule fit``: learn a column of a table from the others."""

from contextlib import nullcontext
from dataclasses import asdict, replace

import typer

from chainrule.cli import _options as opt
from chainrule.cli._checkpoint_options import CheckpointOptions
from chainrule.cli._console import no_notes, say, say_json
from chainrule.cli._fit_end import Outputs, finish, say_that_nothing_is_learnt
from chainrule.cli._fit_leaves import LeafFit, are_too_large, fit_by_leaves
from chainrule.cli._interrupts import Presses
from chainrule.cli._learnable import no_target
from chainrule.cli._mpi import all_ranks
from chainrule.cli._option_groups import LearningOptions, TableOptions, with_option_groups
from chainrule.cli._plot import plot_fit
from chainrule.cli._reading import named, paths_of, read
from chainrule.cli._report_text import about_columns, about_table
from chainrule.cli._terminal import screen_width
from chainrule.tables import (
    Cells,
    TableModel,
    Wishes,
    describe,
    describe_columns,
    split_table,
    table_pipeline,
)
from chainrule.tables._model import training_facts
from chainrule.tables.leaves import files_of

__all__ = ["fit"]


@with_option_groups
def fit(
    context: typer.Context,
    table: opt.Tables,
    reading: TableOptions,
    learning: LearningOptions,
    columns: opt.Columns = False,
    task: opt.TaskName = None,
    test_size: opt.TestSize = 0.2,
    seed: opt.Seed = None,
    checkpoint: opt.CheckpointFile = None,
    resume: opt.Resume = None,
    output: opt.SaveModel = None,
    plot: opt.Plot = None,
    unit: opt.Unit = None,
    max_memory: opt.MaxMemory = None,
    mpi: opt.Mpi = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    save_on_interrupt: opt.SaveOnInterrupt = False,
) -> None:
    """Learn a column of a table from the others.

    In brackets: defaults. (+): may be given several times.
    """
    if quiet:
        no_notes()
    outputs = Outputs(output, plot, json, quiet, save_on_interrupt, unit)
    tables = files_of(table) if mpi or max_memory is not None else paths_of(table)
    outputs.check(tables)
    checkpoints = CheckpointOptions(checkpoint, resume)
    checkpoints.check(tables, outputs.files())
    options, target = reading.checked(), reading.target
    presses = context.find_object(Presses) or Presses()
    if mpi or max_memory is not None or are_too_large(tables):
        wanted = LeafFit(tables, options, target, task, test_size, seed, max_memory, columns)
        with all_ranks() if mpi else nullcontext() as rank:
            fit_by_leaves(replace(wanted, rank=rank), learning, outputs, checkpoints, presses)
        return
    choice = learning.chosen()
    cells = read(tables, options, () if target is None else (target,))
    if columns:
        _say_columns(cells, target, options.wishes(), json)
        return
    if target is None:
        raise no_target(tables, cells.columns)
    found = checkpoints.found()
    seed = checkpoints.seed(seed, found)
    data = split_table(cells, target, task=task, test_size=test_size, seed=seed, wishes=options.wishes())
    verbose = not quiet and choice.name == "table"
    estimator = choice.estimator(data.task, seed, progress=outputs.report, verbose=verbose)
    if outputs.report:
        lines = about_columns(data.reports, width=screen_width())
        head = (*about_table(named(tables), data, seed), choice.in_words, *checkpoints.about(found))
        outputs.say_before(*head, "", *lines, "")
    pipeline = table_pipeline(data.schema, estimator)
    try:
        pipeline.fit(data.X_train, data.y_train, **checkpoints.given())
    except KeyboardInterrupt:
        if checkpoint is None:
            raise
        say_that_nothing_is_learnt("interrupted", checkpoints)
    finish(
        lambda: training_facts(pipeline, data.n_train, seed),
        lambda: TableModel(describe(pipeline, data, seed, unit=outputs.unit), pipeline),
        lambda path, model: plot_fit(path, model, data),
        outputs,
        checkpoints,
        presses,
    )


def _say_columns(cells: Cells, target: str | None, wishes: Wishes, json: bool) -> None:
    lines = describe_columns(cells, target, wishes)
    if json:
        say_json({"columns": [asdict(line) for line in lines]})
    else:
        say(*about_columns(lines, most=None, width=screen_width()))
