"""Memory that is used again."""

import numpy as np

from chainrule.network._spare import Spare

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)


def test_what_is_left_is_taken_by_one():
    spare = Spare()
    vector = spare.take(5, DOUBLE)
    spare.leave(vector)
    assert spare.take(5, SINGLE) is not vector
    assert spare.take(4, DOUBLE) is not vector
    assert spare.take(5, DOUBLE) is vector
    assert spare.take(5, DOUBLE) is not vector


def test_long_vectors_are_not_kept():
    spare = Spare(most=4)
    short, long = spare.take(4, DOUBLE), spare.take(5, DOUBLE)
    spare.leave(short)
    spare.leave(long)
    assert spare.take(4, DOUBLE) is short
    assert spare.take(5, DOUBLE) is not long


def test_of_many_lengths_few_vectors_are_kept():
    spare, taken = Spare(), set()
    for size in range(1, 1000):
        vector = spare.take_at_least(size, DOUBLE)
        assert vector.size >= size
        taken.add(id(vector))
        spare.leave(vector)
    assert len(taken) <= 11
