"""Parameters and data as they come: both libraries raise the same type of exception, or agree."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweeps import examples

from .comparison import Tally, compare

ACCEPTED = st.fixed_dictionaries(
    {
        "random_state": st.integers(0, 5),
        "max_iter": st.integers(1, 12),
        "hidden_layer_sizes": st.lists(st.integers(1, 8), max_size=3) | st.integers(1, 8),
        "activation": st.sampled_from(["identity", "logistic", "tanh", "relu"]),
        "solver": st.sampled_from(["adam", "sgd", "lbfgs"]),
        "alpha": st.floats(0, 10),
        "batch_size": st.just("auto") | st.integers(1, 70),
        "learning_rate": st.sampled_from(["constant", "invscaling", "adaptive"]),
        "learning_rate_init": st.floats(1e-4, 0.05),
        "power_t": st.floats(0, 1),
        "shuffle": st.booleans(),
        "tol": st.floats(0, 0.1),
        "momentum": st.floats(0, 1),
        "nesterovs_momentum": st.booleans(),
        "early_stopping": st.sampled_from([False, False, True]),
        "validation_fraction": st.floats(0.1, 0.5) | st.floats(0, 0.99),
        "beta_1": st.floats(0, 0.99),
        "beta_2": st.floats(0.5, 0.9999),
        # Adam divides by slope + epsilon, and of p - y near 0 scikit-learn's has the rounding of p.
        "epsilon": st.floats(1e-6, 0.1),
        "n_iter_no_change": st.integers(1, 5) | st.just(np.inf),
        "max_fun": st.integers(1, 40),
    }
)
# In one model of eight one of these.
REFUSED: list[dict[str, Any]] = [
    {"hidden_layer_sizes": 0}, {"hidden_layer_sizes": (3, -1)}, {"hidden_layer_sizes": (2.0,)},
    {"hidden_layer_sizes": "ab"}, {"hidden_layer_sizes": [[3], [4]]}, {"activation": "no_such"},
    {"solver": "lbfg"}, {"alpha": -1e-9}, {"alpha": "0"}, {"batch_size": 0}, {"batch_size": "all"},
    {"learning_rate": None}, {"learning_rate_init": 0}, {"power_t": -1}, {"max_iter": 0},
    {"shuffle": 1}, {"random_state": 0.5}, {"random_state": np.random.default_rng(0)}, {"tol": -1},
    {"verbose": -1}, {"warm_start": 1}, {"momentum": 1.01}, {"early_stopping": "yes"},
    {"validation_fraction": 1}, {"beta_1": 1}, {"beta_2": 1.0}, {"epsilon": 0},
    {"n_iter_no_change": 0}, {"n_iter_no_change": 1.5}, {"max_fun": 0},
]  # fmt: skip
PARAMETERS = st.builds(
    lambda accepted, refused: accepted | refused,
    ACCEPTED,
    st.sampled_from([{}] * 7 * len(REFUSED) + REFUSED),
)
REGIMES = st.sampled_from(["fit", "warm start", "partial_fit", "fit, partial_fit"])

# Targets from two signals in [-1, 1]; the names of those for a classifier.
TARGETS = {
    "binary": lambda a, b: (a > 0).astype(int),
    "rare": lambda a, b: (a > 0.9).astype(int),
    "multiclass": lambda a, b: np.digitize(a, [-0.3, 0.0, 0.4]),
    "words": lambda a, b: np.array(["x", "y", "zz"])[np.digitize(a, [-0.3, 0.3])],
    "multilabel": lambda a, b: np.c_[a > 0, b > 0.5].astype(int),
    "several classes a row": lambda a, b: np.c_[np.digitize(a, [-0.3, 0.3]), b > 0],
    "numbers": lambda a, b: a,
    "two numbers": lambda a, b: np.c_[a, b],
    "integers": lambda a, b: np.round(3 * a).astype(int),
    "counts": lambda a, b: np.round(4 * a**2),
    "column": lambda a, b: b[:, None],
    "constant": lambda a, b: 0 * a,
}
CLASSES = ("binary", "rare", "multiclass", "words", "multilabel", "several classes a row")
WEIGHTS = {
    "none": lambda a: None,
    "positive": lambda a: 0.1 + a**2,
    "with zeros": lambda a: np.maximum(a, 0),
    "some negative": lambda a: a + 0.7,
    "all zero": lambda a: 0 * a,
    "too few": lambda a: a[1:],
    "one number": lambda a: np.float64(1.5),
}
ROWS = {
    "plain": lambda X: X,
    "float32": lambda X: X.astype(np.float32),
    "integers": lambda X: np.round(3 * X).astype(int),
    "F order": np.asfortranarray,
    "large": lambda X: 30 * X,
    "half zero": lambda X: X * (np.arange(len(X)) % 2)[:, None],
    "a constant column": lambda X: np.c_[X, np.ones(len(X))],
    "one NaN": lambda X: np.where(X == X.max(), np.nan, X),
    "one dimension": lambda X: X[:, 0],
}


@dataclass(frozen=True)
class Drawn:
    """A model and its data."""

    parameters: dict[str, Any]
    regime: str
    rows: str
    target: str
    weights: str
    n: int
    d: int
    seed: int

    @property
    def classifies(self) -> bool:
        return self.target in CLASSES

    @property
    def algorithm(self) -> str:
        return self.parameters.get("solver", "adam")

    @property
    def dtype(self) -> str:
        return "float32" if self.rows == "float32" else "float64"

    def data(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        random = np.random.RandomState(self.seed)
        X, a, b = random.normal(size=(self.n, self.d)), *random.uniform(-1, 1, (2, self.n))
        return ROWS[self.rows](X), TARGETS[self.target](a, b), WEIGHTS[self.weights](a)

    def model(self, library: ModuleType) -> Any:
        parameters = self.parameters | ({"warm_start": True} if self.regime == "warm start" else {})
        if self.classifies:
            return library.MLPClassifier(**parameters)
        loss = "poisson" if self.target == "counts" else "squared_error"
        return library.MLPRegressor(loss=loss, **parameters)


# Quirk 5: scikit-learn's regressor has partial_fit with lbfgs. With a tolerance of 0 lbfgs goes on within
# rounding, and ends by chance.
CASES = st.builds(
    Drawn,
    PARAMETERS,
    REGIMES,
    st.sampled_from(["plain"] * 9 + list(ROWS)),
    st.sampled_from(list(TARGETS)),
    st.sampled_from(["none", "positive"] * 6 + list(WEIGHTS)),
    n=st.integers(30, 60) | st.integers(1, 60),
    d=st.integers(1, 5),
    seed=st.integers(0, 9),
).filter(
    lambda case: (
        case.algorithm != "lbfgs"
        or (case.parameters["tol"] > 1e-6 and (case.classifies or "partial_fit" not in case.regime))
    )
)
EXAMPLES = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@settings(EXAMPLES, max_examples=examples(150))
@given(case=CASES)
def test_drawn(case: Drawn, tally: Tally) -> None:
    compare(case, tally)


@pytest.mark.slow
@settings(EXAMPLES, max_examples=3000, derandomize=False)
@given(case=CASES)
def test_many_drawn(case: Drawn, tally: Tally) -> None:
    compare(case, tally)
