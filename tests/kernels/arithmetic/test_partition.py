"""Parts cover everything once, in whole blocks."""

from chainrule.kernels.arithmetic.partition import part_of
from sweeps import for_each


@for_each("length", [0, 1, 15, 16, 17, 100])
@for_each("block", [1, 16])
@for_each("threads", [1, 2, 3, 7])
def test_parts_stand_one_after_the_other(length, block, threads):
    end = 0
    for number in range(threads):
        first, last = part_of.py_func(length, block, (number, threads))
        assert first == end or first == last
        assert first % block == 0
        assert number == threads - 1 or last % block == 0
        end = max(end, last)
    assert end == length
