"""Numbers and tables of C, and how many bytes they take."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import Template
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Real = Literal["float", "double"]
DTYPES: dict[str, Any] = {"float": np.float32, "double": np.float64}

_FUNCTIONS = re.compile(r"\b(exp|expm1|log|log1p|tanh|sqrt|erfc|sin|cos|fabs)\(")
_NUMBERS = re.compile(r"\b(\d+\.\d*(?:e[+-]?\d+)?)(?![\w.])")


@dataclass(frozen=True)
class Table:
    """A constant table.

    Parameters
    ----------
    text : str
    n_bytes : int
    """

    text: str
    n_bytes: int


def in_type(text: str, real: Real) -> str:
    """Return code that is written for ``real`` in the type: float has functions and numbers of its own.

    >>> in_type("real y = 0.5 * exp(-x) + 1;", "float")
    'float y = 0.5f * expf(-x) + 1;'
    """
    if real == "float":
        text = _NUMBERS.sub(r"\1f", _FUNCTIONS.sub(r"\1f(", text))
    return re.sub(r"\breal\b", real, text)


def filled(template: str, **values: Any) -> str:
    """Return code with values in the places of $names."""
    return Template(template).substitute(values)


def literals(values: Any, real: Real, of: str) -> NDArray[Any]:
    """Return numbers as C spells them, each the nearest of its type.

    Raises
    ------
    ValueError
        If one is too large for float.
    """
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        typed = numbers.astype(DTYPES[real])
    if not np.isfinite(typed).all():
        large = numbers[~np.isfinite(typed)].flat[0]
        raise ValueError(f'{of} holds {large:g}, which is too large for float; type="double" holds it')
    texts = typed.astype(str)
    return np.char.add(texts, "f") if real == "float" else texts


def literal(value: float, real: Real, of: str) -> str:
    """Return one number as C spells it."""
    return str(literals(value, real, of))


def table(name: str, values: NDArray[Any], real: Real, of: str) -> Table:
    """Return a table of numbers (n,), or (members, n)."""
    rows = [_wrapped(row) for row in np.atleast_2d(literals(values, real, of))]
    size = "".join(f"[{n}]" for n in values.shape)
    inner = ",\n".join(f"{{\n{row}}}" for row in rows) if values.ndim == 2 else rows[0]
    n_bytes = values.size * np.dtype(DTYPES[real]).itemsize
    return Table(f"static const {real} {name}{size} = {{\n{inner}\n}};\n", n_bytes)


def integers(name: str, values: Sequence[int]) -> Table:
    """Return a table of integers, with a 0 where there would be none: C has no empty ones."""
    kept = values or [0]
    return Table(f"static const int {name}[{len(kept)}] = {{\n{_wrapped(kept)}\n}};\n", 4 * len(kept))


def records(name: str, fields: Sequence[tuple[str, Any]], rows: Iterable[tuple[Sequence[Any], str]]) -> Table:
    """Return a table of structures: names and types of the fields, and their values with a comment."""
    lines = [f"    {{{', '.join(map(_plain, values))}}} /* {comment} */" for values, comment in rows]
    last = len(lines) - 1
    lines = [line.replace("} /*", "}, /*", 1) if at < last else line for at, line in enumerate(lines)]
    kinds = {np.int32: "int", np.float64: "double"}
    groups = groupby(fields, key=lambda field: kinds[field[1]])
    inner = " ".join(f"{kind} {', '.join(field for field, _ in group)};" for kind, group in groups)
    size = np.dtype(list(fields), align=True).itemsize
    body = "\n".join(lines)
    return Table(
        f"static const struct {{ {inner} }} {name}[{len(lines)}] = {{\n{body}\n}};\n", size * len(lines)
    )


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int) else literal(value, "double", "")


def _wrapped(values: Iterable[Any]) -> str:
    texts = list(map(str, values))
    lines = [", ".join(texts[first : first + 8]) for first in range(0, len(texts), 8)]
    return "    " + ",\n    ".join(lines)
