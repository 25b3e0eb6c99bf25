"""The modules of ``static`` put together: one script for the notebook and for a saved page."""

import re
from functools import cache
from pathlib import Path

__all__ = ["STATIC", "module_script", "modules", "notebook_stylesheet", "plain_script", "stylesheet"]

STATIC = Path(__file__).parent / "static"
_ENTRANCE = "lesson.js"
_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)
_DEFAULT = re.compile(r"^export default \{ render \};\n", re.MULTILINE)


@cache
def modules(entrance: str = _ENTRANCE) -> tuple[str, ...]:
    """Return the modules that one needs and itself, each after those it imports: paths within ``static``."""
    order: list[str] = []
    _visit(entrance, order, ())
    return tuple(order)


@cache
def module_script() -> str:
    """Return the whole front end as one ES module whose default export has `render`: what a widget takes."""
    return f"{_joined()}\nexport default {{ render }};\n"


@cache
def plain_script() -> str:
    """Return the whole front end as a script without imports, a function that gives `render`."""
    return f"(() => {{\n{_joined()}\nreturn render;\n}})()"


@cache
def notebook_stylesheet() -> str:
    """Return lesson.css and what it needs in a notebook."""
    return f"{stylesheet()}\n{_source('notebook.css')}"


@cache
def stylesheet() -> str:
    """Return lesson.css."""
    return (STATIC / "lesson.css").read_text(encoding="utf-8")


def _visit(path: str, order: list[str], above: tuple[str, ...]) -> None:
    if path in above:
        raise ValueError(f"static modules import each other: {' -> '.join((*above, path))}")
    if path in order:
        return
    for imported in _IMPORT.findall(_source(path)):
        target = (STATIC / path).parent.joinpath(imported).resolve().relative_to(STATIC.resolve())
        _visit(target.as_posix(), order, (*above, path))
    order.append(path)


def _source(path: str) -> str:
    return (STATIC / path).read_text(encoding="utf-8")


def _joined() -> str:
    return "\n".join(_without_imports(_source(path)) for path in modules())


def _without_imports(source: str) -> str:
    return _EXPORT.sub("", _DEFAULT.sub("", _IMPORT.sub("", source)))
