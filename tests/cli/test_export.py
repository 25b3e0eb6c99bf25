"""``chainrule export``: what it writes is what `chainrule.export` makes; formats of Python are refused."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import chainrule
from chainrule import MLPRegressor
from chainrule.export import to_c
from chainrule.io import load_table_model


@pytest.fixture
def model(trained, tmp_path):
    shutil.copy(trained / "price.chainrule", tmp_path / "price.chainrule")
    return "price.chainrule"


def test_c_is_that_of_the_library(run, model, tmp_path):
    ended = run("export", model, "--to", "c", "--type", "double")
    assert ended.code == 0, ended.err
    expected = to_c(load_table_model(tmp_path / model), "double", name="price")
    assert (tmp_path / "price.h").read_text() == expected.header
    assert (tmp_path / "price.c").read_text() == expected.source
    assert "inputs   side, town (text), garden (boolean), dear (text)" in ended.out
    assert "price_predict, price_jacobian" in ended.out
    again = run("export", model, "--to", "c")
    assert again.code == 2 and "price.c is there already; --output price.c writes over it" in again.err
    assert run("export", model, "--to", "c", "-o", "price.c", "--no-derivatives").code == 0
    assert "price_jacobian" not in (tmp_path / "price.h").read_text()


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler of C")
def test_the_line_that_it_shows_compiles_it(run, model, tmp_path):
    said = run("export", model, "--to", "c").out.splitlines()
    line = next(line for line in said if line.startswith("try it"))
    subprocess.run(line.removeprefix("try it").split(), cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "price").exists()


def test_onnx_predicts_as_python_does(run, model, trained, tmp_path):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    ended = run("export", model, "--to", "onnx", "--derivatives", "--json")
    found = json.loads(ended.out)
    assert (found["command"], found["files"], found["derivatives"]) == ("export", ["price.onnx"], True)
    assert [each["kind"] for each in found["inputs"]] == ["number", "text", "boolean", "text"]
    loaded = load_table_model(tmp_path / model)
    X = loaded.features(pd.read_csv(trained / "houses.csv"))
    session = onnxruntime.InferenceSession(tmp_path / "price.onnx")
    cells = {
        each["name"]: X[[each["name"]]].fillna("").to_numpy(object)
        if each["kind"] == "text"
        else X[[each["name"]]].to_numpy(float)
        for each in found["inputs"]
    }
    prediction, jacobian = session.run(None, cells)
    np.testing.assert_allclose(prediction[:, 0], loaded.pipeline.predict(X), rtol=1e-5)
    assert jacobian.shape == (120, 1, 2)


def test_any_saved_model(run, tmp_path):
    chainrule.save(MLPRegressor().partial_fit(np.eye(3), [1.0, 2.0, 3.0]), tmp_path / "9.chainrule")
    ended = run("export", "9.chainrule", "--to", "c")
    assert ended.code == 0, ended.err
    assert (tmp_path / "model_9.c").exists() and "inputs   x0, x1, x2" in ended.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", ("--to FORMAT is missing", "onnx, c")),
        ("--to cpp", ("--to cpp: the formats are onnx, c",)),
        ("--to onxn", ("mean 'onnx'?",)),
        ("--to jax", ("in Python: from chainrule.export import to_jax", "chainrule.load('price.chainrule')")),
        ("--to casadi", ("to_casadi(model)",)),
        ("--to torch", ("to_torch(model)",)),
        ("--to sklearn", ("to_sklearn(model)",)),
        ("--to c --type half", ("--type half: give float or double",)),
        ("--to c -o 7x.c", ("'7x'", "identifier")),
        ("--to c -o x.cpp", ("ends in .c",)),
        ("--to onnx -o price.chainrule", ("ends in .onnx",)),
        ("--to c -o absent/x.c", ("no folder",)),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(run, model, tmp_path, options, words):
    before = sorted(tmp_path.iterdir())
    ended = run("export", model, *options.split())
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert all(word in ended.err for word in words), ended.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["absent.chainrule", "houses.csv"])
def test_no_model_is_one_line(run, trained, name):
    ended = run("export", trained / name, "--to", "c")
    assert (ended.code, ended.err.count("\n")) == (2, 1) and name in ended.err
