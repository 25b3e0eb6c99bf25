"""What validation and effects are asked for in Python: what cannot be right is said in one line."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule import MLPRegressor
from chainrule.tables import (
    compare,
    cross_validate,
    effects_of,
    explain_row,
    of_estimator,
    peer_names,
    split_table,
    table_pipeline,
    tune,
)
from sweeps import for_each

FRAME = pd.DataFrame({"side": np.arange(40) % 7, "kind": ["a", "b"] * 20, "price": np.arange(40.0) ** 0.5})
DATA = split_table(FRAME, "price", test_size=0)
LINE = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", max_iter=2, random_state=0)


def searched(**asked):
    return tune(DATA, LINE, **{"n_candidates": 1, "n_folds": 2, "engine": "halving"} | asked)


def beside(ours=None, **asked):
    return compare(DATA, [of_estimator("ours", LINE)] if ours is None else ours, 2, **asked)


REFUSED = {
    "half a fold": (
        lambda: cross_validate(DATA, LINE, 2.5),
        TypeError,
        "n_folds must be an integer, got 2.5",
    ),
    "folds as text": (lambda: cross_validate(DATA, LINE, "3"), TypeError, "n_folds must be an integer"),
    "one fold": (lambda: cross_validate(DATA, LINE, 1), ValueError, "n_folds must be 2 or more, got 1"),
    "a frame": (lambda: cross_validate(FRAME, LINE), TypeError, "must be a SplitTable, as split_table"),
    "a seed": (lambda: cross_validate(DATA, LINE, 2, seed="x"), ValueError, "not 'x'"),
    "fewer than none": (
        lambda: searched(n_candidates=-1),
        ValueError,
        "n_candidates must be 0 or more, got -1",
    ),
    "half a trial": (
        lambda: searched(n_candidates=1.5),
        TypeError,
        "n_candidates must be an integer, got 1.5",
    ),
    "a name alone": (lambda: searched(fixed="alpha"), TypeError, "fixed must be a collection of names"),
    "a name misspelt": (
        lambda: searched(fixed=["alhpa"]),
        ValueError,
        "MLPRegressor has no settings 'alhpa'",
    ),
    "no time": (lambda: searched(time_limit=0), ValueError, "time_limit must be > 0, got 0"),
    "time as text": (lambda: searched(time_limit="5"), TypeError, "time_limit must be a number > 0, got '5'"),
    "no such peer": (
        lambda: beside(only=["tree"]),
        ValueError,
        "no model 'tree' beside ours; there are 'ridge",
    ),
    "a peer alone": (lambda: beside(only="tree"), TypeError, "only must be names of models in a list"),
    "an estimator": (lambda: beside(ours=[LINE]), TypeError, "ours must be of_estimator"),
    "no such task": (
        lambda: peer_names("ranking"),
        ValueError,
        "task is 'ranking'; accepted are 'regression'",
    ),
}


@for_each("name", REFUSED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_cannot_be_right_is_said(name):
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


def test_rows_of_effects_are_integers():
    pipeline = table_pipeline(DATA.schema, LINE)
    with pytest.warns(ConvergenceWarning):
        pipeline.fit(DATA.X_train, DATA.y_train)
    for row in (1.5, "0"):
        with pytest.raises(TypeError, match="row must be an integer, got"):
            explain_row(pipeline, DATA.X_train, row)
    with pytest.raises(TypeError, match=r"most_rows must be an integer, got 0\.5"):
        effects_of(pipeline, DATA.X_train, most_rows=0.5)
    with pytest.raises(ValueError, match="most_rows must be 1 or more, got 0"):
        effects_of(pipeline, DATA.X_train, most_rows=0)
