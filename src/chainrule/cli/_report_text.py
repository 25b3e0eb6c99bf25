"""Text of the reports."""

from collections import Counter
from pathlib import Path

from chainrule.tables import Description, HeldOut, Schema, SplitTable
from chainrule.tables._kinds import Kind
from chainrule.tables._names import counted

__all__ = ["about_scores", "about_table", "about_training", "columns_line", "number", "size_of"]

_SCORE_NAMES = {
    "r2": "R²",
    "mean_absolute_error": "mean absolute error",
    "accuracy": "accuracy",
    "log_loss": "log loss",
}
_HOLDS: dict[Kind, str] = {"number": "numbers", "text": "text", "boolean": "truth values", "date": "dates"}
_STOPPED = {
    "no improvement": "the loss or score no longer improved",
    "max_iter": "--max-iter was reached (the loss was still changing)",
    "interrupted": "it was interrupted",
    "converged": "it converged",
    "small gradient": "the gradient was small",
    "small step": "the steps were small",
    "small change": "the loss hardly changed",
    "callback": "a callback stopped it",
    "diverged": "the weights were no longer finite (the best ones before that are kept)",
}


def about_table(table: Path, data: SplitTable, seed: int) -> list[str]:
    """Return lines about the table, the target and the rows."""
    asked = data.why == "asked for"
    why = "as asked" if asked else f"guessed from its values ({data.why}); --task overrules"
    learned, held_out = len(data.y_train), len(data.y_test)
    return [
        f"{table}: {counted(learned + held_out, 'row')}, {columns_line(data.schema)}",
        f"target   {data.schema.target}: {data.task}, {why}",
        f"rows     {learned:,} to learn from, {held_out:,} held out (seed {seed})",
    ]


def columns_line(schema: Schema) -> str:
    """Return the number of columns, and of each kind."""
    kinds = Counter(column.kind for column in schema.columns)
    counts = ", ".join(f"{kinds[kind]} of {words}" for kind, words in _HOLDS.items() if kinds[kind])
    return f"{counted(len(schema.columns), 'column')} to learn from ({counts})"


def about_training(description: Description) -> list[str]:
    """Return lines about the network and its training."""
    network, training = description.network, description.training
    sizes = "-".join(map(str, network.layer_sizes))
    activation, solver = network.settings["activation"], network.settings["solver"]
    epochs, why = counted(training.epochs, "epoch"), _STOPPED.get(training.stop_reason, training.stop_reason)
    return [
        f"network  {sizes} ({activation}), {network.n_parameters:,} parameters",
        f"training {epochs} in {training.seconds:.2f} s with {solver}, until {why}",
    ]


def about_scores(scores: HeldOut, description: Description, rows: str) -> list[str]:
    """Return a small table of scores: model and constant guess; `rows` says on which rows."""
    lines = [f"{f'{scores.rows:,} {rows}':<26}{'model':>12}{'constant guess':>18}"]
    in_units = description.unit or f"(in the unit of {description.schema.target})"
    for name, value in scores.model.items():
        write, unit = (number, f"   {in_units}") if name == "mean_absolute_error" else (_four_digits, "")
        lines.append(
            f"{_SCORE_NAMES[name]:<26}{write(value):>12}{write(scores.constant_guess[name]):>18}{unit}"
        )
    return lines


def number(value: float) -> str:
    """Return a number with about four digits.

    >>> number(2742.512), number(296.1234), number(0.98123), number(1e-7), number(0.0)
    ('2,743', '296.1', '0.9812', '1e-07', '0')
    """
    if 1000 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.1f}" if 100 <= abs(value) < 1000 else f"{value:.4g}"


def _four_digits(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}" if abs(value) < 10_000 else f"{value:.3g}"


def size_of(path: Path) -> str:
    """Return the size of a file in words."""
    size = path.stat().st_size
    return f"{size:,} bytes" if size < 1000 else f"{size / 1000:,.0f} kB"
