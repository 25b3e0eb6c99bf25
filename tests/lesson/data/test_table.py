"""Tables as data: encoded as the command does; axes, targets, limits; names stay as they are."""

import base64

import numpy as np
import pandas as pd
import pytest
from tests.lesson.sections.lessons import done, refused

from chainrule.lesson import Lesson, study_of_table
from chainrule.lesson.data import _table as table_room
from chainrule.lesson.data import cells_of, table_data
from chainrule.lesson.data._table import _count_inputs
from chainrule.tables import split_table

N = 40


def houses(n=N):
    random = np.random.default_rng(0)
    area, rooms = random.uniform(40, 200, n).round(1), random.integers(1, 7, n)
    town = np.array(["Ulm", "Bonn", "<b>Köln</b>"])[random.integers(3, size=n)]
    price = (3 * area + 20 * rooms + 50 * (town == "Ulm")).round(2)
    return pd.DataFrame({"area": area, "rooms": rooms, "town": town, "price": price})


def csv(frame, **how):
    return frame.to_csv(index=False, **how).encode()


@pytest.fixture(scope="module")
def learnt():
    return study_of_table(houses(), "price")


def test_inputs_are_the_columns_scaled_and_encoded(learnt):
    frame, data = houses(), learnt.data
    numbers = frame[["area", "rooms"]].to_numpy(dtype=float)
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    towns = sorted(set(frame.town))
    one_hot = frame.town.to_numpy()[:, None] == np.array(towns)
    np.testing.assert_allclose(data.X, np.column_stack([scaled, one_hot]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        data.Y[:, 0], (frame.price - frame.price.mean()) / frame.price.std(ddof=0), rtol=1e-12
    )
    assert data.inputs == ("area", "rooms", *(f"town_{town}" for town in towns))
    assert (data.task, data.outputs, data.plane.names) == ("regression", ("price",), ("area", "rooms"))


def test_no_address_is_how_the_lesson_began():
    lesson = Lesson(study_of_table(houses(), "price"))
    before = lesson.scene().to_json()
    done(lesson, do="go to", address="")
    assert lesson.scene().to_json() == before and lesson.study.setup.data == "table"
    done(lesson, do="network.step", batches=3)
    whole = lesson.address
    done(lesson, do="network.set", data="xor", loss="cross_entropy")
    assert lesson.address == "network.data=xor"  # and not nothing: that is the table
    done(lesson, do="go to", address=lesson.address)
    assert lesson.study.setup.data == "xor"
    done(lesson, do="go to", address="")
    assert lesson.scene().to_json() == before
    done(lesson, do="go to", address=whole)
    assert lesson.study.learner.position == 3 and lesson.study.setup.data == "table"


def test_the_plane_holds_the_other_columns_at_a_row_s(learnt):
    frame, data = houses(), learnt.data
    row = 7
    inputs = data.plane.to_inputs(np.array([[100.0, 3.0], [50.0, 2.5]]), row)
    numbers = frame[["area", "rooms"]].to_numpy(dtype=float)
    scaled = (np.array([[100.0, 3.0], [50.0, 2.5]]) - numbers.mean(axis=0)) / numbers.std(axis=0)
    np.testing.assert_allclose(inputs[:, :2], scaled, rtol=1e-12)
    np.testing.assert_array_equal(inputs[:, 2:], [data.X[row, 2:]] * 2)
    np.testing.assert_array_equal(data.plane.points, numbers)
    assert data.plane.low[0] < numbers[:, 0].min() and data.plane.high[0] > numbers[:, 0].max()


def test_text_is_an_axis_too(learnt):
    frame, data = houses(), learnt.data.over("area", "town")
    (ticks,) = [each for each in data.plane.ticks if each]
    np.testing.assert_array_equal(data.plane.points[:, 1], [ticks.index(town) for town in frame.town])
    inputs = data.plane.to_inputs(np.array([[100.0, 0.2], [100.0, 1.6], [100.0, 9.0]]), 7)
    np.testing.assert_array_equal(inputs[:, 1], [data.X[7, 1]] * 3)
    for line, place in zip(inputs, (0, 2, 2), strict=True):
        one_hot = data.X[np.flatnonzero(frame.town == ticks[place])[0], 2:]
        np.testing.assert_array_equal(line[2:], one_hot)


def uploaded(content, name="houses.csv"):
    lesson = Lesson()
    done(lesson, do="show", sections=["network"])
    return lesson, done(lesson, do="network.upload", name=name, content=content)


def test_a_file_is_the_same_as_its_table(learnt):
    content = csv(houses(), sep=";", decimal=",")
    for given in (content, base64.b64encode(content).decode()):
        lesson, frame = uploaded(given)
        np.testing.assert_array_equal(lesson.study.data.X, learnt.data.X)
        np.testing.assert_array_equal(lesson.study.data.Y, learnt.data.Y)
        assert lesson.study.setup.data == "table" and lesson.study.setup.loss == "half_squared_error"
        assert any("the target is 'price', the last column" in line for line in frame["said"])
        assert any("'price' is scaled: 0 is" in line for line in frame["said"])


def test_target_and_axes_are_chosen():
    lesson, _ = uploaded(csv(houses()))
    frame = done(lesson, do="network.target", column="town")
    data, scene = lesson.study.data, frame["sections"]["network"]
    assert data.classes == ("<b>Köln</b>", "Bonn", "Ulm") and data.outputs == data.classes
    np.testing.assert_array_equal(data.Y.argmax(axis=1), [data.classes.index(town) for town in houses().town])
    assert scene["choices"]["columns"] == ["area", "rooms", "price"] and scene["classes"] == [*data.classes]
    assert scene["choices"]["targets"] == ["area", "rooms", "town", "price"]
    assert scene["plane"]["columns"] == {"horizontal": "area", "vertical": "rooms", "target": "town"}
    before = lesson.study.network.parameters.copy()
    frame = done(lesson, do="network.axes", horizontal="price", vertical="area")
    assert frame["sections"]["network"]["plane"]["names"] == ["price", "area"]
    assert frame["sections"]["network"]["plane"]["held"] == [
        {"name": "rooms", "value": float(houses().rooms[0])}
    ]
    np.testing.assert_array_equal(lesson.study.network.parameters, before)
    assert "no column 'x'; choose among" in refused(
        lesson, do="network.axes", horizontal="x", vertical="area"
    )
    assert "different columns" in refused(lesson, do="network.axes", horizontal="area", vertical="area")
    assert "no column 'x'" in refused(lesson, do="network.target", column="x")
    assert "a table's columns only" in refused(Lesson(), do="network.target", column="x")
    assert "no columns to choose" in refused(Lesson(), do="network.axes", horizontal="x1", vertical="x2")


def test_other_data_and_back():
    lesson, _ = uploaded(csv(houses()))
    X = lesson.study.data.X
    done(lesson, do="network.set", data="spirals")
    done(lesson, do="network.set", data="table")
    assert lesson.study.data.X is X
    frame = done(Lesson(), do="go to", address=lesson.address)
    assert "given to another lesson" in frame["said"][0]
    assert not done(lesson, do="go to", address=lesson.address)["said"] and lesson.study.data.X is X


def test_what_was_dropped_or_guessed_is_said():
    frame = houses()
    frame["price"] = frame["price"].astype(object)
    frame.loc[3, "price"] = ""
    frame["id"] = [f"h{k}" for k in range(N)]
    lesson, answer = uploaded(csv(frame[["id", "area", "rooms", "town", "price"]]))
    said = " | ".join(answer["said"])
    assert f"1 row of {N} dropped: the target 'price' is missing there" in said
    assert "column 'id' is left out" in said
    assert len(lesson.study.data.X) == N - 1


def test_names_go_through_as_text():
    frame = houses().rename(columns={"area": "<script>alert(1)</script>"})
    lesson, _ = uploaded(csv(frame))
    plane = lesson.sections["network"].scene()["plane"]
    assert plane["names"][0] == "<script>alert(1)</script>"
    assert plane["held"] == [{"name": "town", "value": frame.town[0]}]


def many_classes():
    return pd.DataFrame(
        {"a": np.random.default_rng(0).normal(size=84), "b": [f"k{k % 21}" for k in range(84)]}
    )


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"a,b\n" + b"1,2\n" * 101_001, "t.csv", "101,002 lines; a lesson takes tables of up to"),
        (b",".join(b"c%d" % k for k in range(201)) + b"\n" + b"1," * 200 + b"1\n", "t.csv", "201 columns"),
        (b"a" + b"," * 9_000 + b"\n", "t.csv", "has too many columns"),
        (b"a,b\n" + b"x" * 1_001 + b",1\n2,3\n", "t.csv", "has a cell of 1,001 characters"),
        (b"a" * 1_001 + b",b\n1,2\n2,3\n", "t.csv", "1,00"),
        (b"a,b\n1,2\n", "t.xlsx", "takes tables of text: .csv"),
        (b"a,b\n1,2\n", "t", "ends in 'no suffix'"),
        (b"", "t.csv", "t.csv is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "../../t.csv", "t.csv"),
        (b"a,b\n1,2\n1,2\n1,2\n", "t.csv", "nothing to learn"),
        (bytes(20_000_001), "t.csv", "too large: a lesson takes up to 20 MB"),
        ("no base64!", "t.csv", "base64"),
        (["a"], "t.csv", "base64"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_no_table_is_refused(content, name, says):
    lesson = Lesson()
    line = refused(lesson, do="network.upload", name=name, content=content)
    assert says in line and ".." not in line.replace("…", "")


def test_classes_and_inputs_have_limits(monkeypatch):
    with pytest.raises(ValueError, match="21 classes; a lesson takes up to 20"):
        table_data(many_classes(), "b")
    monkeypatch.setattr("chainrule.lesson.data._limits.MOST_NUMBERS", 199)
    monkeypatch.setattr("chainrule.lesson.data._table.input_columns", None)  # it is not come to
    with pytest.raises(ValueError, match="40 rows of 5 inputs are 200 numbers; a lesson takes up to 199"):
        table_data(houses(), "price")
    with pytest.raises(ValueError, match="100,001 rows"):
        table_data(pd.DataFrame({"a": np.arange(100_001.0), "b": 1.0}), "a")


@pytest.mark.filterwarnings("ignore::chainrule.tables.TableWarning")
def test_inputs_are_counted_before_they_are_made():
    frame = houses(300).assign(many=[f"m{k % 130}" for k in range(300)], gap=["", "a", "b"] * 100)
    frame.loc[5, "many"] = None
    split = split_table(frame, "price", test_size=0.0)
    data, _ = table_data(frame, "price")
    assert _count_inputs(split) == data.X.shape[1] == 2 + 3 + 100 + 3


def test_the_last_column_that_can_be_learnt_is_found_without_reading_the_others(monkeypatch):
    read = []
    real = table_room.read_columns
    monkeypatch.setattr(
        table_room,
        "read_columns",
        lambda cells, hints, names, na: read.extend(names) or real(cells, hints, names, na),
    )
    frame = houses().assign(same=1, name=[f"h{k}" for k in range(N)])
    data, said = table_data(frame)
    assert data.outputs == ("price",) and read == ["name", "same", "price"]
    assert said[0] == "the target is 'price', the last column that can be learnt: choose another"
    with pytest.raises(ValueError, match="'same' is 1 in all"):
        table_data(frame[["same"]].assign(other=2)[["other", "same"]])


def test_a_task_can_be_asked_for():
    data, _ = table_data(houses(), "rooms", "classification")
    assert data.task == "classes" and data.classes == ("1", "2", "3", "4", "5", "6")


def test_a_name_is_a_name_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = cells_of(csv(houses()), "C:\\..\\/etc/passwd.csv")
    assert cells.origin == "passwd.csv" and not list(tmp_path.iterdir())
