"""Hostile model files: none loads as another model, runs code or writes; each error is one line."""

import io
import re
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hostile import all_files, some_files
from hostile_contents import with_header
from hostile_file import Hostile, flipped, npy
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from chainrule import MLPClassifier, MLPRegressor, Network, TableClassifier, load, save
from chainrule.cli import main
from chainrule.io import read_header
from forging import forged

SMALL = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}
FILES = Path(__file__).parent / "files"
random = np.random.default_rng(0)
X = random.normal(size=(40, 3))
THREE = np.array(["a", "b", "ü"])[random.integers(0, 3, 40)]
WORDS = pd.DataFrame({"a": X[:, 0], "w": random.choice(["x", "y", "z"], 40)})
MOST_MEMORY = 200 * 2**20


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """Small files of every kind."""
    folder = tmp_path_factory.mktemp("valid")
    made = {"network": Network((3, 4, 2), random_state=0)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made["classifier"] = MLPClassifier(early_stopping=True, **SMALL).fit(X, THREE)
        made["regressor"] = MLPRegressor(solver="lm", keep_covariance=True, **SMALL).fit(X, X[:, 0])
        made["pipeline"] = make_pipeline(StandardScaler(), PolynomialFeatures(2), MLPClassifier(**SMALL)).fit(
            X, THREE
        )
        made["table"] = TableClassifier(
            effort="fast", n_members=2, n_steps=20, hidden_layer_sizes=(4,), verbose=False, random_state=0
        ).fit(WORDS, THREE)
    for name, model in made.items():
        save(model, folder / f"{name}.chainrule")
    files = {name: (folder / f"{name}.chainrule").read_bytes() for name in made}
    files["table model"] = (FILES / "v4" / "table_classes.chainrule").read_bytes()
    return files


_DEEDS = {
    "os.system", "os.exec", "os.posix_spawn", "os.remove", "os.mkdir", "os.rename", "os.symlink",
    "pickle.find_class", "socket.connect", "subprocess.Popen",
}  # fmt: skip
_heard: list[str] = []
_listening = False


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if not _listening:
        return
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        _heard.append(f"{event} {arguments[0]}")
    elif event in _DEEDS:
        _heard.append(event)


sys.addaudithook(_hear)


@contextmanager
def nothing_is_done() -> Iterator[None]:
    """Fail if anything is written, removed, run or connected to."""
    global _listening
    _heard.clear()
    _listening = True
    try:
        yield
    finally:
        _listening = False
    assert not _heard


def peak() -> int:
    """The most memory of this process since it was asked to forget, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def forget_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def predictions(model):
    """What a model says of made-up rows, computed without compiled code where that is quick."""
    if isinstance(model, Network):
        return model.parameters.copy()
    inner = getattr(model, "pipeline", model)
    if hasattr(model, "description"):
        rows = pd.read_csv(FILES / "v3" / "rows.csv") if "built" in model.description.schema.names() else None
        if rows is None or "side" not in model.description.schema.names():
            rows = pd.read_csv(FILES / "v1" / "rows.csv")
        if set(model.description.schema.names("boolean")):
            rows = pd.read_csv(FILES / "v1" / "rows.csv")
        return model.predict(rows).tolist()
    rows = WORDS if hasattr(inner, "feature_names_in_") else X
    return inner.predict_proba(rows) if hasattr(inner, "predict_proba") else inner.predict(rows)


class Tried:
    """What became of files that were loaded one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.expected = folder, {}
        self.n = self.loaded = 0
        self.slowest, self.largest = (0.0, ""), (0, "")
        self.path = folder / "m.chainrule"

    def of_valid(self, data: bytes):
        if data not in self.expected:
            self.path.write_bytes(data)
            self.expected[data] = predictions(load(self.path))
        return self.expected[data]

    def __call__(self, file: Hostile) -> None:
        if file.of is not None:
            self.of_valid(file.of)
        self.path.write_bytes(file.data)
        measured = forget_peak()
        before, began, model = peak(), time.process_time(), None
        with nothing_is_done():
            try:
                model = load(self.path)
            except (ValueError, OSError) as error:
                message = str(error)
                assert "m.chainrule" in message and "\n" not in message and len(message) < 700, file.name
        took, used = time.process_time() - began, peak() - before if measured else 0
        try:
            read_header(self.path)
        except (ValueError, OSError) as error:
            assert "\n" not in str(error), file.name
        self.n += 1
        self.slowest = max(self.slowest, (took, file.name))
        self.largest = max(self.largest, (used, file.name))
        assert used < MOST_MEMORY, (file.name, used)
        if model is not None:
            self.loaded += 1
            assert file.of is not None, f"{file.name}: it loads"
            np.testing.assert_array_equal(predictions(model), self.of_valid(file.of), file.name)
        assert [each.name for each in self.folder.iterdir()] == ["m.chainrule"], file.name

    def __str__(self) -> str:
        (seconds, slow), (size, large) = self.slowest, self.largest
        return (
            f"{self.n:,} hostile files, of which {self.loaded} are the saved model; slowest {seconds:.2f} s "
            f"of a core ({slow}), largest {size / 2**20:.0f} MiB ({large})"
        )


@pytest.fixture
def tried(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Tried(tmp_path)


def test_some_of_all_kinds(valid, tried):
    """A part of each kind; `make test-hostile` tries all."""
    for file in some_files(valid):
        tried(file)
    assert tried.n > 100


def weights(model):
    return model["models"][0]["fitted"]["network"]


def scaled_by_nothing(members):
    for name in [name for name in members if name.startswith("pipeline/")]:
        if np.load(io.BytesIO(members[name])).shape == (3,):
            members[name] = npy(np.zeros(3))


def with_nan(members):
    name = next(name for name in members if name.endswith("network/parameters.npy"))
    members[name] = npy(np.full_like(np.load(io.BytesIO(members[name])), np.nan))


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("classifier", {"members": with_nan}, "parameters of the network holds NaN or infinity"),
        ("pipeline", {"members": scaled_by_nothing}, "Input X contains infinity"),
        (
            "classifier",
            {"model": lambda model: weights(model).update(output="identity")},
            "3 identity outputs",
        ),
        (
            "classifier",
            {"model": lambda model: weights(model).update(layer_sizes=[3, 10**9, 3])},
            "not an array 7000000003",
        ),
        (
            "classifier",
            {"model": lambda model: model["models"][0]["parameters"].update(alpha=-1.0)},
            "'alpha' parameter of MLPClassifier must be",
        ),
        (
            "classifier",
            {"model": lambda model: model["models"][0]["parameters"].update(alpha=1.0)},
            "its header is of another model: settings",
        ),
        (
            "classifier",
            {"model": lambda model: model["models"][0]["fitted"].pop("training")},
            "the estimator lacks training",
        ),
        (
            "pipeline",
            {"model": lambda model: model["pipeline"].update(__module__="os", __class__="system")},
            "a type that no model file may hold: os.system",
        ),
        (
            "table",
            {"model": lambda model: model["models"][0]["fitted"].update(members=[])},
            "its members are none",
        ),
    ],
)
def test_what_is_wrong_is_said(name, changes, says, valid, tmp_path):
    (tmp_path / "m.chainrule").write_bytes(forged(valid[name], **changes))
    with pytest.raises(ValueError, match=f"m.chainrule is damaged.*{re.escape(says)}"):
        load(tmp_path / "m.chainrule")


