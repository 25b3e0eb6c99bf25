"""Public classes say where they are imported from, and pickles name them by that place."""

import pickle
import pickletools
import subprocess
import sys
from contextlib import suppress
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from chainrule import LBFGS, SGD, Activation, Adam, LevenbergMarquardt, MLPClassifier, MLPRegressor, Network
from chainrule.tables import TableModel, describe, split_table, table_pipeline
from sweeps import for_each

ROOMS = ("calculus", "display", "estimators", "export", "io", "network", "tables", "testing", "training")
PACKAGES = (
    "chainrule",
    *(f"chainrule.{room}" for room in ROOMS),
    "chainrule.training.solvers",
    "chainrule.tables.derivatives",
)


def public_classes():
    for package in PACKAGES:
        module = import_module(package)
        for name in module.__all__:
            with suppress(ModuleNotFoundError):  # functions that need a library which is not installed
                if isinstance(getattr(module, name), type):
                    yield package, getattr(module, name)


@for_each(("package", "kind"), [*public_classes()])
def test_a_class_says_the_shortest_place_it_is_imported_from(package, kind):
    places = [place for place in PACKAGES if getattr(import_module(place), kind.__name__, None) is kind]
    assert kind.__module__ == min(places, key=len)
    assert package in places
    assert getattr(import_module(kind.__module__), kind.__qualname__) is kind
    assert pickle.loads(pickle.dumps(kind)) is kind


DIRECTLY = """
from importlib import import_module
from chainrule.tables import _HOMES
for name, home in _HOMES.items():
    value = getattr(import_module(f"chainrule.tables.{home}"), name)
    if isinstance(value, type):
        print(value.__module__)
"""


def test_a_class_of_tables_says_so_though_only_its_own_file_was_imported():
    run = subprocess.run([sys.executable, "-c", DIRECTLY], capture_output=True, text=True, check=True)
    places = run.stdout.split()
    assert len(places) > 10 and set(places) == {"chainrule.tables"}


def cube(q):
    return q**3


def cube_slope(q):
    return 3 * q**2


def cube_bend(q):
    return 6 * q


CUBE = Activation("cube", cube, cube_slope, cube_bend)

X = np.linspace(-1, 1, 40).reshape(20, 2)
Y = X[:, 0] ** 2


def fitted(estimator, y=Y):
    return estimator.set_params(hidden_layer_sizes=(3,), random_state=0).fit(X, y)


def table_model(target):
    frame = pd.DataFrame(
        {"a": X[:, 0], "b": X[:, 1], "word": ["x", "y"] * 10, "y": Y, "class": ["u", "v"] * 10}
    )
    data = split_table(frame.drop(columns={"y", "class"} - {target}), target, seed=0)
    estimator = MLPRegressor if data.task == "regression" else MLPClassifier
    pipeline = table_pipeline(data.schema, estimator((), max_iter=2) if target == "class" else estimator())
    return TableModel(describe(pipeline.fit(data.X_train, data.y_train), data, 0), pipeline)


INSTANCES = {
    "Network": lambda: Network((2, 3, 1), random_state=0),
    "own activation": lambda: Network(
        (2, 3, 1), Activation("cube", cube, cube_slope, cube_bend), random_state=0
    ),
    "solvers": lambda: [Adam(0.01), SGD(0.1), LBFGS(), LevenbergMarquardt(damping=0.1)],
    "classifier": lambda: fitted(MLPClassifier(early_stopping=True), Y > 0.2),
    "regressor": lambda: fitted(MLPRegressor(solver=SGD(0.01))),
    "second order": lambda: fitted(MLPRegressor(solver="lm", alpha="bayes", keep_covariance=True)),
    "history": lambda: fitted(MLPRegressor()).history_,
    "sensitivities": lambda: fitted(MLPRegressor()).sensitivities(X),
    "plan": lambda: Network((2, 3, 1)).plan(5),
    "factored Jacobian": lambda: Network((2, 3, 1)).factored_jacobian(X),
    "table model of numbers": lambda: table_model("y"),
    "table model of classes": lambda: table_model("class"),
}


def names_in(written):
    """Modules and names of ours that a pickle of protocol 2 spells out."""
    found = (value for code, value, _ in pickletools.genops(written) if code.name == "GLOBAL")
    return {name for name in found if name.startswith("chainrule")}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("make", INSTANCES.values(), ids=INSTANCES)
def test_pickles_name_public_places_only(make):
    written = pickle.dumps(make(), protocol=2)
    names = names_in(written)
    assert names
    assert not [name for name in names if "._" in name]
    assert names_in(pickle.dumps(pickle.loads(written), protocol=2)) == names
