"""What is learnt, and how: the product of settings that both libraries run."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
from scipy import sparse

EPOCHS = 30

SOLVERS: dict[str, dict[str, Any]] = {
    "adam": dict(solver="adam"),
    "adam, small batches": dict(
        solver="adam", batch_size=17, learning_rate_init=0.01, alpha=0.1, beta_1=0.8, beta_2=0.99,
        epsilon=1e-6,
    ),
    "adam, impatient": dict(
        solver="adam", batch_size=50, shuffle=False, learning_rate_init=0.02, tol=0.02, n_iter_no_change=2
    ),
    "sgd": dict(solver="sgd", batch_size=32, learning_rate_init=0.05),
    "sgd, invscaling": dict(
        solver="sgd", batch_size=32, learning_rate="invscaling", power_t=0.3, learning_rate_init=0.3,
        nesterovs_momentum=False, momentum=0.7,
    ),
    "sgd, adaptive": dict(
        solver="sgd", batch_size=64, learning_rate="adaptive", learning_rate_init=0.02, tol=0.02,
        n_iter_no_change=1, alpha=1.0,
    ),
    "sgd, plain": dict(
        solver="sgd", batch_size=1000, shuffle=False, momentum=0.0, learning_rate_init=0.1, alpha=0.0,
        n_iter_no_change=np.inf,
    ),
    "lbfgs": dict(solver="lbfgs"),
    "lbfgs, large alpha": dict(solver="lbfgs", alpha=10.0, tol=1e-3),
    "lbfgs, few calls": dict(solver="lbfgs", max_fun=12),
}  # fmt: skip
ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
HIDDEN: tuple[tuple[int, ...], ...] = ((), (12,), (6, 1, 4))
REGIMES = ("fit, partial_fit", "partial_fit", "warm start", "warm start, early stopping")
LBFGS_REGIMES = ("fit", "warm start")
# float32 follows the same code, and is compared more loosely: once will do. So do sparse rows, but for W_1.
TYPES = (
    ("float64", False, "dense"),
    ("float64", True, "dense"),
    ("float32", True, "dense"),
    ("float64", True, "CSR"),
)

# y from three signals, and the type it comes in; None stands for the type of X.
Target = tuple[Callable[[np.ndarray, np.random.RandomState], np.ndarray], str | None]
TARGETS: dict[str, Target] = {
    "binary": (lambda signal, random: signal[:, 0] > 0, "int64"),
    "words": (lambda signal, random: np.array(["mouse", "cat", "horse"])[signal.argmax(axis=1)], "U5"),
    "multiclass": (lambda signal, random: 3 + 2 * np.digitize(signal[:, 0], [-0.7, 0.0, 0.6]), "int64"),
    "multilabel": (lambda signal, random: signal > 0.2, "int64"),
    "one output": (lambda signal, random: signal[:, 0], None),
    "three outputs": (lambda signal, random: signal, None),
    "poisson": (lambda signal, random: random.poisson(np.exp(signal[:, 0])), None),
}


@dataclass(frozen=True)
class Configuration:
    """What is learnt, and how."""

    target: str
    solver: str
    activation: str
    hidden: tuple[int, ...]
    regime: str
    dtype: str
    weighted: bool
    form: str = "dense"

    def __str__(self) -> str:
        words = [
            self.target,
            self.solver,
            self.activation,
            str(self.hidden),
            self.regime,
            self.dtype,
            self.form,
        ]
        return " | ".join(words + ["weighted"] * self.weighted)

    @property
    def algorithm(self) -> str:
        return SOLVERS[self.solver]["solver"]

    @property
    def classifies(self) -> bool:
        return TARGETS[self.target][1] is not None

    def data(self) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Draw X, y and weights."""
        place = list(TARGETS).index(self.target)
        random = np.random.RandomState(place)
        n, d = 100 + 15 * place, 5
        X = random.normal(size=(n, d)).astype(self.dtype)
        if self.form == "CSR":
            X[np.abs(X) < 0.6] = 0
        signal = np.tanh(X @ random.normal(size=(d, 3))) + 0.3 * random.normal(size=(n, 3))
        make, dtype = TARGETS[self.target]
        y = make(signal, random).astype(dtype or self.dtype)
        rows = sparse.csr_matrix(X) if self.form == "CSR" else X
        return rows, y, random.uniform(0.1, 2.0, n) if self.weighted else None

    def model(self, library: ModuleType) -> Any:
        """Make the estimator of one of the two libraries."""
        parameters = dict(
            SOLVERS[self.solver],
            hidden_layer_sizes=self.hidden,
            activation=self.activation,
            early_stopping="early stopping" in self.regime,
            warm_start="warm start" in self.regime,
            # L-BFGS soon tells roundings apart: all its warm starts together take as many iterations.
            max_iter=EPOCHS
            if "warm start" not in self.regime
            else EPOCHS // (3 if self.algorithm == "lbfgs" else 2),
            # An integer starts anew at each call, a RandomState goes on.
            random_state=np.random.RandomState(7) if self.regime == "fit, partial_fit" else 7,
        )
        if self.classifies:
            return library.MLPClassifier(**parameters)
        loss = "poisson" if self.target == "poisson" else "squared_error"
        return library.MLPRegressor(loss=loss, **parameters)


def configurations() -> list[Configuration]:
    """The whole product; L-BFGS has its own regimes."""
    return [
        Configuration(target, solver, activation, hidden, regime, dtype, weighted, form)
        for target, solver, activation, hidden, (dtype, weighted, form) in product(
            TARGETS, SOLVERS, ACTIVATIONS, HIDDEN, TYPES
        )
        for regime in (LBFGS_REGIMES if SOLVERS[solver]["solver"] == "lbfgs" else REGIMES)
    ]


def sample(n: int) -> list[Configuration]:
    """Return the same n configurations every time."""
    return Random(0).sample(configurations(), n)
