"""Progress bars for long computations, drawn by rich on standard error, only when asked for."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from rich.progress import Progress

Part = TypeVar("Part")


def bar(what: str, *fields: str, counted: bool = True, transient: bool = False) -> "Progress":
    """Return a progress bar of rich: a label, the count or the share, further fields, and the time left.

    It stays when it ends, unless it is ``transient``.

    Raises
    ------
    ImportError
        rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
    except ImportError:
        raise ImportError("progress=True needs rich: pip install 'chainrule[cli]'") from None
    return Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn() if counted else TaskProgressColumn(),
        *(TextColumn(f"{{task.fields[{field}]}}") for field in fields),
        TimeRemainingColumn(),
        transient=transient,
        console=Console(stderr=True, file=cast(IO[str], _Forgiving(sys.stderr)) if sys.stderr else None),
    )


class _Forgiving:
    """A stream that is silent once it cannot be written to: a bar that nobody sees is no reason to stop."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            silence(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            silence(self._stream)


def silence(stream: IO[Any]) -> None:
    """Let a stream that cannot be written to lead nowhere.

    What is left in its buffer would fail once more at the end of the process.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return  # a stream of Python's own
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), descriptor)


@contextmanager
def counting(
    what: str, total: int, progress: bool, transient: bool = False
) -> Iterator[Callable[[], object]]:
    """Yield what is to be called when one of so many parts is done; with ``progress`` a bar shows it."""
    if not progress:
        yield lambda: None
        return
    with bar(what, transient=transient) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def watched(
    parts: Iterable[Part], progress: bool, what: str, total: int, size: Callable[[Part], int]
) -> Iterator[Part]:
    """Yield the parts of a computation, and with ``progress`` show in a bar how much of it is done."""
    if not progress:
        yield from parts
        return
    with bar(what) as shown:
        task = shown.add_task(what, total=total)
        for part in parts:
            yield part
            shown.advance(task, size(part))
