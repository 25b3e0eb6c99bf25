"""chainrule.save and chainrule.load: every kind of model, to the bit, and to the same bytes."""

import hashlib
import sys
import time
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, SelectPercentile, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from chainrule import (
    Activation,
    Adam,
    LevenbergMarquardt,
    MLPClassifier,
    MLPRegressor,
    Network,
    TableClassifier,
    TableRegressor,
    load,
    save,
)
from chainrule.io import load_table_model, read_header
from chainrule.tables.derivatives._functions import DERIVATIVES

SMALL = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}
OF_TABLES = {
    "effort": "fast", "n_members": 2, "n_steps": 20, "hidden_layer_sizes": (4,), "random_state": 0,
    "verbose": False,
}  # fmt: skip
random = np.random.default_rng(0)
X = np.round(np.abs(random.normal(size=(60, 4))) + 0.1, 1)
Y = 2 * X[:, 0] + 1
THREE = np.array(["a", "b", "ü"])[random.integers(0, 3, 60)]
FRAME = pd.DataFrame(X, columns=list("abcd")).assign(word=random.choice(["x", "y", "z", None], 60))
LABELS = (X > 0.6).astype(int)

TRANSFORMERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    RobustScaler(),
    MinMaxScaler(),
    MaxAbsScaler(),
    QuantileTransformer(n_quantiles=10),
    PowerTransformer(),
    PowerTransformer("box-cox", standardize=False),
    FunctionTransformer(),
    FunctionTransformer(np.log1p, np.expm1),
    PolynomialFeatures(2),
    PolynomialFeatures((1, 3), interaction_only=True),
    SplineTransformer(),
    PCA(2, whiten=True),
    TruncatedSVD(2),
    SimpleImputer(add_indicator=True),
    VarianceThreshold(),
    SelectKBest(k=2),
    SelectPercentile(),
    OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist", sparse_output=False),
    OneHotEncoder(handle_unknown="ignore"),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    FeatureUnion([("a", StandardScaler()), ("b", PCA(2)), ("c", "drop"), ("d", "passthrough")]),
]


def of_columns():
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(sparse_output=False, handle_unknown="infrequent_if_exist", max_categories=3),
    )
    parts = [("numbers", numbers, ["a", "b"]), ("words", words, ["word"]), ("same", "passthrough", ["c"])]
    return ColumnTransformer(parts, remainder=MinMaxScaler()).set_output(transform="pandas")


MODELS = {
    "regressor": lambda: MLPRegressor(**SMALL).fit(X, Y),
    "several outputs": lambda: MLPRegressor(**SMALL).fit(X.astype(np.float32), X[:, :2]),
    "quantiles": lambda: MLPRegressor(loss="quantile", quantile=[0.1, 0.9], **SMALL).fit(X, Y),
    "lbfgs": lambda: MLPRegressor(solver="lbfgs", **SMALL).fit(X, Y),
    "covariance": lambda: MLPRegressor(solver=LevenbergMarquardt(), keep_covariance=True, **SMALL).fit(X, Y),
    "solver object": lambda: MLPRegressor(solver=Adam(0.01, schedule="cosine"), **SMALL).fit(X, Y),
    "random state": lambda: MLPRegressor(**{**SMALL, "random_state": np.random.RandomState(3)}).fit(X, Y),
    "names": lambda: MLPRegressor(**SMALL).fit(FRAME[["a", "b"]], Y),
    "two classes": lambda: MLPClassifier(early_stopping=True, **SMALL).fit(X, Y > 2),
    "three classes": lambda: MLPClassifier(class_weight={"a": 2.0, "ü": 0.5}, **SMALL).fit(X, THREE),
    "classes as objects": lambda: MLPClassifier(**SMALL).fit(X, THREE.astype(object)),
    "labels": lambda: MLPClassifier(**SMALL).fit(X, LABELS),
    "one more epoch": lambda: MLPClassifier(**SMALL).partial_fit(X, THREE, classes=["a", "b", "ü"]),
    "table of frame": lambda: TableClassifier(**OF_TABLES).fit(FRAME, THREE),
    "two classes of frame": lambda: TableClassifier(**OF_TABLES).fit(FRAME, Y > 2),
    "table of array": lambda: TableRegressor(**OF_TABLES, n_jobs=2, warm_start=True).fit(X, Y),
    "stored kinds": lambda: TableRegressor(**{**OF_TABLES, "n_members": 1}, kinds="stored").fit(FRAME, Y),
    "columns": lambda: Pipeline([("c", of_columns()), ("n", MLPClassifier(**SMALL))]).fit(FRAME, THREE),
    "target": lambda: TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(**SMALL)), transformer=PowerTransformer()
    ).fit(X, Y),
    "target by functions": lambda: TransformedTargetRegressor(
        MLPRegressor(**SMALL), func=np.log, inverse_func=np.exp
    ).fit(X, Y),
    "target of a pipeline": lambda: make_pipeline(
        of_columns(), TransformedTargetRegressor(MLPRegressor(**SMALL), transformer=StandardScaler())
    ).fit(FRAME, Y),
    **{
        f"{place} {type(one).__name__}": lambda one=one: make_pipeline(one, MLPClassifier(**SMALL)).fit(
            X, THREE
        )
        for place, one in enumerate(TRANSFORMERS)
    },
}


