from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from numba.core import event


@pytest.fixture
def nothing_compiled() -> Callable[[], AbstractContextManager[None]]:
    """A context in which Numba must not compile: it runs no pass of its compiler."""

    @contextmanager
    def listening() -> Iterator[None]:
        with event.install_recorder("numba:run_pass") as passes:
            yield
        assert not passes.buffer

    return listening
