"""Exported C by several compilers, as C++, in 32 bits, under valgrind, and of models drawn at random."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.export.compiled import answers, compared_with_plan, compiled, rows_of
from tests.export.models import CASES, case
from tests.export.random_plans import random_cells, random_plan

from chainrule import Network
from chainrule.calculus import ACTIVATIONS, OUTPUTS
from chainrule.export import Layers, as_numbers, plan_of, to_c
from chainrule.export._c._to_c import c_of

pytestmark = pytest.mark.slow

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")

ZIG = (sys.executable, "-m", "ziglang")
COMPILERS = {
    "gcc": (("gcc", "-std=c99"), ("-O3",), "c"),
    "clang": (("clang", "-std=c99"), ("-O2",), "c"),
    "zig": ((*ZIG, "cc", "-std=c99"), ("-O2",), "c"),
    "g++": (("g++",), ("-O2",), "cpp"),
    "gcc, 32 bits": (("gcc", "-std=c99", "-m32"), ("-O1", "-msse2", "-mfpmath=sse"), "c"),
    "gcc, no optimisation": (("gcc", "-std=c99", "-Wdouble-promotion", "-Wshadow"), ("-O0",), "c"),
}


def works(name):
    """Return whether a compiler is there and makes programs that run."""
    compiler, flags, _ = COMPILERS[name]
    if compiler[0] == sys.executable and not find_spec("ziglang"):
        return False
    if not shutil.which(compiler[0]):
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "a.c")
        source.write_text("int main(void) { return 0; }\n")
        made = subprocess.run(
            [*compiler, *flags, source, "-o", f"{folder}/a"], capture_output=True, check=False
        )
        return made.returncode == 0 and subprocess.run([f"{folder}/a"], check=False).returncode == 0


@pytest.fixture(scope="module", params=COMPILERS)
def compiler(request):
    if not works(request.param):
        pytest.skip(f"{request.param}: not there, or makes no programs that run here")
    return COMPILERS[request.param]


@pytest.mark.parametrize("real", ["float", "double"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_jacobian_are_those_of_the_plan(name, real, compiler, tmp_path):
    known, (command, flags, suffix) = case(name), compiler
    plan = plan_of(known.model)
    if "-Wdouble-promotion" in command and not plan.is_plain:
        command = tuple(flag for flag in command if flag != "-Wdouble-promotion")
    program = compiled(to_c(known.model, type=real), tmp_path, command, flags, suffix)
    compared_with_plan(plan, program, rows_of(plan, known), real)


@needs_gcc
@pytest.mark.parametrize("name", ["table classifier of two", "pipeline of columns", "network", "classifier"])
def test_no_memory_is_read_that_was_not_written(name, tmp_path):
    if not shutil.which("valgrind"):
        pytest.skip("there is no valgrind")
    known = case(name)
    plan = plan_of(known.model)
    program = compiled(to_c(known.model), tmp_path, flags=("-O1", "-g"))
    clean = ("valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full")
    rows = np.vstack([rows_of(plan, known)[:9], np.full((1, len(plan.inputs)), np.inf)])
    compared_with_plan(plan, program, rows[:9], "float", before=clean)
    assert answers(program, rows, len(plan.output.names), before=clean).codes[-1] == 1


@needs_gcc
@pytest.mark.parametrize("name", ["table model of an ensemble", "classifier"])
def test_without_derivatives_values_are_the_same(name, tmp_path):
    known = case(name)
    plan, P = plan_of(known.model), len(plan_of(known.model).output.names)
    rows = rows_of(plan, known)
    whole = compiled(to_c(known.model, name="whole"), tmp_path)
    less = compiled(to_c(known.model, name="less", derivatives=False), tmp_path)
    np.testing.assert_array_equal(answers(whole, rows, P).y, answers(less, rows, P, with_jacobian=False).y)


activations = st.sampled_from([*ACTIVATIONS])


@needs_gcc
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=6), st.data(), st.sampled_from([*OUTPUTS]),
    st.sampled_from(["float", "double"]), st.integers(0, 99), st.booleans(),
)  # fmt: skip
def test_any_architecture(sizes, data, output, real, seed, derivatives):
    names = [data.draw(activations) for _ in sizes[1:-1]]
    if output in ("exp", "softmax"):  # of large numbers rounding decides
        names = names[:-1] + ["tanh"] * bool(names)
    net = Network(sizes, names, output, random_state=seed)
    with tempfile.TemporaryDirectory() as folder:
        code = to_c(net, type=real, derivatives=derivatives)
        program = compiled(code, Path(folder), flags=("-O1",))
        if derivatives:
            compared_with_plan(plan_of(net), program, rows_of(plan_of(net)), real)


@needs_gcc
@pytest.mark.parametrize("seed", range(40))
def test_any_plan(seed, tmp_path):
    """All that a plan may hold; members of a real model have one shape."""
    plan = random_plan(seed)
    first = plan.networks[0]
    networks = tuple(
        Layers(tuple(W * (1 + k / 9) for W in first.weights), first.biases, first.activations)
        for k in range(len(plan.networks))
    )
    plan = replace(plan, networks=networks)
    rows = as_numbers(plan, random_cells(plan))
    program = compiled(c_of(plan, "double"), tmp_path, flags=("-O1",))
    compared_with_plan(plan, program, rows, "double")
