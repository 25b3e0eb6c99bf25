"""A column without a value in a file has the type that it has in the other files; long texts are texts."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

from chainrule import MLPRegressor
from chainrule.tables import fitted_network
from chainrule.tables.columns import are_plain
from chainrule.tables.columns._column import Hints
from chainrule.tables.columns._decide import read_column
from chainrule.tables.files import Choices, open_pieces, whole_of
from chainrule.tables.leaves import fit_files
from chainrule.tables.leaves._files import files_of, open_leaves
from chainrule.tables.leaves._parquet import stored_rows

N, FILES = 20, 3
random = np.random.default_rng(0)
TABLE = pa.table(
    {
        "number": random.normal(size=FILES * N),
        "count": random.integers(0, 5, FILES * N),
        "text": random.choice(["a", "b", "c"], FILES * N),
        "kind": pa.array(random.choice(["u", "v"], FILES * N)).dictionary_encode(),
        "day": pa.array(random.integers(0, 900, FILES * N), pa.int32()).cast(pa.date32()),
        "moment": pa.array(random.integers(0, 10**9, FILES * N)).cast(pa.timestamp("s")),
        "clock": pa.array(random.integers(0, 86_000, FILES * N), pa.int32()).cast(pa.time32("s")),
        "flag": random.uniform(size=FILES * N) > 0.5,
        "price": pa.array(np.arange(FILES * N) / 7).cast(pa.decimal128(9, 2), safe=False),
    }
)
EMPTY = list(TABLE.column_names)
TABLE = TABLE.append_column("y", pa.array(np.arange(FILES * N) % 7 + 0.5))


def write(folder, suffix, without, typed):
    """Write three files; some of them have no value but of y, and no type where it is not to be typed."""
    folder.mkdir()
    for number in range(FILES):
        part = TABLE.slice(number * N, N)
        for name in EMPTY if number in without else ():
            kind = part[name].type if typed else pa.null()
            part = part.set_column(part.column_names.index(name), name, pa.nulls(N, kind))
        path = folder / f"{number}{suffix}"
        pq.write_table(part, path, 12) if suffix == ".parquet" else feather.write_feather(part, path)
    return folder


def in_words(*pieces):
    """What columns are and hold, whatever their dictionaries are and however they are cut."""
    return {
        name: (
            {each[name].type for each in pieces},
            [cell for each in pieces for cell in each[name].to_pylist()],
        )
        for name in pieces[0]
    }


@pytest.mark.parametrize("without", [(0,), (1,), (2,), (0, 1)], ids=str)
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_it_is_read_as_one_with_a_type(tmp_path, suffix, without):
    found = []
    for typed in (False, True):
        folder = write(tmp_path / f"{typed}", suffix, without, typed)
        paths = files_of(folder)
        with open_pieces(paths) as pieces:
            found.append([in_words(whole_of(pieces).columns)])
        with open_leaves(paths) as table:
            found[-1].append(in_words(*(cells.columns for cells, _ in table.read())))
            found[-1].append(in_words(*(cells.columns for cells, _ in table.read(["text", "day"]))))
        if suffix == ".parquet":
            rows = stored_rows(folder, "y")
            found[-1] += [
                in_words(dict(zip(EMPTY, each.load_typed()[0].columns, strict=True))) for each in rows
            ]
    assert found[0] == found[1]


def test_where_no_file_has_a_value_it_is_left_out(tmp_path):
    folder = write(tmp_path / "all", ".parquet", range(FILES), False)
    assert all(not each.types for each in stored_rows(folder, "y"))
    with open_leaves(files_of(folder)) as table:
        assert {cells.columns["day"].type for cells, _ in table.read()} == {pa.null()}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)], ids=str)
@pytest.mark.parametrize("name", ["number", "text", "day"])
def test_beside_text_files_it_is_text(tmp_path, name, order):
    """As where a text file has no cell of the column."""
    found = []
    for suffix in (".parquet", ".csv"):
        folder = tmp_path / suffix
        folder.mkdir()
        for number in range(FILES):
            part = TABLE.select([name, "y"]).slice(number * N, N).to_pandas()
            part["y"] = part["y"].astype(str)
            if number:
                part.to_csv(folder / f"{number}.csv", index=False)
                continue
            pq.write_table(pa.table({name: pa.nulls(N), "y": part["y"].tolist()}), folder / "0.parquet")
            part.assign(**{name: ""}).to_csv(folder / "0.csv", index=False)
        paths = [folder / f"{number}{'.csv' if number else suffix}" for number in order]
        with open_pieces(
            paths, Choices(plain=lambda name, cells: name != "y" and are_plain(cells))
        ) as pieces:
            column = read_column(name, whole_of(pieces).columns[name], Hints())
        found.append((column.kind, pd.Series(column.values).to_numpy(dtype=object)))
    assert found[0][0] == found[1][0] == {"day": "date"}.get(name, name)
    assert pd.Series(found[0][1]).equals(pd.Series(found[1][1]))
    assert pd.isna(found[0][1]).sum() == N


@pytest.mark.parametrize("typed", [False, True])
def test_networks_alone_take_no_missing_cells(tmp_path, typed):
    rows = stored_rows(write(tmp_path / "some", ".parquet", (1,), typed), "y", ["count"])
    said = r"1\.parquet, row group 1: column 'count' has 8 missing cells, and networks alone take none"
    with pytest.raises(ValueError, match=said):
        rows[3].load()
    assert rows[0].load()[0].dtypes.tolist() == [np.dtype(np.int64)]


def test_the_file_is_named_that_has_the_other_type(tmp_path):
    (tmp_path / "0.csv").write_text("number,y\n1.5,1\n")
    for number, cells in enumerate((pa.nulls(2), pa.array([1.5, 2.5])), 1):
        pq.write_table(pa.table({"number": cells, "y": ["1", "2"]}), tmp_path / f"{number}.parquet")
    said = r"'number' is stored as double in .*2\.parquet, but as string in .*0\.csv"
    with pytest.raises(ValueError, match=said), open_pieces(files_of(tmp_path)) as pieces:
        whole_of(pieces)


WIDE = [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
WIDE += [pa.dictionary(pa.int32(), pa.large_string())]


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize("kinds", [(0, 1), (1, 0), (2, 3), (3, 2)], ids=str)
def test_texts_may_be_stored_as_long_ones_in_some_files(tmp_path, kinds, suffix):
    """Libraries, and versions of one, differ in it."""
    text = pa.array(["a", "b", None, "a"])
    for number, kind in enumerate(kinds):
        table = pa.table({"text": text.cast(WIDE[kind]), "y": [1.0, 2.0, 3.0, 4.0]})
        path = tmp_path / f"{number}{suffix}"
        pq.write_table(table, path) if suffix == ".parquet" else feather.write_feather(table, path)
    with open_pieces(files_of(tmp_path)) as pieces:
        assert whole_of(pieces).columns["text"].to_pylist() == text.to_pylist() * 2
    with open_leaves(files_of(tmp_path)) as table:
        assert sum(cells.n_rows for cells, _ in table.read()) == 8
    assert suffix != ".parquet" or len(stored_rows(tmp_path, "y")) == 2


def test_other_types_are_still_refused(tmp_path):
    folder = write(tmp_path / "some", ".parquet", (0,), False)
    last = TABLE.slice(0, N).set_column(2, "text", pa.array(np.arange(N)))
    pq.write_table(last, folder / "2.parquet")
    said = r"'text' is stored as int64 in .*2\.parquet, but as string in .*1\.parquet"
    with pytest.raises(ValueError, match=said):
        stored_rows(folder, "y")
    with pytest.raises(ValueError, match=said), open_pieces(files_of(folder)) as pieces:
        whole_of(pieces)
    with pytest.raises(ValueError, match=said):
        fit_files(folder, "y", MLPRegressor(solver="lbfgs"))


@pytest.mark.filterwarnings("ignore:lbfgs failed", "ignore:column '")
def test_the_same_is_learned(tmp_path):
    model = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", max_iter=3, random_state=0)
    folders = [write(tmp_path / f"{typed}", ".parquet", (0,), typed) for typed in (True, False)]
    nets = [fitted_network(fit_files(folder, "y", model).pipeline) for folder in folders]
    np.testing.assert_array_equal(*[net.network_.parameters for net in nets])


@pytest.mark.parametrize("kind", ["number", "boolean", "date", "time", "text"])
def test_without_values_a_column_is_of_any_kind(kind):
    column = read_column("x", pa.chunked_array([pa.nulls(3)]), Hints(kind=kind))
    assert column.kind == kind and pd.isna(column.values).all() and not column.notes


@pytest.mark.parametrize("cells", [["a", "b"], ["1", "2"], pd.to_datetime(["2026-01-01", "2026-01-02"])])
def test_networks_alone_take_numbers(tmp_path, cells):
    pd.DataFrame({"kind": cells, "y": [1.0, 2.0]}).to_parquet(tmp_path / "t.parquet")
    said = (
        r"t\.parquet, row group 0: column 'kind' is stored as .*, and networks alone take numbers: name other"
    )
    with pytest.raises(ValueError, match=said):
        stored_rows(tmp_path, "y")[0].load()
