"""Bars that show how far long work has come; drawn by rich on standard error, and only when asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Part = TypeVar("Part")


def bar(what: str, *fields: str) -> "Progress":
    """Return rich's bar: what is done, how much of how much, the fields of its task, and the time left.

    Raises
    ------
    ImportError
        Without rich.
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
    """Yield the parts of some work; with ``progress`` a bar counts those that are done, by their size."""
    if not progress:
        yield from parts
        return
    with bar(what) as shown:
        task = shown.add_task(what, total=total)
        for part in parts:
            yield part
            shown.advance(task, size(part))
