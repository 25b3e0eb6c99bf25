"""``chainrule score``: scores of a model on a table whose target is known."""

from dataclasses import asdict

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import about_scores
from chainrule.io import load_model
from chainrule.tables import read_table

__all__ = ["score"]


def score(model: opt.Model, table: opt.Table, json: opt.Json = False) -> None:
    """Score a model on a table with known targets."""
    loaded = load_model(model)
    scores = loaded.scores(read_table(table, text=loaded.description.text_columns))
    if json:
        say_json({"table": str(table), "target": loaded.description.schema.target, **asdict(scores)})
    else:
        say(*about_scores(scores, loaded.description, f"rows of {table.name}"))
