"""Doctests of public classes are found in the file where the class is written.

The ``__module__`` of a public class is the place it is imported from; doctest alone would look for it there.
"""

import ast
import doctest
import inspect
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_NEEDS = {
    "torch": ["_torch/__init__.py", "_torch/_from_torch.py", "_torch/_modules.py", "_torch/_to_torch.py"],
    "jax": ["_jax.py"],
    "casadi": ["_casadi.py"],
}
"""Files of `chainrule.export` that cannot be imported, and have no doctests, where a library is not there."""

collect_ignore = [
    f"src/chainrule/export/{file}" for library in _NEEDS if not find_spec(library) for file in _NEEDS[library]
]

if not find_spec("distributed"):
    collect_ignore += ["src/chainrule/dask", "tests/cluster"]
collect_ignore += ["src/chainrule/mpi"]
# Importing it starts MPI: its examples are run by tests/cluster/test_mpi.py, in a process of their own.

_named_from_module = doctest.DocTestFinder._from_module  # type: ignore[attr-defined]


@cache
def _classes_of(file: str) -> set[str]:
    return {node.name for node in ast.parse(Path(file).read_text()).body if isinstance(node, ast.ClassDef)}


def _written_in_module(finder: Any, module: ModuleType, value: object) -> bool:
    if inspect.isclass(value) and value.__module__.startswith("chainrule") and module is not None:
        return module.__name__.startswith(value.__module__) and value.__name__ in _classes_of(
            module.__file__ or ""
        )
    return bool(_named_from_module(finder, module, value))


doctest.DocTestFinder._from_module = _written_in_module  # type: ignore[attr-defined]
