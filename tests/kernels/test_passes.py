"""Forward, backward and the sum over batches against calculus, for networks of every shape."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.runtime import _nrt_python, rtsys

from chainrule import calculus, kernels
from chainrule.calculus import ACTIVATIONS
from chainrule.network import Network
from sweeps import examples, for_each

from .direct import (
    ALL_ROWS,
    DTYPES,
    LOSSES_AND_OUTPUTS,
    Guarded,
    accumulate,
    evaluate,
    kept_values,
    kernel_inputs,
    sample_errors,
)
from .rounding import stray

NAMES = list(ACTIVATIONS)
both_types = pytest.mark.parametrize("dtype", DTYPES)
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=10)


def case(sizes, hidden, loss, output, dtype, n, seed):
    """A network and rows for it, with numbers of a size that uses the functions' bends."""
    rng = np.random.default_rng(seed)
    net = Network(sizes, hidden, output, dtype, np.random.RandomState(seed))
    net.parameters = 1.5 * net.parameters
    X = rng.normal(size=(n, sizes[0])).astype(dtype)
    if output == "exp":  # which should not overflow
        net.weights[-1][:] /= max(1, np.abs(net.layers(X)[-2] @ net.weights[-1]).max() / 3)
    Y = rng.uniform(0, 1, (n, sizes[-1])).astype(dtype)
    if loss == "cross_entropy" and output == "softmax":
        Y = np.eye(sizes[-1], dtype=dtype)[rng.integers(0, sizes[-1], n)]
    return net, X, Y


def check(net, loss, X, Y, capacity, weights=()):
    weighing = np.asarray(weights, dtype=net.dtype).astype(float) if len(weights) else np.ones(len(X))
    expected = stray(net, loss, X, Y, weighing)
    gradient, error_sum, weight_sum = accumulate(net, loss, X, Y, weights, capacity=capacity)
    assert np.all(np.abs(gradient - expected.gradient) <= expected.gradient_error)
    assert weight_sum == pytest.approx(weighing.sum(), rel=1e-6)
    eta = [[part.astype(float) for part in parts] for parts in (net.weights, net.biases)]
    by_calculus = calculus.error(
        X.astype(float), Y.astype(float), *eta, net.activations, net.output, loss, weighing
    )
    relative = 100 * (len(net.layer_sizes) + len(X)) * float(np.finfo(net.dtype).eps)
    assert error_sum == pytest.approx(by_calculus * weighing.sum(), rel=relative, abs=relative)
    assert np.all(np.abs(evaluate(net, X) - expected.outputs) <= expected.outputs_error)


@both_types
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=examples(8), deadline=None)
@given(data=st.data(), sizes=shapes, n=st.integers(1, 9), seed=st.integers(0, 9999))
def test_every_activation(name, dtype, data, sizes, n, seed):
    loss, output = data.draw(st.sampled_from(LOSSES_AND_OUTPUTS))
    net, X, Y = case(sizes, name, loss, output, dtype, n, seed)
    check(net, loss, X, Y, capacity=data.draw(st.integers(1, n)))


