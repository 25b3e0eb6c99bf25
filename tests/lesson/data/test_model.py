"""Fitted models beside rows: the lesson's network gives the model's numbers for the rows it learnt."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tests.lesson.sections.lessons import done, refused

from chainrule import Activation, MLPClassifier, MLPRegressor, Network, TableClassifier, TableRegressor
from chainrule.lesson import Lesson, study_of_estimator, study_of_model
from chainrule.tables import TableModel, describe, split_table, table_pipeline

X = np.random.default_rng(0).uniform(-1, 1, (80, 3))
PRODUCT = X[:, 0] * X[:, 1]
SIGN = np.where(PRODUCT > 0, "yes", "<i>no</i>")
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.3, 0.3])]
FRAME = pd.DataFrame(X, columns=["left", "right", "up"]).assign(town=np.where(X[:, 2] > 0, "Ulm", "Bonn"))
FAST = {"solver": "lbfgs", "max_iter": 30, "random_state": 0, "tol": 1e-12}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(**how):
    return MLPRegressor(hidden_layer_sizes=(5, 4), **{**FAST, **how})


def classifier(**how):
    return MLPClassifier(hidden_layer_sizes=(5,), **{**FAST, **how})


def outputs(study):
    return study.network(study.data.X)


def test_a_regressor():
    model = regressor(activation="tanh", alpha=0.25, learning_rate_init=0.004).fit(X, PRODUCT)
    study = study_of_estimator(model, X, PRODUCT)
    assert study.network == model.network_ and study.network is not model.network_
    np.testing.assert_array_equal(outputs(study)[:, 0], model.predict(X))
    np.testing.assert_array_equal(study.data.Y[:, 0], PRODUCT)
    setup = study.setup
    assert (setup.data, setup.hidden, setup.activations) == ("model", (5, 4), ("tanh", "tanh"))
    assert (setup.solver, setup.rate, setup.l2, setup.loss) == ("lbfgs", 0.004, 0.25, "half_squared_error")


def test_several_numbers():
    model = regressor().fit(X, X[:, :2] ** 2)
    study = study_of_estimator(model, X, X[:, :2] ** 2)
    np.testing.assert_array_equal(outputs(study), model.predict(X))
    assert study.data.outputs == ("y1", "y2")


@pytest.mark.parametrize("y", [SIGN, THREE], ids=["two", "three"])
def test_classes(y):
    model = classifier().fit(X, y)
    study = study_of_estimator(model, X, y)
    F = outputs(study)
    probabilities = np.column_stack([1 - F, F]) if F.shape[1] == 1 else F
    np.testing.assert_allclose(probabilities, model.predict_proba(X), rtol=1e-14)
    assert study.data.classes == tuple(model.classes_)
    scene = Lesson(study).sections["network"].scene()
    assert scene["correct"] == model.score(X, y) and scene["classes"] == [*model.classes_]
    with pytest.raises(ValueError, match="y holds 'other'; classes here are"):
        study_of_estimator(model, X, np.full(80, "other"))


def test_several_labels_a_row():
    Y = (X[:, :2] > 0).astype(int)
    model = classifier().fit(X, Y)
    study = study_of_estimator(model, X, Y)
    np.testing.assert_array_equal(outputs(study), model.predict_proba(X))
    np.testing.assert_array_equal(study.data.Y, Y)
    assert study.network.output == "logistic" and study.data.task == "regression"


def test_a_network_and_its_own_output():
    net = Network((3, 4, 3), "tanh", "softmax", random_state=1)
    study = study_of_estimator(net, X, np.arange(80) % 3)
    assert study.network == net and study.data.classes == ("0", "1", "2")
    np.testing.assert_array_equal(study.data.Y.argmax(axis=1), np.arange(80) % 3)
    exp = Network((3, 1), output="exp", random_state=1)
    study = study_of_estimator(exp, X, np.ones(80))
    assert study.network == exp and study.data.task == "regression"
    frame = done(Lesson(study), do="network.step", batches=2)
    assert frame["common"]["output"] == "exp"


def test_scikit_learn_s_own():
    model = TheirClassifier((5,), solver="lbfgs", max_iter=20, random_state=0).fit(X, THREE)
    np.testing.assert_allclose(
        outputs(study_of_estimator(model, X, THREE)), model.predict_proba(X), rtol=1e-12
    )


def test_a_pipeline_and_a_target_that_is_scaled():
    pipeline = make_pipeline(StandardScaler(), regressor())
    model = TransformedTargetRegressor(pipeline, transformer=StandardScaler()).fit(X, 5 + 3 * PRODUCT)
    study = study_of_estimator(model, X, 5 + 3 * PRODUCT)
    back = model.transformer_.inverse_transform(outputs(study))[:, 0]
    np.testing.assert_allclose(back, model.predict(X), rtol=1e-13)
    np.testing.assert_allclose(study.data.Y[:, 0], (PRODUCT - PRODUCT.mean()) / PRODUCT.std(), rtol=1e-12)
    assert study.data.plane.names == ("x1", "x2")
    inputs = study.data.plane.to_inputs(np.array([[0.25, -0.5]]), 3)
    expected = (np.array([0.25, -0.5, X[3, 2]]) - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(inputs, [expected], rtol=1e-12)


def test_sparse_inputs_of_a_pipeline_on_a_data_frame():
    model = make_pipeline(OneHotEncoder(), classifier()).fit(FRAME[["town"]], SIGN)
    study = study_of_estimator(model, FRAME[["town"]], SIGN)
    np.testing.assert_allclose(outputs(study)[:, 0], model.predict_proba(FRAME[["town"]])[:, 1], rtol=1e-14)
    assert study.data.inputs == ("town_Bonn", "town_Ulm")
    scene = Lesson(study).sections["network"].scene()["plane"]
    assert scene["kind"] == "line" and scene["names"][0] == "town"
    assert [set(ticks) for ticks in scene["ticks"]] == [{"Ulm", "Bonn"}]


@pytest.fixture(scope="module")
def table_regressor():
    return TableRegressor(n_members=2, n_steps=40, hidden_layer_sizes=(6,), random_state=0).fit(
        FRAME, PRODUCT
    )


def test_the_first_member_of_an_ensemble(table_regressor):
    before = dict(vars(table_regressor))
    study = study_of_estimator(table_regressor, FRAME, 10 * PRODUCT)
    assert "member 1 of 2 is shown" in study._said[0]
    y = PRODUCT
    low, high = (y.min() - y.mean()) / y.std(), (y.max() - y.mean()) / y.std()
    member = (table_regressor.predict(FRAME, member=0) - y.mean()) / y.std()
    np.testing.assert_allclose(np.clip(outputs(study)[:, 0], low, high), member, atol=1e-5)
    np.testing.assert_allclose(study.data.Y[:, 0], (10 * y - y.mean()) / y.std(), rtol=1e-12)
    assert study.data.inputs == tuple(table_regressor.encoder_.input_names)
    assert vars(table_regressor) == before  # a target beyond those it learnt is not noted in it
    frame = Lesson(study.again()).receive({"do": "read"})
    assert frame["said"] == [*study._said] and frame["error"] is None


def test_a_table_classifier():
    model = TableClassifier(n_members=2, n_steps=40, hidden_layer_sizes=(6,), random_state=0).fit(FRAME, SIGN)
    study = study_of_estimator(model, FRAME, SIGN)
    np.testing.assert_allclose(outputs(study)[:, 0], model.predict_proba(FRAME, member=0)[:, 1], atol=1e-5)
    assert study.data.classes == ("<i>no</i>", "yes")
    inputs = study.data.over("left", "town").plane.to_inputs(np.array([[0.1, 0.0], [0.1, 1.0]]), 0)
    assert np.count_nonzero(inputs[0] != inputs[1]) == 1  # two towns are one input


def test_a_table_model_with_the_rows_of_a_table():
    table = FRAME.assign(price=3 + 2 * PRODUCT)
    data = split_table(table, "price", test_size=0.0, seed=0)
    pipeline = table_pipeline(data.schema, regressor()).fit(data.X_train, data.y_train)
    model = TableModel(describe(pipeline, data, 0), pipeline)
    table.loc[5, "price"] = np.nan
    study = study_of_model(model, table)
    kept = table.drop(index=5)
    back = pipeline[-1].transformer_.inverse_transform(outputs(study))[:, 0]
    np.testing.assert_allclose(back, model.predict(kept), rtol=1e-12)
    assert any("1 row of 80 dropped" in line for line in study._said)
    by_frame = study_of_estimator(model, kept, kept.price)
    np.testing.assert_array_equal(by_frame.data.X, study.data.X)
    with pytest.raises(ValueError, match="the table lacks 'left'"):
        study_of_model(model, table.drop(columns="left"))


def test_reset_leads_back_to_the_fitted_weights():
    model = classifier().fit(X, SIGN)
    lesson = Lesson(study_of_estimator(model, X, SIGN))
    done(lesson, do="network.step", batches=3)
    assert lesson.study.network != model.network_
    done(lesson, do="network.set", data="circles")
    done(lesson, do="network.set", data="model", hidden=[5])
    assert lesson.study.network == model.network_
    done(lesson, do="network.set", seed=1)
    assert lesson.study.network != model.network_
    done(lesson, do="network.set", seed=0)
    done(lesson, do="network.reset")
    assert lesson.study.network == model.network_
    assert "no column" in refused(lesson, do="network.axes", horizontal="x9", vertical="x1")


@pytest.mark.parametrize(
    ("model", "rows", "y", "error", "says"),
    [
        (LinearRegression().fit(X, PRODUCT), X, PRODUCT, TypeError, "got LinearRegression"),
        (3, X, PRODUCT, TypeError, "got int"),
        (MLPRegressor(), X, PRODUCT, NotFittedError, "not fitted"),
        (Network((2, 1)), X, PRODUCT, ValueError, "X makes 3 inputs; the network takes 2"),
        (Network((3, 1)), X, PRODUCT[:9], ValueError, "X has 80 rows and y 9"),
        (Network((3, 1)), X[0], PRODUCT, ValueError, "X has 1 dimensions"),
        (Network((3, 1)), X[:0], PRODUCT[:0], ValueError, "0 rows"),
        (Network((3, 21)), X, np.ones((80, 21)), ValueError, "21 outputs; a lesson takes up to 20"),
        (Network((3, 400, 300, 1)), X, PRODUCT, ValueError, "122,201 parameters; a lesson takes up to"),
        (Network((3, 1)), np.ones((100_001, 3)), np.ones(100_001), ValueError, "100,001 rows"),
        (Network((3, 1)), X, np.full(80, np.nan), ValueError, "NaN"),
    ],
)  # fmt: skip
def test_what_is_refused(model, rows, y, error, says):
    with pytest.raises(error, match=says):
        study_of_estimator(model, rows, y)


def test_an_activation_of_one_s_own_is_refused():
    net = Network((3, 2, 1), Activation("cube", lambda q: q * q * q, lambda q: 3 * q * q, lambda q: 6 * q))
    with pytest.raises(ValueError, match="one of its own: cube"):
        study_of_estimator(net, X, PRODUCT)
