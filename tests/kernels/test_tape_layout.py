"""Blocks of a tape and of a workspace stand one after the other, none upon another, and fill it."""

from itertools import pairwise

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import tape_layout
from chainrule.kernels.program import UNITS

SIZES = (5, 7, 3, 4)


def program_of(sizes=SIZES, hidden=("tanh", "silu"), is_sparse=False, dtype="float64"):
    shapes = list(pairwise(sizes))
    starts = np.cumsum([0, *(i * o for i, o in shapes), *sizes[1:]]).tolist()
    weights = [(i, o, s) for (i, o), s in zip(shapes, starts, strict=False)]
    functions = [*hidden, "identity"]
    return kernels.build_program(weights, starts[len(shapes) : -1], functions, dtype, sparse=is_sparse)


def filled(blocks, size):
    """Whether blocks (start, length) cover so many places, each once."""
    times = np.zeros(size, int)
    for start, length in blocks:
        times[start : start + length] += 1
    return bool(np.all(times == 1))


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("capacity", [1, 6])
def test_a_workspace(is_sparse, capacity):
    program = program_of(is_sparse=is_sparse)
    batch = None, None, 0, capacity, 0
    d, delta, products, answers, errors, size = tape_layout.workspace_places.py_func(program, capacity)
    widths = SIZES[1:]
    blocks = [] if is_sparse else [(0, capacity * SIZES[0])]
    for layer, width in enumerate(widths):
        z = tape_layout.values_place.py_func(program, layer, batch, capacity)
        slopes = tape_layout.slopes_place.py_func(program, layer, batch, d, capacity)
        blocks += [(z, capacity * width), (slopes, capacity * width)]
    blocks += [(delta, capacity * widths[-1]), (products, capacity * max(widths))]
    blocks += [(answers, capacity * widths[-1]), (errors, capacity)]
    assert size == kernels.workspace_size(program, capacity)
    assert filled(blocks, size)


def test_a_batch_that_begins_at_a_row_lies_in_the_blocks_of_all():
    program = program_of()
    all_rows, some = (None, None, 0, 6, 0), (None, None, 0, 2, 4)
    for layer, width in enumerate(SIZES[1:]):
        first, later = (tape_layout.values_place.py_func(program, layer, b, 6) for b in (all_rows, some))
        assert later - first == 4 * width
        first, later = (tape_layout.slopes_place.py_func(program, layer, b, 9, 6) for b in (all_rows, some))
        assert later - first == 4 * width


@pytest.mark.parametrize("n", [0, 1, 6])
@pytest.mark.parametrize("hidden", [("tanh", "elu"), ("gelu", "tanh")])
def test_a_tape(n, hidden):
    """Of gelu q is kept, and room for q of all layers."""
    program = program_of(hidden=hidden, is_sparse=True)
    places = kernels.TapePlaces(program, n)
    widths = SIZES[1:]
    blocks = [(places.z(layer), n * SIZES[layer]) for layer in (1, 2)] + [(places.q_last, n * widths[-1])]
    blocks += [(places.slopes(layer), n * width) for layer, width in enumerate(widths)]
    blocks.append((places.outputs, n * widths[-1]))
    q, size = tape_layout.tape_places.py_func(program, n)[2:]
    if "gelu" in hidden:
        blocks.append((q, n * sum(widths[:-1])))
    assert size == kernels.tape_size(program, n)
    assert filled(blocks, size)
    for layer in range(3):
        before = tape_layout.units_before.py_func(program, layer)
        assert before == sum(widths[:layer]) == program[layer, UNITS] - program[0, UNITS]
