"""``--set``: every setting of the library, by name."""

import json

import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.cli._settings import estimator_of, parse_settings, settable
from chainrule.training import SOLVERS, LevenbergMarquardt

QUICK = ("--hidden", "4", "--max-iter", 3, "--seed", 1, "--quiet")


def test_every_setting_is_reachable():
    names = set(settable())
    of_models = set(MLPRegressor().get_params()) | set(MLPClassifier().get_params())
    assert of_models - names == {"random_state", "progress", "verbose", "warm_start"}
    for kind in SOLVERS.values():
        for name in kind().get_params():
            assert name in names or f"solver__{name}" in names


# What is given, what it means.
VALUES = [
    ("momentum=0.5", {"momentum": 0.5}),
    (" momentum = 0.5 ", {"momentum": 0.5}),
    ("shuffle=false", {"shuffle": False}),
    ("nesterovs_momentum=True", {"nesterovs_momentum": True}),
    ("learning_rate=adaptive", {"learning_rate": "adaptive"}),
    ("learning_rate='adaptive'", {"learning_rate": "adaptive"}),
    ("n_iter_no_change=inf", {"n_iter_no_change": float("inf")}),
    ("hidden_layer_sizes=8,4", {"hidden_layer_sizes": (8, 4)}),
    ("solver__max_memory=none", {"solver__max_memory": None}),
    ("solver__momentum=0.5", {"momentum": 0.5}),
    ("tol=" + "(" * 500, {"tol": "(" * 500}),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_values(text, expected):
    assert parse_settings([text]) == expected


def test_a_solver_that_only_an_object_can_be():
    estimator = estimator_of("mlp", "regression", {"solver": "lm", "solver__damping": 0.5, "alpha": 0.1})
    assert estimator.solver == LevenbergMarquardt(damping=0.5)
    assert estimator.alpha == 0.1


def test_settings_reach_the_model_file(run, trained):
    table = trained / "houses.csv"
    settings = ["--set", "momentum=0.5", "--set", "learning_rate=adaptive", "--set", "tol=1e-3"]
    ended = run("fit", table, "--target", "price", "--solver", "sgd", *settings, "-o", "m.chainrule", *QUICK)
    assert ended.code == 0, ended.err
    kept = json.loads(run("info", "m.chainrule", "--json").out)["network"]["settings"]
    assert (kept["momentum"], kept["learning_rate"], kept["tol"]) == (0.5, "adaptive", 1e-3)


def test_settings_of_second_order(run, trained):
    table, lm = trained / "houses.csv", ("--solver", "lm", "--set", "solver__method=cg")
    ended = run("fit", table, "--target", "price", *lm, "-o", "m.chainrule", *QUICK)
    assert ended.code == 0, ended.err
    said = run("info", "m.chainrule").out
    assert " with LevenbergMarquardt, until" in said
    assert "--solver lm --set solver__method=cg" in said
    kept = json.loads(run("info", "m.chainrule", "--json").out)["network"]["settings"]
    assert kept["solver__method"] == "cg"


def test_settings_that_scikit_learn_does_not_have(run, trained):
    given = [
        "schedule=cosine",
        "validation_score=loss",
        "early_stopping=true",
        "loss=quantile",
        "quantile=0.9",
    ]
    settings = [part for one in given for part in ("--set", one)]
    table = trained / "houses.csv"
    ended = run("fit", table, "--target", "price", *settings, "-o", "m.chainrule", *QUICK)
    assert ended.code == 0, ended.err
    kept = json.loads(run("info", "m.chainrule", "--json").out)["network"]["settings"]
    names = ("schedule", "validation_score", "loss", "quantile")
    assert [kept[name] for name in names] == ["cosine", "loss", "quantile", 0.9]
    assert run("predict", "m.chainrule", table, "--json").code == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["schedule=cosin"], "--set schedule=cosin: it must be"),
        (["schedule=cosine", "learning_rate=adaptive"], "both set the rate of each epoch"),
        (["schedule=cosine", "solver__damping=1"], "no such setting"),
        (["quantile=0.9"], "quantile=0.9 goes with loss='quantile', not with loss='squared_error'"),
        (["loss=quantile", "quantile=0.1,0.9"], "one number, so give one quantile"),
        (["class_weight=balanced"], "MLPRegressor, for regression, has no such setting"),
    ],
)
def test_settings_that_contradict_each_other_are_one_line(run, trained, settings, words):
    given = [part for one in settings for part in ("--set", one)]
    ended = run("fit", trained / "houses.csv", "--target", "price", *given, *QUICK)
    assert ended.code == 2
    assert words in ended.err and ended.err.strip().count("\n") == 0


def test_counts_are_learned_by_the_loss_of_counts(run, trained, houses, tmp_path):
    houses.assign(price=(houses.price / 100).round().astype(int)).to_csv(tmp_path / "t.csv", index=False)
    ended = run("fit", "t.csv", "--target", "price", "--set", "loss=poisson", "-o", "m.chainrule", *QUICK)
    assert ended.code == 0, ended.err
    predicted = json.loads(run("predict", "m.chainrule", "t.csv", "--json").out)["predictions"]["price"]
    assert min(predicted) > 0
