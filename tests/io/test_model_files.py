"""Model files keep what they are given, and nothing that is not on the list."""

import json
import warnings
import zipfile
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule import LBFGS, Activation, Adam, MLPClassifier, MLPRegressor, load, save
from chainrule.io import FORMAT_VERSION, read_header, to_json
from chainrule.io._header import from_json
from chainrule.tables import TableModel, describe, fitted_network, split_table, table_pipeline
from chainrule.training import SOLVERS
from sweeps import crossed

FAST = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0}


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    x = random.normal(size=90)
    return pd.DataFrame(
        {
            "x": np.where(random.random(90) < 0.1, np.nan, x),
            "word": random.choice(["a", "b", "ü"], 90),
            "flag": x > 0.3,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(90), "D"),
            "number": 3 * x + 7,
            "two": np.where(x > 0, "yes", "no"),
            "three": (np.abs(x) * 2).astype(int).clip(0, 2),
        }
    )


def fitted(frame, target, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = split_table(frame, target, seed=0)
        estimator = MLPRegressor if data.task == "regression" else MLPClassifier
        pipeline = table_pipeline(data.schema, estimator(**FAST | settings)).fit(data.X_train, data.y_train)
    return TableModel(describe(pipeline, data, seed=0, unit="kg"), pipeline)


@pytest.mark.parametrize(
    ("target", "how"),
    crossed(["number", "two", "three", "flag"], product(["adam", "sgd", "lbfgs"], [False, True])),
    ids=str,
)
def test_there_and_back(frame, tmp_path, target, how):
    solver, early_stopping = how
    model = fitted(frame, target, solver=solver, early_stopping=early_stopping)
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    assert again.description == model.description == read_header(tmp_path / "m.chainrule").description
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    assert again.scores(frame) == model.scores(frame)
    if model.description.task == "classification":
        pd.testing.assert_frame_equal(again.predict_proba(frame), model.predict_proba(frame))


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("as_object", [False, True])
def test_a_file_keeps_every_solver(frame, tmp_path, name, as_object):
    model = fitted(frame, "number", solver=SOLVERS[name]() if as_object else name)
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    assert fitted_network(again.pipeline).solver == fitted_network(model.pipeline).solver
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


class OwnSolver(LBFGS):
    """A type that is not on the list."""


def test_what_could_not_be_loaded_is_not_saved(frame, tmp_path):
    model = fitted(frame, "number", solver=OwnSolver())
    with pytest.raises(ValueError, match=r"is not saved.*OwnSolver.*pickle"):
        save(model, tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


def cube(q):
    return q**3


def cube_slope(q):
    return 3 * q**2


def cube_bend(q):
    return 6 * q


def test_a_file_holds_no_code_so_an_activation_of_one_s_own_is_refused(frame, tmp_path):
    model = fitted(frame, "number", activation=Activation("cube", cube, cube_slope, cube_bend))
    with pytest.raises(ValueError, match="holds no code, and cube is"):
        save(model, tmp_path / "m.chainrule")
    assert not list(tmp_path.iterdir())


def test_a_loaded_pipeline_can_be_fitted_again(frame, tmp_path):
    model = fitted(frame, "number")
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    X, y = model.description.schema.features(frame), frame["number"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        np.testing.assert_array_equal(
            again.pipeline.fit(X, y).predict(X), model.pipeline.fit(X, y).predict(X)
        )


def test_header_is_json_for_everyone(frame, tmp_path):
    save(fitted(frame, "two"), tmp_path / "m.chainrule")
    with zipfile.ZipFile(tmp_path / "m.chainrule") as archive:
        header = json.loads(archive.read("header.json"))
    assert header["format"] == "chainrule model" and header["format_version"] == FORMAT_VERSION
    assert header["target"] == "two" and header["unit"] == "kg"
    assert (header["columns"][0]["name"], header["columns"][0]["kind"]) == ("x", "number")
    assert header["columns"][0]["low"] < header["columns"][0]["high"]
    assert header["guess"]["classes"] == ["no", "yes"]
    assert header["network"]["settings"]["hidden_layer_sizes"] == [5]


def test_header_there_and_back(frame):
    description = fitted(frame, "number").description
    assert from_json(json.loads(json.dumps(to_json(description)))) == description


def test_another_version_of_scikit_learn_is_said(frame, tmp_path, monkeypatch):
    save(fitted(frame, "number"), tmp_path / "m.chainrule")
    monkeypatch.setattr("chainrule.io._model_file.version", lambda name: "9.9")
    with pytest.warns(UserWarning, match="written with scikit-learn .* read with 9.9"):
        load(tmp_path / "m.chainrule")


def test_suffix(frame, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.chainrule"):
        save(fitted(frame, "number"), tmp_path / "m.zip")


def test_skops_absent(frame, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skops", None)
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chainrule\[cli\]'"):
        save(fitted(frame, "number"), tmp_path / "m.chainrule")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("two", {"class_weight": "balanced", "schedule": "cosine", "validation_score": "loss"}),
        ("two", {"class_weight": {"yes": 3.0}, "early_stopping": True, "validation_score": "loss"}),
        ("number", {"loss": "quantile", "quantile": 0.9, "schedule": "cosine"}),
        ("number", {"solver": Adam(0.01, schedule="cosine")}),
    ],
)
def test_settings_that_scikit_learn_does_not_have(frame, tmp_path, target, settings):
    model = fitted(frame, target, **settings)
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    kept = fitted_network(again.pipeline).get_params()
    assert {name: kept[name] for name in settings} == settings
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


def half_as_fast(done):
    return 0.5


def test_a_schedule_of_your_own_is_code(frame, tmp_path):
    model = fitted(frame, "number", schedule=half_as_fast)
    with pytest.raises(ValueError, match=r"what no model file may hold: .*half_as_fast.*; pickle the"):
        save(model, tmp_path / "m.chainrule")
    assert not (tmp_path / "m.chainrule").exists()
