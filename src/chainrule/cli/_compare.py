"""``chainrule compare``: our models beside others, on the same rows held out."""

from collections.abc import Sequence

from chainrule.cli import _options as opt
from chainrule.cli._console import progress_is_seen, say, say_json
from chainrule.cli._cv import fold_scores
from chainrule.cli._learnable import drawn, learnable
from chainrule.cli._option_groups import LearningOptions, ModelChoice, TableOptions, with_option_groups
from chainrule.cli._reading import named, paths_of, shown_as
from chainrule.cli._report_text import SCORE_NAMES, about_target, score_text
from chainrule.cli._settings import MODELS
from chainrule.cli._terminal import screen_width
from chainrule.cli._text_table import text_table
from chainrule.tables import Comparison, MethodScores, Task, compare, of_estimator, peer_names
from chainrule.tables._names import meant

__all__ = ["compare_models"]


@with_option_groups
def compare_models(
    table: opt.Tables,
    reading: TableOptions,
    learning: LearningOptions,
    task: opt.TaskName = None,
    folds: opt.Folds = 5,
    seed: opt.FoldSeed = None,
    beside: opt.Beside = None,
    json: opt.Json = False,
) -> None:
    """Compare with models of scikit-learn and LightGBM.

    All are scored on the same folds. Settings are those of ours; the others have theirs by default. LightGBM
    takes part where it is installed.
    """
    tables, choices, seed = paths_of(table), _ours(learning), drawn(seed)
    data = learnable(tables, reading, task)
    only = None if beside is None else _known(beside, data.task)
    ours = [of_estimator(f"chainrule {each.name}", each.estimator(data.task, seed)) for each in choices]
    if not json:
        say(*about_target(named(tables), data))
    found = compare(data, ours, folds, seed=seed, only=only, progress=progress_is_seen())
    if json:
        about = {"table": shown_as(tables), "target": data.schema.target, "task": data.task}
        ranked = [
            {"rank": rank, "name": scores.name, **fold_scores(scores)}
            for rank, scores in enumerate(found.methods, 1)
        ]
        rows = len(data.y_train)
        say_json({**about, "rows": rows, "seed": seed, "error": found.error, "models": ranked})
    else:
        unit = f", in the unit of {data.schema.target}" if data.task == "regression" else ""
        say(
            f"folds    {folds}, the same for all (seed {seed})",
            f"error    {SCORE_NAMES[found.error]}{unit}: mean and standard deviation over the folds",
            "",
            *_ranking(found),
        )


def _ours(learning: LearningOptions) -> list[ModelChoice]:
    """Return the model that options mean; all of ours where they mean none."""
    choice = learning.chosen()
    if choice.settings or learning.model is not None:
        return [choice]
    return [ModelChoice(name, "by default", {}) for name in MODELS]


def _known(names: Sequence[str], task: Task) -> list[str]:
    known = peer_names(task)
    for name in names:
        if name not in known:
            absent = name == "LightGBM"
            near = "; it is not installed: pip install lightgbm" if absent else meant(name, known)
            raise ValueError(f"--beside {name}: the models are {', '.join(known)}{near}")
    return list(names)


def _ranking(found: Comparison) -> list[str]:
    error, other = found.error, _other(found.methods[0], found.error)
    rows = [("", "model", "error", "± spread", SCORE_NAMES[other], "seconds")]
    for rank, scores in enumerate(found.methods, 1):
        rows.append(
            (
                f"{rank}",
                scores.name,
                score_text(error, scores.mean(error)),
                score_text(error, scores.spread(error)),
                score_text(other, scores.mean(other)),
                f"{sum(scores.seconds):.2f}",
            )
        )
    return text_table(rows, {0, 2, 3, 4, 5}, screen_width())


def _other(scores: MethodScores, error: str) -> str:
    return next(name for name in scores.folds[0] if name != error)
