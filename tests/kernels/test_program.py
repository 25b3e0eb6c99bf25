import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels.activations import LOOPS
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, UNITS, VALUE, VALUE_AND_SLOPE, WEIGHT
from chainrule.network import Network


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_a_layer(dtype):
    net = Network((3, 5, 2), ["relu"], "softmax", dtype, random_state=0)
    rows = net.architecture.program(sparse=False)
    assert rows.dtype == np.intp
    np.testing.assert_array_equal(rows[:, [FAN_IN, FAN_OUT]], [[3, 5], [5, 2]])
    np.testing.assert_array_equal(rows[:, [WEIGHT, BIAS]], [[0, 25], [15, 30]])
    np.testing.assert_array_equal(rows[:, UNITS], [3, 8])
    for row, name in zip(rows, ["relu", "softmax"], strict=True):
        assert list(row[[VALUE, VALUE_AND_SLOPE]]) == [
            LOOPS[name].value.address(dtype),
            LOOPS[name].value_and_slope.address(dtype),
        ]


def test_leaving_q_takes_the_last_function_away_and_no_other():
    net = Network((3, 5, 2), "relu", "logistic", random_state=0)
    rows = net.architecture.program(sparse=False)
    without = kernels.leaving_q(rows)
    np.testing.assert_array_equal(without[-1, [VALUE, VALUE_AND_SLOPE]], 0)
    np.testing.assert_array_equal(without[:-1], rows[:-1])
    assert np.all(rows[-1, [VALUE, VALUE_AND_SLOPE]] != 0)


def test_each_type_has_its_own_loops():
    assert LOOPS["tanh"].value_and_slope.address(np.float32) != LOOPS["tanh"].value_and_slope.address(
        np.float64
    )
    assert LOOPS["tanh"].value_and_slope.address("float32") == LOOPS["tanh"].value_and_slope.address(
        np.dtype("f4")
    )


def test_names_of_the_room_are_found_and_no_others():
    for name in kernels.__all__:
        assert getattr(kernels, name) is not None
    with pytest.raises(AttributeError, match="no_kernel"):
        kernels.no_kernel  # noqa: B018
