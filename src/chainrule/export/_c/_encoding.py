"""From the columns to the inputs of the networks, in C, with the slope of each input by its column.

Scaling and ramps are computed in double whatever the type of the rest, and z is rounded to the networks' type
as in Python: so that a number lies on the same side of an edge in both, and large numbers that differ little
(dates) keep what tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.export._c._constants import Real, Table, filled, integers, records, table
from chainrule.export._c._names import quoted
from chainrule.export._plan import ModelPlan, OneHot, RampedNumber, ScaledNumber

_REFUSED = -2
_WAVES = {"": 0, "sine": 1, "cosine": 2}

PLAIN = """\
/* 0, or 1 + the place of a number that is not finite. */
static int refused(const real *x)
{
    int i;
    for (i = 0; i < $D; i++) if (!isfinite(x[i])) return i + 1;
    return 0;
}
"""

_ENCODE = """\
/* Inputs u of the networks$and_slopes.
   Returns 0, or 1 + the place of a value that is not accepted. */
static int encode(const real *x, real *u$parameter)
{
    int i$more;
    for (i = 0; i < $D; i++) if (isinf(x[i])$or_missing) return i + 1;
$blocks    return 0;
}
"""

_WAVE = """\
/* A number, or the sine or cosine of 2 pi times it (a part of a day). */
static double wave(double x, int kind, double *slope)
{
    const double turn = 6.283185307179586;
    *slope = 1;
    if (kind == 1) { *slope = turn * cos(turn * x); return sin(turn * x); }
    if (kind == 2) { *slope = -turn * sin(turn * x); return cos(turn * x); }
    return x;
}
"""

_SCALED = """\
    for (i = 0; i < $n; i++) {
        const int place = scaled[i].place, gone = isnan(x[scaled[i].column]) != 0;
        $number
        u[place] = gone ? (real)scaled[i].missing : (real)((v - scaled[i].centre) / scaled[i].scale);
$slope    }
"""

_RAMPED = """\
    for (i = 0; i < $n; i++) {
        const int place = ramped[i].place, ramps = ramped[i].ramps, gone = isnan(x[ramped[i].column]) != 0;
        const double *edge = edges + ramped[i].edge;
        double z, r;
        $number
        for (t = 0; t <= ramps; t++) { u[place + t] = 0;$no_slope }
        if (ramped[i].missing) { u[place + ramps + 1] = (real)gone;$no_slope }
        z = gone ? 0 : (v - ramped[i].centre) / ramped[i].scale;
        z = z < -1e15 ? -1e15 : z > 1e15 ? 1e15 : z;
$rounded        r = z / ramped[i].clip;
        u[place] = (real)(z / sqrt(1 + r * r));
        for (t = 0; t < ramps && z >= edge[t]; t++) {
            const double rise = (z - edge[t]) / (edge[t + 1] - edge[t]);
            u[place + 1 + t] = z < edge[t + 1] && rise < 1 ? (real)rise : (real)1;
        }
$slope    }
"""

_RAMPED_SLOPE = """\
        if (s && !gone) {
            const double rate = slope / ramped[i].scale;
            s[place] = (real)(rate / ((1 + r * r) * sqrt(1 + r * r)));
            if (t && z < edge[t]) s[place + t] = (real)(rate / (edge[t] - edge[t - 1]));
        }
"""

_TEXTS = """\
    for (i = 0; i < $n; i++) {
        const int column = texts[i].column, place = texts[i].place;
        const real code = x[column];
        int hot = $refused;
        if (isnan(code)) hot = texts[i].missing;
        else if (code == -1) hot = texts[i].unknown;
        else if (code >= 0 && code < (real)texts[i].categories && (real)(int)code == code)
            hot = hots[texts[i].first + (int)code];
        if (hot == $refused) return column + 1;
        for (t = 0; t < texts[i].width; t++) { u[place + t] = 0;$no_slope }
        if (hot >= 0) u[place + hot] = 1;
    }
"""


@dataclass(frozen=True)
class EncodingCode:
    """Code of the encoding.

    Parameters
    ----------
    tables : tuple of Table
    code : str
    plain : bool
        Whether there is none: the columns are the networks' inputs.
    """

    tables: tuple[Table, ...]
    code: str
    plain: bool


def encoding_code(plan: ModelPlan, real: Real, derivatives: bool) -> EncodingCode:
    """Return the code from columns to the networks' inputs."""
    if plan.is_plain:
        code = filled(PLAIN, D=len(plan.inputs)).replace("real", real)
        return EncodingCode((), code, True)
    made = (part(plan, derivatives) for part in (_scaled_part, _ramped_part, _text_part))
    parts = [part for part in made if part is not None]
    tables = [each for found, _ in parts for each in found]
    blocks = "".join(block for _, block in parts)
    needed = [_needs_value(plan, column) for column in range(len(plan.inputs))]
    or_missing = ""
    if all(needed):
        or_missing = " || isnan(x[i])"
    elif any(needed):
        tables.append(integers("needed", [int(each) for each in needed]))
        or_missing = " || (needed[i] && isnan(x[i]))"
    code = filled(
        _ENCODE, D=len(plan.inputs), or_missing=or_missing, blocks=blocks,
        and_slopes=", and their slopes s by the columns if s is not null" if derivatives else "",
        parameter=", real *s" if derivatives else "", more=", t" if "(t = 0" in blocks else "",
    )  # fmt: skip
    waves = _WAVE if "wave(" in blocks else ""
    return EncodingCode(tuple(tables), waves + _in(code, real), False)


