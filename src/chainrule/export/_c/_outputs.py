"""From the mean of the networks' outputs to the values of the model in C, with their derivatives."""

import numpy as np

from chainrule.export._c._constants import Table, filled, literal, table
from chainrule.export._c._networks import Shape
from chainrule.export._evaluate import LEAST_PROBABILITY

_TEMPER = """\
/* p^(1/T), divided by their sum; dq_k = q_k (r_k - sum of q_j r_j) / T with r = dp / p. */
static void temper(real *y$parameter)
{
    real p[$P], top = 0, sum = 0;
    int k$more;
    for (k = 0; k < $P; k++) { p[k] = y[k] > $least ? y[k] : $least; if (p[k] > top) top = p[k]; }
    for (k = 0; k < $P; k++) { y[k] = exp(log(p[k] / top) / $T); sum += y[k]; }
    for (k = 0; k < $P; k++) y[k] /= sum;
$slopes}
"""

_TEMPERED_SLOPES = """\
    if (!J) return;
    for (c = 0; c < $D; c++) {
        real mean = 0;
        for (k = 0; k < $P; k++) { J[k * $D + c] /= p[k]; mean += y[k] * J[k * $D + c]; }
        for (k = 0; k < $P; k++) J[k * $D + c] = y[k] * (J[k * $D + c] - mean) / $T;
    }
"""

_FINISH = """\
/* From the $sum of the networks' outputs to the values$and_jacobian. */
static void finish(real *y$parameter)
{
$declared$lines}
"""


def n_values(shape: Shape) -> int:
    """Return P, how many values the model gives: of classes one each."""
    return len(shape.plan.output.names)


def first_row(shape: Shape) -> int:
    """Return the value where those of the networks begin: a single output is the second class's."""
    return n_values(shape) - shape.sizes[-1]


def output_code(shape: Shape) -> tuple[list[Table], str]:
    """Return the tables and the code behind the networks."""
    tables, code = [], ""
    if shape.plan.output.is_scaled:
        for name, values in (("factors", shape.plan.output.factors), ("offsets", shape.plan.output.offsets)):
            tables.append(table(name, np.array(values), shape.real, name))
    if shape.plan.output.temperature != 1:
        P, D = n_values(shape), len(shape.plan.inputs)
        T = repr(float(shape.plan.output.temperature))
        code += filled(
            _TEMPER, P=P, T=T, least=f"{LEAST_PROBABILITY:.1e}", more=", c" if shape.derivatives else "",
            parameter=", real *J" if shape.derivatives else "",
            slopes=filled(_TEMPERED_SLOPES, P=P, D=D, T=T) if shape.derivatives else "",
        ) + "\n"  # fmt: skip
    return tables, code + _finish(shape)


def finish_call(code: str, derivative: bool) -> str:
    """Return the call of the function `finish`, if there is one in the code."""
    if "void finish(real *y, real *J)" in code:
        return "    finish(y, J);\n" if derivative else "    finish(y, 0);\n"
    return "    finish(y);\n" if "void finish(" in code else ""


def limits_code(shape: Shape) -> str:
    """Return the range that each network's outputs are held within."""
    if shape.plan.output.limits is None:
        return ""
    low, high = (literal(limit, shape.real, "a limit") for limit in shape.plan.output.limits)
    return f"#define LOW ({low})\n#define HIGH ({high})\n\n"


def _of_numbers(shape: Shape) -> tuple[str, str]:
    """Return a value, and the factor of its derivative behind that, "" for 1."""
    place, output = f"k / {len(shape.plan.inputs)}", shape.plan.output
    scales = output.is_scaled
    value = "offsets[k] + factors[k] * y[k]" if scales else "y[k]"
    factors = [f"factors[{place}]"] * scales
    if output.function != "identity":  # exp is its own slope, expm1 less 1
        value = f"{output.function}({value})"
        factors.append(f"y[{place}]" if output.function == "exp" else f"(y[{place}] + 1)")
    return value, " * ".join(factors)


def _finish(shape: Shape) -> str:
    P, D, members = n_values(shape), len(shape.plan.inputs), len(shape.plan.networks)
    first = first_row(shape) * D
    values, slopes = "", ""
    if members > 1:
        values += f"    for (k = {first_row(shape)}; k < {P}; k++) y[k] /= {members};\n"
        slopes += f"        for (k = {first}; k < {P * D}; k++) J[k] /= {members};\n"
    if shape.plan.output.kind == "classes" and first:
        values += "    y[0] = 1 - y[1];\n"
        slopes += f"        for (k = 0; k < {D}; k++) J[k] = -J[{D} + k];\n"
    elif shape.plan.output.kind == "classes":
        values += f"    for (k = 0; k < {P}; k++) sum += y[k];\n    for (k = 0; k < {P}; k++) y[k] /= sum;\n"
    elif shape.plan.output.kind == "numbers":
        value, slope = _of_numbers(shape)
        values += f"    for (k = 0; k < {P}; k++) y[k] = {value};\n" if value != "y[k]" else ""
        slopes += f"        for (k = 0; k < {P * D}; k++) J[k] *= {slope};\n" if slope else ""
    lines = values + (f"    if (J) {{\n{slopes}    }}\n" if slopes and shape.derivatives else "")
    tempered = shape.plan.output.temperature != 1
    if tempered:
        lines += "    temper(y, J);\n" if shape.derivatives else "    temper(y);\n"
    if not lines:
        return ""
    with_jacobian = shape.derivatives and (bool(slopes) or tempered)
    declared = ("    real sum = 0;\n" if "sum +=" in values else "") + (
        "    int k;\n" if "(k = " in lines else ""
    )
    return filled(
        _FINISH, sum="sum" if members > 1 else "value", declared=declared, lines=lines,
        and_jacobian=", and J if it is not null" if with_jacobian else "",
        parameter=", real *J" if with_jacobian else "",
    )  # fmt: skip
