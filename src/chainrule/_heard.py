"""What a block of code warns of, kept instead of shown: for the thread that runs the block, and no other.

`warnings.catch_warnings` sets the filters and the hook of the whole process. Of two threads that use it at
the same time, one brings back what the other has set, and warnings are lost from then on.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TextIO

__all__ = ["heard"]

Kept = list[warnings.WarningMessage]

# Blocks that this thread is in, the innermost first, each with the warnings that it hears.
_BLOCKS: ContextVar[tuple[tuple[type[Warning], Kept], ...]] = ContextVar("blocks", default=())


@contextmanager
def heard(category: type[Warning] = Warning) -> Iterator[Kept]:
    """Keep the warnings of this category that are given in the block in a list, and show none of them.

    Threads that the block starts belong to it where they run in a copy of its context.

    Parameters
    ----------
    category : type, optional
        Warnings of other categories go their way.

    Yields
    ------
    kept : list of warnings.WarningMessage
    """
    kept: Kept = []
    token = _BLOCKS.set(((category, kept), *_BLOCKS.get()))
    _HOOK.hold()
    try:
        yield kept
    finally:
        _HOOK.release()
        _BLOCKS.reset(token)


def _keeper(category: type[Warning]) -> Kept | None:
    """Return where the innermost block around the caller that hears these warnings keeps them."""
    return next((kept for wanted, kept in _BLOCKS.get() if issubclass(category, wanted)), None)


class _Asking(type):
    def __subclasscheck__(cls, category: type) -> bool:
        return _keeper(category) is not None


class _HeardHere(Warning, metaclass=_Asking):
    """A filter of this category takes the warnings that the caller is to hear, whichever they are.

    In other threads it takes none, and the filters after it decide.
    """


class _Hook:
    """The filter and the function that keep warnings, in place as long as there is a block in any thread."""

    def __init__(self) -> None:
        self._lock, self._blocks = Lock(), 0

    def hold(self) -> None:
        with self._lock:
            self._blocks += 1
            # Another thread may have set its own since; what stands first already is not moved: a thread that
            # goes through the filters at this moment would miss one.
            if warnings.showwarning != self._keep:
                self._show, warnings.showwarning = warnings.showwarning, self._keep
            if not warnings.filters or warnings.filters[0][2] is not _HeardHere:
                warnings.simplefilter("always", _HeardHere)

    def release(self) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                # Only what is its own: others may have set or ended theirs since the first block began.
                # In a new list, since a thread may be going through the old one.
                warnings.filters = [each for each in warnings.filters if each[2] is not _HeardHere]
                if warnings.showwarning == self._keep:
                    warnings.showwarning = self._show

    def _keep(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        kept = _keeper(category)
        if kept is None:
            self._show(message, category, filename, lineno, file, line)
        else:
            kept.append(warnings.WarningMessage(message, category, filename, lineno, file, line))


_HOOK = _Hook()
