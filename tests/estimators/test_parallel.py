"""Several fits at once, in threads and in processes: the numbers of one after another, and BLAS as it was."""

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_info, threadpool_limits

import chainrule
from chainrule import MLPClassifier, MLPRegressor

from .data import ONE_OUTPUT, X, classifier, regressor, rows, target_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])

MANY = rows(2000, 20)
CLASSES = np.digitize(MANY[:, 0] * MANY[:, 1], [-0.3, 0.3])
TWO = np.tanh(MANY[:, :2])


def blas_threads():
    return {each["filepath"]: each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def two_fits(solver):
    """Two different models to fit at once, long enough to overlap."""
    shared = dict(solver=solver, max_iter=30, random_state=0)
    return (
        (MLPClassifier((50, 20), **shared), MANY, CLASSES),
        (MLPRegressor(hidden_layer_sizes=(30,), activation="tanh", **shared), MANY[:1500], TWO[:1500]),
    )


def at_once(fits):
    """Fit each in a thread of its own, beginning together."""
    together = Barrier(len(fits))

    def fit(model, X, y):
        together.wait()
        return model.fit(X, y)

    with ThreadPoolExecutor(len(fits)) as threads:
        return list(threads.map(fit, *zip(*fits, strict=True)))


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_two_threads_fit_what_one_does(solver):
    before = blas_threads()
    alone = [model.fit(X, y) for model, X, y in two_fits(solver)]
    for _ in range(3):
        for model, expected in zip(at_once(two_fits(solver)), alone, strict=True):
            assert model.network_ == expected.network_
            np.testing.assert_array_equal(model.history_.loss, expected.history_.loss)
    assert blas_threads() == before


@pytest.mark.parametrize("limit", [1, 2])
def test_blas_keeps_the_limit_it_was_given(limit):
    with threadpool_limits(limit, user_api="blas"):
        before = blas_threads()
        at_once(two_fits("adam"))
        assert blas_threads() == before


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_blas_gets_its_threads_back_from_a_fit_that_fails(solver):
    before = blas_threads()
    with pytest.raises(ZeroDivisionError):
        regressor(solver=solver).fit(X, ONE_OUTPUT, np.r_[np.ones(40), -np.ones(40)])
    assert blas_threads() == before


@makers
def test_eight_threads_predict_with_one_model(make):
    model = make(hidden_layer_sizes=(40, 30))
    model.fit(X, target_of(model))
    parts = [rows(1500, 4, seed) for seed in range(8)] * 3
    expected = [model.predict(part) for part in parts]
    with ThreadPoolExecutor(8) as threads:
        for right, mine in zip(expected, threads.map(model.predict, parts), strict=True):
            np.testing.assert_array_equal(mine, right)


def test_a_model_predicts_while_others_fit():
    model = regressor().fit(X, ONE_OUTPUT)
    expected = model.predict(X)
    with ThreadPoolExecutor(2) as threads:
        fits = [threads.submit(each.fit, X, y) for each, X, y in two_fits("adam")]
        while not all(fit.done() for fit in fits):
            np.testing.assert_array_equal(model.predict(X), expected)


@makers
@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_search_by_two_workers(make, solver, backend):
    grid = {"alpha": [1e-4, 1.0], "hidden_layer_sizes": [(5,), (4, 3)]}
    y, searches = target_of(make()), []
    for n_jobs in (1, 2):
        with parallel_config(backend=backend):
            searches.append(GridSearchCV(make(solver=solver), grid, cv=2, n_jobs=n_jobs).fit(X, y))
    scores = [each.cv_results_["mean_test_score"] for each in searches]
    np.testing.assert_array_equal(*scores)
    assert searches[0].best_estimator_.network_ == searches[1].best_estimator_.network_


def fit_as_given(model, X, y):
    """In a worker: what the process was given, and the model fitted to it."""
    return type(X).__name__, X.flags.writeable, chainrule.__file__, model.fit(X, y), model.predict(X)


def test_rows_that_joblib_maps_into_memory():
    """From 1 MB on; what it maps is read-only."""
    X, y = np.tile(MANY, (4, 1)), np.tile(CLASSES, 4)
    model = MLPClassifier((10,), max_iter=3, random_state=0)
    expected = model.fit(X, y).network_.copy()
    tasks = [delayed(fit_as_given)(model, X, y)] * 2
    for kind, writeable, package, fitted, labels in Parallel(n_jobs=2)(tasks):
        assert (kind, writeable, package) == ("memmap", False, chainrule.__file__)
        assert fitted.network_ == expected
        np.testing.assert_array_equal(labels, model.predict(X))
        fitted.partial_fit(X, y)


AFTER_FORK = """
import os, sys, warnings
import numpy as np
from threadpoolctl import threadpool_info
from chainrule import MLPClassifier, MLPRegressor

warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(400, 300))
y = (X[:, 0] > 0).astype(int)

def models():
    small = dict(max_iter=3, random_state=0)
    return [
        MLPClassifier((20,), **small),
        MLPRegressor(hidden_layer_sizes=(20,), solver="lbfgs", **small),
        MLPClassifier((300,), batch_size=200, **small),  # products for several threads of BLAS
    ]

threads = [each["num_threads"] for each in threadpool_info()]
fitted = [model.fit(X, y) for model in models()]
outputs = [model.predict(X) for model in fitted]
children = []
for _ in range(2):
    child = os.fork()
    if child:
        children.append(child)
        continue
    again = [model.fit(X, y) for model in models()]
    same = [np.allclose(mine.loss_, right.loss_, rtol=1e-9) for mine, right in zip(again, fitted)]
    same += [np.array_equal(model.predict(X), right) for model, right in zip(fitted, outputs)]
    same += [[each["num_threads"] for each in threadpool_info()] == threads]
    os._exit(0 if all(same) else 3)
for model, right in zip(models(), fitted):  # the parent goes on meanwhile
    assert np.allclose(model.fit(X, y).loss_, right.loss_, rtol=1e-9)
print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_children_forked_after_a_fit():
    environment = os.environ | {"PYTHONPATH": str(Path(chainrule.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", AFTER_FORK], env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0"]


def test_predictions_and_deviations_are_the_same_whatever_threads_blas_has():
    """Who fits meanwhile holds BLAS at one."""
    many = np.random.RandomState(0).normal(size=(3000, 4))
    model = MLPRegressor(
        hidden_layer_sizes=(30, 9), activation="tanh", solver="lm", max_iter=5, alpha=0.1,
        keep_covariance=True, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(many, np.c_[many[:, 0] * many[:, 1], many[:, 2]])
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.append([*model.predict(many, return_std=True), model.jacobian(many)])
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)
