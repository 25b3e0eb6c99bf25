"""Activations of users are compiled once for all processes, and anew when anything in them changes."""

from pathlib import Path

import numpy as np
import pytest

from .workplace import Workplace

MINE = """
import numba.extending
from types import SimpleNamespace

A = 2.0

@numba.njit
def helper(q):
    return A * q * q

def made(factor):
    return lambda q: factor * helper(q)

class Mine(SimpleNamespace):
    __hash__ = object.__hash__

mine = Mine(name="mine/own", value=made(0.5), derivative=lambda q: A * q, second_derivative=lambda q: A)
"""

# Prints value, slope and second derivative at 3, in the types asked for, and how often the compiler ran.
USE = """
import ctypes
import sys
import numpy as np
from numba.core import event
from chainrule.kernels.user_activations import compiled_address
from mine import mine

def call(which, *arrays):
    address = compiled_address(mine, which, arrays[0].dtype)
    kinds = [ctypes.c_void_p] * len(arrays) + [ctypes.c_ssize_t] * 2
    ctypes.CFUNCTYPE(None, *kinds)(address)(*(a.ctypes.data for a in arrays), 1, 1)

with event.install_recorder("numba:run_pass") as passes:
    for dtype in sys.argv[1:]:
        z, d, c = (np.array([3.0], dtype) for _ in range(3))
        call("value_and_slope", z, d)
        call("second_derivative", np.array([3.0], dtype), z, d, c)
        print(z[0], d[0], c[0])
print(len(passes.buffer))
"""


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    (tmp_path / "mine.py").write_text(MINE)
    return Workplace(tmp_path)


@pytest.mark.slow
def test_a_second_process_compiles_nothing_until_something_changes(workplace):
    first, said = workplace.run(USE, "float64", "float32")
    assert first[:-1] == ["9.0", "6.0", "2.0"] * 2
    assert first[-1] != "0" and not said
    assert workplace.run(USE, "float64", "float32") == ([*first[:-1], "0"], [])
    changes = [("made(0.5)", "made(1.5)"), ("A = 2.0", "A = 4.0"), ("* q * q", "* q")]
    text = MINE
    for (old, new), z in zip(changes, ["27.0", "54.0", "18.0"], strict=True):
        text = text.replace(old, new)
        (workplace.folder / "mine.py").write_text(text)
        assert workplace.run(USE, "float64")[0][0] == z


@pytest.mark.slow
def test_what_cannot_be_told_apart_is_compiled_in_every_process(workplace):
    # What Numba compiles for a plain function may be anything (`overload`).
    odd = (
        "plain = numba.extending.register_jitable(lambda q: A)\nmine.second_derivative = lambda q: plain(q)\n"
    )
    (workplace.folder / "mine.py").write_text(MINE + odd)
    for _ in range(2):
        words, said = workplace.run(USE, "float64")
        assert words[0] == "9.0" and words[-1] != "0" and not said
    assert not workplace.files()


def test_a_global_that_changes_before_the_compiling_is_not_kept_under_its_old_value(monkeypatch, tmp_path):
    from chainrule.kernels import _cache
    from chainrule.kernels.user_activations import loops_of

    monkeypatch.setattr(_cache, "cache_folder", lambda: tmp_path)
    space = {"A": 2.0}
    exec("def f(q):\n    return A * q\ndef g(q):\n    return A\ndef h(q):\n    return 0.0", space)

    class Mine:
        name, value, derivative, second_derivative = "mine", space["f"], space["g"], space["h"]

    loops = loops_of(Mine)
    loops.value.address(np.float64)
    assert len(list(tmp_path.iterdir())) == 1
    space["A"] = 3.0
    loops.value.address(np.float32)
    assert len(list(tmp_path.iterdir())) == 1
