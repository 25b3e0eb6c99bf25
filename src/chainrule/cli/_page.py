"""``chainrule page``: the lecture on one network, alive in a browser."""

import json as json_text
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli import _options as opt
from chainrule.cli._console import Interrupted, note, say, say_json
from chainrule.cli._learnable import no_target
from chainrule.cli._option_groups import PageTableOptions, with_option_groups
from chainrule.cli._reading import paths_of, read, read_like_learned
from chainrule.io import load_table_model, read_header

if TYPE_CHECKING:
    from chainrule.lesson import Lesson
    from chainrule.lesson._study import Study
    from chainrule.lesson.server import Access

__all__ = ["page"]

_HERE = "127.0.0.1"


@with_option_groups
def page(
    files: opt.Files = None,
    reading: PageTableOptions = PageTableOptions(),  # noqa: B008 - it is frozen
    host: opt.Host = _HERE,
    port: opt.Port = 0,
    no_browser: opt.NoBrowser = False,
    json: opt.Json = False,
) -> None:
    """Show a network, all its matrices and how it learns, in a browser.

    With the data of the page itself, with a TABLE and its --target, or with a MODEL and a TABLE.
    """
    new = _lessons(_study(paths_of(files or ()), reading))
    if json:
        say_json(json_text.loads(new().scene().to_json()))
        return
    serve = _server()
    # What learning needs is compiled before a page can ask for it, the rest while the first one opens.
    new().receive({"do": "network.step", "batches": 1})
    threading.Thread(target=_prepare, args=(new,), daemon=True).start()
    try:
        serve(new, lambda access: _started(access, no_browser), host=host, port=port)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the page has ended") from None


def _study(paths: Sequence[Path], reading: PageTableOptions) -> "Study | None":
    """Return what the lessons begin with; None is what the page has itself."""
    options, target = reading.checked(), reading.target
    if not paths:
        if target is not None:
            raise ValueError(
                f"--target {target}: name the table too, as in chainrule page TABLE --target {target}"
            )
        return None
    from chainrule.lesson._beginning import study_of_model, study_of_table

    if target is not None:
        return study_of_table(read(paths, options, (target,)), target, options.wishes())
    if not _is_model(paths[0]):
        models = [path for path in paths[1:] if _is_model(path)]
        if models:
            raise ValueError(f"{models[0]} is a model: name it first, as in chainrule page MODEL TABLE")
        raise no_target(paths, read(paths, options).columns)
    model = load_table_model(paths[0])
    if len(paths) == 1:
        raise ValueError(f"{paths[0]} is a model; name a table too, as in chainrule page {paths[0]} TABLE")
    if options.ignore or options.as_ or options.decimal:
        raise ValueError("--ignore, --as and --decimal are for a table to learn; a model knows its columns")
    schema = model.description.schema
    return study_of_model(model, read_like_learned(paths[1:], options, schema, [schema.target]))


def _is_model(path: Path) -> bool:
    try:
        read_header(path)
    except ValueError:
        return False
    return True


def _lessons(study: "Study | None") -> "Callable[[], Lesson]":
    """Return what makes the lesson of each page that comes."""
    try:
        from chainrule.lesson import Lesson
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return lambda: Lesson(None if study is None else study.again())


def _prepare(new: "Callable[[], Lesson]") -> None:
    """Load and compile what the sections need: a message that had to wait for it might be stopped."""
    with suppress(ValueError, MemoryError):  # a section that cannot be shown says so on the page
        new().scene()


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
