"""What networks answer goes through a pickle into another process, and answers the same there."""

import copy
import math
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import Activation, Network
from chainrule.network import Inputs
from chainrule.network._tape import Tape
from sweeps import for_each


def gauss(q):
    return math.exp(-q * q)


def gauss_slope(q):
    return -2 * q * math.exp(-q * q)


def gauss_bend(q):
    return (4 * q * q - 2) * math.exp(-q * q)


NET = Network((3, 40, 2), [Activation("gauss", gauss, gauss_slope, gauss_bend)], random_state=0)
X = np.linspace(-1, 1, 3000).reshape(1000, 3)
Y = np.linspace(0, 1, 2000).reshape(1000, 2)
V = np.linspace(-1, 1, NET.n_parameters)
WEIGHTS = np.linspace(0.1, 1, 1000)
LOSS = "half_squared_error"


def tape_of(rows):
    return Tape(NET.architecture, NET.parameters, Inputs.of(rows, NET.dtype))


# How each is made of rows, and what it is asked for.
KINDS = {
    "at": (lambda rows: NET.at(rows), lambda at: [at.outputs, at.gradient(Y, LOSS), at.input_hessian()]),
    "tape": (tape_of, lambda tape: [tape.outputs, tape.curvatures]),
    "taylor": (lambda rows: NET.taylor(rows, 2), lambda model: [model.value, model(X)]),
    "parameter_taylor": (lambda rows: NET.parameter_taylor(rows, 2), lambda model: [model(V)]),
    "hessian": (
        lambda rows: NET.hessian(rows, Y, LOSS, WEIGHTS),
        lambda H: [H @ V, H.diagonal(), H.to_array()],
    ),
    "gauss_newton": (lambda rows: NET.gauss_newton(rows, Y, LOSS, WEIGHTS), lambda A: [A @ V, A.to_array()]),
    "factored_jacobian": (lambda rows: NET.factored_jacobian(rows), lambda J: [J.to_array()]),
    "network": (lambda rows: NET, lambda net: [net(X), net.jacobian(X)]),
}
FORMS = {"dense": np.asarray, "sparse": csr_array}
every_kind = pytest.mark.parametrize(("make", "ask"), KINDS.values(), ids=KINDS)
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def assert_same(got, expected):
    for mine, right in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine, right)


READ = """
import pickle, sys
import numpy as np

with open(sys.argv[1], "rb") as file:
    things = pickle.load(file)
from network.test_pickles import KINDS

for name, thing, right in things:
    for mine, expected in zip(KINDS[name][1](thing), right, strict=True):
        np.testing.assert_array_equal(mine, expected)
print(len(things))
"""


def test_another_process_reads_them_and_asks_them(tmp_path):
    """Addresses of compiled loops mean nothing there: a process that called them would end."""
    things = []
    for name, (make, ask) in KINDS.items():
        for form in FORMS.values():
            thing = make(form(X))
            things.append((name, thing, ask(thing)))
    with open(tmp_path / "things.pickle", "wb") as file:
        pickle.dump(things, file)
    done = subprocess.run(
        [sys.executable, "-c", READ, tmp_path / "things.pickle"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr or done.returncode
    assert int(done.stdout) == len(things)


@every_kind
@every_form
def test_no_pickle_holds_an_address(make, ask, form):
    """Of one and the same thing it is the same bytes, whatever this process has compiled meanwhile."""
    thing = make(form(X))
    before = len(pickle.dumps(thing))
    ask(thing)
    addresses = [NET.architecture.tape_program, NET.architecture.second_loops]
    assert not [part for part in addresses if part.tobytes() in pickle.dumps(thing)]
    assert len(pickle.dumps(thing)) == before


@every_kind
@every_form
@for_each("copied", [copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_copy_answers_the_same(make, ask, form, copied):
    thing = make(form(X))
    assert_same(ask(copied(thing)), ask(thing))


@every_kind
@every_form
def test_memory_of_a_file_that_cannot_be_written_is_enough(make, ask, form, tmp_path):
    """As joblib hands large arrays to its processes."""
    thing = make(form(X))
    joblib.dump(thing, tmp_path / "thing.joblib")
    assert_same(ask(joblib.load(tmp_path / "thing.joblib", mmap_mode="r")), ask(thing))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (np.zeros(NET.n_parameters - 1), r"\(241,\)"),
        (np.zeros(2 * NET.n_parameters)[::2], "order"),
        (np.zeros((NET.n_parameters, 1)), r"\(242, 1\)"),
    ],
)
def test_a_network_takes_no_other_count_of_parameters_from_a_pickle(parameters, words):
    """Kernels do not look how long η is."""
    twin = Network.__new__(Network)
    with pytest.raises(ValueError, match=words):
        twin.__setstate__(NET.__getstate__() | {"parameters": parameters})
