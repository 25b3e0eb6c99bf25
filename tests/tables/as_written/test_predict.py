"""New tables for a model: written otherwise than the one that was learned from."""

import warnings

import pytest

from as_written.runner import dates, says
from chainrule import MLPRegressor
from chainrule.tables import TableModel, TableWarning, describe, read_cells, split_table, table_pipeline


def table(*cells: str, name: str = "x", separator: str = ";") -> str:
    return f"{name}{separator}y\n" + "".join(f"{cell}{separator}{i % 7}.5\n" for i, cell in enumerate(cells))


# What it is, cells learned from, new cells, what is read, what is said.
NEW = [
    ("alike", ["1,5", "2,5"], ["2,0", "1"], [2, 1], []),
    ("decimal points after commas", ["1,5", "2,5"], ["2.0", "1"], [2, 1], []),
    (
        "open after commas",
        ["1,5", "2,5"],
        ["1,125", "2,250"],
        [1.125, 2.25],
        ["'1,125' is read as decimal mark, as in the table that was learned from"],
    ),
    (
        "open after points",
        ["1000.5", "2000.5"],
        ["1,125", "2,250"],
        [1125, 2250],
        ["'1,125' is read as mark between groups of digits, as in the table that was learned from"],
    ),
    ("far", ["1.5", "2.5"], ["2", "100"], [2, 100], [r"'x': in 1 row \(first in row 2\) the value lies far"]),
    ("words for missing", ["1.5", "2.5"], ["2", "NA", "?"], [2, None, None], ["'NA' counts", r"'\?' counts"]),
    (
        "nothing but words for missing",
        ["1.5", "2.5"],
        ["NA", "NA"],
        [None, None],
        ["'NA' counts as missing: 2 times"],
    ),
    ("nothing at all", ["1.5", "2.5"], ["", ""], [None, None], []),
    (
        "another unit",
        ["1.5 kg", "2.5 kg"],
        ["2 g", "1 g"],
        [2, 1],
        ["'x': numbers have the unit 'g' here, and the unit 'kg' in the table"],
    ),
    (
        "no unit",
        ["1.5 %", "2.5 %"],
        ["2", "1.5"],
        [2, 1.5],
        ["'x': numbers have no unit here, and the unit '%' in the table"],
    ),
    (
        "thousands by k",
        ["1500", "2500"],
        ["2k", "1.5k"],
        [2000, 1500],
        [r"'k' behind a number is read as 10\^3"],
    ),
    (
        "open dates after dmy",
        ["31/12/2020", "1/2/2021"],
        ["1/2/2021", "2/3/2021"],
        dates("2021-02-01", "2021-03-02"),
        ["dates are read as day-month-year, as in the table that was learned from"],
    ),
    ("ISO dates after dmy", ["31/12/2020", "1/2/2021"], ["2021-02-01"], dates("2021-02-01"), []),
    ("codes that have lost their zeros", ["01234", "90210"], ["1234", "01234"], ["1234", "01234"], []),
    ("digits for categories", ["a", "1"], ["1", "2"], ["1", "2"], []),
    ("truth values in other words", ["true", "false"], ["TRUE", "no", "1"], [1, 0, 1], []),
    ("spaces and accents", ["Zu\u0308rich", "Köln"], [" Z\u00fcrich", "Köln "], ["Z\u00fcrich", "Köln"], []),
]


@pytest.mark.parametrize(
    ("old", "new", "expected", "said"), [pytest.param(*row[1:], id=row[0]) for row in NEW]
)
def test_new_tables(old, new, expected, said, tmp_path):
    features = fitted_schema(tmp_path, old).features
    (tmp_path / "new.csv").write_text(table(*new))
    with says(said):
        found = features(read_cells(tmp_path / "new.csv"))["x"].tolist()
    expected = getattr(expected, "values", expected)
    assert [None if value != value else value for value in found] == expected


WRONG = [
    ("words for numbers", ["1.5", "2.5"], ["2", "low"], "column 'x', row 2: 'low' is not a number"),
    ("words for dates", ["2021-12-31", "2021-12-30"], ["soon"], "column 'x', row 1: 'soon' is not a date"),
    (
        "words for truth values",
        ["true", "false"],
        ["true", "perhaps"],
        "row 2: 'perhaps' is not a truth value",
    ),
    (
        "numbers for dates",
        ["2021-12-31", "2021-12-30"],
        ["44561"],
        "column 'x', row 1: '44561' is not a date",
    ),
]


@pytest.mark.parametrize(("old", "new", "error"), [pytest.param(*row[1:], id=row[0]) for row in WRONG])
def test_new_tables_that_do_not_fit(old, new, error, tmp_path):
    features = fitted_schema(tmp_path, old).features
    (tmp_path / "new.csv").write_text(table(*new))
    with pytest.raises(ValueError, match=error):
        features(read_cells(tmp_path / "new.csv"))


def fitted_schema(folder, cells):
    return split(folder, cells).schema


def split(folder, cells):
    (folder / "old.csv").write_text(table(*cells * 10))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        return split_table(read_cells(folder / "old.csv"), "y", test_size=0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_new_values_of_categories(tmp_path):
    data = split(tmp_path, ["Köln", "Bonn"])
    pipeline = table_pipeline(data.schema, MLPRegressor(hidden_layer_sizes=(2,), max_iter=2))
    pipeline.fit(data.X_train, data.y_train)
    model = TableModel(describe(pipeline, data, seed=0), pipeline)
    (tmp_path / "new.csv").write_text(table("Bonn", "Trier", "Trier", "Mainz", ""))
    with says([r"'x': 3 rows with a value that the model has not seen, first 'Trier' in row 2"]):
        assert len(model.predict(read_cells(tmp_path / "new.csv"))) == 5
