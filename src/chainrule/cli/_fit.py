"""``chainrule fit``: learn a column of a table from the others."""

import secrets
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from pathlib import Path
from typing import NoReturn

import typer
from sklearn.pipeline import Pipeline

from chainrule.cli import _options as opt
from chainrule.cli._console import Interrupted, say, say_json
from chainrule.cli._interrupts import Presses
from chainrule.cli._plot import check_plot_path, plot_fit
from chainrule.cli._report_text import about_scores, about_table, about_training, size_of
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.io import check_model_path, save_model, to_json
from chainrule.network import as_bytes, in_words
from chainrule.tables import (
    Description,
    SplitTable,
    TableModel,
    describe,
    fitted_network,
    read_table,
    split_table,
    table_pipeline,
)

__all__ = ["fit"]

_MODELS = ("mlp",)
_ESTIMATORS = {"classification": MLPClassifier, "regression": MLPRegressor}


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

    def check(self) -> None:
        """Raise now if a result could not be written at the end."""
        if self.model:
            check_model_path(self.model)
        elif self.save_on_interrupt:
            raise ValueError("--save-on-interrupt needs --output MODEL, to know where to save")
        if self.plot:
            check_plot_path(self.plot)


def fit(
    context: typer.Context,
    table: opt.Table,
    target: opt.Target,
    output: opt.SaveModel = None,
    task: opt.TaskName = None,
    unit: opt.Unit = None,
    model: opt.ModelName = "mlp",
    hidden: opt.Hidden = "100",
    activation: opt.Activation = "relu",
    solver: opt.Solver = "adam",
    alpha: opt.Alpha = "0.0001",
    batch_size: opt.BatchSize = None,
    learning_rate_init: opt.LearningRate = 0.001,
    max_iter: opt.MaxIter = 200,
    early_stopping: opt.EarlyStopping = False,
    test_size: opt.TestSize = 0.2,
    seed: opt.Seed = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    save_on_interrupt: opt.SaveOnInterrupt = False,
    plot: opt.Plot = None,
) -> None:
    """Learn a column of a table from the others.

    Numbers are scaled, text becomes one input for each value, and missing cells are filled in. Some rows
    are held out; the model is scored on them, and compared with the best guess that does not look at the
    columns.
    """
    outputs = _Outputs(output, plot, json, quiet, save_on_interrupt, unit)
    outputs.check()
    _check_model_name(model)
    layers = _layer_sizes(hidden)
    seed = secrets.randbelow(2**31) if seed is None else seed
    data = split_table(read_table(table), target, task=task, test_size=test_size, seed=seed)
    estimator = _ESTIMATORS[data.task](
        hidden_layer_sizes=layers,
        activation=activation,
        solver=solver,
        alpha=_alpha(alpha, solver),
        batch_size=batch_size or "auto",
        learning_rate_init=learning_rate_init,
        max_iter=max_iter,
        early_stopping=early_stopping,
        random_state=seed,
        progress=outputs.report,
    )
    estimator._validate_params()  # before anything is printed
    if outputs.report:
        say(*about_table(table, data, seed))
    pipeline = table_pipeline(data.schema, estimator).fit(data.X_train, data.y_train)
    _finish(pipeline, data, seed, outputs, context.find_object(Presses) or Presses())


def _finish(pipeline: Pipeline, data: SplitTable, seed: int, outputs: _Outputs, presses: Presses) -> None:
    with presses.held(outputs.save_on_interrupt):
        history = fitted_network(pipeline).history_
        if not len(history.epoch):
            _say_that_nothing_is_learnt(history.stop_reason)
        model = TableModel(describe(pipeline, data, seed, unit=outputs.unit), pipeline)
        keep = outputs.save_on_interrupt or history.stop_reason != "interrupted"
        if keep:
            _write(model, data, outputs)
    _report(model.description, outputs, saved=outputs.model if keep else None)
    if presses.first is not None or history.stop_reason == "interrupted":
        raise Interrupted(_how_far(model.description, outputs, keep))


def _say_that_nothing_is_learnt(stop_reason: str) -> NoReturn:
    if stop_reason == "interrupted":
        raise Interrupted("interrupted before the first epoch was done; nothing was written")
    raise ValueError(
        f"learning ended before the first epoch was done ({stop_reason}); nothing was written. "
        "Lower --alpha, or choose another --solver."
    )


def _write(model: TableModel, data: SplitTable, outputs: _Outputs) -> None:
    if outputs.model:
        save_model(model, outputs.model)
    if outputs.plot:
        plot_fit(outputs.plot, model, data)


def _report(description: Description, outputs: _Outputs, saved: Path | None) -> None:
    if outputs.json:
        say_json({"model": None if saved is None else str(saved), **to_json(description)})
    if outputs.report:
        say(*about_training(description))
        if description.held_out:
            say("", *about_scores(description.held_out, description, "rows held out"), "")
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


def _check_model_name(model: str) -> None:
    if model not in _MODELS:
        raise ValueError(f"--model {model}: the models are {', '.join(_MODELS)}")


def _layer_sizes(text: str) -> tuple[int, ...]:
    """Return sizes given as ``64,64``; nothing at all means no hidden layer."""
    try:
        sizes = tuple(int(size) for size in text.split(",")) if text.strip() else ()
    except ValueError:
        sizes = (0,)
    if any(size < 1 for size in sizes):
        raise ValueError(f"--hidden {text}: give whole numbers from 1 up, separated by commas, such as 64,64")
    _check_memory(sizes, text)
    return sizes


def _alpha(text: str, solver: str) -> float | str:
    """Return the number, or "bayes"."""
    if text == "bayes":
        if solver != "lm":
            raise ValueError(f"--alpha bayes goes with --solver lm, not with --solver {solver}")
        return text
    try:
        number = float(text)
    except ValueError:
        number = nan
    return opt.ALPHAS.check(number, f"--alpha {text}", ", or bayes")


def _check_memory(sizes: tuple[int, ...], text: str) -> None:
    """Raise MemoryError for layers whose parameters cannot be held, whatever the table and the solver.

    Nothing is allocated here: a system that grants memory which it does not have would kill the process.
    """
    parameters = sum(a * b + b for a, b in pairwise((1, *sizes, 1)))
    least = 2 * 8 * parameters  # η and a gradient in float64
    half_of_free = as_bytes(None)
    if least > half_of_free:
        raise MemoryError(
            f"--hidden {text}: {parameters:,} parameters or more take {in_words(least)} to train; "
            f"half of the free memory is {in_words(half_of_free)}"
        )
