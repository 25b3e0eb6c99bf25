"""The work of scikit-learn's published examples of its MLPs, done by ours and by its own."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import neural_network
from sklearn.datasets import load_digits, load_iris, make_circles, make_classification, make_moons
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import chainrule
from sweeps import crossed, some

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

Array = NDArray[Any]
Data = tuple[Array, Array]


# ---- varying regularisation: five strengths, three shapes of data, the surface of decisions


def separable() -> Data:
    X, y = make_classification(n_features=2, n_redundant=0, n_clusters_per_class=1, random_state=0)
    return X + 2 * np.random.RandomState(2).uniform(size=X.shape), y


SHAPES = {
    "moons": make_moons(noise=0.3, random_state=0),
    "circles": make_circles(noise=0.2, factor=0.5, random_state=1),
    "separable": separable(),
}
SURFACE = np.stack(np.meshgrid(np.linspace(-3, 3, 40), np.linspace(-3, 3, 40)), axis=-1).reshape(-1, 2)


def both_regularised(data: Data, alpha: float, max_iter: int) -> tuple[list[Pipeline], Data]:
    """Ours and theirs, and the rows held back."""
    X, X_test, y, y_test = train_test_split(*data, test_size=0.4, random_state=42)
    settings: dict[str, Any] = dict(
        solver="lbfgs", alpha=alpha, random_state=1, early_stopping=True, hidden_layer_sizes=(10, 10)
    )
    networks = (
        library.MLPClassifier(max_iter=max_iter, **settings) for library in (chainrule, neural_network)
    )
    return [make_pipeline(StandardScaler(), network).fit(X, y) for network in networks], (X_test, y_test)


@pytest.mark.parametrize(("alpha", "name"), crossed(np.logspace(-1, 1, 5), SHAPES))
def test_varying_regularisation(alpha: float, name: str) -> None:
    data = SHAPES[name]
    """The first 30 iterations: later ones make rounding errors large, in any two runs that round apart."""
    (ours, theirs), (X_test, y_test) = both_regularised(data, alpha, max_iter=30)
    assert ours.score(X_test, y_test) == theirs.score(X_test, y_test)
    assert ours[-1].loss_ == pytest.approx(theirs[-1].loss_, rel=1e-9)
    surfaces = [model.predict_proba(SURFACE)[:, 1] for model in (ours, theirs)]
    np.testing.assert_allclose(*surfaces, rtol=1e-6)


@pytest.mark.parametrize("name", some(SHAPES, 1))
def test_varying_regularisation_to_the_end(name: str) -> None:
    data = SHAPES[name]
    (ours, theirs), (X_test, y_test) = both_regularised(data, alpha=1.0, max_iter=2000)
    assert ours.score(X_test, y_test) == pytest.approx(theirs.score(X_test, y_test), abs=2 / len(y_test))
    assert ours[-1].loss_ == pytest.approx(theirs[-1].loss_, rel=0.02)


# ---- learning strategies: sgd with its schedules and momenta, and adam

RATE = {"learning_rate_init": 0.2}
STRATEGIES = {
    "constant": dict(solver="sgd", learning_rate="constant", momentum=0.0, **RATE),
    "constant with momentum": dict(solver="sgd", momentum=0.9, nesterovs_momentum=False, **RATE),
    "constant with Nesterov": dict(solver="sgd", momentum=0.9, nesterovs_momentum=True, **RATE),
    "falling": dict(solver="sgd", learning_rate="invscaling", momentum=0.0, **RATE),
    "falling with momentum": dict(
        solver="sgd", learning_rate="invscaling", momentum=0.9, nesterovs_momentum=False, **RATE
    ),
    "falling with Nesterov": dict(solver="sgd", learning_rate="invscaling", momentum=0.9, **RATE),
    "adaptive": dict(solver="sgd", learning_rate="adaptive", tol=0.05, n_iter_no_change=2, **RATE),
    "adam": dict(solver="adam", learning_rate_init=0.01),
}
SETS = {
    "digits": (tuple(each[:500] for each in load_digits(return_X_y=True)), 15),
    "iris": (load_iris(return_X_y=True), 40),
    "moons": (SHAPES["moons"], 40),
    "circles": (SHAPES["circles"], 40),
}


@pytest.mark.parametrize(("strategy", "name"), crossed(STRATEGIES, SETS))
def test_learning_strategies(strategy: str, name: str) -> None:
    data, epochs = SETS[name]
    X, y = MinMaxScaler().fit_transform(data[0]), data[1]
    ours, theirs = (
        library.MLPClassifier(random_state=0, max_iter=epochs, **STRATEGIES[strategy]).fit(X, y)
        for library in (chainrule, neural_network)
    )
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.score(X, y) == theirs.score(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-7, atol=1e-12)


# ---- handwritten digits: what the first layer has learnt, as images


def test_images_of_the_weights_learnt_from_digits() -> None:
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X / 16, y, random_state=0, test_size=0.7)
    settings: dict[str, Any] = dict(
        hidden_layer_sizes=(40,), max_iter=8, alpha=1e-4, solver="sgd", random_state=1, learning_rate_init=0.2
    )
    ours, theirs = (library.MLPClassifier(**settings).fit(X, y) for library in (chainrule, neural_network))
    for image, expected in zip(ours.coefs_[0].T, theirs.coefs_[0].T, strict=True):
        np.testing.assert_allclose(image.reshape(8, 8), expected.reshape(8, 8), rtol=1e-9, atol=1e-11)
    for rows, labels in ((X, y), (X_test, y_test)):
        assert ours.score(rows, labels) == theirs.score(rows, labels)
