"""Runs the examples of docstrings when the site is built, each docstring alone, as pytest does."""

import doctest
import sys
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import ismock
from sphinx.util import logging

_log = logging.getLogger(__name__)
_OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
_DONE: set[str] = set()


def setup(app: Sphinx) -> dict[str, bool]:
    """Run the examples before numpydoc changes the docstring."""
    app.connect("autodoc-process-docstring", _run_examples, priority=100)
    return {"parallel_read_safe": True}


def _run_examples(app: Sphinx, _what: str, name: str, value: Any, _options: Any, lines: list[str]) -> None:
    if name in _DONE or not any(">>> " in line for line in lines):
        return
    _DONE.add(name)
    names = _names(value)
    if any(map(ismock, names.values())) or any(
        f"import {library}" in text for text in lines for library in app.config.autodoc_mock_imports
    ):
        return  # a format of export whose library is not installed here; `make test-export` runs it
    test = doctest.DocTestParser().get_doctest("\n".join(lines), names, name, None, 0)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=_OPTIONS).run(test, out=said.append)
    if said:
        _log.warning("the example of %s fails:\n%s", name, "".join(said))


def _names(value: Any) -> dict[str, Any]:
    """Return the names of the file where the class or function is written."""
    value = getattr(value, "fget", None) or value
    function = value
    if isinstance(value, type):
        function = next((part for part in vars(value).values() if hasattr(part, "__globals__")), None)
    names = getattr(function, "__globals__", None)
    return dict(names if names is not None else vars(sys.modules[value.__module__]))
