"""Compilation of all kernels, with the same options for each; `_cache` keeps them on disk."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core import config, types
from numba.core.ccallback import CFunc
from numba.core.typing.templates import Signature
from numpy.typing import DTypeLike

import chainrule.kernels._cache as _cache

Function = Callable[..., Any]
Stamp = Callable[[], str | None]

# No 'nnan' and 'ninf' (isfinite would be folded away), no 'reassoc' (it undoes compensated formulas).
FASTMATH = frozenset({"nsz", "arcp", "contract"})
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(FASTMATH)}
# What other kernels alone call needs no way in from Python or C: a third of the compiling.
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

FLOATS: dict[np.dtype[Any], types.Float] = {
    np.dtype(np.float64): types.float64,
    np.dtype(np.float32): types.float32,
}


def named(name: str, py_func: Function) -> Function:
    """Name a function made inside another one: in the cache a kernel is known by its name alone."""
    py_func.__qualname__ = name
    return py_func


def compilable(py_func: Function, **options: Any) -> Any:
    """Hand a function to Numba, to be compiled where it is first called.

    Raises
    ------
    ValueError
        If Numba is told not to compile.
    """
    if config.DISABLE_JIT:
        raise ValueError(
            "NUMBA_DISABLE_JIT is set, but chainrule's kernels run only when compiled "
            "(they call each other by address): unset it; chainrule.calculus needs no compiler"
        )
    return numba.njit(**options)(py_func)


def _keep(compiled: Any, py_func: Function, kind: str, stamp: str = "") -> None:
    if "<locals>" in py_func.__qualname__:
        raise ValueError(f"kernel {py_func.__qualname__} needs a name of its own; see named()")
    if _cache.cache_folder() is not None:
        whole_stamp = _cache.stamp_of(py_func) + stamp
        compiled._cache = _cache.KernelCache(py_func, kind, whole_stamp, quiet=stamp != "")
    elif not stamp:
        _cache.announce()


def kernel(py_func: Function) -> Any:
    """Compile a function for use inside other kernels, for each dtype it is called with."""
    dispatcher = compilable(py_func, **INNER)
    _keep(dispatcher, py_func, "kernel")
    return dispatcher


def inlined(py_func: Function) -> Any:
    """Compile a long function for use inside loops over numbers: its body takes the place of each call.

    LLVM would leave the call of a long function standing, and does not vectorise loops with calls.
    """
    dispatcher = compilable(py_func, **INNER, forceinline=True)
    _keep(dispatcher, py_func, "inlined")
    return dispatcher


def reduction(py_func: Function) -> Any:
    """Compile a plain sum for use inside other kernels: its terms may be added in any order."""
    dispatcher = compilable(py_func, **INNER | {"fastmath": {*FASTMATH, "reassoc"}})
    _keep(dispatcher, py_func, "reduction")
    return dispatcher


def vector(real: types.Float, *, readonly: bool = False) -> types.Array:
    return types.Array(real, 1, "C", readonly=readonly)


def rows(real: types.Float) -> types.Array:
    """Any two-dimensional memory: C or F order, strided, read-only, unaligned. One compile serves all."""
    return types.Array(real, 2, "A", readonly=True, aligned=False)


_BEFORE: list[Callable[[np.dtype[Any]], None]] = []


def before_loading(step: Callable[[np.dtype[Any]], None]) -> Callable[[np.dtype[Any]], None]:
    """Decorate what the kernels of a dtype must find done when they are loaded."""
    _BEFORE.append(step)
    return step


PIECES: "list[Entry | Loop]" = []
"""All that is made from the sources of the kernels and compiled for itself, for whoever compiles it ahead."""


class Entry:
    """A kernel that Python calls: compiled once a dtype, at the first call, for exactly one signature.

    Parameters
    ----------
    py_func : callable
        The kernel.
    signature : callable
        From Numba's type of the real numbers to the signature of the kernel.
    """

    def __init__(self, py_func: Function, signature: Callable[[types.Float], Signature]) -> None:
        self._py_func = py_func
        self._signature = signature
        self._compiled: dict[np.dtype[Any], Any] = {}
        PIECES.append(self)

    @property
    def name(self) -> str:
        """Its import path, as in ``chainrule.kernels.passes:predict``."""
        return f"{self._py_func.__module__}:{self._py_func.__qualname__}"

    def compile(self, dtype: DTypeLike) -> None:
        """Compile or load it for a dtype, unless that is done."""
        self[np.dtype(dtype)]

    def __getitem__(self, dtype: DTypeLike) -> Any:
        # A call looks its kernel up by a dtype; making one of a name costs more than the lookup.
        compiled = self._compiled.get(dtype)  # type: ignore[arg-type]
        return compiled if compiled is not None else self._compile(np.dtype(dtype))

    def _compile(self, dtype: np.dtype[Any]) -> Any:
        if dtype not in self._compiled:
            for step in _BEFORE:
                step(dtype)
            compiled = compilable(self._py_func, **OPTIONS)
            _keep(compiled, self._py_func, "entry")
            compiled.compile(self._signature(FLOATS[dtype]))
            compiled.disable_compile()
            self._compiled[dtype] = compiled
        return self._compiled[dtype]


def entry(signature: Callable[[types.Float], Signature]) -> Callable[[Function], Entry]:
    """Decorate a kernel that Python calls; see `Entry`."""
    return lambda py_func: Entry(py_func, signature)


def sources_alone() -> str:
    """The stamp of what is made from the sources of the kernels and nothing else."""
    return ""


class Loop:
    """A compiled loop with a C signature, known to kernels by its address.

    Parameters
    ----------
    py_func : callable
        Takes pointers, then lengths; returns nothing.
    signature : callable
        From Numba's type of the real numbers to the signature.
    stamp : callable, optional
        Returns a hash of what else its code is made from than the sources of the kernels, or None where
        nobody can tell: then it is not kept on disk.
    """

    def __init__(
        self,
        py_func: Function,
        signature: Callable[[types.Float], Signature],
        *,
        stamp: Stamp = sources_alone,
    ) -> None:
        self._py_func = py_func
        self._signature = signature
        self._stamp = stamp
        self._compiled: dict[np.dtype[Any], CFunc] = {}
        if stamp is sources_alone:
            PIECES.append(self)

    @property
    def name(self) -> str:
        """Its import path, as in ``chainrule.kernels.passes:predict``."""
        return f"{self._py_func.__module__}:{self._py_func.__qualname__}"

    def compile(self, dtype: DTypeLike) -> None:
        """Compile or load it for a dtype, unless that is done."""
        self.address(dtype)

    def address(self, dtype: DTypeLike) -> int:
        """Address of the loop for this dtype, compiled or loaded at the first call."""
        dtype = np.dtype(dtype)
        compiled = self._compiled.get(dtype)
        if compiled is None:
            declared = self._signature(FLOATS[dtype])
            typed = declared.args, declared.return_type
            compiled = CFunc(self._py_func, typed, locals={}, options=dict(OPTIONS))
            stamp = self._stamp()
            if stamp is not None:
                _keep(compiled, self._py_func, "loop", stamp)
            compiled.compile()
            self._compiled[dtype] = compiled
        address: int = compiled.address
        return address
