"""The linear model beside the network: on the same inputs, and in a bounded time."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from chainrule import MLPClassifier, MLPRegressor
from chainrule.tables import _linear as linear
from chainrule.tables import describe, split_table, table_pipeline, table_scores

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def learned(task, rows=200, classes=2, test_size=0.2):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=rows), "town": random.choice(["Ulm", "Bonn"], rows)})
    y = 1e6 + 1e3 * (frame.a + (frame.town == "Ulm"))
    frame["y"] = y if task == "regression" else pd.qcut(y, classes, labels=False).map("class {}".format)
    data = split_table(frame, "y", seed=0, test_size=test_size)
    assert data.task == task
    kind = MLPRegressor if task == "regression" else MLPClassifier
    pipeline = table_pipeline(data.schema, kind(hidden_layer_sizes=(3,), max_iter=2, random_state=0))
    return pipeline.fit(data.X_train, data.y_train), data


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_it_is_scikit_learn_s_on_the_network_s_inputs(task):
    pipeline, data = learned(task)
    X, X_test = pipeline[:-1].transform(data.X_train), pipeline[:-1].transform(data.X_test)
    scores = linear.linear_scores(data)
    assert scores.keys() == table_scores(pipeline, data.X_test, data.y_test, task).keys()
    if task == "classification":
        assert scores["accuracy"] == LogisticRegression().fit(X, data.y_train).score(X_test, data.y_test)
    else:
        expected = Ridge().fit(X, data.y_train).score(X_test, data.y_test)
        assert scores["r2"] == pytest.approx(expected, rel=1e-9)
    assert describe(pipeline, data, seed=0).held_out.linear == scores


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_large_tables_are_learned_in_part(task, monkeypatch):
    _, data = learned(task)
    taken = []
    for kind in (Ridge, LogisticRegression):
        fit = kind.fit
        monkeypatch.setattr(
            kind, "fit", lambda self, X, y, *more, fit=fit: taken.append(len(X)) or fit(self, X, y, *more)
        )
    classes = 2 if task == "classification" else 1
    monkeypatch.setattr(linear, "_MOST_CELLS", 60 * 3 * classes)
    assert linear.linear_scores(data) is not None
    assert taken == [60]


def test_too_many_classes_for_the_rows_it_may_take(monkeypatch):
    _, data = learned("classification", classes=4)
    monkeypatch.setattr(linear, "_MOST_CELLS", 39 * 3 * 4)
    assert linear.linear_scores(data) is None


def test_nothing_held_out():
    pipeline, data = learned("regression", test_size=0)
    assert linear.linear_scores(data) is None
    assert describe(pipeline, data, seed=0).held_out is None
