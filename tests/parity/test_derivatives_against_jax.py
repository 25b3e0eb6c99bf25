"""Every derivative of 300 drawn networks, up to 8 layers and 200 wide, against JAX."""

import numpy as np
import pytest

from network.compared import compare, drawn
from network.test_against_autograd import calculus_agrees, other_ways_agree, pieces_agree

from .derivatives_jax import jax_library

pytestmark = pytest.mark.slow
every_draw = pytest.mark.parametrize("seed", range(1000, 1300))


@every_draw
def test_every_call(seed):
    pytest.importorskip("jax")
    compare(jax_library(), drawn(seed))


@every_draw
def test_every_other_way_of_asking(seed):
    other_ways_agree(drawn(seed))
    calculus_agrees(drawn(seed))
    for dtype in (np.float64, np.float32):
        pieces_agree(drawn(seed), dtype)
