"""``chainrule predict``: the target of each row of a table."""

from pathlib import Path

import pandas as pd

from chainrule._files import check_distinct, check_writable
from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json, say_table
from chainrule.cli._reading import ReadingOptions, copied, read_like_learned, reading_options
from chainrule.io import load_table_model
from chainrule.tables import TableModel, check_table_path, write_table
from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.ensemble import TableRegressor

__all__ = ["predict"]

_STANDARD_OUTPUT = 1


def predict(
    model: opt.Model,
    table: opt.Table,
    copy: opt.Copy = None,
    na: opt.Na = None,
    sep: opt.Separator = None,
    encoding: opt.Encoding = None,
    no_header: opt.NoHeader = False,
    sheet: opt.Sheet = None,
    output: opt.SaveTable = None,
    probabilities: opt.Probabilities = False,
    interval: opt.Interval = None,
    json: opt.Json = False,
) -> None:
    """Predict the target of each row of a table."""
    options = reading_options(
        copy=copy, na=na, separator=sep, encoding=encoding, no_header=no_header, sheet=sheet
    )
    check_distinct(
        {"the model": model, "the table": table},
        {"--output": output, "standard output": _STANDARD_OUTPUT},
    )
    if output:
        check_table_path(output)
        check_writable(output)
    predictions, target = _predictions(load_table_model(model), table, options, probabilities, interval)
    if output:
        write_table(predictions, output)
    if json:
        _say_as_json(predictions, output)
    elif output:
        say(f"{len(predictions):,} predictions of {target} written to {output}")
    else:
        say_table(predictions)


def _predictions(
    model: TableModel, table: Path, options: ReadingOptions, probabilities: bool, interval: float | None
) -> tuple[pd.DataFrame, str]:
    """Return copied columns, predictions and probabilities, and the name of the target."""
    schema = model.description.schema
    if probabilities and model.description.task == "regression":
        raise ValueError(f"--probabilities: the model is a regression, {schema.target!r} has no classes")
    if interval is not None:
        _check_interval(model, interval)
    cells = read_like_learned(table, options, schema, schema.names("text", "boolean", "date", "time"))
    known = cells.without(tuple(name for name in options.copy if name not in schema.names()))
    X = model.features(known, options.na)
    # A copied target is the true value: it stands beside the predicted one.
    name = f"predicted {schema.target}" if schema.target in options.copy else schema.target
    if interval is None:
        predictions = pd.DataFrame({name: model.pipeline.predict(X)})
    else:
        headings = name, f"{interval:.6g} from", f"{interval:.6g} to"
        ends = model.pipeline.predict(X, interval=interval)
        predictions = pd.DataFrame(dict(zip(headings, ends, strict=True)))
    if probabilities:
        names = [f"probability of {label}" for label in model.pipeline.classes_]
        predictions = predictions.join(pd.DataFrame(model.pipeline.predict_proba(X), columns=names))
    if options.copy:
        predictions = _beside(copied(cells, options), predictions)
    return predictions, schema.target


def _check_interval(model: TableModel, interval: float) -> None:
    if not 0 < interval < 1:
        raise ValueError(f"--interval {interval:g}: give a share between 0 and 1, such as 0.9")
    if not isinstance(fitted_estimator(model.pipeline), TableRegressor):
        what = model.description.task
        raise ValueError(
            f"--interval needs a regression learned with --model table; this model is a {what}"
            f"{' by --model mlp' if what == 'regression' else ''}"
        )


def _beside(copied: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    twice = [name for name in predictions if name in copied]
    if twice:
        raise ValueError(
            f"--copy {twice[0]}: the predictions have a column of this name; rename that of the table"
        )
    return pd.concat([copied.reset_index(drop=True), predictions], axis="columns")


def _say_as_json(predictions: pd.DataFrame, output: Path | None) -> None:
    rows: dict[str, object] = {"rows": len(predictions), "output": None if output is None else str(output)}
    say_json(rows | {"predictions": predictions.to_dict("list")} if output is None else rows)
