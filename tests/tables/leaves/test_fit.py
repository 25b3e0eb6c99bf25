"""Tables learned from files by leaves: as from a data frame, whatever the files, row groups and memory."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine

from chainrule import MLPClassifier, MLPRegressor, TableRegressor
from chainrule.io import load_table_model, save
from chainrule.tables import Wishes, fitted_network, split_table, table_pipeline
from chainrule.tables._read import read_plainly
from chainrule.tables.columns import are_plain
from chainrule.tables.files import Choices, TablePieces
from chainrule.tables.leaves import fit_files
from chainrule.tables.leaves._files import files_of, open_leaves
from chainrule.tables.leaves._split import split_leaves
from chainrule.training import SOLVERS

from .same import check_same_fit

SETTINGS = {"hidden_layer_sizes": (12,), "solver": "lbfgs", "max_iter": 15, "random_state": 0}
QUIET = pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore::chainrule.tables.TableWarning")
RNG = np.random.default_rng(0)


def recorded(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except ValueError as error:
            result = error
    return result, [str(each.message) for each in caught]


def at_once(path, target, **how):
    return recorded(lambda: split_table(read_plainly(path, {target}), target, test_size=0, seed=0, **how))


def by_leaves(paths, target, test_size=0.0, **how):
    def read():
        choices = Choices(plain=lambda name, cells: name != target and are_plain(cells))
        with open_leaves(files_of(paths), choices) as table:
            return split_leaves(table, target, test_size=test_size, **how)

    return recorded(read)


def odd_table(n=230):
    """Columns of all kinds, some of them misleading."""
    keys = RNG.permutation(n)
    return pd.DataFrame(
        {
            "id": [f"k{at:05}" for at in keys],
            "row": keys + 100,
            "rising": np.arange(n) * 3,
            "rising in pieces": 9000 - np.arange(n) // 90 * 1000 + np.arange(n) % 90 * 3,
            "sparse key": RNG.choice(10**9, n, replace=False),
            "long": 10**17 + keys,
            "euro": [f"{at // 1000}.{at % 1000:03},{at % 90 + 10}" for at in RNG.integers(1000, 9_999, n)],
            "with words": RNG.choice(["1.5", "2", "n/a", "oops"], n, p=[0.6, 0.36, 0.03, 0.01]),
            "sentinel": np.where(RNG.random(n) < 0.05, -999.0, RNG.normal(20, 3, n).round(1)),
            "zip": RNG.choice(["01067", "80331", "10115", "04109"], n),
            "day": pd.date_range("2021-01-01", periods=n).strftime("%d.%m.%Y"),
            "clock": [f"{at % 24:02}:{at * 7 % 60:02}" for at in range(n)],
            "truth": RNG.choice(["true", "false", ""], n),
            "town": RNG.choice(["Ulm", "Bonn", " Bonn", "Köln", ""], n),
            "many": RNG.choice([f"w{at}" for at in range(150)], n),
            "empty": [""] * n,
            "x": RNG.normal(size=n),
            "y": RNG.choice(["1", "2,5", "3,25", ""], n),
            "label": RNG.choice(["good", "bad", "unknown", ""], n),
            "code": RNG.choice([0, 1, 2], n),
        }
    )  # fmt: skip


DATA = {"wine": load_wine, "iris": load_iris}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    for name, load in DATA.items():
        frame = load(as_frame=True).frame
        frame.to_csv(folder / f"{name}.csv", index=False)
        frame.to_parquet(folder / f"{name}.parquet")
    odd = odd_table()
    odd.to_csv(folder / "odd.csv", index=False, sep=";")
    odd.to_parquet(folder / "odd.parquet")
    return folder


def check_as_at_once(path, target, monkeypatch):
    monkeypatch.setattr("chainrule.tables.files._tables.PIECE", 12_000)
    monkeypatch.setattr("chainrule.tables.files._pieces._STORED_ROWS", 90)
    whole, notes = at_once(path, target)
    found, said = by_leaves(path, target)
    assert said == notes
    if isinstance(whole, ValueError):
        assert str(found) == str(whole)
        return
    assert (found.schema, found.task, found.why) == (whole.schema, whole.task, whole.why)
    assert found.reports == whole.reports
    assert (found.n_train, found.n_test) == (len(whole.y_train), 0)
    model = MLPRegressor(max_iter=1) if found.task == "regression" else MLPClassifier(max_iter=1)
    pipeline = table_pipeline(whole.schema, model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(whole.X_train, whole.y_train)
    check_same_fit(found.columns, pipeline["columns"])
    if found.task == "regression":
        check_same_fit(found.scaler, pipeline[-1].transformer_)
        assert found.guess.median == np.median(whole.y_train)
        assert found.guess.mean == pytest.approx(np.mean(whole.y_train), rel=1e-14)
    else:
        np.testing.assert_array_equal(np.array(found.guess.classes), pipeline.classes_)


@pytest.mark.parametrize("name", ["iris.csv", "wine.parquet"])
def test_real_tables_are_prepared_as_at_once(folder, monkeypatch, name):
    check_as_at_once(folder / name, "target", monkeypatch)


@pytest.mark.parametrize(
    "suffix, target",
    [
        (".csv", "y"), (".csv", "empty"),
        (".parquet", "code"),
    ],
)  # fmt: skip
def test_odd_tables_too(folder, monkeypatch, suffix, target):
    check_as_at_once(folder / f"odd{suffix}", target, monkeypatch)


def table_of(n=1000):
    X = RNG.normal(size=(n, 3))
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(
        town=RNG.choice(["Ulm", "Bonn", "Köln"], n), y=np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    )
    frame.loc[frame.index % 50 == 3, ["a", "town"]] = np.nan, None
    frame.loc[frame.index % 400 == 7, "y"] = np.nan
    return frame.assign(kind=np.where(frame.y.isna(), None, np.where(frame.y > 0, "up", "down")))


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """The same rows in one file, in seven of the same row groups, and in two of others."""
    folder, frame = tmp_path_factory.mktemp("cut"), table_of()
    frame.to_parquet(folder / "whole.parquet", row_group_size=75)
    for at, first in enumerate(range(0, 1000, 150)):
        columns = list(frame)[::-1] if at == 2 else list(frame)
        (folder / "seven").mkdir(exist_ok=True)
        part = frame.iloc[first : first + 150][columns]
        part.to_parquet(folder / "seven" / f"{at}.parquet", row_group_size=75, index=False)
    (folder / "two").mkdir()
    for at, part in enumerate((frame[:403], frame[403:])):
        part.to_parquet(folder / "two" / f"{at}.parquet", row_group_size=177, index=False)
    frame.to_csv(folder / "whole.csv.gz", index=False)
    return folder


@QUIET
@pytest.mark.parametrize("target", ["y", "kind"])
def test_bits_depend_on_row_groups_alone_and_the_pipeline_not_even_on_them(cut, target):
    kind = MLPRegressor if target == "y" else MLPClassifier
    wishes = Wishes(ignore=("kind" if target == "y" else "y",))

    def learned(paths, **how):
        return fit_files(paths, target, kind(**SETTINGS), wishes=wishes, seed=3, **how)

    one, seven = learned(cut / "whole.parquet"), learned(cut / "seven", max_memory="60kB")
    np.testing.assert_array_equal(network_of(seven).parameters, network_of(one).parameters)
    assert seven.description.held_out == one.description.held_out
    assert seven.description.schema == one.description.schema
    two, text = learned(str(cut / "two" / "*.parquet")), learned(cut / "whole.csv.gz")
    X = one.features(pd.read_parquet(cut / "whole.parquet"))
    for other in (two, text):
        inputs = other.pipeline["columns"].transform(X)
        np.testing.assert_array_equal(inputs, one.pipeline["columns"].transform(X))
        assert other.description.guess == one.description.guess
        assert other.description.training.rows == one.description.training.rows
        np.testing.assert_allclose(
            network_of(other).parameters, network_of(one).parameters, rtol=1e-4, atol=1e-4
        )
    scores = one.description.held_out
    assert 150 < scores.rows < 250
    assert scores.rows + one.description.training.rows == 997
    first = next(iter(scores.model))
    assert scores.model[first] > scores.constant_guess[first] + 0.1


def network_of(model):
    return network_of_pipeline(model.pipeline)


def network_of_pipeline(pipeline):
    return fitted_network(pipeline).network_


@QUIET
def test_the_model_is_that_of_fit_on_the_whole_table(cut, tmp_path):
    """One row group: leaves are those of plain fit, so only the rounding of means differs."""
    frame = pd.read_parquet(cut / "whole.parquet")
    path = tmp_path / "one.parquet"
    frame.drop(columns="kind").to_parquet(path)
    model = fit_files(path, "y", MLPRegressor(**SETTINGS), test_size=0)
    data = split_table(frame.drop(columns="kind"), "y", test_size=0)
    pipeline = table_pipeline(data.schema, MLPRegressor(**SETTINGS)).fit(data.X_train, data.y_train)
    np.testing.assert_allclose(
        network_of(model).parameters, network_of_pipeline(pipeline).parameters, rtol=1e-6, atol=1e-6
    )
    expected = pipeline.predict(data.X_train)
    found = model.predict(frame[frame.y.notna()])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    save(model, tmp_path / "m.chainrule")
    loaded = load_table_model(tmp_path / "m.chainrule")
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))


def write(folder, name, **columns):
    path = folder / f"{name}.parquet"
    pd.DataFrame(columns).to_parquet(path, row_group_size=10)
    return path


NUMBERS = {"x": np.arange(40) % 7 * 1.0, "y": np.arange(40) % 5 + 0.5}


@pytest.mark.parametrize(
    "second, words",
    [
        (
            {**NUMBERS, "x": np.arange(40) % 7},
            r"column 'x' is stored as int64 in .*b.parquet, but as double in",
        ),
        ({"x": NUMBERS["x"]}, r"b.parquet has not the columns of .*a.parquet: it lacks 'y'"),
        ({**NUMBERS, "z": NUMBERS["x"]}, r"b.parquet has not the columns of .*: it has also 'z'"),
        (
            {**NUMBERS, "x": np.where(np.arange(40) == 23, np.inf, 1.0)},
            r"column 'x', row 4 of .*b.parquet, row group 2: inf is not a finite number",
        ),
        (
            {**NUMBERS, "y": np.where(np.arange(40) == 5, -np.inf, 1.0)},
            r"'y', row 6 of .*b.parquet, row group 0",
        ),
    ],
)
def test_files_that_differ_and_infinite_cells_are_named(tmp_path, second, words):
    write(tmp_path, "a", **NUMBERS)
    write(tmp_path, "b", **second)
    with pytest.raises(ValueError, match=words):
        fit_files(tmp_path, "y", MLPRegressor(solver="lbfgs"))


def test_other_hard_errors(tmp_path, monkeypatch):
    monkeypatch.setattr(SOLVERS["lm"], "by_groups", False)
    path = write(tmp_path, "a", **NUMBERS, t=[f"w{at % 20}" for at in range(40)])
    model = MLPRegressor(solver="lbfgs", max_iter=2)
    cases = [
        ({"max_distinct": 10}, path, model, r"column 't' has 20 different texts, and at most 10 are counted"),
        ({"max_memory": "100B"}, path, model, r"row group 0: 10 rows are .* max_memory must be at least"),
        ({"test_size": 0.01, "seed": 1}, path, model, r"too few rows: of 40, \d would be held out"),
        ({"test_size": 1.5}, path, model, r"the test size is a fraction"),
        ({}, tmp_path / "no*.parquet", model, r"no file fits"),
        ({}, [path, path], model, r"is given twice"),
        ({}, [], model, r"no file is named"),
        ({}, path, MLPRegressor(solver="lm"), r"solver='lm' needs all rows in memory; over leaves learn: "),
        (
            {},
            path,
            TableRegressor(),
            r"TableRegressor needs all rows in memory; chainrule.dask.TableRegressor has fit_",
        ),
    ]
    for how, paths, estimator, words in cases:
        with pytest.raises((ValueError, OSError, TypeError), match=words):
            fit_files(paths, "y", estimator, **{"test_size": 0, **how})
    (tmp_path / "more").mkdir()
    with pytest.raises(OSError, match=r"holds folders, such as more; name the files"):
        fit_files(tmp_path, "y", model)
    with pytest.raises(OSError, match=r"more holds no table"):
        fit_files(tmp_path / "more", "y", model)
    pd.DataFrame(NUMBERS).to_csv(tmp_path / "more" / "b.csv")
    with pytest.raises(ValueError, match=r"are files of two kinds"):
        fit_files([path, tmp_path / "more" / "b.csv"], "y", model)


@QUIET
def test_a_class_of_one_row_is_learned_from(tmp_path):
    labels = np.resize(["a", "b"], 40).astype(object)
    labels[17] = "only"
    path = write(tmp_path, "a", x=NUMBERS["x"], label=labels)
    for seed in range(12):
        model = fit_files(
            path, "label", MLPClassifier(**SETTINGS | {"max_iter": 1}), seed=seed, test_size=0.5
        )
        assert model.pipeline.classes_.tolist() == ["a", "b", "only"]


@QUIET
def test_classes_of_files_are_balanced(tmp_path):
    rows = pd.DataFrame({**NUMBERS, "label": np.resize(["a", "b", "b", "b"], 40)})
    path = write(tmp_path, "a", **rows)
    fitted = [
        network_of(fit_files(path, "label", MLPClassifier(**SETTINGS, class_weight=weight), test_size=0))
        for weight in ("balanced", {"a": 40 / (2 * 10), "b": 40 / (2 * 30)})
    ]
    np.testing.assert_array_equal(fitted[0].parameters, fitted[1].parameters)


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path):
    path = write(tmp_path, "a", **NUMBERS)
    with open_leaves([path]) as table:
        assert sum(cells.n_rows for cells, _ in table.read()) == 40
        write(tmp_path, "a", x=NUMBERS["x"][:30], y=NUMBERS["y"][:30])
        with pytest.raises(ValueError, match=r"a.parquet changed while it was read"):
            list(table.cells(3, ["x"]))


def test_only_the_columns_that_are_needed_are_read(tmp_path):
    path = write(tmp_path, "a", **NUMBERS, z=NUMBERS["x"])
    with open_leaves([path]) as table:
        found = [(row, cells.n_rows, list(cells.columns)) for cells, row in table.read(["y", "x"])]
    assert found == [(10 * at, 10, ["x", "y"]) for at in range(4)]


@QUIET
@pytest.mark.parametrize("empty", ["first", "last"])
def test_a_file_without_rows_adds_none(tmp_path, empty):
    table = pd.DataFrame(NUMBERS)
    parts = {
        "0.csv": table[: 0 if empty == "first" else None],
        "1.csv": table[: 0 if empty == "last" else None],
    }
    for name, part in parts.items():
        part.to_csv(tmp_path / name, index=False)
    model = fit_files(tmp_path, "y", MLPRegressor(**SETTINGS), test_size=0)
    assert model.description.training.rows == 40


@pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer", "ignore:lbfgs failed", "ignore::chainrule.tables.TableWarning"
)
def test_text_is_parsed_a_fixed_number_of_times_whatever_order_a_solver_asks_for(cut, monkeypatch):
    read = []
    real = TablePieces.read

    def counted(self):
        for cells, row in real(self):
            read.append(row)
            yield cells, row

    monkeypatch.setattr(TablePieces, "read", counted)
    monkeypatch.setattr("chainrule.tables.files._tables.PIECE", 6_000)
    monkeypatch.setattr("chainrule.tables.files._tables._HELD", 0)
    counts = []
    for solver in ("lbfgs", "adam"):
        read.clear()
        settings = SETTINGS | {"solver": solver, "max_iter": 3}
        model = fit_files(
            cut / "whole.csv.gz", "y", MLPRegressor(**settings), test_size=0, max_memory="150kB"
        )
        assert model.description.training.epochs == 3
        counts.append(len(read))
    assert counts[0] == counts[1] < 9 * len(set(read))
    assert len(set(read)) > 10
