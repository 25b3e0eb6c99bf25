"""The cache of compiled kernels, seen from other processes."""

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels import _cache
from chainrule.kernels._compile import Entry, Loop, kernel, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer

from .workplace import PACKAGE, Workplace

TINY = """
from numba.core.typing import signature
from chainrule.kernels._compile import entry, kernel, vector

@kernel
def inner(x):
    return x[0] + x[1]

@entry(lambda real: signature(real, vector(real)))
def total(x):
    return inner(x) + x[2]
"""

# Prints the sums of 1, 2 and 4 in the types asked for, and how often the compiler ran.
ADD = """
import sys
import numpy as np
from numba.core import event
from tiny import total

with event.install_recorder("numba:run_pass") as passes:
    sums = [total[dtype](np.array([1, 2, 4], dtype)) for dtype in sys.argv[1:]]
print(*sums, len(passes.buffer))
"""
BOTH = ("float64", "float32")


@pytest.fixture
def tiny(tmp_path: Path) -> Workplace:
    """Two kernels that are compiled in no time."""
    (tmp_path / "tiny.py").write_text(TINY)
    return Workplace(tmp_path)


def test_a_second_process_compiles_nothing_and_writes_nothing(tiny):
    sums, said = tiny.run(ADD, *BOTH)
    assert sums[:2] == ["7.0", "7.0"] and sums[2] != "0"
    assert len(said) == 1 and "compiling" in said[0]
    before = {file: file.stat().st_mtime_ns for file in tiny.files()}
    assert len(before) == 4
    assert tiny.run(ADD, *BOTH) == (["7.0", "7.0", "0"], [])
    assert {file: file.stat().st_mtime_ns for file in tiny.files()} == before


@pytest.mark.slow
def test_a_file_that_holds_the_other_type_s_code_is_not_loaded(tiny):
    """As two first runs may have crossed: each wrote its code where the other's belongs."""
    tiny.run(ADD, *BOTH)
    of_one, of_other = (file for file in tiny.files() if "total" in file.name)
    code = of_one.read_bytes()
    of_one.write_bytes(of_other.read_bytes())
    of_other.write_bytes(code)
    assert tiny.run(ADD, *BOTH)[0][:2] == ["7.0", "7.0"]


@pytest.mark.slow
def test_kernels_of_the_same_name_in_two_modules_are_two(tiny):
    for name, number in (("one", 1), ("two", 2)):
        folder = tiny.folder / name
        folder.mkdir()
        (folder / "__init__.py").write_text(f"NUMBER = {number}\n")
        (folder / "tiny.py").write_text(
            TINY.replace("\n@kernel", "\nimport sys\nNUMBER = sys.modules[__package__].NUMBER\n\n@kernel", 1)
            .replace("x[0] + x[1]", "x[0] * NUMBER")
            .replace("inner(x) + x[2]", "inner(x)")
        )
    for name, result in (("one", "1.0"), ("two", "2.0")):
        assert tiny.run(ADD.replace("from tiny", f"from {name}.tiny"), "float64")[0][0] == result


@pytest.mark.slow
def test_flipped_bits_are_compiled_anew(tiny):
    """Machine code with a wrong bit kills the process that runs it, and every one after it."""
    tiny.run(ADD, "float64")
    for file in tiny.files():
        code = bytearray(file.read_bytes())
        machine_code = code.find(b"\x7fELF") + 64 if b"\x7fELF" in code else len(code) // 2
        for place in range(machine_code, machine_code + 256):
            code[place] ^= 1
        file.write_bytes(code)
    sums, said = tiny.run(ADD, "float64")
    assert sums[0] == "7.0" and sums[1] != "0"
    assert len(said) == 1 and "compiling" in said[0]
    assert tiny.run(ADD, "float64") == (["7.0", "0"], [])


def test_code_for_another_signature_is_not_run_though_its_mark_is_right(tmp_path, monkeypatch):
    usual, file = _cache.KernelCache._file_and_mark, tmp_path / "any.kernel"

    def same_for_every_type(self, sig, codegen):
        return (file, b"m" * 32) if self._name.endswith(".first") else usual(self, sig, codegen)

    monkeypatch.setattr(_cache.KernelCache, "_file_and_mark", same_for_every_type)
    for dtype in (np.float64, np.float32):
        first = Entry(named("first", lambda x: x[0]), lambda real: signature(real, vector(real)))
        assert first[dtype](np.array([7, 8], dtype)) == 7
        assert file.exists()


