"""``chainrule report``: a page on a model and its predictions for a table."""

from pathlib import Path
from typing import Annotated

import typer

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._reading import read_like_learned, reading_options
from chainrule.cli._report_text import size_of
from chainrule.io import load_table_model
from chainrule.report import check_report_path, write_report

__all__ = ["report"]

Page = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The page to write, .html (required).",
        rich_help_panel="Output",
    ),
]
Date = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="The report's date. [none]", rich_help_panel="Output"),
]


def report(
    model: opt.Model,
    table: opt.Table,
    na: opt.Na = None,
    sep: opt.Separator = None,
    encoding: opt.Encoding = None,
    no_header: opt.NoHeader = False,
    sheet: opt.Sheet = None,
    output: Page = None,
    date: Date = None,
    json: opt.Json = False,
) -> None:
    """Write a page on a model and its predictions.

    One HTML file that needs no network: what was learned from what, how well, what moves the prediction.
    """
    options = reading_options(na=na, separator=sep, encoding=encoding, no_header=no_header, sheet=sheet)
    if output is None:
        raise ValueError("--output FILE is missing: name the page to write, such as -o report.html")
    check_report_path(output, model, table)
    schema = load_table_model(model).description.schema
    text = (schema.target, *schema.names("text", "boolean", "date", "time"))
    write_report(model, read_like_learned(table, options, schema, text), output, na=options.na, date=date)
    if json:
        say_json({"report": str(output), "bytes": output.stat().st_size})
    else:
        say(f"written  {output} ({size_of(output)})")
