"""``chainrule info``: the description in a model file."""

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import about_scores, about_training, columns_line, size_of
from chainrule.io import read_header, to_json
from chainrule.tables import ConstantClass, Description

__all__ = ["info"]


def info(model: opt.Model, json: opt.Json = False) -> None:
    """Print the description of the model in a file."""
    header = read_header(model)
    description, format_version = header.description, header.format_version
    if description is None:
        raise ValueError(f"{model} holds a {header.kind}, not a model of a table: chainrule.load opens it")
    if json:
        fitted = {"format_version": format_version, "fitted_at": header.fitted_at}
        say_json({"model": str(model), **fitted, **to_json(description)})
        return
    written = ", ".join(f"{name} {version}" for name, version in description.versions.items())
    date = f", fitted {header.fitted_at}" if header.fitted_at else ""
    say(f"{model} ({size_of(model)}), format {format_version}, written by {written}{date}")
    say(*_about_columns(description), *about_training(description))
    if description.held_out:
        say("", *about_scores(description.held_out, description, "rows held out"))


def _about_columns(description: Description) -> list[str]:
    schema = description.schema
    lines = [f"target   {schema.target}: {description.task}"]
    if isinstance(description.guess, ConstantClass):
        lines.append(f"classes  {', '.join(map(str, description.guess.classes))}")
    lines.append(f"columns  {columns_line(schema)}")
    width = max(len(column.name) for column in schema.columns)
    lines += [f"         {column.name:<{width}}  {column.kind}" for column in schema.columns]
    lines.append(f"rows     {description.training.rows:,} learned from (seed {description.training.seed})")
    return lines