def test_a_header_of_another_model_of_the_same_kind_is_found(valid, tmp_path):
    """Equal in all but the weights, and when and how fast they were learned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(MLPClassifier(early_stopping=True, **SMALL).fit(X + 1, THREE), tmp_path / "other.chainrule")
    other = (tmp_path / "other.chainrule").read_bytes()
    (tmp_path / "m.chainrule").write_bytes(with_header(valid["classifier"], other))
    with pytest.raises(ValueError, match="its header is of another model"):
        load(tmp_path / "m.chainrule")


@pytest.mark.slow
def test_all_hostile_files(valid, tried, capsys):
    for file in all_files(valid):
        tried(file)
    with capsys.disabled():
        print(f"\n{tried}")
    assert tried.n > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classifier", "pipeline", "table"])
def test_every_flipped_byte_of_other_files(name, valid, tried):
    for file in flipped(name, valid[name], 1):
        tried(file)


@pytest.mark.parametrize("command", ["info m.chainrule", "predict m.chainrule rows.csv"])
def test_the_command_says_one_line(command, valid, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_bytes((FILES / "v3" / "rows.csv").read_bytes())
    tried = 0
    for file in islice(some_files(valid), 0, None, 9):
        tried += 1
        (tmp_path / "m.chainrule").write_bytes(file.data)
        code = main(command.split())
        said = capsys.readouterr()
        if code:
            *notes, error = said.err.splitlines()
            assert (code, said.out) == (2, "") and error.startswith("error: "), file.name
            assert all(note.startswith("note: ") for note in notes), file.name
        else:
            # The header is that of a model; or the file is the saved model.
            assert command.startswith("info") or file.of is not None, file.name
    assert tried > 12
