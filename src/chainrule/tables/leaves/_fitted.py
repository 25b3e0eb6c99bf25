"""Fitted transformers of scikit-learn from facts about columns: equal to those fitted to the whole table.

They are fitted, by scikit-learn itself, to a small table that stands in for the whole one: its medians are
those of the whole table, and its most frequent texts are. What it cannot have are means and variances: these
are set afterwards.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from chainrule.tables._pipeline import input_columns
from chainrule.tables._schema import Schema
from chainrule.tables.columns import MOST_CATEGORIES
from chainrule.tables.leaves._facts import NumberFacts

__all__ = ["fitted_columns", "fitted_scaler"]

_MISSING = "missing"
"""What `text_inputs` puts in place of a missing text."""


def fitted_columns(
    schema: Schema,
    numbers: Mapping[str, tuple[NumberFacts, float]],
    texts: Mapping[str, tuple[Mapping[str, int], int]],
) -> ColumnTransformer:
    """Return the first step of `table_pipeline`, fitted.

    Parameters
    ----------
    schema : Schema
    numbers : mapping of str to (NumberFacts, float)
        Facts and median of each input that is a number (`Schema.inputs`).
    texts : mapping of str to (mapping of str to int, int)
        How often each text of a column occurs, and how many cells are missing.
    """
    columns = input_columns(schema)
    columns.fit(_stand_in(schema, numbers, texts))
    if numbers:
        imputer, scaler = columns.named_transformers_["numbers"]
        filled = dict(zip(numbers, imputer.statistics_.tolist(), strict=True))
        facts = {name: found for name, (found, _) in numbers.items()}
        _set_scales(scaler, facts, filled)
    return columns


def fitted_scaler(facts: NumberFacts) -> StandardScaler:
    """Return a fitted scaler of a target."""
    scaler = StandardScaler().fit(np.zeros((1, 1)))
    _set_scales(scaler, {"": facts}, {})
    return scaler


def _set_scales(
    scaler: StandardScaler, facts: Mapping[str, NumberFacts], filled: Mapping[str, float]
) -> None:
    """Set what a scaler has learned from columns in which missing numbers were replaced."""
    n = [found.n + found.n_missing * (name in filled) for name, found in facts.items()]
    scaler.mean_ = np.array([found.mean(filled.get(name)) for name, found in facts.items()])
    scaler.var_ = np.array([found.variance(filled.get(name)) for name, found in facts.items()])
    scaler.scale_ = _scales(scaler.mean_, scaler.var_, np.array(n))
    scaler.n_samples_seen_ = type(scaler.n_samples_seen_)(n[0])


def _scales(
    mean: NDArray[np.float64], variance: NDArray[np.float64], n: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return standard deviations; 1 where rounding may account for the variance, as StandardScaler does.

    The bound on the error of a variance is that of Chan, Golub and LeVeque, Algorithms for computing the
    sample variance (1983).
    """
    eps = np.finfo(np.float64).eps
    constant = variance <= n * eps * variance + (n * mean * eps) ** 2
    scales: NDArray[np.float64] = np.sqrt(variance)
    scales[constant] = 1.0
    return scales


def _stand_in(
    schema: Schema,
    numbers: Mapping[str, tuple[NumberFacts, float]],
    texts: Mapping[str, tuple[Mapping[str, int], int]],
) -> pd.DataFrame:
    """Return a table of the same medians and categories, of which the same are rare."""
    cells = {name: _texts(*found) for name, found in texts.items()}
    rows = max([1, *map(len, cells.values())])
    made: dict[str, Any] = {}
    for name in schema.inputs("number", "boolean", "date", "time", "text"):
        if name in cells:
            filler = np.full(rows - len(cells[name]), cells[name][0], dtype=object)
            made[name] = np.concatenate([cells[name], filler])
        else:
            made[name] = np.full(rows, numbers[name][1])
    return pd.DataFrame(made)


def _texts(counts: Mapping[str, int], n_missing: int) -> NDArray[np.object_]:
    """Return each text twice if it gets an input of its own, and once if it shares one; the former first.

    Of texts that occur equally often OneHotEncoder takes the last in their order.
    """
    found = {**counts}
    if n_missing:
        found[_MISSING] = found.get(_MISSING, 0) + n_missing
    names = sorted(found)
    own = len(names) if len(names) < MOST_CATEGORIES else MOST_CATEGORIES - 1
    order = np.argsort([found[name] for name in names], kind="stable")[::-1][:own]
    frequent = [names[at] for at in sorted(order.tolist())]
    rest = sorted(set(names) - set(frequent))
    return np.array([*frequent, *frequent, *rest], dtype=object)
