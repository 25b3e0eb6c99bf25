"""The API reference lists every public class and function, once."""

import re
from importlib import import_module
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parent.parent / "docs" / "api.rst"
# What `network` and `training` export besides is for the packages above them.
WHOLE = (
    "chainrule",
    *(f"chainrule.{name}" for name in ("calculus", "display", "io", "tables", "testing")),
)

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="not part of this distribution")


def listed():
    package, names = "", []
    for line in REFERENCE.read_text().splitlines():
        if line.startswith(".. currentmodule:: "):
            package = line.removeprefix(".. currentmodule:: ")
        elif re.fullmatch(r"   \w+", line):
            names.append((package, line.strip()))
    return names


def test_every_name_is_there_and_listed_once():
    names = listed()
    assert len(set(names)) == len(names)
    for package, name in names:
        assert name in dir(import_module(package)), (package, name)


@pytest.mark.parametrize("package", WHOLE)
def test_every_public_class_and_function_is_listed(package):
    module = import_module(package)
    values = {name: getattr(module, name) for name in module.__all__}
    public = {name for name, value in values.items() if isinstance(value, type) or hasattr(value, "__code__")}
    shorter = set() if package == "chainrule" else {*import_module("chainrule").__all__}  # listed there
    assert {name for where, name in listed() if where == package} >= public - shorter


def test_every_format_of_export_is_listed():
    """By name alone: some need a library that may not be there."""
    names = {name for where, name in listed() if where == "chainrule.export"}
    assert names == {*dir(import_module("chainrule.export"))} - {"Encoding"}
