"""Fits by the backend of joblib that the caller has chosen: the same results as in this process."""

import threading
import warnings
from contextlib import contextmanager

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib.parallel import ThreadingBackend
from sklearn.exceptions import ConvergenceWarning

from chainrule import MLPRegressor, TableRegressor
from chainrule._elsewhere import results_elsewhere, workers_elsewhere
from chainrule.tables import TableWarning, cross_validate, split_table, tune

HERE = threading.get_ident()


class Elsewhere(ThreadingBackend):
    """Stands for other machines: joblib does not know it, and its jobs run in other threads."""

    def effective_n_jobs(self, n_jobs):
        return 3


joblib.register_parallel_backend("elsewhere", Elsewhere)


@contextmanager
def on_other_machines():
    with joblib.parallel_config(backend="elsewhere", n_jobs=3):
        yield


RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"a": RNG.normal(size=300), "kind": RNG.choice(list("xyz"), 300)})
FRAME["y"] = np.sin(2 * FRAME.a) + (FRAME.kind == "x") + 0.1 * RNG.normal(size=300)
DATA = split_table(FRAME, "y", seed=0)
MODEL = TableRegressor(n_members=3, n_steps=60, random_state=0, verbose=False)


def where():
    return threading.get_ident()


def test_only_a_backend_of_others_counts():
    assert workers_elsewhere() == 0
    for own in ("threading", "loky"):
        with joblib.parallel_config(backend=own):
            assert workers_elsewhere() == 0
    with on_other_machines():
        assert workers_elsewhere() == 3
        assert HERE not in list(results_elsewhere([(where, ()), (where, ())]))
        assert list(results_elsewhere([(workers_elsewhere, ())])) == [0]  # what is within stays there


def test_what_a_job_warns_of_is_said_here():
    def job():
        warnings.warn("a fit did not converge", ConvergenceWarning, stacklevel=1)
        return 1

    with on_other_machines(), pytest.warns(ConvergenceWarning, match="did not converge"):
        assert list(results_elsewhere([(job, ())])) == [1]


def test_what_jobs_warn_of_at_the_same_time_is_all_said():
    first_is_over, second_has_begun = threading.Event(), threading.Event()

    def first():
        second_has_begun.wait(600)
        warnings.warn("the first did not converge", ConvergenceWarning, stacklevel=1)

    def second():
        second_has_begun.set()
        first_is_over.wait(600)
        warnings.warn("the second did not converge", ConvergenceWarning, stacklevel=1)

    before = warnings.filters, warnings.showwarning
    with on_other_machines(), pytest.warns(ConvergenceWarning) as said:
        results = results_elsewhere([(first, ()), (second, ())])
        next(results)
        first_is_over.set()
        assert len(list(results)) == 1
    assert [str(each.message) for each in said] == [
        "the first did not converge",
        "the second did not converge",
    ]
    assert (warnings.filters, warnings.showwarning) == before


def test_what_a_job_raises_is_raised_here():
    def job():
        raise ValueError("no such column")

    with on_other_machines(), pytest.raises(ValueError, match="no such column"):
        list(results_elsewhere([(job, ())]))


def test_members():
    here = MODEL.fit(DATA.X_train, DATA.y_train).predict(DATA.X_test)
    with on_other_machines():
        there = MODEL.fit(DATA.X_train, DATA.y_train)
    np.testing.assert_array_equal(there.predict(DATA.X_test), here)
    assert len(there.members_) == 3


def test_members_keep_a_time_limit():
    # So many steps would take hours.
    slow = TableRegressor(n_members=6, n_steps=10**7, time_limit=0.5, random_state=0, verbose=False)
    with on_other_machines(), pytest.warns(TableWarning, match="time_limit=0.5"):
        slow.fit(DATA.X_train, DATA.y_train)
    assert slow.stop_reason_ == "time limit"


def test_folds():
    here = cross_validate(DATA, MODEL, 3, seed=0)
    with on_other_machines():
        there = cross_validate(DATA, MODEL, 3, seed=0)
    assert there.model.folds == here.model.folds


@pytest.mark.parametrize("engine, rows", [("halving", 300), ("halving", 1600)])
def test_settings(engine, rows):
    frame = pd.concat([FRAME] * (1 + rows // 300), ignore_index=True)[:rows]
    data = split_table(frame, "y", seed=0, test_size=0)
    line = TableRegressor(n_members=1, n_steps=20, random_state=0, verbose=False, effort="fast")

    def found():
        trials = tune(data, line, 5, 2, engine=engine, seed=0, n_jobs=2).trials
        return [(dict(trial.settings), trial.error) for trial in trials]

    here = found()
    with on_other_machines():
        assert found() == here
    assert len(here) > 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("alpha", [1e-3, "bayes"])
def test_restarts(alpha):
    X, y = DATA.X_train[["a"]].to_numpy(), DATA.y_train
    model = MLPRegressor(
        hidden_layer_sizes=(4,), solver="lm", n_restarts=3, random_state=0, alpha=alpha, max_iter=15
    )
    here = model.fit(X, y)
    parameters, alpha_found = here.network_.parameters.copy(), here._state.alpha
    with on_other_machines():
        model.fit(X, y)
    np.testing.assert_array_equal(model.network_.parameters, parameters)
    assert model._state.alpha == alpha_found
