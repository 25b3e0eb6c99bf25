"""Fits to Parquet files: read by the workers, the same bits for any number of them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from chainrule import MLPRegressor as Plain
from chainrule.dask import MLPClassifier, MLPRegressor

SETTINGS = {"hidden_layer_sizes": (16,), "solver": "lbfgs", "max_iter": 15, "random_state": 0, "tol": 0}
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:R² is")


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=3000), "b": rng.normal(size=3000), "w": rng.uniform(1, 2, 3000)}
    )
    frame["y"] = np.sin(frame.a) + frame.b**2
    frame["kind"] = np.where(frame.a > 0, "up", "down")
    return frame


@pytest.fixture(scope="module")
def folder(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sales")
    for number, first in enumerate(range(0, 3000, 1000)):
        part = pa.Table.from_pandas(frame[first : first + 1000], preserve_index=False)
        if number:
            part = part.select(part.column_names[::-1])  # in another order
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=500)
    return folder


def test_the_workers_read_what_they_learn_from(frame, folder, workers):
    found = []
    for n_workers in (1, 3):
        workers(n_workers)
        model = MLPRegressor(**SETTINGS, leaf_rows=500).fit_parquet(
            f"{folder}/*.parquet", "y", columns=["a", "b"], sample_weight="w"
        )
        found.append(model.to_local().network_.parameters)
        assert sum(model.fit_report_.partitions.values()) == 6
    np.testing.assert_array_equal(*found)
    assert list(model.feature_names_in_) == ["a", "b"]
    plain = Plain(**SETTINGS).fit(frame[["a", "b"]], frame.y, frame.w)
    np.testing.assert_allclose(model.predict(frame[["a", "b"]]), plain.predict(frame[["a", "b"]]), atol=1e-6)


def test_classes(folder, two_workers):
    model = MLPClassifier(**SETTINGS).fit_parquet(folder, "kind", columns=["b", "a"])
    assert list(model.classes_) == ["down", "up"]
    assert model.n_features_in_ == 2


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"target": "price"}, r"0.parquet has no column 'price'"),
        ({"columns": ["a", "y"]}, r"columns must name what 'y' is learnt from, got \['a', 'y'\]"),
        ({"columns": ["a", "c"]}, r"has no column 'c'"),
        ({"paths": "nowhere/*.parquet"}, r"no file fits nowhere"),
        (
            {"columns": ["a", "kind"]},
            r"row group 0: column 'kind' is stored as \w+, and networks alone take numbers",
        ),
    ],
)
def test_what_is_refused(given, problem, folder, two_workers):
    whole = {"paths": folder, "target": "y", "columns": ["a", "b"]} | given
    with pytest.raises((ValueError, OSError), match=problem):
        MLPRegressor(**SETTINGS).fit_parquet(whole.pop("paths"), whole.pop("target"), **whole)


def test_files_that_differ(frame, folder, two_workers, tmp_path):
    other = tmp_path / "other.parquet"
    frame[:10].assign(a=1).to_parquet(other)
    with pytest.raises(ValueError, match=r"'a' is stored as int64 in .*other.parquet, but as double in"):
        MLPRegressor(**SETTINGS).fit_parquet([folder / "0.parquet", other], "y", columns=["a", "b"])
    other.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other.parquet is no Parquet file"):
        MLPRegressor(**SETTINGS).fit_parquet(other, "y")


def test_the_file_and_row_group_of_what_is_refused_are_named(frame, folder, two_workers, tmp_path):
    other = tmp_path / "other.parquet"
    rows = frame.assign(b=frame.b.where(np.arange(3000) != 1700, np.inf))
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), other, row_group_size=500)
    with pytest.raises(ValueError, match=r"other.parquet, row group 3: Input X contains infinity"):
        MLPRegressor(**SETTINGS).fit_parquet(other, "y", columns=["a", "b"])
    with pytest.raises(ValueError, match=r"parquet, row group \d takes .*: make partitions smaller"):
        MLPRegressor(**SETTINGS, max_memory="20kB").fit_parquet(folder, "y", columns=["a", "b"])
