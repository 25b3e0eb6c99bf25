"""Model files of earlier formats load, and predict what they predicted when they were written.

Beside each ``NAME.chainrule`` of ``files/v1`` stands ``NAME.json``: the predictions of the version that wrote
it, for the rows of ``rows.csv``. Those of ``files/v2`` are the same models; those of ``files/v3`` and
``files/v4`` were learned from another table, with table estimators among them.
"""

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from chainrule import load, save
from chainrule.io import FORMAT_VERSION, read_header
from chainrule.tables import fitted_network, read_cells
from sweeps import crossed

FOLDER = Path(__file__).parent / "files"
FILES = FOLDER / "v1"
VERSIONS = (1, 2)
NAMES = sorted(path.stem for path in FILES.glob("*.chainrule"))

# Activations may change in their last bits from one version to the next.
EQUAL = {"rtol": 1e-11, "atol": 1e-13}

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*was written with scikit-learn"),
    pytest.mark.filterwarnings("ignore:column 'town'. 1 row with a value that the model has not seen"),
]


@pytest.fixture(scope="module")
def rows():
    return read_cells(FILES / "rows.csv")


def then(name, folder=FILES):
    return json.loads((folder / f"{name}.json").read_text())


def test_the_files_are_there():
    assert NAMES == [
        "adam_object",
        "classes",
        "lbfgs_object",
        "regressor",
        "second_order",
        "second_order_cg",
        "sgd_object",
        "two_outputs",
        "yes_or_no",
    ]
    assert all(path.stat().st_size < 40_000 for path in FILES.iterdir())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_predictions_are_the_same(name, version, rows):
    model, expected = load(FOLDER / f"v{version}" / f"{name}.chainrule"), then(name)
    predictions = model.predict(rows)
    if predictions.dtype.kind == "f":
        np.testing.assert_allclose(predictions, expected["predictions"], **EQUAL)
    else:
        assert predictions.tolist() == expected["predictions"]
        np.testing.assert_allclose(model.predict_proba(rows), expected["probabilities"], **EQUAL)


@pytest.mark.filterwarnings("ignore:column 'built'. . row")
@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", ["regressor", "table_classes", "table_regressor", "yes_or_no"])
def test_predictions_of_later_files_are_the_same(name, version, tmp_path):
    folder = FOLDER / f"v{version}"
    model, expected = load(folder / f"{name}.chainrule"), then(name, folder)
    rows = read_cells(FOLDER / "v3" / "rows.csv")
    if model.description.task == "regression":
        np.testing.assert_allclose(model.predict(rows), expected["predictions"], rtol=1e-6)
    else:
        assert model.predict(rows).tolist() == expected["predictions"]
        np.testing.assert_allclose(model.predict_proba(rows), expected["probabilities"], rtol=1e-5)
    assert read_header(folder / f"{name}.chainrule").format_version == version
    save(model, tmp_path / "again.chainrule")
    np.testing.assert_array_equal(load(tmp_path / "again.chainrule").predict(rows), model.predict(rows))
    if version == FORMAT_VERSION:
        assert (tmp_path / "again.chainrule").read_bytes() == (folder / f"{name}.chainrule").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_record_of_training_is_the_same(name):
    model, expected = load(FILES / f"{name}.chainrule"), then(name)["history"]
    history = fitted_network(model.pipeline).history_
    assert (len(history.epoch), history.loss[-1]) == (expected["epochs"], expected["loss"])
    assert model.description == read_header(FILES / f"{name}.chainrule").description
    assert model.description.training.epochs == expected["epochs"]


def test_scores_of_a_linear_model_are_not_known():
    described = [read_header(FILES / f"{name}.chainrule").description.held_out for name in NAMES]
    assert any(described)
    assert all(held_out.linear is None for held_out in described if held_out)


@pytest.mark.parametrize(("name", "version"), crossed(NAMES, VERSIONS))
def test_they_are_written_again_in_the_present_format(name, version, tmp_path, rows):
    path, again = FOLDER / f"v{version}" / f"{name}.chainrule", tmp_path / "again.chainrule"
    model = load(path)
    save(model, again)
    assert (read_header(path).format_version, read_header(again).format_version) == (version, FORMAT_VERSION)
    with zipfile.ZipFile(again) as archive:
        named = re.findall(rb"(?:chainrule|sklearn)[.\w]*", archive.read("model.json"))
    assert named and not [name for name in named if b"._" in name]
    np.testing.assert_array_equal(load(again).predict(rows), model.predict(rows))


def test_settings_of_solver_objects_are_the_same():
    # By value: a setting that is called otherwise now must be carried over, or it falls back to its default.
    for name, values in (
        ("second_order_cg", {"cg", 0.1}),
        ("sgd_object", {1e-3}),
        ("adam_object", {0.01}),
        ("lbfgs_object", {50}),
    ):
        solver = fitted_network(load(FILES / f"{name}.chainrule").pipeline).solver
        assert values <= set(solver.get_params().values()), name


def test_standard_deviations_are_the_same(rows):
    model = load(FILES / "second_order.chainrule")
    X = model.pipeline[:-1].transform(model.description.schema.features(rows))
    _, std = fitted_network(model.pipeline).predict(X, return_std=True)
    np.testing.assert_allclose(std, then("second_order")["std"], rtol=1e-8)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", NAMES)
def test_they_can_be_fitted_again(name, rows):
    model = load(FILES / f"{name}.chainrule")
    X, y = model.description.schema.features(rows), np.array(then(name)["predictions"])
    model.pipeline.fit(pd.concat([X] * 3), np.concatenate([y] * 3))
    assert np.isfinite(fitted_network(model.pipeline).network_.parameters).all()


@pytest.mark.parametrize("name", NAMES)
def test_they_have_the_parameters_that_came_later(name):
    model = fitted_network(load(FILES / f"{name}.chainrule").pipeline)
    now, defaults = model.get_params(), type(model)().get_params()
    later = {"schedule", "validation_score"} | ({"class_weight", "quantile"} & defaults.keys())
    assert {one: now[one] for one in later} == {one: defaults[one] for one in later}
    assert clone(model).get_params(deep=False).keys() == defaults.keys()
