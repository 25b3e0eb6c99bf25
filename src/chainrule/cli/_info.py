"""``chainrule info``: what a model file says about its model."""

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import about_scores, about_training, columns_line, size_of
from chainrule.io import Header, read_header
from chainrule.tables import ConstantClass

__all__ = ["info"]


def info(model: opt.Model, json: opt.Json = False) -> None:
    """Say what a model file holds."""
    header = read_header(model)
    if json:
        say_json({"model": str(model), **header.to_json()})
        return
    written = ", ".join(f"{name} {version}" for name, version in header.versions.items())
    say(f"{model} ({size_of(model)}), written by {written}", *_about_columns(header), *about_training(header))
    if header.held_out:
        say("", *about_scores(header.held_out, header, "rows held out"))


def _about_columns(header: Header) -> list[str]:
    schema = header.schema
    lines = [f"target   {schema.target}: {header.task}"]
    if isinstance(header.guess, ConstantClass):
        lines.append(f"classes  {', '.join(map(str, header.guess.classes))}")
    lines.append(f"columns  {columns_line(schema)}")
    width = max(len(column.name) for column in schema.columns)
    lines += [f"         {column.name:<{width}}  {column.kind}" for column in schema.columns]
    lines.append(f"rows     {header.training.rows:,} learned from (seed {header.training.seed})")
    return lines
