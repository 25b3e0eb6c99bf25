"""Tables of every kind, and the differences between categories."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PowerTransformer, StandardScaler

from chainrule import jacobian
from chainrule.tables import split_table, table_pipeline
from derivatives.data import X, Y, mixed, price
from derivatives.differences import assert_exact, classifier, fitted, predictions, regressor

DIAMONDS = Path(__file__).parents[3] / "examples" / "data" / "diamonds.csv.gz"
TRAIN, OTHER = mixed(), mixed(80, seed=2)


def columns(words=None):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = words or OneHotEncoder(handle_unknown="ignore")
    return ColumnTransformer([("n", numbers, ["size", "age"]), ("t", words, ["town", "zone"])])


@pytest.fixture(scope="module")
def model():
    return fitted(make_pipeline(columns(), regressor()), TRAIN, price(TRAIN))


def test_dollars_for_a_carat():
    table = pd.read_csv(DIAMONDS)[::20]
    words = ["cut", "color", "clarity"]
    numbers = ["carat", "depth", "table", "x", "y", "z"]
    transformers = [("n", StandardScaler(), numbers), ("t", OneHotEncoder(), words)]
    target = TransformedTargetRegressor(regressor(), transformer=PowerTransformer())
    price = table.pop("price")
    model = fitted(make_pipeline(ColumnTransformer(transformers), target), table, price)
    found = assert_exact(model, table, numbers)
    assert found.columns == (*numbers,) and list(found.differences) == words
    assert found.to_frame()["carat"].median() > 500


def test_our_own_pipeline():
    table = mixed().assign(price=price(mixed()))
    data = split_table(table, "price", seed=0)
    model = fitted(table_pipeline(data.schema, regressor()), data.X_train, data.y_train)
    found = assert_exact(model, data.X_test, ["size", "age", "zone"])
    assert list(found.differences) == ["town", "note"]


FRAMES = {"polars": pl.from_pandas, "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False)}


@pytest.mark.parametrize("convert", FRAMES.values(), ids=FRAMES)
def test_frames_of_other_libraries(model, convert):
    expected, found = jacobian(model, OTHER), jacobian(model, convert(OTHER))
    assert (found.columns, found.outputs) == (expected.columns, expected.outputs)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-12)
    assert found.differences.keys() == expected.differences.keys()
    for name, own in expected.differences.items():
        assert found.differences[name].categories == own.categories
        np.testing.assert_allclose(found.differences[name].values, own.values, rtol=1e-12, atol=1e-14)
    assert list(found.to_frame().index) == list(range(len(OTHER)))


@pytest.mark.parametrize("kind", ["string", "object", "category"])
def test_kinds_of_text(kind, model):
    frame = OTHER.astype({"town": kind})
    found, expected = jacobian(model, frame), jacobian(model, OTHER)
    np.testing.assert_array_equal(found.values, expected.values)
    for name, own in expected.differences.items():
        np.testing.assert_allclose(found.differences[name].values, own.values, rtol=1e-12, atol=1e-14)


def test_an_array_of_objects_and_a_list():
    rows = TRAIN.drop(columns="note").to_numpy(object)
    own = ColumnTransformer(
        [("n", make_pipeline(SimpleImputer(), StandardScaler()), [0, 2]), ("t", OneHotEncoder(), [1, 3])]
    )
    model = fitted(make_pipeline(own, regressor()), rows, price(TRAIN))
    found = jacobian(model, rows)
    by_name = fitted(make_pipeline(columns(), regressor()), TRAIN, price(TRAIN))
    np.testing.assert_allclose(found.values, jacobian(by_name, TRAIN).values, rtol=1e-9)
    assert found.columns == ("x0", "x2") and list(found.differences) == ["x1", "x3"]
    np.testing.assert_array_equal(jacobian(model, rows.tolist()).values, found.values)


def test_numbers_that_may_be_missing_and_truth_values():
    frame = TRAIN.assign(age=TRAIN["age"].round().astype("Int64"), zone=TRAIN["zone"] > 1)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    chosen = ColumnTransformer([("n", numbers, ["size", "age"]), ("b", "passthrough", ["zone"])])
    found = jacobian(fitted(make_pipeline(chosen, regressor()), frame, price(TRAIN)), frame)
    as_floats = frame.astype({"age": float, "zone": float})
    model = fitted(make_pipeline(chosen, regressor()), as_floats, price(TRAIN))
    expected = assert_exact(model, as_floats, ["size", "age", "zone"])
    assert found.columns == ("size", "age", "zone")
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9)


def test_what_a_cell_is_filled_with_is_a_category_though_the_column_would_refuse_it():
    towns = pl.Series("town", TRAIN["town"], dtype=pl.Enum(["Bonn", "Köln", "Ulm"]))
    towns[0] = None
    frame = pl.from_pandas(TRAIN).with_columns(towns, zone=pl.Series([None, *TRAIN["zone"][1:]]))
    imputer = SimpleImputer(strategy="constant", fill_value="none", missing_values=None)
    chosen = [
        ("n", StandardScaler(), ["size"]),
        ("t", make_pipeline(imputer, OneHotEncoder()), ["town"]),
        ("z", OneHotEncoder(), ["zone"]),  # whole numbers, with a cell missing
    ]
    model = fitted(make_pipeline(ColumnTransformer(chosen), regressor()), frame, price(TRAIN))
    found = jacobian(model, frame).differences
    assert found["town"].categories == ("Bonn", "Köln", "Ulm", "none")
    assert found["zone"].categories[:3] == (1, 2, 3) and np.isnan(found["zone"].categories[3])
    for own in found.values():
        assert not own.values[0, :, 3].any() and own.values[1:, :, 3].all()


def test_a_first_category_that_the_encoder_drops():
    model = fitted(make_pipeline(columns(OneHotEncoder(drop="first")), regressor()), TRAIN, price(TRAIN))
    own = jacobian(model, OTHER).differences["town"].values[:, 0]
    assert (np.count_nonzero(own, axis=1) == 2).all()


def test_switching_a_cell_to_another_category(model):
    found = jacobian(model, OTHER).differences
    assert list(found) == ["town", "zone"]
    assert found["town"].categories == ("Bonn", "Köln", "Ulm") and found["zone"].categories == (1, 2, 3)
    for name, own in found.items():
        assert own.values.shape == (len(OTHER), 1, 3) and own.column == name
        for k, category in enumerate(own.categories):
            changed = OTHER.assign(**{name: category})
            np.testing.assert_array_equal(
                own.values[:, :, k], predictions(model, changed) - predictions(model, OTHER)
            )
            assert not own.values[OTHER[name] == category, :, k].any()
        assert own.values.any()


def test_a_missing_cell_is_a_category_of_its_own():
    frame = TRAIN.copy()
    frame.loc[::9, "town"] = None
    for convert in (lambda frame: frame, pl.from_pandas):
        for words in (OneHotEncoder(), OrdinalEncoder(encoded_missing_value=-1)):
            model = fitted(make_pipeline(columns(words), regressor()), convert(frame), price(TRAIN))
            own = jacobian(model, convert(frame)).differences["town"]
            assert own.categories[:3] == ("Bonn", "Köln", "Ulm") and len(own.categories) == 4
            assert not own.values[::9, :, 3].any() and own.values[1::9, :, 3].any()


def test_rare_categories_that_share_an_input():
    words = OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist")
    model = fitted(make_pipeline(columns(words), regressor()), TRAIN, price(TRAIN))
    own = jacobian(model, OTHER).differences["town"]
    assert len(own.categories) == 3
    assert len({own.values[:, 0, k].tobytes() for k in range(3)}) == 2


def test_differences_of_probabilities():
    model = fitted(make_pipeline(columns(), classifier()), TRAIN, np.arange(len(TRAIN)) % 3)
    own = jacobian(model, OTHER).differences["town"]
    assert own.values.shape == (len(OTHER), 3, 3) and own.outputs == ("0", "1", "2")
    np.testing.assert_allclose(own.values.sum(axis=1), 0, atol=1e-14)
    assert own.to_frame().columns.names == ["output", "town"]


def test_text_in_an_array_is_not_cut():
    learnt = np.array([["a long word"], ["b"]] * 20)
    model = fitted(make_pipeline(OneHotEncoder(), regressor()), learnt, np.arange(40.0) % 2)
    found = jacobian(model, np.array([["b"]] * 3))
    assert found.values.shape == (3, 1, 0)
    np.testing.assert_allclose(found.differences["x0"].values[:, 0, 0], -1, atol=0.1)


def test_frames_with_numbered_columns():
    model = fitted(make_pipeline(StandardScaler(), regressor()), pd.DataFrame(X), Y)
    found = jacobian(model, pd.DataFrame(X))
    assert found.columns == ("0", "1", "2")
    np.testing.assert_array_equal(found.values, jacobian(model, X).values)
    words = pd.DataFrame({0: X[:, 0], 1: ["a", "b"] * 100})
    own = ColumnTransformer([("n", StandardScaler(), [0]), ("t", OneHotEncoder(), [1])])
    found = jacobian(fitted(make_pipeline(own, regressor()), words, Y), words)
    assert found.columns == ("0",) and not found.differences["1"].values[::2, :, 0].any()


def test_the_result_prints_converts_and_is_kept(model):
    found = jacobian(model, OTHER.set_index(OTHER.index + 7))
    assert repr(found) == "PipelineJacobian: 80 rows, 1 output, 2 columns"
    assert repr(found.differences["town"]) == "CategoryDifferences of 'town': 80 rows, 1 output, 3 categories"
    np.testing.assert_array_equal(np.asarray(found), found.values)
    np.testing.assert_array_equal(np.asarray(found.differences["town"]), found.differences["town"].values)
    frame = found.to_frame()
    assert list(frame.columns) == ["size", "age"] and frame.index[0] == 7
    assert list(found.differences["town"].to_frame().index) == list(frame.index)
    sensitivities = found.sensitivities()
    np.testing.assert_allclose(sensitivities.mean, found.values.mean(axis=0))
    assert sensitivities.features == ("size", "age") and sensitivities.n_samples == 80
    with pytest.raises(AttributeError):
        found.columns = ()


def test_a_pickle_has_the_differences_but_not_the_model(model):
    found = jacobian(model, OTHER)
    written = pickle.dumps(found)
    assert b"Pipeline\x94" not in written.replace(b"PipelineJacobian", b"")
    again = pickle.loads(written)
    np.testing.assert_array_equal(again.values, found.values)
    for name, own in found.differences.items():
        np.testing.assert_array_equal(again.differences[name].values, own.values)


WITHOUT_PANDAS = """
import sys
class NoPandas:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pandas", "polars", "pyarrow"):
            raise ModuleNotFoundError(f"no {name}", name=name)
sys.meta_path.insert(0, NoPandas())
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from chainrule import MLPRegressor, jacobian
X = np.linspace(0, 1, 40).reshape(20, 2)
line = MLPRegressor(solver="lbfgs", hidden_layer_sizes=(), alpha=0)
model = make_pipeline(StandardScaler(), line).fit(X, X[:, 0])
print(jacobian(model, X).values.shape)
try:
    from chainrule.tables import read_table
except ModuleNotFoundError as error:
    print(error)
"""


def test_arrays_need_no_pandas():
    run = subprocess.run([sys.executable, "-c", WITHOUT_PANDAS], capture_output=True, text=True, check=True)
    assert (
        run.stdout == "(20, 1, 2)\nchainrule.tables.read_table needs pandas: pip install 'chainrule[cli]'\n"
    )
