"""Progress bars for long computations, drawn by rich on standard error, only when asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Part = TypeVar("Part")


def bar(what: str, *fields: str) -> "Progress":
    """Return a progress bar of rich: a label, the count, further fields, and the time left.

    Raises
    ------
    ImportError
        rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        raise ImportError("progress=True needs rich: pip install 'chainrule[cli]'") from None
    return Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        *(TextColumn(f"{{task.fields[{field}]}}") for field in fields),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


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
