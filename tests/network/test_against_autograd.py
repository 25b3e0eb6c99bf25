"""Every derivative of drawn networks against HIPS autograd: pure Python, and no kin of ours."""

import pytest

from .compared import compare, drawn
from .truth import autograd_library


@pytest.mark.parametrize("seed", range(15))
def test_every_call(seed):
    compare(autograd_library(), drawn(seed, widest=14), most_entries=2e5, most_parameters=60)
