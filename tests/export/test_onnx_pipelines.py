"""Users' own pipelines become ONNX models through skl2onnx, with our converters in it."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
    TargetEncoder,
)
from tests.export.models import FAST, ROWS, TABLE, X, Y, fit, outputs_of
from tests.export.test_onnx import opened, same

from chainrule import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from chainrule.export import register_onnx_converters, to_onnx

ROWS32 = ROWS.astype(np.float32)
LABELS = np.digitize(X[:, 0], [-0.5, 0.5])

OURS = {
    "regressor": (MLPRegressor(**FAST), Y[:, 0]),
    "several outputs": (MLPRegressor(**FAST), Y),
    "classifier": (MLPClassifier(**FAST), LABELS),
    "classifier of text": (MLPClassifier(**FAST), np.array(["a", "b", "c"])[LABELS]),
    "classifier of truth": (MLPClassifier(**FAST), LABELS > 1),
    "classifier of labels": (MLPClassifier(**FAST), (X[:, :2] > 0).astype(int)),
    "table regressor": (TableRegressor(**TABLE), Y[:, 0]),
    "table classifier": (TableClassifier(**TABLE), LABELS),
    "scaled target": (TransformedTargetRegressor(MLPRegressor(**FAST), transformer=StandardScaler()), Y),
    "logarithm of the target": (
        TransformedTargetRegressor(MLPRegressor(**FAST), func=np.log, inverse_func=np.exp), np.abs(Y[:, 0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_a_pipeline_of_other_steps_is_exported(name):
    last, y = OURS[name]
    model = fit(make_pipeline(PolynomialFeatures(include_bias=False), last), X, y)
    *label, found = opened(to_onnx(model)).run(None, {"X": ROWS32})
    same(found, outputs_of(model, ROWS))
    if label:
        assert label[0].tolist() == model.predict(ROWS).tolist()


@pytest.mark.parametrize("regressor", [Ridge(), make_pipeline(PolynomialFeatures(), MLPRegressor(**FAST))])
def test_a_transformed_target_around_any_regressor(regressor):
    register_onnx_converters()
    model = fit(
        TransformedTargetRegressor(regressor, func=np.log1p, inverse_func=np.expm1), X, np.abs(Y[:, 0])
    )
    made = skl2onnx.to_onnx(model, ROWS32[:1])
    found = opened(made).run(None, {"X": ROWS32})
    assert len(found) == 1
    same(found[0][:, 0], model.predict(ROWS))


def test_skl2onnx_takes_its_own_options_for_ours():
    register_onnx_converters()
    model = fit(
        make_pipeline(PowerTransformer(), MLPClassifier(**FAST)), X, np.array(["a", "b", "c"])[LABELS]
    )
    for option, check in {
        "zipmap": lambda out: isinstance(out[1][0], dict),
        "nocl": lambda out: out[0].dtype == np.int64,
        "output_class_labels": lambda out: out[2].tolist() == ["a", "b", "c"],
    }.items():
        options = {id(model): {"zipmap": option == "zipmap", option: True}}
        assert check(opened(skl2onnx.to_onnx(model, ROWS32[:1], options=options)).run(None, {"X": ROWS32}))


def words(n, seed=0):
    random = np.random.default_rng(seed)
    found = np.array(random.choice(["a", "b", "c", None], (n, 2)), dtype=object)
    return found, random.choice(["u", "v", "w"], n)


def test_target_encoding_of_several_classes():
    register_onnx_converters()
    table, y = words(200)
    encoder = TargetEncoder().fit(table, y)
    made = skl2onnx.convert_sklearn(encoder, initial_types=[("X", StringTensorType([None, 2]))])
    rows = words(50, 1)[0]
    rows[3, 0] = "unknown"
    found = opened(made).run(None, {"X": np.where(rows == None, "", rows)})[0]  # noqa: E711
    same(found, encoder.transform(rows))


@pytest.mark.parametrize("target", ["classes", "two", "numbers"])
def test_target_encoding_of_numbers(target):
    register_onnx_converters()
    random = np.random.default_rng(0)
    table = random.integers(0, 4, (200, 2)).astype(np.float32)
    y = {
        "classes": random.choice(["u", "v", "w"], 200),
        "two": table[:, 0] > 2,
        "numbers": table[:, 1],
    }
    if target == "classes":  # skl2onnx itself takes no missing ones
        table[::7] = np.nan
    encoder = TargetEncoder().fit(table, y[target])
    made = skl2onnx.convert_sklearn(encoder, initial_types=[("X", FloatTensorType([None, 2]))])
    table[1] = 99
    same(opened(made).run(None, {"X": table})[0], encoder.transform(table))


def test_columns_of_a_table_are_told_by_their_rows():
    table = pd.DataFrame({"x": X[:, 0], "n": np.arange(120) % 5, "word": words(120)[0][:, 0]}).fillna("none")
    steps = ColumnTransformer(
        [("words", TargetEncoder(), ["word"]), ("rest", QuantileTransformer(n_quantiles=10), ["x", "n"])]
    )
    model = fit(make_pipeline(steps, MLPClassifier(**FAST)), table, LABELS)
    with pytest.raises(ValueError, match="give some rows of it"):
        to_onnx(model)
    with pytest.raises(ValueError, match="X lacks 'word'"):
        to_onnx(model, X=table[["x", "n"]])
    with pytest.raises(TypeError, match="X is a ndarray"):
        to_onnx(model, X=table.to_numpy())
    with pytest.raises(ValueError, match=r"column 'n' holds Datetime.*which skl2onnx does not take"):
        to_onnx(model, X=table.assign(n=pd.Timestamp("2024-01-01")))
    rows = {
        "x": table[["x"]].to_numpy(np.float32),
        "n": table[["n"]].to_numpy(np.float32),
        "word": table[["word"]].to_numpy(object),
    }
    _, found = opened(to_onnx(model, X=table)).run(None, rows)
    same(found, model.predict_proba(table))


def test_a_table_estimator_takes_its_columns_in_a_pipeline_of_skl2onnx():
    register_onnx_converters()
    table = pd.DataFrame({"x": X[:, 0], "word": words(120)[0][:, 0], "id": np.arange(120.0)}).fillna("none")
    model = fit(TableRegressor(ignore=["id"], **TABLE), table, Y[:, 0])
    types = [
        ("id", FloatTensorType([None, 1])),
        ("word", StringTensorType([None, 1])),
        ("x", FloatTensorType([None, 1])),
    ]
    made = skl2onnx.convert_sklearn(model, initial_types=types)
    rows = {name: table[[name]].to_numpy(object if name == "word" else np.float32) for name in table}
    found = opened(made).run(None, rows)[0]
    same(found[:, 0], model.predict(table.assign(x=table["x"].astype(np.float32))))
    with pytest.raises(ValueError, match="column 'word' held text in the fit; in the graph it holds numbers"):
        skl2onnx.convert_sklearn(model, initial_types=[(name, FloatTensorType([None, 1])) for name in table])


class Own(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


def refused(*steps):
    return fit(make_pipeline(*steps, MLPRegressor(**FAST)), X, Y[:, 0])


REFUSED = {
    "no converter": (lambda: refused(Own()), TypeError, r"step 'own' \(Own\) has no converter"),
    "no converter within": (
        lambda: refused(FeatureUnion([("a", PolynomialFeatures()), ("b", make_pipeline(Own()))])),
        TypeError, r"step 'featureunion' → 'b' → 'own' \(Own\)",
    ),
    "a function": (
        lambda: refused(FunctionTransformer(np.tanh)), ValueError, "skl2onnx cannot write",
    ),
    "a target": (
        lambda: fit(
            TransformedTargetRegressor(refused(PolynomialFeatures()), func=np.sqrt, inverse_func=np.square),
            X, np.abs(Y[:, 0]),
        ),
        ValueError, "function square cannot be exported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_converter_is_named(name):
    make, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as raised:
        to_onnx(make())
    assert "\n" not in str(raised.value)


def test_derivatives_are_of_our_own_graphs_alone():
    with pytest.raises(TypeError, match=r"PolynomialFeatures.*; without derivatives it may be, by skl2onnx"):
        to_onnx(refused(PolynomialFeatures()), derivatives=True)


WITHOUT = """
import sys
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from chainrule import MLPRegressor, Network, export

line = MLPRegressor(hidden_layer_sizes=(), max_iter=20, solver="lbfgs")
pipeline = make_pipeline(PolynomialFeatures(), line).fit(np.eye(3), np.arange(3))
sys.modules["skl2onnx"] = None
for attempt in (lambda: export.register_onnx_converters, lambda: export.to_onnx(pipeline)):
    try:
        attempt()
    except ModuleNotFoundError as error:
        print(error)
export.to_onnx(Network((2, 1)))
sys.modules["onnx"] = None
del export.to_onnx
for name in [name for name in sys.modules if "export._onnx" in name]:
    del sys.modules[name]
export.plan_of(Network((2, 1)))
try:
    export.to_onnx
except ModuleNotFoundError as error:
    print(error)
"""


def test_a_library_that_is_lacking_is_named():
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        "chainrule.export.register_onnx_converters needs skl2onnx: pip install 'chainrule[onnx]'",
        "pipelines with other steps need skl2onnx: pip install 'chainrule[onnx]'",
        "chainrule.export.to_onnx needs onnx: pip install 'chainrule[onnx]'",
    ]
