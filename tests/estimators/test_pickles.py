"""Pickles: small, complete, and read by a process that has compiled nothing yet."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
from sweeps import crossed

from .data import MULTICLASS, TWO_OUTPUTS, X, assert_equal_fits, classifier, regressor, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize(("make", "y"), [(classifier, MULTICLASS), (regressor, TWO_OUTPUTS)])

SETTINGS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "invscaling"},
    "lbfgs": {"solver": "lbfgs", "tol": 0.0},
    "early stopping": {"early_stopping": True},
}
settings = pytest.mark.parametrize("parameters", SETTINGS.values(), ids=SETTINGS)


def through_a_pickle(model):
    return pickle.loads(pickle.dumps(model))


@makers
@settings
@pytest.mark.parametrize(("hidden", "n_epochs"), crossed([(), (6,), (100, 50)], [1, 60]), ids=str)
def test_a_pickle_is_not_larger_than_scikit_learns(make, y, parameters, hidden, n_epochs):
    model = make(hidden_layer_sizes=hidden, max_iter=n_epochs, n_iter_no_change=100, **parameters)
    assert len(pickle.dumps(model.fit(X, y))) <= len(pickle.dumps(twin(model).fit(X, y)))


@makers
@settings
def test_all_there_is_to_see_comes_back(make, y, parameters):
    model = make(**parameters).fit(X, y)
    other = through_a_pickle(model)
    assert other.network_ == model.network_
    assert other.get_params() == model.get_params()
    for name, column in model.history_.columns().items():
        np.testing.assert_array_equal(getattr(other.history_, name), column)
    names = ["n_iter_", "t_", "loss_", "n_features_in_", "n_layers_", "n_outputs_", "out_activation_"]
    if model.solver != "lbfgs":
        names += ["loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"]
    for name in names:
        assert getattr(other, name) == getattr(model, name), name


@makers
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_learning_goes_on_as_if_there_had_been_no_pickle(make, y, name):
    model = make(**SETTINGS[name], random_state=np.random.RandomState(0)).fit(X, y)
    other = through_a_pickle(model)
    for _ in range(3):
        model.partial_fit(X, y)
        other = through_a_pickle(other).partial_fit(X, y)
    assert other.network_ == model.network_
    assert other.loss_curve_ == model.loss_curve_
    right = twin(model).set_params(random_state=np.random.RandomState(0)).fit(X, y)
    for _ in range(3):
        right.partial_fit(X, y)
    assert_equal_fits(other, right)


@makers
@settings
def test_a_warm_start_goes_on_as_if_there_had_been_no_pickle(make, y, parameters):
    model = make(**parameters, warm_start=True).fit(X, y)
    other = through_a_pickle(model)
    assert other.fit(X, y).network_ == model.fit(X, y).network_
    np.testing.assert_array_equal(other.history_.loss, model.history_.loss)


def test_the_best_weights_are_kept_once_and_come_back_apart():
    """After a fit with early stopping they are those of the network, which a warm start then changes."""
    model = regressor(early_stopping=True).fit(X, TWO_OUTPUTS)
    for each in (model, through_a_pickle(model)):
        assert not np.shares_memory(each._state.best_parameters, each.network_.parameters)
        np.testing.assert_array_equal(each._state.best_parameters, each.network_.parameters)


READ = """
import pickle, sys
import numpy as np
from numba.core import event

with open("model.pickle", "rb") as file:
    model, X, right = pickle.load(file)
with event.install_recorder("numba:run_pass") as passes:
    np.testing.assert_allclose(model.predict(X), right, rtol=1e-12)
print(len(passes.buffer) > 0)
"""


@pytest.mark.slow
def test_a_new_process_with_a_cold_cache_reads_it(tmp_path):
    model = regressor().fit(X, TWO_OUTPUTS)
    with open(tmp_path / "model.pickle", "wb") as file:
        pickle.dump((model, X, model.predict(X)), file)
    environment = {
        "PYTHONPATH": str(Path(chainrule.__file__).parents[1]),
        "NUMBA_CACHE_DIR": str(tmp_path / "nothing here yet"),
    }
    done = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True"]
