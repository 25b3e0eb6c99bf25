"""Every derivative of 300 drawn networks, up to 8 layers and 200 wide, against JAX."""

import pytest

from network.compared import compare, drawn

from .derivatives_jax import jax_library

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(1000, 1300))
def test_every_call(seed):
    pytest.importorskip("jax")
    compare(jax_library(), drawn(seed))
