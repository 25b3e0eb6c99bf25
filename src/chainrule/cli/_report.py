"""``chainrule report``: a page on a model and its predictions for a table."""

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._option_groups import NewTableOptions, with_option_groups
from chainrule.cli._reading import inputs, paths_of, read_like_learned
from chainrule.cli._report_text import size_of
from chainrule.io import load_table_model
from chainrule.report import check_report_path, write_report

__all__ = ["report"]


@with_option_groups
def report(
    model: opt.Model,
    table: opt.Tables,
    reading: NewTableOptions,
    output: opt.Page = None,
    date: opt.Date = None,
    json: opt.Json = False,
) -> None:
    """Write a page on a model and its predictions.

    One HTML file that needs no network: what was learned from what, how well, what moves the prediction.
    """
    tables, options = paths_of(table), reading.checked()
    if output is None:
        raise ValueError("--output FILE is missing: name the page to write, such as -o report.html")
    check_report_path(output, inputs(tables, model=model))
    schema = load_table_model(model).description.schema
    cells = read_like_learned(tables, options, schema, [schema.target])
    write_report(model, cells, output, na=options.na, date=date)
    if json:
        say_json({"report": str(output), "bytes": output.stat().st_size})
    else:
        say(f"written  {output} ({size_of(output)})")
