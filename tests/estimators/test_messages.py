"""What is printed: scikit-learn's lines with verbose, a bar with progress."""

import pytest

from .data import ONE_OUTPUT, X, classifier, regressor, target_of, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])

TOLD = {
    "adam": {},
    "out of patience": {"tol": 10.0, "n_iter_no_change": 2},
    "early stopping": {"early_stopping": True, "tol": 10.0, "n_iter_no_change": 2},
    "a falling rate": {
        "solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 1e-5, "tol": 10.0,
        "n_iter_no_change": 1,
    },
    "a number": {"verbose": 2},
    "lbfgs": {"solver": "lbfgs"},
}  # fmt: skip


@makers
@pytest.mark.parametrize("parameters", TOLD.values(), ids=TOLD)
def test_verbose_prints_scikit_learns_lines(make, parameters, capfd):
    model = make(**{"verbose": True, "max_iter": 12} | parameters)
    y = target_of(model)
    twin(model).fit(X, y)
    expected = capfd.readouterr()
    model.fit(X, y)
    assert capfd.readouterr() == expected
    assert bool(expected.out) == (model.solver != "lbfgs")


@makers
def test_verbose_speaks_in_partial_fit(make, capsys):
    model = make(verbose=True)
    y = target_of(model)
    known = {"classes": [0, 1]} if make is classifier else {}
    twin(model).partial_fit(X, y, **known)
    expected = capsys.readouterr().out
    model.partial_fit(X, y, **known)
    assert capsys.readouterr().out == expected
    assert expected.startswith("Iteration 1, loss = ")


@makers
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_nothing_is_printed_unasked(make, solver, capfd):
    model = make(solver=solver)
    model.fit(X, target_of(model))
    assert capfd.readouterr() == ("", "")


@makers
@pytest.mark.parametrize(
    "parameters", [{"early_stopping": True}, {"solver": "sgd"}, {"solver": "lbfgs"}], ids=str
)
def test_progress_draws_a_bar_on_standard_error_and_changes_nothing(make, parameters, capsys):
    model = make(progress=True, **parameters)
    model.fit(X, target_of(model))
    out, err = capsys.readouterr()
    assert out == ""
    assert "8/8" in err
    assert "loss" in err
    assert ("validation" in err) == model.early_stopping
    assert ("rate" in err) == (model.solver != "lbfgs")
    assert model.network_ == make(**parameters).fit(X, target_of(model)).network_


def test_progress_in_partial_fit(capsys):
    regressor(progress=True).partial_fit(X, ONE_OUTPUT)
    assert "1/1" in capsys.readouterr().err


def test_progress_and_verbose_together(capsys):
    regressor(progress=True, verbose=True).fit(X, ONE_OUTPUT)
    out, err = capsys.readouterr()
    assert (out + err).count("Iteration ") == 8


def test_a_batch_larger_than_the_rows_is_clipped_with_a_warning():
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample size") as heard:
        model = regressor(batch_size=1000).fit(X, ONE_OUTPUT)
    assert heard[0].filename == __file__
    assert model.network_ == regressor(batch_size=len(X)).fit(X, ONE_OUTPUT).network_


def test_lbfgs_has_no_batches_to_clip(recwarn):
    regressor(solver="lbfgs", batch_size=1000, tol=0.1).fit(X, ONE_OUTPUT)
    assert not [each for each in recwarn if "batch_size" in str(each.message)]