@pytest.fixture(scope="module")
def fitted():
    @cache
    def made(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return MODELS[name]()

    return made


def rows_for(model):
    names = getattr(model, "feature_names_in_", None)
    return X if names is None else FRAME[list(names)]


def predictions(model):
    rows = rows_for(model)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows))
    return (
        model.predict(rows, return_std=True) if getattr(model, "keep_covariance", 0) else model.predict(rows)
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_there_and_back(name, fitted, tmp_path):
    model = fitted(name)
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    assert type(again) is type(model)
    np.testing.assert_array_equal(predictions(again), predictions(model))
    np.testing.assert_array_equal(again.predict(rows_for(model)), model.predict(rows_for(model)))
    # Nothing that a fit leaves is forgotten: a new attribute has to be kept, too.
    assert vars(again).keys() == vars(model).keys()
    # And saved again it is the same file.
    save(again, tmp_path / "again.chainrule")
    assert (tmp_path / "again.chainrule").read_bytes() == (tmp_path / "m.chainrule").read_bytes()


@pytest.mark.parametrize("name", ["two classes", "covariance", "table of array"])
def test_the_same_model_saved_twice_is_the_same_file(name, fitted, tmp_path, monkeypatch):
    save(fitted(name), tmp_path / "a.chainrule")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    save(fitted(name), tmp_path / "b.chainrule")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert len(digests) == 1


@pytest.mark.parametrize("name", ["two classes", "table of array"])
def test_the_date_is_that_of_the_fit(name, fitted, tmp_path):
    model = fitted(name)
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    assert again.fitted_at_ == model.fitted_at_ == read_header(tmp_path / "m.chainrule").fitted_at
    assert model.fitted_at_.endswith("+00:00")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_networks(tmp_path, dtype):
    net = Network((3, 4, 2), ["sine"], "softmax", dtype, random_state=0)
    save(net, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    assert again == net and again.dtype == net.dtype
    again.parameters[:] = 0  # its own, and writable
    header = read_header(tmp_path / "m.chainrule")
    assert (header.kind, header.description, header.fitted_at) == ("chainrule.Network", None, None)
    assert header.facts["networks"]["layer_sizes"] == [3, 4, 2]


def test_the_header_says_what_is_in_the_file(fitted, tmp_path):
    save(fitted("table of frame"), tmp_path / "m.chainrule")
    header = read_header(tmp_path / "m.chainrule")
    assert header.kind == "chainrule.TableClassifier" and header.format_version == 4
    assert header.facts["inputs"]["kinds"] == dict.fromkeys("abcd", "number") | {"word": "text"}
    assert header.facts["outputs"] == {"task": "classification", "classes": ["a", "b", "ü"]}
    assert header.facts["networks"]["members"] == 2
    assert header.facts["learning"]["epochs"] >= 20
    assert set(header.versions) == {"chainrule", "scikit-learn", "numpy"}


def test_learning_goes_on_where_it_was(fitted, tmp_path):
    model = fitted("one more epoch")
    save(model, tmp_path / "m.chainrule")
    again = load(tmp_path / "m.chainrule")
    again.partial_fit(X, THREE)
    twin = MLPClassifier(**SMALL).partial_fit(X, THREE, classes=["a", "b", "ü"]).partial_fit(X, THREE)
    np.testing.assert_array_equal(again.network_.parameters, twin.network_.parameters)


def test_what_belongs_to_the_process_is_not_kept(tmp_path):
    model = TableRegressor(**{**OF_TABLES, "verbose": True}, n_jobs=2, progress=False).fit(X, Y)
    pipeline = Pipeline([("c", ColumnTransformer([("s", StandardScaler(), [0])], n_jobs=1, verbose=True)),
                         ("n", MLPRegressor(**SMALL))], memory=str(tmp_path / "m"), verbose=True)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(X, Y)
    save(model, tmp_path / "m.chainrule")
    save(pipeline, tmp_path / "p.chainrule")
    assert model.n_jobs == 2 and pipeline.verbose and pipeline[0].n_jobs == 1  # theirs are as they were
    assert load(tmp_path / "m.chainrule").n_jobs is None
    loaded = load(tmp_path / "p.chainrule")
    assert (loaded.memory, loaded.verbose, loaded[0].n_jobs, loaded[0].verbose) == (None, False, None, False)
    assert str(tmp_path).encode() not in (tmp_path / "p.chainrule").read_bytes()


@pytest.mark.filterwarnings("ignore:Stochastic")
def test_attributes_of_one_s_own_are_left_behind_and_said(tmp_path):
    model = MLPRegressor(**SMALL).fit(X, Y)
    model.note = "mine"
    with pytest.warns(UserWarning, match=r"m\.chainrule does not keep attributes that no fit leaves: note$"):
        save(model, tmp_path / "m.chainrule")
    assert not hasattr(load(tmp_path / "m.chainrule"), "note")


def own_function(x):
    return x


def identity(q):
    return q


def one(q):
    return 1 + 0 * q


def zero(q):
    return 0 * q


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        (MLPRegressor(), NotFittedError, "has not been fitted"),
        (make_pipeline(StandardScaler(), MLPRegressor()), NotFittedError, "has not been fitted"),
        (LogisticRegression(), TypeError, r"not sklearn.linear_model.LogisticRegression"),
        ("model", TypeError, "not builtins.str"),
        (
            Network((1, 2, 1), Activation("same", identity, one, zero)),
            ValueError,
            "holds no code, and same is",
        ),
    ],
)
def test_what_cannot_be_saved(model, error, says, tmp_path):
    with pytest.raises(error, match=says):
        save(model, tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("whole", [lambda e: make_pipeline(StandardScaler(), e), TransformedTargetRegressor])
def test_a_whole_that_has_not_been_fitted_around_its_fitted_estimator(whole, tmp_path):
    with pytest.raises(NotFittedError, match=r"a part of this .* has not been fitted: fit it as a whole"):
        save(whole(MLPRegressor(**SMALL).fit(X, Y)), tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("step", "says"),
    [
        (FunctionTransformer(own_function), "own_function is a function of your own"),
        (KBinsDiscretizer(), "KBinsDiscretizer"),
        (SelectKBest(lambda X, y: X.sum(axis=0)), "lambda"),
    ],
)
def test_steps_that_are_not_on_the_list_are_named(step, says, tmp_path):
    model = make_pipeline(step, MLPClassifier(**SMALL)).fit(X, THREE)
    with pytest.raises(ValueError, match=f"m.chainrule is not saved.*{says}.*pickle the model"):
        save(model, tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


@pytest.mark.filterwarnings("ignore")
def test_a_target_by_a_function_of_one_s_own_is_named(tmp_path):
    model = TransformedTargetRegressor(MLPRegressor(**SMALL), func=own_function, inverse_func=own_function)
    with pytest.raises(ValueError, match=r"is not saved.*own_function.*pickle the model"):
        save(model.fit(X, Y), tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


def test_of_a_search_the_best_estimator_is_saved(tmp_path):
    search = GridSearchCV(MLPRegressor(**SMALL), {"alpha": [0.1]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    with pytest.raises(TypeError, match="GridSearchCV: save its best_estimator_"):
        save(search, tmp_path / "m.chainrule")


def test_estimators_alone_need_no_skops(fitted, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    save(fitted("table of array"), tmp_path / "m.chainrule")
    assert load(tmp_path / "m.chainrule").n_features_in_ == 4


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    net = Network((1, 1), random_state=0)
    net.parameters[0] = np.nan  # through the array, which nobody checks
    with pytest.raises(ValueError, match=r"is not saved.*NaN or infinity"):
        save(net, tmp_path / "m.chainrule")
    assert not [*tmp_path.iterdir()]


def test_every_function_with_a_derivative_is_on_the_list():
    from chainrule.io._allowed import FUNCTIONS, function_named

    known = {id(function_named(name)) for name in FUNCTIONS}
    assert {id(function) for function in DERIVATIVES} <= known


def test_a_model_of_another_kind_is_none_of_a_table(fitted, tmp_path):
    save(fitted("regressor"), tmp_path / "m.chainrule")
    with pytest.raises(ValueError, match="holds a MLPRegressor, not a model of a table"):
        load_table_model(tmp_path / "m.chainrule")
