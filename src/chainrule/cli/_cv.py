"""``chainrule cv``: scores of a model on rows that are held out in turn."""

from typing import Any

from chainrule.cli import _options as opt
from chainrule.cli._console import progress_is_seen, say, say_json
from chainrule.cli._learnable import drawn, learnable
from chainrule.cli._option_groups import LearningOptions, TableOptions, with_option_groups
from chainrule.cli._reading import named, paths_of, shown_as
from chainrule.cli._report_text import SCORE_NAMES, about_target, score_text
from chainrule.cli._terminal import screen_width
from chainrule.cli._text_table import text_table
from chainrule.tables import CrossValidation, MethodScores, cross_validate

__all__ = ["cv", "fold_scores"]


@with_option_groups
def cv(
    table: opt.Tables,
    reading: TableOptions,
    learning: LearningOptions,
    task: opt.TaskName = None,
    folds: opt.Folds = 5,
    seed: opt.FoldSeed = None,
    json: opt.Json = False,
) -> None:
    """Score a model by cross-validation.

    Rows are held out in turn: each fold is predicted by a model that learned from the other folds. The linear
    model and the constant guess stand beside it.
    """
    tables, choice, seed = paths_of(table), learning.chosen(), drawn(seed)
    data = learnable(tables, reading, task)
    estimator = choice.estimator(data.task, seed)
    if not json:
        say(*about_target(named(tables), data), choice.in_words)
    found = cross_validate(data, estimator, folds, seed=seed, progress=progress_is_seen())
    if json:
        about = {"table": shown_as(tables), "target": data.schema.target, "task": data.task}
        say_json({**about, "model": choice.name, "seed": seed, **_as_json(found)})
    else:
        say(f"folds    {_rows_of(found)} (seed {seed})", "", *_about_folds(found), "", *_about_means(found))


def fold_scores(scores: MethodScores) -> dict[str, Any]:
    """Return the scores of a method as JSON has them."""
    names = [*scores.folds[0]]
    return {
        "mean": {name: scores.mean(name) for name in names},
        "spread": {name: scores.spread(name) for name in names},
        "folds": list(scores.folds),
        "seconds": list(scores.seconds),
    }


def _as_json(found: CrossValidation) -> dict[str, Any]:
    beside = {"linear": found.linear, "constant_guess": found.constant_guess}
    return {
        "rows": list(found.rows),
        "scores": fold_scores(found.model),
        **{name: None if scores is None else fold_scores(scores) for name, scores in beside.items()},
    }


def _rows_of(found: CrossValidation) -> str:
    fewest, most = min(found.rows), max(found.rows)
    rows = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return f"{len(found.rows)} of {rows} rows, each held out once"


def _about_folds(found: CrossValidation) -> list[str]:
    names = [*found.model.folds[0]]
    rows = [("fold", *(SCORE_NAMES[name] for name in names), "seconds")]
    for number, (scores, seconds) in enumerate(zip(found.model.folds, found.model.seconds, strict=True), 1):
        rows.append((f"{number:,}", *(score_text(name, scores[name]) for name in names), f"{seconds:.2f}"))
    return text_table(rows, range(1, len(names) + 2), screen_width())


def _about_means(found: CrossValidation) -> list[str]:
    columns = {"model": found.model, "linear": found.linear, "constant": found.constant_guess}
    known = {title: scores for title, scores in columns.items() if scores is not None}
    names = [*found.model.folds[0]]
    rows = [
        ("", *(SCORE_NAMES[name] for name in names)),
        *(
            (title, *(score_text(name, scores.mean(name), scores.spread(name)) for name in names))
            for title, scores in known.items()
        ),
    ]
    table = text_table(rows, range(1, len(names) + 1), screen_width())
    return ["mean ± standard deviation over the folds", *table]
