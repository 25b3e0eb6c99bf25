"""One prediction as a chart of bars: what each column adds to that of a typical row."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from chainrule.cli._bars import bars
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import number, signed
from chainrule.cli._terminal import cut, padded, screen_width, visible, width_of
from chainrule.tables import TableModel, explain_row
from chainrule.tables._names import listed, meant
from chainrule.tables.ensemble._explanation import Explanation

__all__ = ["known_class", "say_row"]


def say_row(
    model: TableModel, X: pd.DataFrame, row: int, asked: str | None, about: dict[str, Any], json: bool
) -> None:
    """Print what columns add to the prediction for a row, counted from 1.

    Parameters
    ----------
    model : TableModel
    X : DataFrame
    row : int
    asked : str, optional
        A class; that which is predicted by default.
    about : dict
        What JSON begins with.
    json : bool
    """
    explanation = explain_row(model.pipeline, X, row - 1)
    predicted = str(model.pipeline.predict(X.iloc[[row - 1]])[0])
    k = _output_of(explanation, asked, predicted)
    if json:
        say_json({**about, "row": row, "explanation": _as_json(model, explanation)})
        return
    say(f"row {row}: {_what(model, explanation.outputs[k])}, to first order", "")
    probability = model.description.task == "classification"
    say(*_bars(explanation, k, probability), "", *_LEGEND)


_LEGEND = (
    "A column adds its derivative at this row times the distance from the typical value, which stands in "
    "brackets; text adds the exact difference. The remainder is what first order leaves.",
)


def _what(model: TableModel, output: str) -> str:
    name, unit = model.description.schema.target, model.description.unit
    if model.description.task == "classification":
        return f"probability that {name} is {output}"
    return f"{name} in {unit}" if unit else name


def known_class(outputs: Sequence[str], asked: str) -> str:
    """Return a class that there are figures of; raise ValueError, with the near name, for another."""
    if asked not in outputs:
        near = meant(asked, outputs) or f"; they are {listed(outputs)}"
        raise ValueError(f"--class {asked}: there are no figures of this class{near}")
    return asked


def _output_of(explanation: Explanation, asked: str | None, predicted: str) -> int:
    """Return which output to show: that of a class; by default the class that is predicted."""
    outputs = explanation.outputs
    if asked is not None:
        return outputs.index(known_class(outputs, asked))
    return outputs.index(predicted) if predicted in outputs else 0  # a number, or the second of two classes


def _bars(explanation: Explanation, k: int, probability: bool) -> list[str]:
    parts, width = explanation.parts[k], screen_width()
    order = sorted(range(len(parts)), key=lambda j: -abs(parts[j]))
    names = [cut(visible(name), width // 4) for name in explanation.columns]
    widest = max(map(width_of, names))
    rows: list[tuple[str, str, float | None]] = []
    for j in order:
        label = f"{padded(names[j], widest)}  {explanation.cells[j]} ({explanation.typical_cells[j]})"
        rows.append((visible(label), _signed(parts[j], probability), float(parts[j])))
    rest = float(explanation.remainder[k])
    start, end = (_plain(part[k], probability) for part in (explanation.typical, explanation.prediction))
    first = ("typical row", start, None)
    return bars(
        [first, *rows, ("remainder", _signed(rest, probability), rest), ("prediction", end, None)], width
    )


def _plain(value: float, probability: bool) -> str:
    return f"{value:.4f}" if probability else number(value)


def _signed(value: float, probability: bool) -> str:
    return f"{round(value, 4) + 0.0:+.4f}" if probability else signed(value)


def _as_json(model: TableModel, explanation: Explanation) -> list[dict[str, Any]]:
    target = model.description.schema.target
    names = (target,) if model.description.task == "regression" else explanation.outputs
    return [
        {
            "output": name,
            "typical": float(explanation.typical[k]),
            "prediction": float(explanation.prediction[k]),
            "remainder": float(explanation.remainder[k]),
            "columns": [
                {"column": column, "cell": cell, "typical": typical, "part": float(part)}
                for column, cell, typical, part in zip(
                    explanation.columns, explanation.cells, explanation.typical_cells,
                    explanation.parts[k], strict=True,
                )
            ],
        }
        for k, name in enumerate(names)
    ]  # fmt: skip
