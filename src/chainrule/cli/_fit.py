"""``chainrule fit``: learn a column of a table from the others."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import typer
from sklearn.pipeline import Pipeline

from chainrule._files import check_distinct
from chainrule.cli import _options as opt
from chainrule.cli._checkpoint_options import CheckpointOptions
from chainrule.cli._console import Interrupted, ReaderGone, no_notes, say, say_json
from chainrule.cli._interrupts import Presses
from chainrule.cli._learnable import no_target
from chainrule.cli._option_groups import LearningOptions, TableOptions, with_option_groups
from chainrule.cli._plot import check_plot_path, plot_fit
from chainrule.cli._reading import inputs, named, paths_of, read
from chainrule.cli._report_text import (
    about_columns,
    about_scores,
    about_table,
    about_training,
    better_linear_model,
    size_of,
)
from chainrule.cli._terminal import screen_width
from chainrule.io import check_model_path, save, to_json
from chainrule.tables import (
    Cells,
    Description,
    SplitTable,
    TableModel,
    Wishes,
    describe,
    describe_columns,
    split_table,
    table_pipeline,
)
from chainrule.tables._model import training_facts

__all__ = ["fit"]

_STANDARD_OUTPUT = 1


@dataclass(frozen=True)
class _Outputs:
    """Files to write, and what to print."""

    model: Path | None
    plot: Path | None
    json: bool
    quiet: bool
    save_on_interrupt: bool
    unit: str | None

    @property
    def report(self) -> bool:
        return not (self.json or self.quiet)

    def files(self) -> dict[str, Path | int | None]:
        """Return what is written, by the words that a message has for it."""
        return {"--output": self.model, "--plot": self.plot, "standard output": _STANDARD_OUTPUT}

    def check(self, tables: Sequence[Path]) -> None:
        """Raise now if a result could not be written at the end, or would overwrite the table."""
        check_distinct(inputs(tables), self.files())
        if self.model:
            check_model_path(self.model)
        elif self.save_on_interrupt:
            raise ValueError("--save-on-interrupt needs --output MODEL, to know where to save")
        if self.plot:
            check_plot_path(self.plot)

    def say_before(self, *lines: str) -> None:
        """Print lines before learning; without a reader a file is still to be written."""
        with suppress(*[ReaderGone] * bool(self.model or self.plot)):
            say(*lines)


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
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    save_on_interrupt: opt.SaveOnInterrupt = False,
) -> None:
    """Learn a column of a table from the others.

    In brackets: defaults. (+): may be given several times.
    """
    if quiet:
        no_notes()
    outputs = _Outputs(output, plot, json, quiet, save_on_interrupt, unit)
    tables = paths_of(table)
    outputs.check(tables)
    checkpoints = CheckpointOptions(checkpoint, resume)
    checkpoints.check(tables, outputs.files())
    options, target, choice = reading.checked(), reading.target, learning.chosen()
    cells = read(tables, options, () if target is None else (target,))
    if columns:
        _say_columns(cells, target, options.wishes(), json)
        return
    if target is None:
        raise no_target(tables, cells)
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
        _say_that_nothing_is_learnt("interrupted", checkpoints)
    _finish(pipeline, data, seed, outputs, checkpoints, context.find_object(Presses) or Presses())


def _say_columns(cells: Cells, target: str | None, wishes: Wishes, json: bool) -> None:
    lines = describe_columns(cells, target, wishes)
    if json:
        say_json({"columns": [asdict(line) for line in lines]})
    else:
        say(*about_columns(lines, most=None, width=screen_width()))


def _finish(
    pipeline: Pipeline,
    data: SplitTable,
    seed: int,
    outputs: _Outputs,
    checkpoints: CheckpointOptions,
    presses: Presses,
) -> None:
    with presses.held(outputs.save_on_interrupt):
        training = training_facts(pipeline, len(data.y_train), seed)
        if not training.epochs:
            _say_that_nothing_is_learnt(training.stop_reason, checkpoints)
        model = TableModel(describe(pipeline, data, seed, unit=outputs.unit), pipeline)
        keep = outputs.save_on_interrupt or training.stop_reason != "interrupted"
        if keep:
            _write(model, data, outputs)
    _report(model.description, outputs, saved=outputs.model if keep else None)
    scores = model.description.held_out
    remark = better_linear_model(scores, bool(model.description.notices)) if scores else None
    if presses.first is not None or training.stop_reason == "interrupted":
        raise Interrupted(_how_far(model.description, outputs, keep) + checkpoints.hint)
    for sentence in (*([remark] if remark else []), *model.description.notices[1:]):
        warnings.warn(sentence, stacklevel=2)


def _say_that_nothing_is_learnt(stop_reason: str, checkpoints: CheckpointOptions) -> NoReturn:
    if stop_reason == "interrupted":
        no_model = "no model was written" if checkpoints.checkpoint else "nothing was written"
        raise Interrupted(f"interrupted before the first epoch was done; {no_model}{checkpoints.hint}")
    raise ValueError(
        f"learning ended before the first epoch was done ({stop_reason}); nothing was written. "
        "Lower --alpha, or choose another --solver."
    )


def _write(model: TableModel, data: SplitTable, outputs: _Outputs) -> None:
    if outputs.model:
        save(model, outputs.model)
    if outputs.plot:
        plot_fit(outputs.plot, model, data)


def _report(description: Description, outputs: _Outputs, saved: Path | None) -> None:
    if outputs.json:
        say_json({"model": None if saved is None else str(saved), **to_json(description)})
    if outputs.report:
        say(*about_training(description))
        if description.held_out:
            say("", *about_scores(description.held_out, description, "rows held out"), "")
        if description.notices:
            say(f"verdict  {description.notices[0]} (of rows that networks held back)")
        say(*_where(saved, outputs))


def _where(saved: Path | None, outputs: _Outputs) -> list[str]:
    lines = [f"saved    {saved} ({size_of(saved)})"] if saved else []
    if outputs.plot and outputs.plot.exists():
        lines.append(f"drawn    {outputs.plot}")
    return lines or ["Nothing was saved: --output NAME.chainrule saves the model."]


def _how_far(description: Description, outputs: _Outputs, keep: bool) -> str:
    came = f"interrupted after epoch {description.training.epochs} (loss {description.training.loss:.4g})"
    if keep:
        return f"{came}; saved to {outputs.model}"
    return f"{came}; nothing was saved (--save-on-interrupt saves)"
