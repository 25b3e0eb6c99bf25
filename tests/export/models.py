"""Small fitted models of every kind that is exported, each with rows and what it says of them itself.

All is fitted once a process, when it is first asked for.
"""

import datetime
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

import chainrule
from chainrule import MLPClassifier, MLPRegressor, Network, TableClassifier, TableRegressor
from chainrule.calculus import ACTIVATIONS
from chainrule.tables import TableModel, describe, split_table, table_pipeline

ROWS = np.random.default_rng(0).normal(size=(1000, 4)).astype(np.float32).astype(np.float64)
X = ROWS[:120]
Y = np.column_stack([3 * X[:, 0] * X[:, 1] + 7, np.cos(X[:, 2])])
FAST = {"hidden_layer_sizes": (6, 5), "max_iter": 12, "random_state": 0}
TABLE = {"n_members": 2, "n_steps": 60, "hidden_layer_sizes": (6, 5), "random_state": 0, "n_jobs": 1}


@dataclass(frozen=True, eq=False)
class Case:
    """A model, rows as it takes them, and the same rows as cells of its columns.

    ``predicted`` and ``jacobian`` are what the model says itself; derivatives are by the columns ``by``
    (all if None), and of the outputs from ``first`` on.
    """

    model: object
    rows: object
    columns: list
    predicted: np.ndarray
    jacobian: np.ndarray
    by: list | None = None
    first: int = 0


def fit(model, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(*data)


def two_dimensional(values):
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def of_array(model, rows=ROWS, **more):
    """Return the case of a model of numbers in an array."""
    predicted = model(rows) if isinstance(model, Network) else outputs_of(model, rows)
    J = model.jacobian(rows) if isinstance(model, Network) else chainrule.jacobian(model, rows).values
    return Case(model, rows, list(np.asarray(rows).T), two_dimensional(predicted), np.asarray(J), **more)


def outputs_of(model, rows):
    return two_dimensional(
        model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    )


def network(dtype):
    names = [*ACTIVATIONS]
    net = Network((4, *[7] * len(names), 3), names, "softmax", dtype, random_state=0)
    net.parameters = net.parameters * 1.3
    return of_array(net)


# A table of every kind of column; cells of one kind each, and some missing.

KINDS = {
    "size": "number", "often": "number", "sold": "boolean", "day": "date", "at": "time", "colour": "text",
    "side": "text", "rest": "text",
}  # fmt: skip


@cache
def frame(n=400):
    random = np.random.default_rng(1)

    def with_gaps(values, share=0.1):
        return np.where(random.random(n) < share, None, values)

    size = random.normal(20, 8, n).astype(np.float32)
    table = pd.DataFrame(
        {
            "size": pd.to_numeric(pd.Series(with_gaps(size))),
            "often": random.poisson(3, n),
            "sold": random.random(n) < 0.4,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 400, n), "D"),
            "at": [
                datetime.time(int(h), int(m))
                for h, m in zip(random.integers(0, 24, n), random.integers(0, 60, n), strict=True)
            ],
            "colour": with_gaps(
                random.choice(["red", "green", "ünter blau", "x,y"], n, p=[0.5, 0.3, 0.15, 0.05])
            ),
            "side": random.choice(["left", "right"], n),
            "rest": random.choice([f"word {k}" for k in range(150)], n),
        }
    )
    table.loc[::17, "day"] = pd.NaT
    table.loc[::19, "at"] = None
    table["number"] = 100 + 9 * np.sin(size) + 20 * table["sold"] + (table["colour"] == "red") * 5
    table["two"] = np.where(table["number"] > 105, "yes", "no")
    table["three"] = np.array(["low", "mid", "high"])[np.digitize(size, [15, 25])]
    return table


def new_rows():
    """Return rows of the table's kinds, with categories that no model knows."""
    rows = frame(1000).copy()
    rows.loc[rows.index[::9], "colour"] = "violet"
    rows.loc[rows.index[::11], "rest"] = "another word"
    rows.loc[rows.index[::13], "size"] = np.nan
    return rows[[*KINDS]]


def cells(rows, names=tuple(KINDS)):
    """Return the cells of columns as plans take them: days, parts of a day, 0 and 1."""
    days = rows["day"].to_numpy().astype("datetime64[s]")
    day = np.where(np.isnat(days), np.nan, days.astype(np.int64) / 86_400)
    at = np.array([np.nan if t is None else (t.hour * 60 + t.minute) / 1440 for t in rows["at"]])
    made = {"day": day, "at": at} | {name: rows[name].to_numpy(float) for name in ("size", "often", "sold")}
    texts = {name: rows[name].to_numpy(object) for name, kind in KINDS.items() if kind == "text"}
    return [(made | texts)[name] for name in names]


def quietly(function: Callable, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments)


def of_table(estimator, target):
    """Return the case of the content of a model file."""
    table = frame()[[*KINDS, target]]
    data = quietly(lambda: split_table(table, target, seed=0))
    pipeline = fit(table_pipeline(data.schema, estimator), data.X_train, data.y_train)
    model = TableModel(quietly(describe, pipeline, data, 0), pipeline)
    rows = new_rows()
    features = quietly(model.features, rows)
    predicted = quietly(outputs_of, pipeline, features)
    found = quietly(chainrule.jacobian, pipeline, features)
    J, by = found.values, [*found.columns]
    angle = 2 * np.pi * np.nan_to_num(cells(rows)[[*KINDS].index("at")])[:, None]
    sine, cosine = J[:, :, by.index("at (sine)")], J[:, :, by.index("at (cosine)")]
    at = 2 * np.pi * (np.cos(angle) * sine - np.sin(angle) * cosine)
    wanted = [name for name, kind in KINDS.items() if kind != "text"]
    J = np.stack([at if name == "at" else J[:, :, by.index(name)] for name in wanted], axis=2)
    first = predicted.shape[1] - J.shape[1]
    return Case(model, rows, cells(rows), predicted, J, wanted, first)


