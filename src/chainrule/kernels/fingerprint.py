"""A hash of what a user's function computes: its code, and everything outside that the code reads.

Numba compiles globals, closure variables and what modules define into the machine code, and the functions
that are called too. So all of these belong to the key under which compiled code is kept: a function whose
text is the same but whose constant has changed is another function.
"""

import builtins
import dis
import hashlib
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core.registry import CPUDispatcher

# What these define changes with the version of Python, NumPy or Numba alone, which the key holds as well.
_FIXED = {"builtins", "math", "cmath", "operator", "numpy", "numba"}
_PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes, np.generic)
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}


class _Unknown(Exception):
    """Something whose effect on compiled code no hash can tell."""


def fingerprint(functions: Iterable[Any]) -> str | None:
    """Hash functions by what they compute, or return None where they read something that cannot be hashed.

    Parameters
    ----------
    functions : iterable of callable
        Plain functions, or ones that Numba compiles.

    Examples
    --------
    >>> def scaled(factor):
    ...     return lambda q: factor * q
    >>> fingerprint([scaled(2)]) == fingerprint([scaled(2)])
    True
    >>> fingerprint([scaled(2)]) == fingerprint([scaled(2.0)])
    False
    >>> fingerprint([scaled(object())]) is None
    True
    """
    digest = hashlib.sha256()
    try:
        for function in functions:
            for part in _function(function, []):
                digest.update(part.encode() + b"\0")
    except _Unknown:
        return None
    return digest.hexdigest()


def _function(function: Any, seen: list[FunctionType]) -> Iterator[str]:
    if isinstance(function, CPUDispatcher):
        yield from _pairs(function.targetoptions, seen)
        function = function.py_func
    if not isinstance(function, FunctionType):
        raise _Unknown(function)
    if function in seen:  # it calls itself
        yield f"function {seen.index(function)}"
        return
    seen.append(function)
    yield from _value(function.__defaults__, seen)
    yield from _pairs(function.__kwdefaults__ or {}, seen)
    yield from _code(function.__code__, function, seen)


def _code(code: CodeType, function: FunctionType, seen: list[FunctionType]) -> Iterator[str]:
    """A code but for where it stands in its file, and those of the functions that are defined in it."""
    yield code.co_code.hex() + code.co_exceptiontable.hex()
    yield repr((code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars))
    yield repr((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant, function, seen)
        else:
            yield from _value(constant, seen)
    for name, value in _read_from_outside(code, function):
        yield name
        yield from _value(value, seen)


def _read_from_outside(code: CodeType, function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a code reads from outside: the name and its value, or of ``module.name`` the value of that."""
    try:
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError as error:  # a variable that has no value yet
        raise _Unknown(function) from error
    around = dict(zip(function.__code__.co_freevars, cells, strict=True))
    path, value = "", None
    for step in dis.get_instructions(code):
        if path and step.opname in _ATTRIBUTES and isinstance(value, ModuleType):
            path, value = f"{path}.{step.argval}", getattr(value, step.argval, None)
            continue
        if path:
            yield path, value
        path = step.argval if step.opname in _LOADS else ""
        if step.opname == "LOAD_DEREF":
            if path in around:
                value = around[path]
            else:  # a variable that an outer function sets, whose code is hashed
                path = ""
        elif path:
            value = function.__globals__.get(path, getattr(builtins, path, None))


def _pairs(table: dict[str, Any], seen: list[FunctionType]) -> Iterator[str]:
    for name in sorted(table):
        yield name
        yield from _value(table[name], seen)


def _value(value: Any, seen: list[FunctionType]) -> Iterator[str]:
    if isinstance(value, _PLAIN):
        yield f"{type(value).__qualname__} {value!r}"
    elif isinstance(value, tuple):
        yield f"{type(value).__qualname__} of {len(value)}"
        for item in value:
            yield from _value(item, seen)
    elif isinstance(value, (set, frozenset)):
        yield from sorted(" ".join(_value(item, seen)) for item in value)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        yield f"{value.dtype} {value.shape} {value.flags.c_contiguous} {value.flags.f_contiguous}"
        yield hashlib.sha256(value.tobytes()).hexdigest()
    elif isinstance(value, ModuleType) and _is_fixed(value.__name__):
        yield f"module {value.__name__}"
    elif isinstance(value, CPUDispatcher):
        yield from _function(value, seen)
    else:
        yield _import_path(value)


def _is_fixed(module: str) -> bool:
    return module.split(".")[0] in _FIXED


def _import_path(value: Any) -> str:
    """Where one of the fixed modules defines it."""
    module, name = getattr(value, "__module__", None) or "numpy", getattr(value, "__name__", "")
    if _is_fixed(module) and getattr(sys.modules.get(module), name, None) is value:
        return f"{module}.{name}"
    raise _Unknown(value)
