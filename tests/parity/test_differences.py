"""Each section of docs/guide/differences.md, by its number."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network._base import binary_log_loss

import chainrule
from sweeps import for_each

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 5))
BINARY = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)
CLASSES = np.digitize(X[:, 0] + 0.5 * X[:, 1], [-0.6, 0.7])
OUTPUTS = np.column_stack([np.sin(X[:, 0] + k * X[:, 1]) for k in range(10)])
PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "differences.md").read_text()


def same_weights(ours, theirs, rtol=1e-9):  # type: ignore[no-untyped-def]
    for mine, peer in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, peer, rtol=rtol, atol=rtol)


def test_every_section_of_the_page_has_a_test() -> None:
    numbers = {int(number) for number in re.findall(r"^## (\d+)\.", PAGE, flags=re.MULTILINE)}
    tested = {int(name.split("_")[2]) for name in globals() if name.startswith("test_difference_")}
    assert numbers == tested == set(range(1, 14))


def test_difference_1_several_outputs_with_lbfgs() -> None:
    settings = dict(hidden_layer_sizes=(20,), activation="tanh", solver="lbfgs", alpha=1.0, random_state=0)
    ours = chainrule.MLPRegressor(**settings).fit(X, OUTPUTS)
    theirs = neural_network.MLPRegressor(**settings).fit(X, OUTPUTS)

    def error(model) -> float:  # type: ignore[no-untyped-def]
        return float(((model.predict(X) - OUTPUTS) ** 2).mean())

    assert error(ours) < 0.5 * error(theirs)
    squares = sum(float((W**2).sum()) for W in ours.coefs_)
    half_sum = 0.5 * ((ours.predict(X) - OUTPUTS) ** 2).sum(axis=1).mean()
    assert ours.loss_ == pytest.approx(half_sum + 0.5 * squares / len(X), rel=1e-10)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_difference_1_several_outputs_with_minibatches(solver: str) -> None:
    settings = dict(hidden_layer_sizes=(9,), solver=solver, random_state=0, max_iter=15)
    ours = chainrule.MLPRegressor(**settings).fit(X, OUTPUTS)
    theirs = neural_network.MLPRegressor(**settings).fit(X, OUTPUTS)
    same_weights(ours, theirs)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_difference_2_warm_start_keeps_the_best_weights() -> None:
    model = chainrule.MLPClassifier(
        (8,), early_stopping=True, warm_start=True, learning_rate_init=0.05, max_iter=30, random_state=0
    ).fit(X, BINARY)
    best, kept = model.best_validation_score_, model.network_.copy()
    model.set_params(learning_rate_init=30.0, max_iter=3).fit(X, BINARY)
    assert model.best_validation_score_ == best
    assert model.network_ == kept


def test_difference_3_validation_rows_are_scikit_learn_s() -> None:
    for y in BINARY, CLASSES:
        settings = dict(hidden_layer_sizes=(8,), early_stopping=True, max_iter=10, random_state=3)
        ours = chainrule.MLPClassifier(**settings).fit(X, y)
        theirs = neural_network.MLPClassifier(**settings).fit(X, y)
        assert ours.validation_scores_ == pytest.approx(theirs.validation_scores_, abs=0)
        same_weights(ours, theirs)


def test_difference_4_a_diverging_fit_stops_at_once() -> None:
    model = chainrule.MLPRegressor(
        hidden_layer_sizes=(8,), solver="sgd", learning_rate_init=1e3, max_iter=10_000, random_state=0
    )
    with pytest.raises(ValueError, match=r"non-finite parameter weights.*lower learning_rate_init"):
        model.fit(X, OUTPUTS[:, 0])
    assert model.n_iter_ < 100


def test_difference_5_no_partial_fit_with_lbfgs() -> None:
    assert hasattr(neural_network.MLPRegressor(solver="lbfgs"), "partial_fit")
    assert not hasattr(chainrule.MLPRegressor(solver="lbfgs"), "partial_fit")
    assert hasattr(chainrule.MLPRegressor(solver="adam"), "partial_fit")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_difference_6_float32_stays_float32(solver: str) -> None:
    settings = dict(hidden_layer_sizes=(8,), solver=solver, max_iter=5, random_state=0)
    single = X.astype(np.float32)
    ours = chainrule.MLPRegressor(**settings).fit(single, OUTPUTS[:, 0])
    theirs = neural_network.MLPRegressor(**settings).fit(single, OUTPUTS[:, 0])
    assert ours.coefs_[0].dtype == ours.predict(single).dtype == np.float32
    same_weights(ours, theirs, rtol=1e-3)


def test_difference_7_poisson_refuses_negative_targets() -> None:
    with pytest.raises(ValueError, match=r"-1.*poisson.*>= 0"):
        chainrule.MLPRegressor(loss="poisson").fit(X, np.where(np.arange(len(X)) == 7, -1.0, 2.0))


def test_difference_8_partial_fit_repeats_one_permutation() -> None:
    settings = dict(hidden_layer_sizes=(8,), batch_size=20, random_state=5)
    ours, theirs = chainrule.MLPClassifier(**settings), neural_network.MLPClassifier(**settings)
    for _ in range(4):
        ours.partial_fit(X, CLASSES, classes=[0, 1, 2])
        theirs.partial_fit(X, CLASSES, classes=[0, 1, 2])
    same_weights(ours, theirs)


def test_difference_9_one_class_has_one_column() -> None:
    model = chainrule.MLPClassifier((4,), max_iter=2).fit(X, np.full(len(X), "only"))
    assert list(model.classes_) == ["only"]
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((len(X), 1)))
    assert set(model.predict(X)) == {"only"}


@for_each("early_stopping", [(False, True), (True, False), (True, True), (False, False)])
@for_each("second", ["adam", "sgd", "lbfgs"])
@for_each("first", ["adam", "sgd", "lbfgs"])
def test_difference_10_switching_between_warm_starts(
    first: str, second: str, early_stopping: tuple[bool, bool]
) -> None:
    model = chainrule.MLPClassifier((8,), solver=first, warm_start=True, max_iter=8, random_state=0)
    model.set_params(early_stopping=early_stopping[0]).fit(X, BINARY)
    before = model.network_.error(X, BINARY[:, None])
    model.set_params(solver=second, early_stopping=early_stopping[1]).fit(X, BINARY)
    assert model.network_.error(X, BINARY[:, None]) <= before + 1e-3
    if second != "lbfgs":
        assert (model.best_validation_score_ is not None) == early_stopping[1]
        assert (model.best_loss_ is None) == early_stopping[1]


def test_difference_11_sizes_given_as_the_loss() -> None:
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\(64, 64\)"):
        chainrule.MLPRegressor((64, 64)).fit(X, OUTPUTS[:, 0])


def test_difference_12_the_loss_of_a_confidently_wrong_row() -> None:
    exact = np.logaddexp(0, 25.0)
    theirs = binary_log_loss(np.array([[0]]), expit(np.array([[25.0]])))
    assert theirs != pytest.approx(exact, rel=1e-7)
    model = chainrule.MLPClassifier((), solver="sgd", learning_rate_init=1e-300, alpha=0.0, max_iter=1)
    rows = np.array([[1.0], [1.0]])
    model.partial_fit(rows, [0, 1], classes=[0, 1])
    model.network_.parameters = [25.0, 0.0]
    model.partial_fit(rows[:1], [0])
    assert model.loss_ == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize(
    ("rows", "words"),
    [(X.astype(str), "must hold real numbers"), (np.ma.array(X, mask=X > 0), "is a masked array with")],
    ids=["text", "masked"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_difference_13_text_and_masked_cells(rows: Any, words: str) -> None:
    y = X[:, 0]
    neural_network.MLPRegressor(hidden_layer_sizes=(4,), max_iter=1).fit(rows, y)
    with pytest.raises(ValueError, match=f"^X {words}"):
        chainrule.MLPRegressor(hidden_layer_sizes=(4,), max_iter=1).fit(rows, y)


def test_scikit_learn_still_behaves_as_the_page_says() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        one_class = neural_network.MLPClassifier((4,), max_iter=2).fit(X, np.zeros(len(X)))
        assert one_class.predict_proba(X).shape[1] == 2
