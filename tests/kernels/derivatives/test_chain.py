"""Lists of steps, carried out as they are written down, against products in NumPy."""

import numpy as np
import pytest

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.kernels.derivatives import chain as c

from .taped import BOTH, Taped

BLANK = {name: 0 for name in ("KIND OFTEN ROWS INNER COLUMNS A_MEMORY A_PLACE A_FLIPPED B_MEMORY").split()}
BLANK |= {"B_PLACE": 0, "B_FLIPPED": 0, "C_MEMORY": 0, "C_PLACE": 0, "LEFT": -1, "RIGHT": -1}


def step(**columns):
    row = np.zeros(c.N_COLUMNS, np.intp)
    for name, value in (BLANK | columns).items():
        row[getattr(c, name)] = value
    return row


def carried_out(net, steps, kept, chunk, shape):
    """The result for the rows of the sweep, a chunk at a time; the workspace has room for two matrices."""
    a_sample = 2 * max(net.sizes) ** 2
    workspace = np.full(chunk * a_sample + a_sample, np.nan, net.dtype)
    result = np.full((net.n, *shape), np.nan, net.dtype)
    tape = net.tape if kept else np.full(kernels.tape_size(net.program, chunk), np.nan, net.dtype)
    fine = kernels.chain_product[net.dtype](
        np.array(steps), net.program, net.parameters, net.inputs, tape, net.n if kept else chunk, kept,
        workspace, (chunk, a_sample), (net.first, net.first + net.m), True, result.reshape(-1),
    )  # fmt: skip
    assert fine
    assert np.isnan(result[: net.first]).all() and np.isnan(result[net.first + net.m :]).all()
    return result[net.first : net.first + net.m]


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("chunk", [1, 3, 16])
def test_from_the_inputs_on(dtype, kept, chunk):
    """(diag p - p pᵀ) W₂ᵀ (σ′ ∘ W₁ᵀ): a matrix for each sample, scaled, multiplied and curved."""
    net = Taped(dtype, sizes=(5, 7, 3), hidden=("tanh",))
    W_2 = net.weight_places[1][2]
    steps = [
        step(KIND=c.SCALE, OFTEN=c.EACH, ROWS=7, COLUMNS=5, LEFT=0, A_MEMORY=c.ETA, A_FLIPPED=1,
             C_MEMORY=c.SAMPLES),
        step(KIND=c.GEMM, OFTEN=c.EACH, ROWS=3, INNER=7, COLUMNS=5, A_MEMORY=c.ETA, A_PLACE=W_2, A_FLIPPED=1,
             B_MEMORY=c.SAMPLES, C_MEMORY=c.SAMPLES, C_PLACE=35),
        step(KIND=c.CURVE, OFTEN=c.EACH, ROWS=3, COLUMNS=5, A_MEMORY=c.SAMPLES, A_PLACE=35,
             C_MEMORY=c.RESULT),
    ]  # fmt: skip
    DF = OUTPUTS["softmax"].derivative(net.q[-1], net.F)
    truth = DF @ net.W[1].T @ (net.d[0][:, :, None] * net.W[0].T)
    net.close(carried_out(net, steps, kept, chunk, (3, 5)), truth)


@pytest.mark.parametrize("dtype", BOTH)
def test_what_samples_share_is_done_once_and_rows_of_all_samples_at_once(dtype):
    """(W₃ᵀ ∘ σ′₂) (W₁ W₂)ᵀ: a product of weights for all, and one product of the rows of all samples."""
    net = Taped(dtype, hidden=("tanh", "silu"), output="identity")  # 5-7-3-4
    W = [place[2] for place in net.weight_places]
    steps = [
        step(KIND=c.GEMM, OFTEN=c.ONCE, ROWS=5, INNER=7, COLUMNS=3, A_MEMORY=c.ETA, B_MEMORY=c.ETA,
             B_PLACE=W[1], C_MEMORY=c.SHARED),
        step(KIND=c.SCALE, OFTEN=c.EACH, ROWS=4, COLUMNS=3, RIGHT=7, A_MEMORY=c.ETA, A_PLACE=W[2],
             A_FLIPPED=1, C_MEMORY=c.SAMPLES),
        step(KIND=c.GEMM, OFTEN=c.FLAT, ROWS=4, INNER=3, COLUMNS=5, A_MEMORY=c.SAMPLES, B_MEMORY=c.SHARED,
             B_FLIPPED=1, C_MEMORY=c.RESULT),
    ]  # fmt: skip
    truth = (net.W[2].T * net.d[1][:, None, :]) @ (net.W[0] @ net.W[1]).T
    net.close(carried_out(net, steps, True, 4, (4, 5)), truth)
