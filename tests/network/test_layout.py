from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.network import ParameterLayout


@given(st.lists(st.integers(1, 9), min_size=2, max_size=9))
def test_blocks_follow_each_other_without_gap(sizes):
    layout = ParameterLayout.of(tuple(sizes))
    assert [block.shape for block in layout.weights] == list(pairwise(sizes))
    assert [block.shape for block in layout.biases] == [(width,) for width in sizes[1:]]
    place = 0
    for block in layout.weights + layout.biases:
        assert block.offset == place
        place += block.size
    assert place == layout.n_parameters
    assert layout.n_weights == sum(a * b for a, b in pairwise(sizes))
    assert layout.weight_places() == [(*block.shape, block.offset) for block in layout.weights]


def test_a_block_is_a_view():
    layout = ParameterLayout.of((2, 3, 1))
    assert [block.name for block in layout.weights + layout.biases] == [
        "weights[0]", "weights[1]", "biases[0]", "biases[1]",
    ]  # fmt: skip
    vector = np.arange(13.0)
    view = layout.weights[1].view(vector)
    np.testing.assert_array_equal(view, [[6], [7], [8]])
    view[0] = -1
    assert vector[6] == -1


def test_the_layout_is_frozen():
    layout = ParameterLayout.of((2, 1))
    with pytest.raises(AttributeError):
        layout.weights[0].offset = 3
    with pytest.raises(AttributeError):
        layout.weights = ()


def test_what_the_l2_term_counts_are_the_matrices():
    layout = ParameterLayout.of((3, 4, 2))
    counted = np.zeros(layout.n_parameters)
    for block in layout.weights:
        block.view(counted)[:] = 0.5
    np.testing.assert_array_equal(layout.penalty(0.5), counted)
    assert np.all(counted[layout.penalised] == 0.5) and not counted[layout.free].any()
    assert counted[layout.penalised].size + counted[layout.free].size == layout.n_parameters


def test_blocks_lie_one_after_the_other():
    layout = ParameterLayout.of((3, 4, 2))
    assert [block.place.start for block in layout.blocks] == [0, 12, 20, 24]
    assert [block.place.stop for block in layout.blocks] == [12, 20, 24, layout.n_parameters]
    assert layout.of_layer(1) == (layout.weights[1], layout.biases[1])
