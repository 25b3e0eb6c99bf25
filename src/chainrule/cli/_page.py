"""``chainrule page``: the lecture on one network, alive in a browser."""

import json as json_text
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.cli import _options as opt
from chainrule.cli._console import Interrupted, note, say, say_json

if TYPE_CHECKING:
    from chainrule.lesson import Lesson
    from chainrule.lesson.server import Access

__all__ = ["page"]

_HERE = "127.0.0.1"


def page(
    host: opt.Host = _HERE,
    port: opt.Port = 0,
    no_browser: opt.NoBrowser = False,
    json: opt.Json = False,
) -> None:
    """Show a network, all its matrices and how it learns, in a browser."""
    new = _lessons()
    if json:
        say_json(json_text.loads(new().scene().to_json()))
        return
    serve = _server()
    # What every lesson needs is compiled now: nothing of it is stopped halfway because it takes too long.
    new().receive({"do": "network.step", "batches": 1})
    try:
        serve(new, lambda access: _started(access, no_browser), host=host, port=port)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the page has ended") from None


def _lessons() -> "Callable[[], Lesson]":
    """Return what makes the lesson of each page that comes."""
    try:
        from chainrule.lesson import Lesson
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return Lesson


def _server() -> Any:
    try:
        from chainrule.lesson.server import serve
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return serve


def _missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"the page needs {error.name}: pip install 'chainrule[page]'")


def _started(access: "Access", no_browser: bool) -> None:
    say(f"page     {access.address}", "ends     with Ctrl-C")
    if access.host != _HERE:
        note(
            f"with --host {access.host}, whoever reaches port {access.port} of this machine and knows the "
            "address above can use the page; what is sent is not encrypted"
        )
    if not no_browser:
        threading.Thread(target=_open, args=(access.address_for_once(),), daemon=True).start()


def _open(address: str) -> None:
    """Open the browser of the desktop; one that would take over the terminal is not wanted."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)
