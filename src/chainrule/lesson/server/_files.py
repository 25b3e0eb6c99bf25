"""The files that the server gives out: read once, from the package, into a table by their addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["File", "static_files"]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    """The bytes of a file, and what a browser is told that they are."""

    content: bytes
    media_type: str


def static_files() -> dict[str, File]:
    """Return the files of ``lesson/static`` by their addresses, the page itself at ``/``.

    An address that is asked for is looked up here and nowhere else: no path of a request meets a file system.
    """
    found = dict(_below(files("chainrule.lesson") / "static", "/static"))
    page = found.pop("/static/page.html", None)
    return found if page is None else {"/": page, **found}


def _below(folder: Traversable, address: str) -> Iterator[tuple[str, File]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else ():
        suffix = entry.name[entry.name.rfind(".") :]
        if entry.is_dir():
            yield from _below(entry, f"{address}/{entry.name}")
        elif suffix in _TYPES:
            yield f"{address}/{entry.name}", File(entry.read_bytes(), _TYPES[suffix])
