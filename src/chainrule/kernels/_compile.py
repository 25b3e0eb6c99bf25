"""The one place where kernels are compiled, and where compiled kernels are kept.

Every kernel gets the same options (`OPTIONS`) and one cache. Numba keys its own disk cache on the
file of the outermost function alone, so an edited inner kernel would leave a stale outer one behind;
here the key is a hash of every file of this folder, of the kernel's own where that is elsewhere, and of the
compiler's version. A cache that cannot be read or written is no error: the kernel is then compiled in memory.
"""

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import caching, config, types
from numba.core.ccallback import CFunc
from numba.core.typing.templates import Signature
from numpy.typing import DTypeLike

Function = Callable[..., Any]

_LOG = logging.getLogger("chainrule")

# No 'nnan' and 'ninf' (isfinite would be folded away), no 'reassoc' (it undoes compensated formulas).
FASTMATH = frozenset({"nsz", "arcp", "contract"})
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(FASTMATH)}
# What other kernels alone call needs no way in from Python or C: a third of the compiling.
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

FLOATS: dict[np.dtype[Any], types.Float] = {
    np.dtype(np.float64): types.float64,
    np.dtype(np.float32): types.float32,
}


@cache
def source_stamp() -> str:
    """Hash of everything a compiled kernel can depend on."""
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__} {np.__version__}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _candidate_folders() -> Iterator[Path]:
    here = Path(__file__).resolve().parent
    outside = f"chainrule-{hashlib.sha256(str(here).encode()).hexdigest()[:16]}"
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR) / outside
    yield here / "__pycache__"
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(home):
        yield Path(home) / outside


@cache
def cache_folder() -> Path | None:
    """Return the first folder that takes a file, or None: then nothing is kept."""
    for folder in _candidate_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


@cache
def announce() -> None:
    """Say, once a process, that the next seconds go into compiling."""
    if cache_folder() is None:
        often = "in every process, as no folder can be written to (NUMBA_CACHE_DIR may name one)"
    else:
        often = "once"
    _LOG.warning("chainrule: compiling its kernels for this machine, some 10 seconds, %s", often)


class _Locator(caching._CacheLocator):
    """Where a kernel is kept, and what makes it stale."""

    def __init__(self, py_func: Function, py_file: str) -> None:
        self._name = py_func.__qualname__
        self._elsewhere = Path(py_file) if Path(py_file).parent != Path(__file__).parent else None

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        if self._elsewhere is None:
            return source_stamp()
        own = self._elsewhere.read_bytes() if self._elsewhere.is_file() else b""
        return source_stamp() + hashlib.sha256(own).hexdigest()

    def get_disambiguator(self) -> str:
        return hashlib.sha256(self._name.encode()).hexdigest()[:10]

    @classmethod
    def from_function(cls, py_func: Function, py_file: str) -> "_Locator":
        return cls(py_func, py_file)


class _Results(caching.CompileResultCacheImpl):
    _locator_classes = (_Locator,)


class _KernelCache(caching.FunctionCache):
    _impl_class = _Results

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        # The stamp covers the code and what it closes over; Numba's own key hashes the bytes of the
        # closure, which for a kernel in a closure differ in every process.
        return sig, codegen.magic_tuple()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # a file cut short or from elsewhere: whatever it raises, compile instead
            with suppress(OSError):
                self.flush()  # or an index that cannot be read would fail the saving too
            found = None
        if found is None:
            announce()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):  # full or read-only disk
            super().save_overload(sig, data)


def named(name: str, py_func: Function) -> Function:
    """Name a function made inside another one: in the cache a kernel is known by its name alone."""
    py_func.__qualname__ = name
    return py_func


def _keep(compiled: Any, py_func: Function) -> None:
    if "<locals>" in py_func.__qualname__:
        raise ValueError(f"kernel {py_func.__qualname__} needs a name of its own; see named()")
    if cache_folder() is not None:
        compiled._cache = _KernelCache(py_func)
    else:
        announce()


def kernel(py_func: Function) -> Any:
    """Compile a function for use inside other kernels, for each dtype it is called with."""
    dispatcher = numba.njit(**INNER)(py_func)
    _keep(dispatcher, py_func)
    return dispatcher


def reduction(py_func: Function) -> Any:
    """Compile a plain sum for use inside other kernels: its terms may be added in any order."""
    dispatcher = numba.njit(**INNER | {"fastmath": {*FASTMATH, "reassoc"}})(py_func)
    _keep(dispatcher, py_func)
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

    def __getitem__(self, dtype: DTypeLike) -> Any:
        # A call looks its kernel up by a dtype; making one of a name costs more than the lookup.
        compiled = self._compiled.get(dtype)  # type: ignore[arg-type]
        return compiled if compiled is not None else self._compile(np.dtype(dtype))

    def _compile(self, dtype: np.dtype[Any]) -> Any:
        if dtype not in self._compiled:
            for step in _BEFORE:
                step(dtype)
            compiled = numba.njit(**OPTIONS)(self._py_func)
            _keep(compiled, self._py_func)
            compiled.compile(self._signature(FLOATS[dtype]))
            compiled.disable_compile()
            self._compiled[dtype] = compiled
        return self._compiled[dtype]


def entry(signature: Callable[[types.Float], Signature]) -> Callable[[Function], Entry]:
    """Decorate a kernel that Python calls; see `Entry`."""
    return lambda py_func: Entry(py_func, signature)


class Loop:
    """A compiled loop with a C signature, known to kernels by its address.

    Parameters
    ----------
    py_func : callable
        Takes pointers, then lengths; returns nothing.
    signature : callable
        From Numba's type of the real numbers to the signature.
    keep : bool, default=True
        Whether it is kept on disk; not where the stamp does not cover its source.
    """

    def __init__(
        self, py_func: Function, signature: Callable[[types.Float], Signature], *, keep: bool = True
    ) -> None:
        self._py_func = py_func
        self._signature = signature
        self._keep = keep
        self._compiled: dict[np.dtype[Any], CFunc] = {}

    def address(self, dtype: DTypeLike) -> int:
        """Address of the loop for this dtype, compiled or loaded at the first call."""
        dtype = np.dtype(dtype)
        compiled = self._compiled.get(dtype)
        if compiled is None:
            declared = self._signature(FLOATS[dtype])
            typed = declared.args, declared.return_type
            compiled = CFunc(self._py_func, typed, locals={}, options=dict(OPTIONS))
            if self._keep:
                _keep(compiled, self._py_func)
            compiled.compile()
            self._compiled[dtype] = compiled
        address: int = compiled.address
        return address
