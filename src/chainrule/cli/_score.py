"""``chainrule score``: scores of a model on a table whose target is known."""

from dataclasses import asdict

import numpy as np

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._option_groups import NewTableOptions, with_option_groups
from chainrule.cli._progress import rows_shown
from chainrule.cli._reading import named, opened_like_learned, paths_of, shown_as
from chainrule.cli._report_text import about_scores
from chainrule.io import load_table_model
from chainrule.tables._stream import ModelTable

__all__ = ["score"]


@with_option_groups
def score(
    model: opt.Model,
    table: opt.Tables,
    reading: NewTableOptions,
    json: opt.Json = False,
) -> None:
    """Score a model on a table with known targets."""
    options = reading.checked()
    tables = paths_of(table)
    loaded = load_table_model(model)
    description, sums = loaded.description, loaded.score_sums()
    schema = description.schema
    with (
        opened_like_learned(tables, options, schema, [schema.target]) as pieces,
        rows_shown(pieces) as rows,
    ):
        read = ModelTable(loaded, pieces, options.na, with_target=True)
        rows.begin("reading")
        read.survey(rows.reached)
        rows.begin("scoring", pieces.n_rows)
        for block in read.blocks():
            if block.y is not None and block.has_target is not None:
                sums.add(block.X, block.row, np.flatnonzero(block.has_target), block.y)
            rows.reached(block.row + len(block.X))
    scores = sums.scores()
    if json:
        say_json({"table": shown_as(tables), "target": schema.target, **asdict(scores)})
    else:
        say(*about_scores(scores, description, f"rows of {named(tables)}"))
