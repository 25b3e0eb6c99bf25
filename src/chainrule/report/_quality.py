"""Section: how well it predicts, beside simple guesses."""

from collections.abc import Sequence

from chainrule.report._classes import class_charts
from chainrule.report._errors import error_charts
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut, score, share
from chainrule.tables._names import counted

__all__ = ["headline", "lead", "quality"]

_MEASURES = {
    "r2": "R² (1 is perfect, 0 the mean)",
    "mean_absolute_error": "mean absolute error",
    "accuracy": "accuracy",
    "log_loss": "log loss (nats a row)",
}


def headline(subject: Subject) -> str:
    """Return the report in one sentence."""
    target, columns = cut(subject.target, 60), counted(len(subject.columns), "column")
    if subject.y is None:
        return f"Predicts {target} from {columns}; the table given has no {target} to compare with"
    model, constant = subject.beside.model, subject.beside.constant_guess
    if subject.task == "regression":
        ours, guess = (subject.unit.roughly(each["mean_absolute_error"]) for each in (model, constant))
        return f"Predicts {target} with an average error of {ours}; a constant guess errs by {guess}"
    ours, guess = (share(each["accuracy"]) for each in (model, constant))
    return (
        f"Tells {target} right in {ours} of rows; always guessing the most frequent class is right in {guess}"
    )


def lead(subject: Subject) -> str:
    """Return how a linear model does, and which rows are scored."""
    rows = counted(0 if subject.y is None else len(subject.y), "row")
    if subject.which == "none":
        return (
            "The table has no values of the target, so nothing here says how good the predictions are: "
            "scores, charts of errors and the worst rows are left out."
        )
    if subject.which == "held out":
        return f"{_linear(subject)}Measured on {rows} of the table that were held out when the model learned."
    return (
        f"{_linear(subject)}Measured on all {rows} of the table that have the target. Whether the model "
        "learned from some of them is not known; if it did, it looks better here than it is."
    )


def _linear(subject: Subject) -> str:
    """Return how a linear model does, and whether that is better."""
    found, regression = subject.beside, subject.task == "regression"
    measure = "mean_absolute_error" if regression else "accuracy"
    sign = -1 if regression else 1
    ours, guess = (sign * each[measure] for each in (found.model, found.constant_guess))
    worse = "It is no better than the constant guess. " if ours <= guess else ""
    if found.linear is None:
        return worse
    value = found.linear[measure]
    how = f"errs by {subject.unit.roughly(value)}" if regression else f"is right in {share(value)}"
    better = "does better: it " if sign * value > ours else ""
    return f"{worse}A linear model {better}{how}. "


def quality(subject: Subject) -> Markup:
    """Return scores, and charts of what is predicted beside what is true."""
    charts = class_charts(subject) if subject.task == "classification" else error_charts(subject)
    return joined(_scores(subject), charts)


def _scores(subject: Subject) -> Markup:
    found = subject.beside
    known = {"this model": found.model, "linear model": found.linear, "constant guess": found.constant_guess}
    shown = {title: scores for title, scores in known.items() if scores is not None}
    rows: list[Sequence[Content]] = []
    for name, title in _MEASURES.items():
        if name in found.model:
            write = subject.unit.of if name == "mean_absolute_error" else score
            rows.append((title, *(write(scores[name]) for scores in shown.values())))
    caption = f"Scores on {counted(found.rows, 'row')}"
    return joined(
        table(caption, ("measure", *shown), rows), tag("p", _about_baselines(subject), class_="small")
    )


def _about_baselines(subject: Subject) -> str:
    regression = subject.task == "regression"
    guess = "the median (for R² the mean)" if regression else "the shares of the classes"
    constant = f"The constant guess is {guess} where the model learned."
    kind = "ridge" if regression else "logistic"
    if subject.beside.linear is None:
        return f"{constant} There are too few rows, or too many classes, for a linear model."
    if subject.which == "held out":
        return f"{constant} The linear model is {kind} regression that learned from the same rows."
    return (
        f"{constant} The linear model is {kind} regression that learned from four fifths of these rows and "
        "was scored on the last fifth, in turn."
    )
