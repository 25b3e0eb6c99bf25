"""``chainrule predict``: the target of each row of a table."""

import sys
from pathlib import Path

import pandas as pd

from chainrule._files import check_writable
from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.io import load_model
from chainrule.tables import TableModel, check_table_path, read_table, write_table

__all__ = ["predict"]


def predict(
    model: opt.Model,
    table: opt.Table,
    output: opt.SaveTable = None,
    probabilities: opt.Probabilities = False,
    json: opt.Json = False,
) -> None:
    """Predict the target of each row of a table."""
    if output:
        check_table_path(output)
        check_writable(output)
    loaded = load_model(model)
    predictions = _predictions(loaded, read_table(table, text=loaded.description.text_columns), probabilities)
    if output:
        write_table(predictions, output)
    if json:
        _say_as_json(predictions, output)
    elif output:
        say(f"{len(predictions):,} predictions of {loaded.description.schema.target} written to {output}")
    else:
        predictions.to_csv(sys.stdout, index=False)


def _predictions(model: TableModel, frame: pd.DataFrame, probabilities: bool) -> pd.DataFrame:
    schema = model.description.schema
    if probabilities and model.description.task == "regression":
        raise ValueError(f"--probabilities: the model is a regression, {schema.target!r} has no classes")
    predictions = pd.DataFrame({schema.target: model.predict(frame)})
    if probabilities:
        shares = model.predict_proba(frame).reset_index(drop=True)
        predictions = predictions.join(shares.add_prefix("probability of "))
    return predictions


def _say_as_json(predictions: pd.DataFrame, output: Path | None) -> None:
    rows: dict[str, object] = {"rows": len(predictions), "output": None if output is None else str(output)}
    say_json(rows | {"predictions": predictions.to_dict("list")} if output is None else rows)
