"""``chainrule tune``: the best of what was tried, in the time there is, as options that give it again."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import make_houses

from chainrule import MLPClassifier, MLPRegressor, TableRegressor
from chainrule.tables import MethodScores, split_table, tune
from chainrule.tables.validation import _halving
from chainrule.tables.validation import _tune as tuning
from chainrule.tables.validation._space import space_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

QUICK = ("--model", "mlp", "--max-iter", 4, "--seed", 1, "--candidates", 3, "--folds", 2)
SEARCHES = [pytest.param("optuna", id="optuna"), "halving"]


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return "houses.csv"


@pytest.mark.parametrize("search", SEARCHES)
def test_the_best_settings_can_be_given_again(run, table, search):
    if search == "optuna":
        pytest.importorskip("optuna")
    ended = run("tune", table, "--target", "price", "--search", search, "-o", "m.chainrule", "--json", *QUICK)
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert (found["command"], found["search"], found["tried"]) == ("tune", search, 4)
    errors = [trial["error"] for trial in found["trials"]]
    assert errors == sorted(errors) and {} in [trial["settings"] for trial in found["trials"]]
    assert errors == [trial["mean"]["root_mean_squared_error"] for trial in found["trials"]]
    assert found["best"]["settings"].items() >= found["trials"][0]["settings"].items()
    options = found["best"]["options"].split()
    fitted = run("fit", table, "--target", "price", "--seed", 1, "-o", "again.chainrule", "-q", *options)
    assert fitted.code == 0, fitted.err
    assert run("predict", "m.chainrule", table).out == run("predict", "again.chainrule", table).out
    scored = run("cv", table, "--target", "price", "--folds", 2, "--seed", 1, "--json", *options)
    assert scored.code == 0


def test_settings_that_are_given_are_kept(run, table):
    given = ("--hidden", "5", "--alpha", "0.5")
    ended = run("tune", table, "--target", "dear", "--search", "halving", "--json", *given, *QUICK)
    found = json.loads(ended.out)
    assert found["best"]["settings"]["hidden_layer_sizes"] == [5]
    assert all({"hidden_layer_sizes", "alpha"}.isdisjoint(trial["settings"]) for trial in found["trials"])
    assert "--hidden 5" in found["best"]["options"] and "--alpha 0.5" in found["best"]["options"]


def wide(rows=1600):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows)})
    return split_table(frame.assign(y=frame.a + 0.1 * frame.b), "y", seed=0, test_size=0)


def test_halving_leaves_the_best_for_the_whole_table(monkeypatch):
    tried = []
    of_method = tuning.Trials.method

    def method(self, settings, n_jobs):
        tried.append(settings["alpha"] if settings else None)
        return of_method(self, settings, n_jobs)

    monkeypatch.setattr(tuning.Trials, "method", method)
    strong = [{"alpha": 10.0**power} for power in range(6)]  # the larger, the worse
    drawn = iter(strong)
    monkeypatch.setattr(tuning, "sampled", lambda *_: next(drawn))
    network = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", max_iter=20, random_state=0)
    found = tune(wide(), network, 6, 2, engine="halving", seed=0, n_jobs=2)
    assert [trial.settings.get("alpha") for trial in found.trials[:4]][1:] == [1.0, 10.0, 100.0]
    assert found.trials[0].settings == {} and found.n_tried == 7 and len(found.trials) == 4
    assert tried.count(1e5) == 2 and tried.count(1.0) == 4  # on both folds of a third, then of all rows
    assert _halving.n_fits(1600, 6) == 9


def test_threads_change_nothing_of_halving():
    data = split_table(make_houses(80), "price", seed=0)
    model = TableRegressor(effort="fast", n_steps=20, random_state=0, verbose=False)
    one, two = (tune(data, model, 2, 2, engine="halving", n_jobs=jobs) for jobs in (1, 2))
    assert [trial.error for trial in one.trials] == [trial.error for trial in two.trials]


@pytest.mark.parametrize("search", SEARCHES)
def test_a_time_limit_leaves_what_was_found(search, monkeypatch):
    if search == "optuna":
        pytest.importorskip("optuna")
    finish = tuning.Trials.finish

    def time_is_up_after_this(self, settings, found):
        finish(self, settings, found)
        self.watch.stop.set()

    monkeypatch.setattr(tuning.Trials, "finish", time_is_up_after_this)
    monkeypatch.setattr(tuning, "_with_time_for_a_fit", lambda watch, trial: watch)
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0)
    data = split_table(make_houses(80), "price", seed=0)
    found = tune(data, network, 10**6, 2, engine=search, time_limit=1e6)
    assert found.stop_reason == "time limit"
    assert [trial.settings for trial in found.trials] == [{}]


def test_the_time_of_a_fit_is_left_at_the_end():
    seconds = MethodScores("", ({"r2": 1.0},) * 2, (2.0, 4.0))
    trial = tuning.Trial({}, seconds, 1.0)
    watch = tuning._with_time_for_a_fit(tuning.Watch(tuning.TimeLimit(10.0)), trial)
    assert 3.0 < watch.clock.left <= 4.0


@pytest.mark.parametrize("search", ["halving", "optuna"])
def test_a_million_settings_end_with_the_time(run, table, search):
    if search == "optuna":
        pytest.importorskip("optuna")
    options = ("--model", "mlp", "--time-limit", 0.3, "--candidates", 1_000_000, "--folds", 2)
    ended = run("tune", table, "--target", "price", "--max-iter", 1, "--search", search, *options)
    assert "--time-limit was reached" in ended.out or "not even the settings by default" in ended.err


def test_too_little_time_says_so(run, table):
    options = ("--model", "mlp", "--max-iter", 100_000, "--set", "tol=0", "--set", "n_iter_no_change=100000")
    ended = run("tune", table, "--target", "price", "--time-limit", 1e-6, "--folds", 2, *options)
    assert (ended.code, ended.err.count("error:")) == (2, 1)
    assert "not even the settings by default were tried on all 2 folds" in ended.err


def test_ctrl_c_ends_the_search_and_keeps_what_was_found(run, table, monkeypatch):
    on_all = tuning.Trials.on_all

    def pressed(self, candidates):
        on_all(self, candidates[:1])
        if candidates != [{}]:
            raise KeyboardInterrupt

    monkeypatch.setattr(tuning.Trials, "on_all", pressed)
    ended = run("tune", table, "--target", "price", "--search", "halving", "-o", "m.chainrule", *QUICK)
    assert ended.code == 130
    assert "by default" in ended.out and "best  " in ended.out
    assert "interrupted after 2 trials; nothing was saved" in ended.err


def test_without_optuna_the_search_is_by_halving(run, table, monkeypatch):
    monkeypatch.setattr(tuning, "find_spec", lambda name: None)
    ended = run("tune", table, "--target", "price", "--json", *QUICK)
    assert json.loads(ended.out)["search"] == "halving"
    refused = run("tune", table, "--target", "price", "--search", "optuna", *QUICK)
    assert refused.code == 2 and "chainrule[tune]" in refused.err


def test_spaces_fit_the_model_and_the_table():
    for estimator in (MLPRegressor(), MLPClassifier(), TableRegressor()):
        for name, tried in space_of(estimator, 100).items():
            for value in getattr(tried, "values", ()) or (tried.low, tried.high):
                estimator.set_params(**{name: value})._validate_params()
    assert space_of(MLPRegressor(), 100)["batch_size"].values == (32,)
    assert "batch_size" not in space_of(MLPRegressor(solver="lbfgs"), 1000)
    with pytest.raises(TypeError, match="str"):
        space_of("mlp", 10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--search grid", ("'optuna' or 'halving'", "'grid'")),
        ("--time-limit 0", ("--time-limit 0.0: give a number of seconds",)),
        ("--candidates 0", ("--candidates 0",)),
        ("--folds 1", ("--folds 1",)),
        ("--folds 1000", ("too few rows for 1000 folds",)),
        ("-o houses.csv", ("houses.csv",)),
        ("-o m.txt", (".chainrule",)),
    ],
)
def test_bad_input_is_one_line(run, table, options, words):
    before = Path(table).read_bytes()
    ended = run("tune", table, "--target", "price", *options.split())
    assert not ended.out or "folds" in options  # else it is refused before a table is read
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert all(word in ended.err for word in words), ended.err
    assert Path(table).read_bytes() == before
