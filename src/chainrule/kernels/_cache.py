"""Compiled kernels on disk: one file for each kernel, signature and processor, that says what it holds.

Numba's own cache keys on the file of the outermost function alone, so an edited inner kernel leaves a stale
outer one behind; and it keeps an index beside the code, written before the code and without a lock, so that
two processes that compile at once can leave an index that leads to the other's code. Here a file begins with
a mark, a hash of all that the code depends on: its sources, its signature, the compiler, the processor.
Nothing is loaded whose mark is not the expected one. After the mark stands a digest of the code: machine code
with a flipped bit would end every process that runs it. Files are written whole under another name and then
renamed, so processes that write at once replace each other's files by equal ones.

What cannot be read, is stale or damaged is compiled anew; what cannot be written is compiled in memory.
"""

import hashlib
import logging
import os
import pickle
import re
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
from numba.core import config
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.core.typing.templates import Signature

from chainrule._files import open_atomic

_LOG = logging.getLogger("chainrule")
_HERE = Path(__file__).parent
_DIGEST = hashlib.sha256
_DIGEST_SIZE = _DIGEST().digest_size


@cache
def source_stamp() -> str:
    """Hash of everything a kernel of this folder can depend on: all of its sources, and the compiler."""
    digest = _DIGEST(f"{numba.__version__} {llvmlite.__version__} {np.__version__}".encode())
    for file in sorted(_HERE.rglob("*.py")):
        digest.update(file.relative_to(_HERE).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def stamp_of(py_func: Callable[..., Any]) -> str:
    """`source_stamp`, and a hash of the function's own file where that is in another folder."""
    file = Path(py_func.__code__.co_filename)
    if file.is_relative_to(_HERE) or not file.is_file():
        return source_stamp()
    return source_stamp() + _DIGEST(file.read_bytes()).hexdigest()


def _candidate_folders() -> Iterator[Path]:
    here = _HERE.resolve()
    outside = f"chainrule-{_DIGEST(str(here).encode()).hexdigest()[:16]}"
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
        _LOG.warning(
            "chainrule: compiling kernels, some seconds, again in every process: "
            "no folder can be written to (NUMBA_CACHE_DIR may name one)"
        )
    else:
        _LOG.warning(
            "chainrule: compiling kernels that are needed for the first time, some seconds; they are kept "
            "(python -m chainrule.kernels compiles all of them ahead)"
        )


class KernelCache(NullCache):
    """The compiled forms of one function, as Numba asks for them.

    Parameters
    ----------
    py_func : callable
        The function. Its module and qualified name are the name it is kept under.
    kind : str
        How it is compiled: the same function may be called from kernels, and by its address.
    stamp : str
        Hash of all that its code is made from.
    quiet : bool
        Whether compiling is not announced.
    """

    def __init__(self, py_func: Callable[..., Any], kind: str, stamp: str, *, quiet: bool = False) -> None:
        self._name = f"{py_func.__module__}.{py_func.__qualname__}"
        self._kind = kind
        self._stamp = stamp
        self._quiet = quiet

    def _file_and_mark(self, sig: Any, codegen: Any) -> tuple[Path, bytes]:
        arguments = sig.args if isinstance(sig, Signature) else tuple(sig)
        python = sys.implementation.cache_tag, getattr(sys, "abiflags", "")
        identity = repr((self._name, self._kind, arguments, codegen.magic_tuple(), python))
        readable = re.sub(r"[^\w.-]", "_", self._name)[:80]
        file = f"{readable}-{_DIGEST(identity.encode()).hexdigest()[:16]}.kernel"
        return Path(str(cache_folder()), file), _DIGEST((identity + self._stamp).encode()).digest()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        target_context.refresh()
        found = self._load(sig, target_context)
        if found is None and not self._quiet:
            announce()
        return found

    def _load(self, sig: Any, target_context: Any) -> Any:
        file, mark = self._file_and_mark(sig, target_context.codegen())
        try:
            whole = file.read_bytes()
        except OSError:
            return None
        code = memoryview(whole)[len(mark) + _DIGEST_SIZE :]
        if whole[: len(mark) + _DIGEST_SIZE] != mark + _DIGEST(code).digest():
            return None
        try:
            found = CompileResult._rebuild(target_context, *pickle.loads(code))
        except Exception:  # it is whole, but names what is no longer there: whatever that raises, compile
            return None
        return found if _has_signature(found, sig) else None

    def save_overload(self, sig: Any, data: Any) -> None:
        if data.library.has_dynamic_globals:  # addresses of this process are in the code
            return
        file, mark = self._file_and_mark(sig, data.codegen)
        code = dumps(data._reduce())
        with suppress(OSError), open_atomic(file) as out:  # full or read-only disk
            out.write(mark + _DIGEST(code).digest() + code)


def _has_signature(found: Any, sig: Any) -> bool:
    """Whether compiled code takes what is asked for, and where that is said gives what is asked for."""
    if not isinstance(sig, Signature):
        return bool(found.signature.args == tuple(sig))
    return bool(found.signature.args == sig.args and found.signature.return_type == sig.return_type)
