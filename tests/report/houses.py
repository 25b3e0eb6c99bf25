"""A table of houses, three small models of it, and the reports on them."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.report.reading import Page

from chainrule import MLPRegressor, TableClassifier, TableRegressor
from chainrule.io import save
from chainrule.report import write_report
from chainrule.tables import TableModel, describe, split_table, table_pipeline

ESTIMATORS = {
    "price": TableRegressor(n_members=2, n_steps=100, random_state=0),
    "size": TableClassifier(n_members=2, n_steps=100, random_state=0),
    "mlp": MLPRegressor(hidden_layer_sizes=(6, 5), max_iter=5, random_state=0, early_stopping=True),
}
TARGETS = {"price": "price", "size": "size", "mlp": "price"}


def make_houses(rows: int = 200) -> pd.DataFrame:
    """A table of every kind of column, with missing cells; numbers and classes to learn."""
    random = np.random.default_rng(0)
    side = random.uniform(5, 15, rows)
    town = random.choice(["Ulm", "Bonn", "Jena"], rows)
    days = pd.to_timedelta(random.integers(0, 3000, rows), unit="D")
    frame = pd.DataFrame(
        {
            "side": side.round(2),
            "town": town,
            "garden": random.random(rows) < 0.5,
            "built": pd.Timestamp("2010-01-01") + days,
            "visit": [f"{hour:02}:30" for hour in random.integers(0, 24, rows)],
            "price": (1000 * side + 5000 * (town == "Bonn") + random.normal(0, 100, rows)).round(),
            "size": np.array(["small", "medium", "large"])[np.digitize(side, [8, 12])],
        }
    )
    frame.loc[[3, 7], "side"] = np.nan
    frame.loc[5, "town"] = None
    return frame


def fitted(
    frame: pd.DataFrame, target: str, estimator: Any, unit: str | None = None, **settings: Any
) -> TableModel:
    """Fit a model to a table, with what is said of its columns left unsaid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dates are read as days; few epochs do not converge
        data = split_table(frame, target, seed=1, **settings)
        pipeline = table_pipeline(data.schema, estimator).fit(data.X_train, data.y_train)
    return TableModel(describe(pipeline, data, 1, unit=unit), pipeline)


@dataclass(frozen=True)
class Made:
    """A model with its file, the table, and the report on both."""

    model: TableModel
    file: Path
    table: pd.DataFrame
    page: Page


def make_reports(folder: Path) -> dict[str, Made]:
    """Fit the models, and write files of them and reports on them."""
    found = {}
    for name, estimator in ESTIMATORS.items():
        other = "size" if TARGETS[name] == "price" else "price"
        table = make_houses().drop(columns=other)
        model = fitted(table, TARGETS[name], estimator, unit="euros" if name != "size" else None)
        file = folder / f"{name}.chainrule"
        save(model, file)
        write_report(file, table, folder / f"{name}.html")
        found[name] = Made(model, file, table, Page.read(folder / f"{name}.html"))
    return found
