"""The one owner of the BLAS thread limit.

Small products run slower on several threads than on one. Overlapping limits of `threadpoolctl` restore
each other's values and can leave the process at one thread for good, so here the first one in sets the
limit and the last one out takes it back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

# Multiplications in a product from which a second thread pays.
LARGE_PRODUCT = 16_000_000

_lock = Lock()
_users = 0
_limit: Any = None


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_blas_thread(largest_product: int) -> Iterator[None]:
    """Hold BLAS at one thread, unless the largest product to come is worth more of them."""
    if largest_product >= LARGE_PRODUCT:
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _users, _limit
    with _lock:
        if _users == 0:
            _limit = _controller().limit(limits=1, user_api="blas")
        _users += 1


def _leave() -> None:
    global _users, _limit
    with _lock:
        _users -= 1
        if _users == 0:
            _limit.restore_original_limits()
            _limit = None
