"""Work larger than its bound is done in pieces, and stays within it: measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import peak_memory
from chainrule import Network


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("sizes", "n", "call", "shape"),
    [
        ((200, 64, 20), 3000, "jacobian", (3000, 20, 200)),
        ((20, 300, 300, 1), 5000, "tangent_kernel", (5000, 1, 5000, 1)),
    ],
)
def test_a_job_of_five_times_the_bound_stays_within_it(tmp_path, sizes, n, call, shape):
    """The result is written to a file; what of a mapped file lies in memory is the system's, not counted."""
    bound = 8 * int(np.prod(shape)) // 5
    program = f"""
import sys
import numpy as np
from chainrule import Network
from peak_memory import peak_of

net = Network({sizes}, random_state=0)
X = np.random.default_rng(0).normal(size=({n}, {sizes[0]}))
getattr(net, "{call}")(X[:2])  # what compiling takes is no part of the job
out = np.lib.format.open_memmap(sys.argv[1], mode="w+", dtype=float, shape={shape})
peak = peak_of(lambda: getattr(net, "{call}")(X, max_memory={bound}, out=out))
rows = slice(0, {n}, {n} // 7)
if "{call}" == "jacobian":
    assert np.allclose(out[rows], net.jacobian(X[rows]))
else:
    assert np.allclose(out[rows][:, :, rows], net.tangent_kernel(X[rows]))
print(peak)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "out.npy"],
        cwd=Path(peak_memory.__file__).parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) <= bound


@pytest.mark.parametrize("max_memory", ["40kB", "150kB", "100MB"])
def test_pieces_of_any_size_give_the_same(max_memory):
    net = Network((6, 20, 15, 3), "silu", "softmax", random_state=0)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 6)), rng.integers(0, 3, 40)
    for whole, call in (
        (net.jacobian(X), lambda **k: net.jacobian(X, **k)),
        (net.jacobian(X), lambda **k: net.at(X).jacobian(**k)),
        (net.parameter_jacobian(X), lambda **k: net.parameter_jacobian(X, **k)),
        (net.sample_gradients(X, y), lambda **k: net.sample_gradients(X, y, **k)),
        (net.input_hessian(X), lambda **k: net.input_hessian(X, **k)),
        (net.tangent_kernel(X), lambda **k: net.tangent_kernel(X, **k)),
        (net.tangent_kernel(X, X[:7]), lambda **k: net.tangent_kernel(X, X[:7], **k)),
        (
            net.tangent_kernel(X, trace_outputs=True),
            lambda **k: net.tangent_kernel(X, trace_outputs=True, **k),
        ),
    ):
        out = np.full_like(whole, np.nan)
        assert call(max_memory=max_memory, out=out) is out
        np.testing.assert_allclose(out, whole, rtol=1e-12, atol=1e-15)


def test_out_may_be_a_file(tmp_path):
    net = Network((6, 20, 3), random_state=0)
    X = np.random.default_rng(0).normal(size=(40, 6))
    out = np.lib.format.open_memmap(tmp_path / "J.npy", mode="w+", dtype=float, shape=(40, 3, 6))
    net.jacobian(X, out=out)
    out.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "J.npy"), net.jacobian(X))


@pytest.mark.parametrize("what", ["cheapest", "from_output", "from_input"])
def test_the_plan_shows_each_order(what):
    plan = Network((784, 128, 16, 128, 784)).plan(64)
    named = {row.order: row for row in plan.rows}
    assert named[what].bracketing.multiplications == named[what].multiplications
    assert plan.chosen.multiplications == min(row.multiplications for row in plan.rows)
    text = repr(plan)
    assert (
        "784·128·16·128·784" in text and "64 samples" in text and f"{named[what].multiplications:,}" in text
    )
    assert text.splitlines()[2].startswith("▸ cheapest")
    assert "<table>" in plan._repr_html_()


def test_N12_the_plan_counts_what_the_notes_count():
    plan = Network((784, 128, 16, 128, 784)).plan(1)
    named = {row.order: row.multiplications / 1e6 for row in plan.rows}
    assert named["from_output"] == pytest.approx(82.1, abs=0.1)
    assert named["from_input"] == pytest.approx(82.1, abs=0.1)
    assert named["cheapest"] == pytest.approx(13.1, abs=0.1)
