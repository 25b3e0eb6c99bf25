"""The pipeline made of facts is the one that scikit-learn fits to the whole table."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from chainrule.tables import Column, Schema
from chainrule.tables._pipeline import input_columns
from chainrule.tables._quantile_search import QuantileSearch
from chainrule.tables.leaves._facts import NumberFacts, TextFacts
from chainrule.tables.leaves._fitted import fitted_columns, fitted_scaler

from .same import check_same_fit

RNG = np.random.default_rng(0)


def of_facts(schema, X, parts):
    """The fitted columns from facts about parts of a table, merged in another order."""
    pieces = [X.iloc[rows] for rows in np.array_split(np.arange(len(X)), parts)][::-1]
    numbers, texts = {}, {}
    for name in schema.inputs("number", "boolean", "date", "time"):
        facts, search, more = NumberFacts(), QuantileSearch(), True
        for piece in pieces:
            other = NumberFacts()
            other.add(piece[name].to_numpy())
            facts.merge(other)
        while more:
            for piece in pieces:
                search.add(piece[name].to_numpy())
            more = search.settle()
        numbers[name] = facts, search.quantiles[0]
    for name in schema.inputs("text"):
        facts = TextFacts()
        for piece in pieces:
            other = TextFacts()
            other.add(piece[name].to_numpy(dtype=object))
            facts.merge(other)
        texts[name] = facts.words.counts, facts.n_missing
    return fitted_columns(schema, numbers, texts)


def words(n, different, skew=1.0):
    """Texts of which some occur equally often."""
    shares = 1.0 / np.arange(1, different + 1) ** skew
    found = np.array([f"w{at * 7919 % different:05}" for at in range(different)], dtype=object)
    return RNG.choice(found, n, p=shares / shares.sum())


def with_gaps(values, share=0.1):
    return np.where(RNG.random(len(values)) < share, np.nan, values)


N = 4001
TABLES = {
    "numbers": {"a": RNG.normal(size=N), "b": RNG.normal(1e6, 1.0, N), "c": RNG.integers(0, 5, N) * 1.0},
    "gaps": {"a": with_gaps(RNG.normal(size=N)), "b": with_gaps(RNG.integers(0, 3, N) * 1.0, 0.6)},
    "constant, nearly constant, empty": {
        "a": np.full(N, 0.1),
        "b": 1e8 + RNG.choice([0.0, 1.5e-8], N),
        "c": np.full(N, np.nan),
        "d": np.full(N, 3e-200),
    },
    "wide": {"a": np.exp(RNG.normal(0, 20, N)), "b": -np.exp(RNG.normal(0, 3, N))},
    "texts": {"few": words(N, 7), "hundred": words(N, 100, 0.1), "many": words(N, 1000, 1.2)},
    "ties": {"t": np.resize(np.array([f"{at}" for at in range(150)], dtype=object), N)},
    "missing texts": {
        "t": np.where(RNG.random(N) < 0.3, np.nan, words(N, 300)),
        "said": np.where(RNG.random(N) < 0.3, np.nan, RNG.choice(np.array(["missing", "x"], object), N)),
        "none": np.full(N, np.nan, dtype=object),
    },
    "both": {"a": RNG.normal(size=N), "t": words(N, 101)},
    "one row": {"a": np.array([3.0]), "t": np.array(["x"], dtype=object)},
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
def test_columns_are_fitted_as_to_the_whole_table(name, parts):
    X = pd.DataFrame({key: pd.Series(values) for key, values in TABLES[name].items()})
    kinds = {key: "text" if values.dtype == object else "number" for key, values in TABLES[name].items()}
    schema = Schema("y", tuple(Column(key, kind) for key, kind in kinds.items()))
    expected = input_columns(schema).fit(X)
    found = of_facts(schema, X, parts)
    check_same_fit(found, expected)
    np.testing.assert_allclose(found.transform(X), expected.transform(X), rtol=1e-9, atol=1e-9)
    again = of_facts(schema, X, 3)
    np.testing.assert_array_equal(found.transform(X), again.transform(X))


@pytest.mark.parametrize("center, width", [(0.0, 1.0), (1.0, 1.0), (-3e5, 2.0), (1e-120, 1e-122)])
def test_means_and_scales_are_exact_to_the_last_bit_but_one(center, width):
    values = RNG.normal(center, width, 2000)
    facts = NumberFacts()
    facts.add(values)
    scaler = fitted_scaler(facts)
    mean = sum(map(Fraction, values), Fraction(0)) / len(values)
    variance = sum(((Fraction(each) - mean) ** 2 for each in values), Fraction(0)) / len(values)
    assert scaler.mean_[0] == float(mean)
    assert scaler.var_[0] == pytest.approx(float(variance), rel=3e-16)
    check_same_fit(scaler, StandardScaler().fit(values[:, None])) if width == 1.0 else None
