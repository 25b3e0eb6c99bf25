"""Encoding of columns and what is made of the networks' outputs, in any library with NumPy's functions.

PyTorch and JAX differentiate through it: no branch that is not taken makes an infinity or NaN, and at kinks
the derivative is that to the right, as in `evaluate`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.export._cells import check_width
from chainrule.export._evaluate import LEAST_PROBABILITY
from chainrule.export._plan import Encoding, ModelPlan, OneHot, Output, RampedNumber


@dataclass(frozen=True)
class Library:
    """What differs from library to library.

    Parameters
    ----------
    functions : module
        With where, sqrt, sin, cos, exp, expm1, log, clip, isnan, amax, stack and concatenate.
    wide, real : Any
        Types of double precision, or the widest there is, and of the networks.
    cast : callable
        Takes an array and one of the types.
    constant : callable
        Takes an array of NumPy, and one of the library, to which it is to be added.
    """

    functions: Any
    wide: Any
    real: Any
    cast: Callable[[Any, Any], Any]
    constant: Callable[[Any, Any], Any]


def encoded(to: Library, plan: ModelPlan, x: Any) -> Any:
    """Return the networks' inputs (…, m) of rows x (…, n_inputs) as `as_numbers` makes them.

    Raises
    ------
    ValueError
        For another number of columns.
    """
    check_width(plan, x.shape[-1] if x.shape else 0)
    x = to.cast(x, to.wide)
    parts = [_part(to, each, x[..., each.column]) for each in plan.encodings]
    return to.functions.concatenate([to.cast(part, to.real) for part in parts], -1)


def _part(to: Library, encoding: Encoding, v: Any) -> Any:
    xp, gone = to.functions, to.functions.isnan(v)
    if isinstance(encoding, OneHot):
        return _one_hot(to, encoding, v, gone)
    v = xp.where(gone, encoding.centre, v)
    if encoding.wave:
        v = (xp.sin if encoding.wave == "sine" else xp.cos)(2 * np.pi * v)
    z = (v - encoding.centre) / encoding.scale
    if isinstance(encoding, RampedNumber):
        return _ramps(to, encoding, xp.where(gone, 0.0, z), gone)
    return xp.where(gone, encoding.missing, z)[..., None]


def _ramps(to: Library, encoding: RampedNumber, z: Any, gone: Any) -> Any:
    xp = to.functions
    z = to.cast(xp.clip(z, -1e15, 1e15), to.real)  # as in Python: on the same side of an edge
    parts = [(z / xp.sqrt(1 + (z / encoding.clip) ** 2))[..., None]]
    if encoding.edges:
        z = to.cast(z, to.wide)[..., None]
        edges = np.array(encoding.edges)
        starts, ends, slopes = (to.constant(each, z) for each in (edges[:-1], edges[1:], 1 / np.diff(edges)))
        parts.append(xp.where(z < starts, 0.0, xp.where(z >= ends, 1.0, (z - starts) * slopes)))
    if encoding.missing:
        parts.append(gone[..., None])
    return xp.concatenate([to.cast(part, to.wide) for part in parts], -1)


def _one_hot(to: Library, encoding: OneHot, codes: Any, gone: Any) -> Any:
    """Return zeros and a 1; NaN where the model does not accept such a cell."""
    xp, n = to.functions, len(encoding.places)
    known = np.array(encoding.places, dtype=np.float64)
    refused = [np.nan if place is None else float(place) for place in (encoding.missing, encoding.unknown)]
    there = ~gone & (codes >= 0) & (codes < n)
    place = xp.where(gone, refused[0], xp.where(codes == -1, refused[1], np.nan))
    numbers = to.constant(np.arange(n, dtype=np.float64), codes)
    matching = (codes[..., None] == numbers) * to.constant(known + 2, codes)  # 0 where none matches
    found = matching.sum(-1)
    place = xp.where(there & (found > 0), found - 2, place)[..., None]
    hot = place == to.constant(np.arange(encoding.width, dtype=np.float64), place)
    return xp.where(xp.isnan(place), np.nan, to.cast(hot, to.wide))


def finished(to: Library, output: Output, outputs: list[Any]) -> Any:
    """Return the values (…, p) of the model from its networks' outputs."""
    F = sum(_limited(to, output.limits, to.cast(each, to.wide)) for each in outputs) / len(outputs)
    if output.kind == "labels":
        return F
    if output.kind == "numbers":
        return _numbers(to, output, F)
    xp = to.functions
    p = xp.concatenate([1 - F, F], -1) if F.shape[-1] == 1 else F
    p = p / p.sum(-1)[..., None]
    if output.temperature == 1:
        return p
    logarithms = xp.log(xp.clip(p, LEAST_PROBABILITY, None)) / output.temperature
    powers = xp.exp(logarithms - xp.amax(logarithms, -1)[..., None])
    return powers / powers.sum(-1)[..., None]


def _limited(to: Library, limits: tuple[float, float] | None, F: Any) -> Any:
    if limits is None:
        return F
    low, high = limits
    where = to.functions.where
    return where(F < low, low, where(F >= high, high, F))


def _numbers(to: Library, output: Output, F: Any) -> Any:
    if output.is_scaled:
        factors, offsets = (to.constant(np.array(each), F) for each in (output.factors, output.offsets))
        F = factors * F + offsets
    return F if output.function == "identity" else getattr(to.functions, output.function)(F)