@pytest.mark.slow
def test_damaged_files_are_compiled_anew(tiny):
    tiny.run(ADD, *BOTH)
    for number, file in enumerate(file for file in tiny.cache.rglob("*") if file.is_file()):
        whole = file.read_bytes()
        file.write_bytes([whole[: len(whole) // 2], b"not what it was", b""][number % 3])
    assert tiny.run(ADD, *BOTH)[0][:2] == ["7.0", "7.0"]
    assert tiny.run(ADD, *BOTH) == (["7.0", "7.0", "0"], [])


@pytest.mark.slow
def test_first_runs_at_the_same_time_all_get_their_own_code(tiny):
    ready = "from tiny import total\nprint('ready', flush=True)\ninput()\n"
    processes = [tiny.start(ready + ADD, dtype) for dtype in BOTH]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        out, err = process.communicate()
        assert out.startswith("7.0 "), err
    assert len(tiny.files()) == 4
    assert tiny.run(ADD, *BOTH) == (["7.0", "7.0", "0"], [])


def test_a_function_called_by_kernels_and_by_address_is_kept_as_both(monkeypatch, tmp_path):
    monkeypatch.setattr(_cache, "cache_folder", lambda: tmp_path)

    def store(x, number):
        carray(x, 1)[0] = number + 1

    def through_kernel(x):
        inner(pointer(x, 0), x[0])

    inner = kernel(named("store", store))
    loop = Loop(store, lambda real: signature(types.void, types.CPointer(real), real))
    outer = Entry(named("outer", through_kernel), lambda real: signature(types.void, vector(real)))
    x = np.array([1.0])
    outer[np.float64](x)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_double)(loop.address(np.float64))(x.ctypes.data, x[0])
    assert x[0] == 3
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
def test_on_a_full_disk_kernels_stay_in_memory(tiny):
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
    assert tiny.run(full + ADD, *BOTH)[0][:2] == ["7.0", "7.0"]
    assert not tiny.files()


def test_the_stamp_covers_every_folder_of_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(_cache, "_HERE", tmp_path)
    inner = tmp_path / "below" / "further" / "inner.py"
    inner.parent.mkdir(parents=True)
    stamps = []
    for text in ("", "x = 1", "x = 2"):
        inner.write_text(text)
        stamps.append(_cache.source_stamp.__wrapped__())
    inner.rename(tmp_path / "inner.py")
    stamps.append(_cache.source_stamp.__wrapped__())
    assert len(set(stamps)) == 4


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
        # Other tests may write compiled code there: what goes by another name until it is whole is left out.
        parts = shutil.ignore_patterns("*.part", "*.pyc.*", "tmp*")
        shutil.copytree(PACKAGE, self.folder / "chainrule", ignore=parts)
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


@pytest.mark.slow
def test_an_edited_inner_kernel_leaves_no_stale_outer_one(copy):
    assert copy.run(PREDICT)[0] == "7.0"
    assert copy.run(PREDICT) == ["7.0", "0"]
    inner = copy.kernels / "forward.py"  # used by `predict`, which stands in passes.py
    text, line = inner.read_text(), "        first_product(program, parameters, batch, tape, capacity)\n"
    assert text.count(line) == 1
    inner.write_text(text.replace(line, f"{line}        matrix(tape, z, 1, 1)[0, 0] += 0.5\n"))
    assert copy.run(PREDICT)[0] == "7.5"
    assert copy.run(PREDICT) == ["7.5", "0"]


FIT = """
import warnings
import numpy as np
from chainrule import MLPRegressor
from chainrule.kernels._cache import cache_folder

X = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
warnings.simplefilter("ignore")  # that it has not learned much
model = MLPRegressor(hidden_layer_sizes=(2,), activation="identity", tol=1.0).fit(X, X[:, 0])
print(model.n_iter_, cache_folder())
"""


@pytest.mark.slow
def test_where_no_folder_can_be_written_fit_compiles_in_memory(copy):
    # Who is root may write anywhere; but nobody can make a folder below a file.
    shutil.rmtree(copy.cache)
    copy.cache.write_text("")
    nowhere = str(copy.cache / "nowhere")
    assert copy.run(FIT, NUMBA_CACHE_DIR=nowhere, XDG_CACHE_HOME=nowhere, HOME=None) == ["12", "None"]


def test_the_first_folder_that_takes_a_file_is_chosen(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    folders = [tmp_path / "file", tmp_path / "file" / "below", tmp_path / "new" / "folder", tmp_path]
    monkeypatch.setattr(_cache, "_candidate_folders", lambda: iter(folders))
    assert _cache.cache_folder.__wrapped__() == tmp_path / "new" / "folder"
    monkeypatch.setattr(_cache, "_candidate_folders", lambda: iter(folders[:2]))
    assert _cache.cache_folder.__wrapped__() is None


def test_copies_of_the_package_do_not_share_a_folder_outside(monkeypatch, tmp_path):
    monkeypatch.setattr(_cache.config, "CACHE_DIR", str(tmp_path))
    here, *_ = _cache._candidate_folders()
    monkeypatch.setattr(_cache, "_HERE", tmp_path / "chainrule" / "kernels")
    there, *_ = _cache._candidate_folders()
    assert here.parent == there.parent == tmp_path
    assert here != there