@both_types
@for_each(("loss", "output"), LOSSES_AND_OUTPUTS)
@settings(max_examples=examples(4), deadline=None)
@given(data=st.data(), sizes=shapes, n=st.integers(1, 9), seed=st.integers(0, 9999))
def test_every_loss_and_output(loss, output, dtype, data, sizes, n, seed):
    hidden = data.draw(st.lists(st.sampled_from(NAMES), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    net, X, Y = case(sizes, hidden, loss, output, dtype, n, seed)
    weights = data.draw(st.lists(st.floats(0, 4, width=16), min_size=n, max_size=n))
    weights[0] = 1.0
    check(net, loss, X, Y, data.draw(st.integers(1, n)), weights)


@both_types
@for_each(
    ("sizes", "n"),
    [
        ([1, 1], 1),
        ([5, 3], 7),
        ([1, 1, 1], 1),
        ([3, 1, 2], 4),
        ([4, *[5] * 8, 2], 6),
        ([70, 130, 65, 33], 200),
    ],
)
@for_each("batch", [1, 64, 1000])
def test_corners_of_shape(sizes, n, batch, dtype):
    hidden = (["tanh", "gelu", "relu", "logistic"] * 2)[: len(sizes) - 2]
    net, X, Y = case(sizes, hidden, "cross_entropy", "softmax", dtype, n, seed=3)
    check(net, "cross_entropy", X, Y, min(batch, n), np.random.default_rng(0).uniform(0.5, 2, n))


def test_the_bound_on_rounding_is_no_licence():
    for dtype, licence in ((np.float64, 3e-13), (np.float32, 2e-4)):
        net, X, Y = case([4, 6, 6, 3], "tanh", "cross_entropy", "softmax", dtype, 8, seed=0)
        bound = stray(net, "cross_entropy", X, Y, np.ones(8))
        assert np.max(bound.gradient_error) < licence * np.max(np.abs(bound.gradient))


@both_types
def test_rows_in_a_given_order(dtype):
    net, X, Y = case([3, 5, 2], "tanh", "half_squared_error", "identity", dtype, 30, seed=1)
    order = np.array([7, 3, 3, 29, 0, 11, 12], dtype=np.intp)
    weights = np.random.default_rng(0).uniform(0.5, 2, 30).astype(dtype)
    for capacity in (2, 7, 30):
        ordered = accumulate(net, "half_squared_error", X, Y, weights, order, capacity)
        picked = accumulate(net, "half_squared_error", X[order], Y[order], weights[order], capacity=capacity)
        np.testing.assert_array_equal(ordered[0], picked[0])
        assert ordered[1:] == picked[1:]
    np.testing.assert_array_equal(evaluate(net, X, order), evaluate(net, X[order]))


@both_types
def test_a_batch_of_rows_gives_each_row_its_own_answer(dtype):
    net, X, Y = case([3, 6, 4], "silu", "cross_entropy", "softmax", dtype, 40, seed=2)
    rtol = 20 * np.finfo(dtype).eps
    F, E = evaluate(net, X), sample_errors(net, "cross_entropy", X, Y)
    z = kept_values(net, X)
    for i in range(40):
        np.testing.assert_allclose(evaluate(net, X[i : i + 1])[0], F[i], rtol=rtol)
        np.testing.assert_allclose(
            sample_errors(net, "cross_entropy", X[i : i + 1], Y[i : i + 1]), E[i], rtol
        )
    np.testing.assert_allclose(z[-1], F, rtol=rtol)


@both_types
def test_predict_and_a_tape_stay_within_their_memory(dtype):
    net, X, _ = case([3, 7, 2], "tanh", "half_squared_error", "identity", dtype, 10, seed=0)
    program, inputs = net.architecture.program(sparse=False), kernel_inputs(net, X)
    for capacity in (1, 3, 10):
        outputs = Guarded(20, dtype)
        workspace = Guarded(kernels.workspace_size(program, capacity), dtype)
        kernels.predict[dtype](
            program, net.parameters, inputs, ALL_ROWS, outputs.inner, workspace.inner, capacity
        )
        outputs.check()
        workspace.check()
        assert np.isfinite(outputs.inner).all()
    program = net.architecture.tape_program
    tape = Guarded(10 * (7 + 2) + 10 * (7 + 2) + 10 * 2, dtype)
    assert kernels.tape_size(program, 10) == tape.inner.size
    assert kernels.record_tape[dtype](program, net.parameters, inputs, (0, 10), tape.inner, 10)
    tape.check()
    assert np.isfinite(tape.inner).all()
    np.testing.assert_allclose(tape.inner[-20:], outputs.inner, rtol=1e-4 if dtype == np.float32 else 1e-13)


def layouts(X, folder):
    """The same numbers in every kind of memory."""
    n, width = X.shape
    wide = np.zeros((2 * n, 3 * width), X.dtype)
    wide[::2, 1::3] = X
    backwards = X[::-1].copy()[::-1]
    frozen = X.copy()
    frozen.flags.writeable = False
    unaligned = np.zeros(X.nbytes + 1, np.uint8)[1:].view(X.dtype).reshape(X.shape)
    unaligned[:] = X
    mapped = np.memmap(folder / "X", X.dtype, "w+", shape=X.shape)
    mapped[:] = X
    assert not unaligned.flags.aligned
    return {
        "C": X,
        "F": np.asfortranarray(X),
        "strided": wide[::2, 1::3],
        "backwards": backwards,
        "read-only": frozen,
        "unaligned": unaligned,
        "memmap": mapped,
        "read-only memmap": np.memmap(folder / "X", X.dtype, "r", shape=X.shape),
        "broadcast": np.broadcast_to(X[0], X.shape),
    }


@both_types
def test_any_memory_layout_without_compiling_again(dtype, tmp_path, nothing_compiled):
    net, X, Y = case([3, 5, 2], "tanh", "half_squared_error", "identity", dtype, 30, seed=1)
    answers = np.asfortranarray(Y), Y[::-1].copy()[::-1]

    def everything(X, Y):
        return [
            evaluate(net, X),
            *kept_values(net, X),
            sample_errors(net, "half_squared_error", X, Y),
            *accumulate(net, "half_squared_error", X, Y),
        ]

    expected = everything(X, Y)
    broadcast = everything(np.tile(X[0], (30, 1)), Y)
    with nothing_compiled():
        for kind, memory in layouts(X, tmp_path).items():
            got = everything(memory, Y)
            for a, b in zip(got, broadcast if kind == "broadcast" else expected, strict=True):
                np.testing.assert_array_equal(a, b, err_msg=kind)
        for Y_again in answers:
            for a, b in zip(everything(X, Y_again), expected, strict=True):
                np.testing.assert_array_equal(a, b)
    for kernel in (kernels.predict, kernels.accumulate, kernels.sample_errors, kernels.record_tape):
        assert len(kernel[dtype].signatures) == 1


def test_kernels_let_other_threads_run():
    """This thread sees a result half written, which it could not if the kernel kept it waiting."""
    net, seen = Network((50, 200, 200, 1), random_state=0), False
    inputs = kernel_inputs(net, np.random.default_rng(0).normal(size=(20_000, 50)))
    program, order = net.architecture.program(sparse=False), np.empty(0, dtype=np.intp)
    scratch = np.empty(kernels.workspace_size(program, 64))
    kernels.predict[np.float64](program, net.parameters, inputs, order, np.empty(20_000), scratch, 64)
    for _ in range(50):  # a busy machine may not let it look in time
        outputs = np.full(20_000, np.nan)
        arguments = program, net.parameters, inputs, order, outputs, scratch, 64
        thread = threading.Thread(target=kernels.predict[np.float64], args=arguments)
        thread.start()
        while np.isnan(outputs[0]):
            pass
        seen = bool(np.isnan(outputs[-1]))
        thread.join()
        if seen:
            break
    assert seen


def test_no_memory_is_allocated_but_what_each_call_takes_to_read_its_arguments():
    net, X, Y = case([3, 5, 2], "tanh", "half_squared_error", "identity", np.float64, 64, seed=1)

    def allocations(rows):
        before = rtsys.get_allocation_stats()
        accumulate(net, "half_squared_error", X[:rows], Y[:rows], capacity=1)
        after = rtsys.get_allocation_stats()
        return after.alloc - before.alloc, after.mi_alloc - before.mi_alloc

    accumulate(net, "half_squared_error", X, Y, capacity=1)
    _nrt_python.memsys_enable_stats()
    try:
        assert allocations(64) == allocations(1)
    finally:
        _nrt_python.memsys_disable_stats()
