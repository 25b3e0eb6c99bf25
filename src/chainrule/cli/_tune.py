"""``chainrule tune``: settings with which a model errs less."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sklearn.base import clone

from chainrule._files import check_distinct
from chainrule.cli import _options as opt
from chainrule.cli._console import Interrupted, ReaderGone, progress_is_seen, say, say_json
from chainrule.cli._cv import fold_scores
from chainrule.cli._learnable import drawn, learnable
from chainrule.cli._option_groups import LearningOptions, ModelChoice, TableOptions, with_option_groups
from chainrule.cli._reading import inputs, named, paths_of, shown_as
from chainrule.cli._report_text import (
    SCORE_NAMES,
    about_scores,
    about_table,
    about_training,
    score_text,
    size_of,
)
from chainrule.cli._settings import as_options, typed
from chainrule.cli._terminal import screen_width
from chainrule.cli._text_table import table_with_text
from chainrule.io import check_model_path, save, to_json
from chainrule.tables import ERRORS, SplitTable, TableModel, Trial, Tuning, describe, table_pipeline
from chainrule.tables import tune as search
from chainrule.tables._model import training_facts
from chainrule.tables._names import counted
from chainrule.tables._pipeline import Estimator
from chainrule.tables.validation._tune import engine_of

__all__ = ["tune"]

_SHOWN = 10
_STANDARD_OUTPUT = 1


@with_option_groups
def tune(
    table: opt.Tables,
    reading: TableOptions,
    learning: LearningOptions,
    task: opt.TaskName = None,
    candidates: opt.Candidates = 20,
    folds: opt.TuneFolds = 3,
    search_by: opt.Search = None,
    test_size: opt.TestSize = 0.2,
    seed: opt.Seed = None,
    output: opt.SaveModel = None,
    json: opt.Json = False,
) -> None:
    """Search for settings with which a model errs less.

    Settings that are given are kept; others are searched. The best are fitted at the end, and scored on
    rows held out that the search has not seen. --time-limit is that of the whole.
    """
    tables = paths_of(table)
    check_distinct(inputs(tables), {"--output": output, "standard output": _STANDARD_OUTPUT})
    if output:
        check_model_path(output)
    engine = engine_of(search_by)  # before a table is read in vain
    choice, seed = replace(learning, time_limit=None).chosen(), drawn(seed)
    data = learnable(tables, reading, task, test_size, seed)
    estimator = choice.estimator(data.task, seed)
    say_before = partial(_say_before, json, output)
    say_before(*about_table(named(tables), data, seed), choice.in_words)
    found = search(
        data, estimator, candidates, folds, fixed=choice.settings, engine=engine,
        time_limit=learning.time_limit, seed=seed, progress=progress_is_seen(),
    )  # fmt: skip
    best = as_options(choice.name, {**choice.settings, **found.best.settings})
    say_before(f"search   {_how(found, folds)}", "", *_ranking(found, ERRORS[data.task]), "", _best(best))
    if found.stop_reason == "interrupted":
        raise Interrupted(f"interrupted after {counted(found.n_tried, 'trial')}; nothing was saved")
    model = _fitted(data, estimator, found.best, seed)
    if output:
        save(model, output)
    if json:
        written = {"model": None if output is None else str(output), "fit": to_json(model.description)}
        say_json(_as_json(tables, data, choice, found, best) | written)
    else:
        say(*about_training(model.description))
        if model.description.held_out:
            say("", *about_scores(model.description.held_out, model.description, "rows held out"), "")
        nothing = "Nothing was saved: --output NAME.chainrule saves the best model."
        say(f"saved    {output} ({size_of(output)})" if output else nothing)


def _say_before(json: bool, output: Path | None, *lines: str) -> None:
    """Print lines before the model is saved; without a reader it is still to be saved."""
    if not json:
        with suppress(*[ReaderGone] * bool(output)):
            say(*lines)


def _fitted(data: SplitTable, estimator: Estimator, best: Trial, seed: int) -> TableModel:
    """Return the model that learned from all rows with the best settings."""
    chosen = clone(estimator).set_params(**best.settings)
    pipeline = table_pipeline(data.schema, chosen).fit(data.X_train, data.y_train)
    if training_facts(pipeline, len(data.y_train), seed).stop_reason == "interrupted":
        raise Interrupted("interrupted while the best settings were fitted; nothing was saved")
    return TableModel(describe(pipeline, data, seed), pipeline)


def _best(options: str) -> str:
    return f"best     {options}" if options else "best     the settings by default"


def _how(found: Tuning, folds: int) -> str:
    ended = {
        "all tried": "",
        "time limit": "; --time-limit was reached",
        "interrupted": "; it was interrupted",
    }[found.stop_reason]
    return f"{found.engine}: {counted(found.n_tried, 'trial')} of settings on {folds} folds{ended}"


def _ranking(found: Tuning, error: str) -> list[str]:
    """Return a table of the best trials."""
    rows, texts = [("", "error", "± spread", "seconds")], ["settings"]
    for rank, trial in enumerate(found.trials[:_SHOWN], 1):
        figures = (score_text(error, trial.error), score_text(error, trial.scores.spread(error)))
        rows.append((f"{rank}", *figures, f"{sum(trial.scores.seconds):.2f}"))
        texts.append(" ".join(map(_short, trial.settings.items())) or "by default")
    left = len(found.trials) - _SHOWN
    return [
        *table_with_text(rows, texts, screen_width()),
        *([f"… and {left:,} more, with larger errors"] if left > 0 else []),
        f"error: {SCORE_NAMES[error]}, mean and standard deviation over the folds",
    ]


def _short(setting: tuple[str, Any]) -> str:
    """Return a setting in few letters; sizes and activation need no name."""
    name, value = setting
    text = typed(value)
    return text if name in ("hidden_layer_sizes", "activation") else f"{_SHORT.get(name, name)}={text}"


_SHORT = {"learning_rate_init": "rate", "batch_size": "batch"}


def _as_json(
    tables: list[Path], data: SplitTable, choice: ModelChoice, found: Tuning, best: str
) -> dict[str, Any]:
    ranked = [
        {"rank": rank, "settings": dict(trial.settings), "error": trial.error, **fold_scores(trial.scores)}
        for rank, trial in enumerate(found.trials, 1)
    ]
    return {
        "table": shown_as(tables),
        "target": data.schema.target,
        "task": data.task,
        "search": found.engine,
        "stop_reason": found.stop_reason,
        "tried": found.n_tried,
        "best": {"options": best, "settings": {**choice.settings, **found.best.settings}},
        "trials": ranked,
    }
