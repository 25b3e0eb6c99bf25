"""The cache of compiled kernels, seen from other processes that run a copy of the package."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule import kernels
from chainrule.kernels import _compile

PACKAGE = Path(chainrule.__file__).parent

# Prints what a small network in single precision gives, 2 · 3 + 1, and how often the compiler ran.
PREDICT = """
from concurrent.futures import ThreadPoolExecutor
from numba.core import event
import chainrule

net = chainrule.Network.from_weights([[[2.0]], [[1.0]]], [[1.0], [0.0]], "identity", dtype="float32")
with event.install_recorder("numba:run_pass") as passes, ThreadPoolExecutor(4) as pool:
    results = {float(z[0, 0]) for z in pool.map(net, [[[3.0]]] * 4)}
print(*results, len(passes.buffer))
"""


@dataclass
class Copy:
    """The package in a folder of its own, with the compiled kernels that there were."""

    folder: Path

    def __post_init__(self) -> None:
        shutil.copytree(PACKAGE, self.folder / "chainrule")
        self.kernels = self.folder / "chainrule" / "kernels"
        self.cache = self.kernels / "__pycache__"

    def run(self, code: str, **environment: str | None) -> list[str]:
        """Run the code in a new process and return the words it prints."""
        changed = {"PYTHONPATH": str(self.folder), "NUMBA_CACHE_DIR": None, **environment}
        env = {name: value for name, value in (os.environ | changed).items() if value is not None}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_an_edited_inner_kernel_leaves_no_stale_outer_one(copy):
    assert copy.run(PREDICT)[0] == "7.0"
    assert copy.run(PREDICT) == ["7.0", "0"]
    inner = copy.kernels / "propagation.py"  # used by `predict`, which stands in passes.py
    text, line = inner.read_text(), "        first_product(program, parameters, batch, tape, capacity)\n"
    assert text.count(line) == 1
    inner.write_text(text.replace(line, f"{line}        matrix(tape, z, 1, 1)[0, 0] += 0.5\n"))
    assert copy.run(PREDICT)[0] == "7.5"
    assert copy.run(PREDICT) == ["7.5", "0"]


FIT = """
import numpy as np
from chainrule import MLPRegressor
from chainrule.kernels._compile import cache_folder

X = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
model = MLPRegressor(hidden_layer_sizes=(2,), activation="identity", tol=1.0).fit(X, X[:, 0])
print(model.n_iter_, cache_folder())
"""


def test_where_no_folder_can_be_written_fit_compiles_in_memory(copy):
    # Who is root may write anywhere; but nobody can make a folder below a file.
    shutil.rmtree(copy.cache)
    copy.cache.write_text("")
    nowhere = str(copy.cache / "nowhere")
    assert copy.run(FIT, NUMBA_CACHE_DIR=nowhere, XDG_CACHE_HOME=nowhere, HOME=None) == ["12", "None"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
def test_on_a_full_disk_kernels_stay_in_memory(copy):
    shutil.rmtree(copy.cache)
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    assert copy.run(full + PREDICT)[0] == "7.0"
    assert not [file for file in copy.cache.glob("*") if file.suffix != ".pyc"]


def test_damaged_files_are_compiled_anew(copy):
    copy.run(PREDICT)
    indices, kernels = (sorted(copy.cache.glob(f"*.{suffix}")) for suffix in ("nbi", "nbc"))
    for number, file in enumerate(indices[::2] + kernels):
        whole = file.read_bytes()
        file.write_bytes([whole[: len(whole) // 2], b"not what it was", b""][number % 3])
    assert copy.run(PREDICT)[0] == "7.0"
    assert copy.run(PREDICT) == ["7.0", "0"]


FIRST_FITS = """
import warnings
import numpy as np
from numba.core import event

with event.install_recorder("numba:run_pass") as passes, event.install_recorder("numba:compile") as compiled:
    from chainrule import MLPClassifier, MLPRegressor
    warnings.simplefilter("ignore")
    X = np.random.RandomState(0).normal(size=(40, 3))
    for solver in ("adam", "sgd", "lbfgs"):
        for y in (np.arange(40) % 2, np.arange(40) % 3, np.eye(2)[np.arange(40) % 2]):
            model = MLPClassifier((4,), solver=solver, max_iter=2, early_stopping=solver == "adam").fit(X, y)
            model.predict_proba(X)
        for loss in ("squared_error", "poisson"):
            MLPRegressor(loss, (4,), solver=solver, max_iter=2).fit(X, np.arange(40)).predict(X)
print(len(passes.buffer), len(compiled.buffer))
"""


def test_the_first_fits_of_a_second_process_compile_nothing():
    if _compile.cache_folder() is None:
        pytest.skip("no folder to keep compiled kernels in")
    fits = [sys.executable, "-c", FIRST_FITS]
    subprocess.run(fits, check=True, capture_output=True)
    assert subprocess.run(fits, check=True, capture_output=True, text=True).stdout.split() == ["0", "0"]


def test_the_first_folder_that_takes_a_file_is_chosen(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    folders = [tmp_path / "file", tmp_path / "file" / "below", tmp_path / "new" / "folder", tmp_path]
    monkeypatch.setattr(_compile, "_candidate_folders", lambda: iter(folders))
    assert _compile.cache_folder.__wrapped__() == tmp_path / "new" / "folder"
    monkeypatch.setattr(_compile, "_candidate_folders", lambda: iter(folders[:2]))
    assert _compile.cache_folder.__wrapped__() is None


def test_copies_of_the_package_do_not_share_a_folder_outside(monkeypatch, tmp_path):
    monkeypatch.setattr(_compile.config, "CACHE_DIR", str(tmp_path))
    here, *_ = _compile._candidate_folders()
    monkeypatch.setattr(_compile, "__file__", str(tmp_path / "chainrule" / "kernels" / "_compile.py"))
    there, *_ = _compile._candidate_folders()
    assert here.parent == there.parent == tmp_path
    assert here != there


def test_a_kernel_in_a_closure_needs_a_name_of_its_own():
    def nameless(x):
        return x

    with pytest.raises(ValueError, match=r"<locals>.nameless needs a name of its own"):
        _compile.kernel(nameless)


def test_an_entry_takes_its_one_signature_and_no_other():
    kernel = kernels.predict[np.float64]
    with pytest.raises(TypeError, match="No matching definition"):
        kernel(1, 2, 3, 4, 5, 6, 7)
    assert len(kernel.signatures) == 1
    assert kernels.predict["float64"] is kernel
