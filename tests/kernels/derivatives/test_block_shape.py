"""How large blocks are, and where their sums lie."""

from chainrule import kernels
from chainrule.kernels.derivatives.block_shape import steps_in_block

from .taped import Taped


def test_upper_halves_of_a_layer_with_itself_and_everything_of_two():
    net = Taped("float64")  # 5-7-3-4
    shape = kernels.shape_of_block.py_func
    assert shape(net.program, 0, 0) == (6 * 7 // 2, 7 * 8 // 2, True)
    assert shape(net.program, 2, 2) == (4 * 5 // 2, 4, True)  # of the last layer the diagonal
    assert shape(net.program, 0, 1) == (6 * 8, 7 * 3, False)
    one = Taped("float64", sizes=(5, 1, 2), hidden=("tanh",))
    assert shape(one.program, 0, 0) == (6 * 6, 1, False)  # no half: one entry alone


def test_the_longer_side_is_that_of_rows():
    assert steps_in_block.py_func(10, 3) == (3, 1)
    assert steps_in_block.py_func(3, 10) == (1, 3)
