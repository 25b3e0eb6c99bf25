"""A hook for all learning that a block of code starts: who fits several models can stop every one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chainrule.training._rules import Hook

_WATCH: ContextVar[Hook | None] = ContextVar("watch", default=None)


@contextmanager
def all_learning_watched(hook: Hook) -> Iterator[None]:
    """Call the hook after every epoch of whatever learns in the block, in this thread; True stops it.

    Estimators that are fitted inside of other code, such as a search of scikit-learn, take no hook of their
    own from it. Threads that an ensemble starts for its members inherit the hook.
    """
    token = _WATCH.set(hook)
    try:
        yield
    finally:
        _WATCH.reset(token)


def watch_of_this_thread() -> Hook | None:
    """Return the hook of the innermost block, if there is one."""
    return _WATCH.get()
