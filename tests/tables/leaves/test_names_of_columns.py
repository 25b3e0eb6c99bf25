"""What names columns of files: wrong names are refused in one sentence, and a name may be there twice."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from chainrule import MLPRegressor, TableRegressor
from chainrule.tables import cross_validate, fit_files, read_table, split_table
from chainrule.tables._given import check_given
from chainrule.tables.leaves._parquet import stored_rows

X = np.random.default_rng(0).normal(size=(200, 2))
TABLE = pa.table({"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] - X[:, 1]})
TWICE = TABLE.rename_columns(["a", "a", "y"])
ONE = "must be the name of one column, got "


@pytest.fixture
def write(tmp_path):
    def write(table):
        pq.write_table(table, tmp_path / "table.parquet", row_group_size=70)
        return tmp_path / "table.parquet"

    return write


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"target": ["y", "a"]}, TypeError, f"target {ONE}['y', 'a']"),
        ({"target": None}, TypeError, f"target {ONE}a NoneType"),
        ({"weight": X[:, 0]}, TypeError, f"sample_weight {ONE}a ndarray"),
        ({"group": ["a"]}, TypeError, f"groups {ONE}['a']"),
        ({"group": pd.Series(X[:, 0])}, TypeError, f"groups {ONE}a Series"),
        ({"group": "y"}, ValueError, "groups names the target, 'y'"),
        ({"weight": "y"}, ValueError, "sample_weight names the target, 'y': give another column, of weights"),
        ({"columns": "ab"}, TypeError, "columns must be a list of names, got 'ab': give columns=['ab']"),
        ({"columns": ["a", "b", "a"]}, ValueError, "columns names 'a' twice"),
    ],
)
def test_wrong_names(given, error, words, write):
    with pytest.raises(error, match=re.escape(words)):
        stored_rows(write(TABLE), **{"target": "y"} | given)


def test_files_that_are_not_there_or_have_a_name_twice(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^there is no file .*nothing.parquet$"):
        stored_rows(tmp_path / "nothing.parquet", "y")
    with pytest.raises(ValueError, match=r"table.parquet: more than one column is named 'a'$"):
        stored_rows(write(TWICE), "y")
    assert stored_rows(write(TWICE.append_column("b", TABLE["b"])), "y", columns=["b"])[0].columns == ("b",)


@pytest.mark.parametrize("frame", [TWICE, TWICE.to_pandas()], ids=["Arrow", "pandas"])
@pytest.mark.parametrize("check", [lambda X: check_given(X, 0), lambda X: TableRegressor().fit(X, X)])
def test_the_name_is_told_that_is_there_twice(frame, check):
    with pytest.raises(ValueError, match=r"^more than one column (of X )?is named 'a'$"):
        check(frame)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_a_name_that_is_there_twice_is_another_the_second_time(write):
    path, model = (
        write(TWICE),
        MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=20, random_state=0),
    )
    with pytest.warns(UserWarning, match=r"the later ones are called 'a \(2\)'"):
        assert list(read_table(path)) == ["a", "a (2)", "y"]
    with pytest.warns(UserWarning, match=r"the later ones are called 'a \(2\)'"):
        found = fit_files(path, "y", model)
    assert [column.name for column in found.description.schema.columns] == ["a", "a (2)"]


def test_files_have_one_target_and_are_scored_by_one_number(write):
    several = MLPRegressor(solver="lbfgs", loss="quantile", quantile=[0.1, 0.9])
    path, words = write(TABLE), r"quantile=\[0.1, 0.9\] predicts several numbers a row, .*: fit an estimator"
    with pytest.raises(TypeError, match=re.escape(f"target {ONE}['y', 'a']")):
        fit_files(path, ["y", "a"], several)
    with pytest.raises(ValueError, match=words):
        fit_files(path, "y", several)
    with pytest.raises(ValueError, match=words):
        cross_validate(split_table(TABLE, "y", seed=0), several, 3, seed=0)