def of_frame(model, target):
    """Return the case of a table estimator that reads a data frame itself."""
    table, rows = frame(), new_rows()
    fit(model, table[[*KINDS]], table[target])
    predicted = quietly(outputs_of, model, rows)
    found = quietly(model.jacobian, rows)
    first = predicted.shape[1] - found.values.shape[1]
    return Case(model, rows, cells(rows), predicted, found.values, [*found.columns], first)


def columns_pipeline():
    """Return the case of a pipeline as users write them."""
    table, rows = frame(), new_rows()
    steps = ColumnTransformer(
        [
            ("gaps", make_pipeline(MinMaxScaler(), SimpleImputer(strategy="mean")), ["size", "often"]),
            ("plain", "passthrough", ["sold"]),
            ("words", OneHotEncoder(handle_unknown="ignore", min_frequency=20), ["colour", "rest"]),
        ],
        sparse_threshold=0,
    )
    model = TransformedTargetRegressor(
        make_pipeline(steps, MLPRegressor(**FAST)), func=np.log1p, inverse_func=np.expm1
    )
    model.check_inverse = False
    table = table.assign(sold=table["sold"].astype(float))
    rows = rows.assign(sold=rows["sold"].astype(float))
    fit(model, table[[*KINDS]], table["number"])
    found = chainrule.jacobian(model, rows)
    by = ["size", "often", "sold"]
    J = found.values[:, :, [found.columns.index(name) for name in by]]
    used = cells(rows, ["size", "often", "sold", "colour", "rest"])
    return Case(model, rows, used, outputs_of(model, rows), J, by)


CASES: dict[str, Callable[[], Case]] = {
    "regressor": lambda: of_array(fit(MLPRegressor(activation="gelu", **FAST), X, Y[:, 0])),
    "regressor of several outputs": lambda: of_array(fit(MLPRegressor(activation="tanh", **FAST), X, Y)),
    "regressor of counts": lambda: of_array(fit(MLPRegressor("poisson", **FAST), X, np.abs(Y[:, 0]))),
    "regressor of quantiles": lambda: of_array(
        fit(MLPRegressor("quantile", quantile=[0.1, 0.9], **FAST), X, Y[:, 0])
    ),
    "regressor in float32": lambda: of_array(
        fit(MLPRegressor(activation="silu", **FAST), X.astype(np.float32), Y[:, 0]), ROWS.astype(np.float32)
    ),
    "classifier": lambda: of_array(fit(MLPClassifier(**FAST), X, np.digitize(X[:, 0], [-0.5, 0.5]))),
    "classifier of two": lambda: of_array(fit(MLPClassifier(**FAST), X, np.where(X[:, 0] > 0, "a", "b"))),
    "classifier of labels": lambda: of_array(fit(MLPClassifier(**FAST), X, (X[:, :2] > 0).astype(int))),
    "network": lambda: network(np.float64),
    "network in float32": lambda: network(np.float32),
    "scaled regressor": lambda: of_array(
        fit(
            make_pipeline(StandardScaler(), RobustScaler(), MaxAbsScaler(), MLPRegressor(**FAST)),
            1e3 * X + 7e3,
            Y,
        ),
        np.float32(1e3 * ROWS + 7e3).astype(float),
    ),
    "scaled target": lambda: of_array(
        fit(TransformedTargetRegressor(MLPRegressor(**FAST), transformer=StandardScaler()), X, 1e3 * Y)
    ),
    "pipeline of columns": columns_pipeline,
    "table regressor of an array": lambda: of_array(fit(TableRegressor(**TABLE), X, Y[:, 0])),
    "table regressor of a scaled target": lambda: of_array(
        fit(TransformedTargetRegressor(TableRegressor(**TABLE), transformer=RobustScaler()), X, 1e3 * Y[:, 0])
    ),
    "table regressor": lambda: of_frame(TableRegressor(**TABLE), "number"),
    "table classifier": lambda: of_frame(TableClassifier(**TABLE), "three"),
    "table classifier of two": lambda: of_frame(TableClassifier(**TABLE | {"n_members": 1}), "two"),
    "table model": lambda: of_table(MLPRegressor(**FAST), "number"),
    "table model of classes": lambda: of_table(MLPClassifier(**FAST), "three"),
    "table model of an ensemble": lambda: of_table(TableRegressor(**TABLE), "number"),
    "table model of an ensemble of classes": lambda: of_table(TableClassifier(**TABLE), "two"),
}


@cache
def case(name: str) -> Case:
    """Return a case by its name."""
    return CASES[name]()


def compared(plan, case, jacobian):
    """Return those of an export's derivatives (n, p, d) that the model itself gives."""
    names = [plan.inputs[k].name for k in plan.numeric]
    chosen = [names.index(name) for name in case.by] if case.by else slice(None)
    return jacobian[:, case.first :][:, :, chosen]