def _in(code: str, real: Real) -> str:
    return (
        code.replace("(real)", f"({real})")
        .replace("real *", f"{real} *")
        .replace("real code", f"{real} code")
    )


def _needs_value(plan: ModelPlan, column: int) -> bool:
    """Return whether a number must not be missing; of text that stands with its codes."""
    return any(
        isinstance(each, ScaledNumber) and each.column == column and not each.accepts_missing
        for each in plan.encodings
    )


Part = tuple[list[Table], str]
Fields = list[tuple[str, Any]]


def _of_kind(plan: ModelPlan, kind: Any) -> list[tuple[Any, int]]:
    """Return the encodings of a kind, and where each begins among the networks' inputs."""
    pairs = zip(plan.encodings, plan.firsts[:-1], strict=True)
    return [(each, place) for each, place in pairs if isinstance(each, kind)]


def _number(found: Sequence[tuple[Any, int]], table: str, derivatives: bool) -> str:
    """Return the statement that gets the number, and its own slope if that is asked for."""
    if any(each.wave for each, _ in found):
        call = f"const double v = wave(x[{table}[i].column], {table}[i].wave, &slope);"
        return f"double slope;\n        {call}"
    one = " const double slope = 1;" if derivatives else ""
    return f"const double v = x[{table}[i].column];{one}"


def _scaled_part(plan: ModelPlan, derivatives: bool) -> Part | None:
    found = _of_kind(plan, ScaledNumber)
    if not found:
        return None
    rows = [
        ((each.column, place, _WAVES[each.wave], each.centre, each.scale,
          each.missing if each.accepts_missing else 0.0),
         quoted(plan.inputs[each.column].name))
        for each, place in found
    ]  # fmt: skip
    fields: Fields = [(name, np.int32) for name in ("column", "place", "wave")]
    fields += [(name, np.float64) for name in ("centre", "scale", "missing")]
    slope = "        if (s) s[place] = gone ? (real)0 : (real)(slope / scaled[i].scale);\n"
    block = filled(
        _SCALED,
        n=len(found),
        number=_number(found, "scaled", derivatives),
        slope=slope if derivatives else "",
    )
    return [records("scaled", fields, rows)], block


def _ramped_part(plan: ModelPlan, derivatives: bool) -> Part | None:
    found = _of_kind(plan, RampedNumber)
    if not found:
        return None
    rows, edges = [], list[float]()
    for each, place in found:
        ramps = max(0, len(each.edges) - 1)
        values = (
            each.column, place, _WAVES[each.wave], len(edges), ramps, int(each.missing),
            each.centre, each.scale, each.clip,
        )  # fmt: skip
        rows.append((values, quoted(plan.inputs[each.column].name)))
        edges += list(each.edges)
    integral = ("column", "place", "wave", "edge", "ramps", "missing")
    fields: Fields = [(name, np.int32) for name in integral]
    fields += [(name, np.float64) for name in ("centre", "scale", "clip")]
    block = filled(
        _RAMPED, n=len(found), number=_number(found, "ramped", derivatives),
        no_slope=" if (s) s[place + $at] = 0;" if derivatives else "",
        rounded="        z = (float)z;\n" if plan.dtype == np.float32 else "",
        slope=_RAMPED_SLOPE if derivatives else "",
    )  # fmt: skip
    block = block.replace("$at", "t", 1).replace("$at", "ramps + 1", 1)
    return [
        records("ramped", fields, rows),
        table("edges", np.array(edges or [0.0]), "double", "an edge"),
    ], block


def _text_part(plan: ModelPlan, derivatives: bool) -> Part | None:
    found = _of_kind(plan, OneHot)
    if not found:
        return None
    rows, hots = [], list[int]()
    for each, place in found:
        refused = [_REFUSED if code is None else code for code in (each.missing, each.unknown)]
        values = (each.column, place, each.width, len(hots), len(each.places), *refused)
        rows.append((values, quoted(plan.inputs[each.column].name)))
        hots += list(each.places)
    names = ("column", "place", "width", "first", "categories", "missing", "unknown")
    fields: Fields = [(name, np.int32) for name in names]
    block = filled(
        _TEXTS, n=len(found), refused=_REFUSED, no_slope=" if (s) s[place + t] = 0;" if derivatives else ""
    )
    return [records("texts", fields, rows), integers("hots", hots)], block
