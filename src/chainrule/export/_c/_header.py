"""The header: what the functions take and give, with a name for each column, value and category."""

import textwrap

from chainrule.export._c._constants import filled
from chainrule.export._c._names import Names, quoted
from chainrule.export._c._networks import Shape
from chainrule.export._c._outputs import n_values
from chainrule.export._plan import Input

_HEADER = """\
/* $name: what a fitted model predicts$and_derivatives. Written by chainrule $version.

   $type numbers. Flash: constants of $flash bytes. RAM: arrays on the stack of $predict_ram bytes in
   ${name}_predict$jacobian_ram.

   Functions return 0; or 1 + the place of the first number in x that is not accepted, and then y$and_j no
   meaning. $missing */
#ifndef ${NAME}_H
#define ${NAME}_H

#ifdef __cplusplus
extern "C" {
#endif

enum { ${name}_INPUTS = $D, ${name}_OUTPUTS = $P };

/* Places in x: $kinds */
enum {
$columns
};

/* Places in y: $meaning */
enum {
$values
};
$categories
int ${name}_predict(const $type x[$D], $type y[$P]);
$jacobian
#ifdef __cplusplus
}
#endif

#endif
"""

_JACOBIAN = """
/* J[k * $D + i] is the derivative of y[k] by x[i]: 0 for text, for a missing number, and where a network is
   held to the range of what was learned from. At a kink of the encoding it is that to the right. */
int ${name}_jacobian(const $type x[$D], $type y[$P], $type J[$size]);
"""

_UNITS = {
    "number": "number",
    "boolean": "1 for true, 0 for false",
    "date": "days since 1970-01-01",
    "time": "part of a day: 0.5 is noon",
    "text": "text, by its place below",
}
_MEANINGS = {
    "numbers": "numbers",
    "classes": "probabilities of the classes",
    "labels": "the probability of each label",
}


def header_code(shape: Shape, name: str, version: str, missing: str, bytes_of: tuple[int, int, int]) -> str:
    """Return the header; ``missing`` names the columns that may be, ``bytes_of`` counts what is needed."""
    plan, names = shape.plan, Names()
    P, D, type = n_values(shape), len(plan.inputs), shape.real
    columns = [
        (names.give(f"{name}_X", each.name), f"{quoted(each.name)}: {_UNITS[each.kind]}")
        for each in plan.inputs
    ]
    values = [(names.give(f"{name}_Y", each), quoted(each)) for each in plan.output.names]
    jacobian = filled(_JACOBIAN, name=name, D=D, P=P, type=type, size=P * D) if shape.derivatives else ""
    flash, predict_ram, jacobian_ram = bytes_of
    return filled(
        _HEADER, name=name, NAME=name.upper(), D=D, P=P, type=type, version=version, jacobian=jacobian,
        columns=_enumerators(columns), values=_enumerators(values),
        missing=textwrap.fill(missing, 104, subsequent_indent="   "),
        kinds=f"{D} column{'s' * (D > 1)}", meaning=_MEANINGS[plan.output.kind], flash=f"{flash:,}",
        categories="".join(_categories(names, name, each) for each in plan.inputs if each.categories),
        predict_ram=f"{predict_ram:,}", and_j=" and J have" if shape.derivatives else " has",
        jacobian_ram=f", {jacobian_ram:,} in ${name}_jacobian".replace("$", "") if shape.derivatives else "",
        and_derivatives=", and its derivatives" if shape.derivatives else "",
    )  # fmt: skip


def _enumerators(named: list[tuple[str, str]]) -> str:
    last = len(named) - 1
    lines = [
        f"    {identifier} = {place}{',' if place < last else ''} /* {comment} */"
        for place, (identifier, comment) in enumerate(named)
    ]
    return "\n".join(lines)


def _categories(names: Names, name: str, column: Input) -> str:
    """Return the places of a column's texts."""
    given = names.give(name, column.name)
    named = [(names.give(given, text), quoted(text)) for text in column.categories]
    return (
        f"\n/* Texts of {quoted(column.name)}; -1 is any other text, NAN a missing one. */\n"
        f"enum {{\n{_enumerators(named)}\n}};\n"
    )
