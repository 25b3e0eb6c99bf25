"""Text of the reports."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from chainrule.cli._terminal import screen_width, width_of
from chainrule.cli._text_table import text_table
from chainrule.tables import ColumnReport, Description, HeldOut, Schema, SplitTable
from chainrule.tables._names import counted
from chainrule.tables.columns import Kind
from chainrule.tables.leaves import SplitLeaves

__all__ = [
    "SCORE_NAMES",
    "about_columns",
    "about_scores",
    "about_table",
    "about_target",
    "about_training",
    "better_linear_model",
    "columns_line",
    "number",
    "score_text",
    "signed",
    "size_of",
]

SCORE_NAMES = {
    "r2": "R²",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
    "accuracy": "accuracy",
    "log_loss": "log loss",
}
_IN_UNITS = {"mean_absolute_error", "root_mean_squared_error"}
_HOLDS: dict[Kind, str] = {
    "number": "numbers",
    "text": "text",
    "boolean": "truth values",
    "date": "dates",
    "time": "times",
}
_STOPPED = {
    "no improvement": "the loss or score no longer improved",
    "max_iter": "--max-iter was reached (the loss was still changing)",
    "interrupted": "it was interrupted",
    "converged": "it converged",
    "small gradient": "the gradient was small",
    "small step": "the steps were small",
    "small change": "the loss hardly changed",
    "callback": "a callback stopped it",
    "time limit": "--time-limit was reached",
    "diverged": "the weights were no longer finite (the best ones before that are kept)",
}


def about_table(table: str, data: SplitTable | SplitLeaves, seed: int) -> list[str]:
    """Return lines about the table, the target and the rows."""
    return [
        *about_target(table, data),
        f"rows     {data.n_train:,} to learn from, {data.n_test:,} held out (seed {seed})",
    ]


def about_target(table: str, data: SplitTable | SplitLeaves) -> list[str]:
    """Return lines about the table and the target."""
    asked = data.why == "asked for"
    why = "as asked" if asked else f"guessed from its values ({data.why}); --task overrules"
    rows = counted(data.n_train + data.n_test, "row")
    return [
        f"{table}: {rows}, {columns_line(data.schema)}",
        f"target   {data.schema.target}: {data.task}, {why}",
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
    activation = network.settings["activation"]
    # A solver with settings of its own is shown without their list; table estimators have one solver.
    solver = str(network.settings.get("solver", "adam")).partition("(")[0]
    epochs, why = counted(training.epochs, "epoch"), _STOPPED.get(training.stop_reason, training.stop_reason)
    several = "n_members" in network.settings
    if several and training.stop_reason == "max_iter":
        why = "all planned steps were taken"
    members = f"{network.members} of " if several else ""
    return [
        f"network  {members}{sizes} ({activation}), {network.n_parameters:,} parameters",
        f"training {'at most ' * several}{epochs} in {training.seconds:.2f} s with {solver}, until {why}",
    ]


def about_scores(scores: HeldOut, description: Description, rows: str, width: int | None = None) -> list[str]:
    """Return a small table of scores: model, linear model and constant guess; `rows` says on which rows.

    It is as wide as the screen at most, or as `width`.
    """
    columns = {"model": scores.model, "linear model": scores.linear, "constant guess": scores.constant_guess}
    known = {title: values for title, values in columns.items() if values is not None}
    table = [(f"{scores.rows:,} {rows}", *known)]
    table += [
        (SCORE_NAMES[name], *(score_text(name, values[name]) for values in known.values()))
        for name in scores.model
    ]
    unit = description.unit or f"(in the unit of {description.schema.target})"
    units = ["", *(unit if name in _IN_UNITS else "" for name in scores.model)]
    figures, width = range(1, len(known) + 1), screen_width() if width is None else width
    beside = text_table([(*row, text) for row, text in zip(table, units, strict=True)], figures, 10**6)
    if max(map(width_of, beside)) <= width:
        return beside
    below = description.unit or f"the unit of {description.schema.target}"
    return [*text_table(table, figures, width), *[f"(errors are in {below})"] * any(units)]


def better_linear_model(scores: HeldOut, table: bool) -> str | None:
    """Return a remark if the linear model predicts better than the network, by R² or accuracy as printed."""
    name = next(iter(scores.model))
    if scores.linear is None or not round(scores.linear[name], 4) > round(scores.model[name], 4):
        return None
    title, line, network = SCORE_NAMES[name], scores.linear[name], scores.model[name]
    what = "--effort strong" if table else "more epochs (--max-iter), another --solver or --alpha"
    return (
        f"a linear model predicts the rows held out better than this network ({title} {_four_digits(line)} "
        f"against {_four_digits(network)}): {what} may help"
    )


def number(value: float) -> str:
    """Return a number with about four digits.

    >>> number(2742.512), number(296.1234), number(180.0), number(0.98123), number(1e-7), number(0.0)
    ('2,743', '296.1', '180', '0.9812', '1e-07', '0')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.4g}"


def signed(value: float) -> str:
    """Return a number with about four digits and its sign.

    >>> signed(2742.512), signed(-0.5), signed(0.0)
    ('+2,743', '-0.5', '0')
    """
    return f"+{number(value)}" if value > 0 else number(value + 0.0)  # no minus before zero


def score_text(name: str, value: float, spread: float | None = None) -> str:
    """Return a score as reports have it, with its spread.

    >>> score_text("r2", 0.98765, 0.0012), score_text("mean_absolute_error", 12345.6)
    ('0.9877 ± 0.0012', '12,346')
    """
    write = number if name in _IN_UNITS else _four_digits
    return write(value) if spread is None else f"{write(value)} ± {write(spread)}"


def _four_digits(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}" if abs(value) < 10_000 else f"{value:.3g}"


def size_of(path: Path) -> str:
    """Return the size of a file in words."""
    size = path.stat().st_size
    return f"{size:,} bytes" if size < 1000 else f"{size / 1000:,.0f} kB"


_TITLES = ("column", "kind", "read as", "missing", "example", "")


def about_columns(rows: Sequence[ColumnReport], most: int | None = 30, width: int = 80) -> list[str]:
    """Return a table of how columns are read, at most `width` wide and with at most `most` rows.

    >>> for line in about_columns([ColumnReport("price", "number", "1.234,5", 3, "12.000,0", "target")]):
    ...     print(line)
    column  kind    read as  missing  example
    price   number  1.234,5        3  12.000,0  target
    """
    shown = rows if most is None else rows[:most]
    table = text_table([_TITLES, *map(_cells, shown)], {3}, width)
    left = len(rows) - len(shown)
    return [*table, f"… and {left:,} more (--columns shows all)"] if left else table


def _cells(row: ColumnReport) -> tuple[str, ...]:
    missing = f"{row.missing:,}" if row.missing else ""
    return (row.name, row.kind, row.read_as, missing, row.example, row.use)
