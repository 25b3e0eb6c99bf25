"""``chainrule score``: scores of a model on a table whose target is known."""

from dataclasses import asdict

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._reading import read_like_learned, reading_options
from chainrule.cli._report_text import about_scores
from chainrule.io import load_table_model

__all__ = ["score"]


def score(
    model: opt.Model,
    table: opt.Table,
    na: opt.Na = None,
    sep: opt.Separator = None,
    encoding: opt.Encoding = None,
    no_header: opt.NoHeader = False,
    sheet: opt.Sheet = None,
    json: opt.Json = False,
) -> None:
    """Score a model on a table with known targets."""
    options = reading_options(na=na, separator=sep, encoding=encoding, no_header=no_header, sheet=sheet)
    loaded = load_table_model(model)
    schema = loaded.description.schema
    text = (schema.target, *schema.names("text", "boolean", "date", "time"))
    scores = loaded.scores(read_like_learned(table, options, schema, text), options.na)
    if json:
        say_json({"table": str(table), "target": loaded.description.schema.target, **asdict(scores)})
    else:
        say(*about_scores(scores, loaded.description, f"rows of {table.name}"))
