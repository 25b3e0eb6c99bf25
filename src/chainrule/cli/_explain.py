"""``chainrule explain``: what a prediction depends on, in units of the data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._explain_row import known_class, say_row
from chainrule.cli._option_groups import NewTableOptions, with_option_groups
from chainrule.cli._reading import named, paths_of, read_like_learned, shown_as
from chainrule.cli._report_text import number, signed
from chainrule.cli._terminal import screen_width
from chainrule.cli._text_table import text_table
from chainrule.io import load_table_model
from chainrule.tables import ColumnEffect, Effects, TableModel, effects_of
from chainrule.tables._names import counted

__all__ = ["explain"]

_MOST_OUTPUTS = 3


@with_option_groups
def explain(
    model: opt.Model,
    table: opt.Tables,
    reading: NewTableOptions,
    row: opt.Row = None,
    class_: opt.ClassName = None,
    most_rows: opt.MostRows = 2000,
    json: opt.Json = False,
) -> None:
    """Say how predictions depend on each column.

    Exact derivatives in units of the data: of numbers the change of the prediction for one unit of the
    column, of text the differences between categories. With --row, what each column adds to the prediction
    for that row.
    """
    tables = paths_of(table)
    options = reading.checked()
    loaded = load_table_model(model)
    schema, task = loaded.description.schema, loaded.description.task
    if class_ is not None and task == "regression":
        raise ValueError(f"--class: the model is a regression, {schema.target!r} has no classes")
    X = loaded.features(read_like_learned(tables, options, schema), options.na)
    about = {"model": str(model), "table": shown_as(tables), "target": schema.target, "task": task}
    if row is None:
        found = effects_of(loaded.pipeline, X, schema.target, most_rows)
        chosen = list(found.columns) if class_ is None else [known_class(list(found.columns), class_)]
        _say_effects(loaded, found, chosen, named(tables), about, json)
    else:
        if row > len(X):
            raise ValueError(f"--row {row}: {named(tables)} has {len(X):,} rows, counted from 1")
        say_row(loaded, X, row, class_, about, json)


def _say_effects(
    model: TableModel, found: Effects, chosen: list[str], table: str, about: dict[str, Any], json: bool
) -> None:
    if json:
        effects = {name: [asdict(each) for each in found.columns[name]] for name in chosen}
        say_json({**about, "rows": found.rows, "effects": effects})
        return
    for place, output in enumerate(chosen[:_MOST_OUTPUTS]):
        say(*[""] * bool(place), *_title(model, output, found.rows, table), *_effects(found.columns[output]))
    if len(chosen) > _MOST_OUTPUTS:
        say("", f"other classes, with --class NAME: {', '.join(chosen[_MOST_OUTPUTS:])}")
    say("", *_LEGEND)


_LEGEND = (
    "per unit  change of the prediction for one unit of the column (mean of the exact derivative); of "
    "categories the exact difference from the most frequent one",
    "effect    how far the prediction moves with a usual change of the column (a standard deviation)",
)


def _title(model: TableModel, output: str, rows: int, table: str) -> list[str]:
    description = model.description
    of = output if description.task == "regression" else f"probability of {output}"
    unit = f", in {description.unit}" if description.unit else ""
    return [f"{of}{unit}, averaged over {counted(rows, 'row')} of {table}", ""]


def _effects(columns: Sequence[ColumnEffect]) -> list[str]:
    rows: list[tuple[str, ...]] = [("column", "per unit", "± members", "mean |per unit|", "effect")]
    for each in columns:
        slopes = (_figure(value) for value in (each.mean, each.spread, each.mean_absolute))
        rows.append((each.column, *slopes, number(each.effect)))
        for category in each.categories:
            rows.append(
                (f"  {category.category}", signed(category.difference), _figure(category.spread), "", "")
            )
    return text_table(rows, {1, 2, 3, 4}, screen_width())


def _figure(value: float | None) -> str:
    return "" if value is None else number(value)
