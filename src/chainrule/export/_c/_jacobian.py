"""∂(outputs of the networks)/∂columns in C: multiplied from the outputs or from the columns, the cheaper."""

import re
from itertools import pairwise

import numpy as np

from chainrule.export._c._constants import Table, filled, integers
from chainrule.export._c._networks import Shape
from chainrule.export._plan import OneHot, RampedNumber

_FRAME = """\
/* J += df/dx of $a_network, multiplied $order. */
static void add_jacobian($member$parameters)
{
$declared$body}
"""


def n_slopes(shape: Shape) -> int:
    """Return how many inputs of the networks change at most with the columns: of ramps only one does."""
    return sum(
        1 + (isinstance(each, RampedNumber) and bool(each.edges))
        for each in shape.plan.encodings
        if not isinstance(each, OneHot)
    )


def costs(shape: Shape) -> tuple[int, int]:
    """Return the multiplications for the derivative of one network: from the outputs, from the columns.

    A row of the derivative for each output goes back through all matrices but the first, of which as many
    rows count as inputs change; or a column for each column forth.
    """
    sizes = shape.sizes
    inner = sum(n * m for n, m in pairwise(sizes[1:]))
    first = n_slopes(shape) * sizes[1]
    return sizes[-1] * (inner + first), len(shape.plan.inputs) * inner + first


def jacobian_code(shape: Shape) -> tuple[list[Table], str]:
    """Return the code that adds the derivative of one network to J (K, D), row after row."""
    from_outputs = costs(shape)[0] <= costs(shape)[1]
    body = _from_outputs(shape) if from_outputs else _from_columns(shape)
    parameters = [f"const real *{name}" for name in "sdf" if _uses(body, name)]
    size = max(shape.width, shape.sizes[-1])
    real = [f"{name}[{size}]" for name in "gh" if _uses(body, name)]
    real += [f"T[{n_rows_beside(shape)}]"] if _uses(body, "T") else []
    real += [name for name in ("sum", "shift") if f"{name} = " in body]
    ints = [name for name in "cijk" if f"for ({name} = 0" in body] + ["top = 0"] * ("top" in body)
    declared = f"    real {', '.join(real)};\n" if real else ""
    declared += f"    int {', '.join(ints)};\n" if ints else ""
    code = filled(
        _FRAME, a_network="one network" if shape.many else "the network", member=shape.member,
        order="from the outputs" if from_outputs else "from the columns",
        parameters=", ".join([*parameters, "real *J"]), declared=declared, body=body,
    )  # fmt: skip
    tables = [integers("column_of", column_of(shape))] if "column_of" in body else []
    return tables, code


def n_rows_beside(shape: Shape) -> int:
    """Return how many numbers `add_jacobian` keeps beside J: those of one network's rows before softmax."""
    beside = shape.many and shape.activations[-1] == "softmax" and costs(shape)[0] <= costs(shape)[1]
    return shape.sizes[-1] * len(shape.plan.inputs) if beside else 0


def arguments(code: str) -> str:
    """Return the arguments with which `jacobian_code` is called, by the parameters that it has."""
    names = [name for name in "sdf" if f"const real *{name}" in code]
    return ", ".join(names)


def column_of(shape: Shape) -> list[int]:
    """Return the column that each input of the networks depends on."""
    widths = [each.width for each in shape.plan.encodings]
    return np.repeat([each.column for each in shape.plan.encodings], widths).tolist()


def _uses(body: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", body) is not None


def _held(shape: Shape, skip: str, level: str) -> str:
    """Return the line that leaves out an output which is held at a limit."""
    limits = shape.plan.output.limits
    if limits is None:
        return ""
    return f"{level}if (!(f[k] >= LOW && f[k] < HIGH)) {skip};\n"


def _slope(shape: Shape, layer: int, index: str) -> str:
    """Return the factor σ′ of a layer, nothing if it is 1 or softmax."""
    if layer not in shape.slopes:
        return ""
    place = shape.slopes[layer]
    return f" * d[{place} + {index}]" if place else f" * d[{index}]"


def _from_outputs(shape: Shape) -> str:
    K, L, at = shape.sizes[-1], shape.n_layers, shape.at
    softmax = shape.activations[-1] == "softmax"
    lines = f"    for (k = 0; k < {K}; k++) {{\n" + _held(shape, "continue", "        ")
    row, other = "g", "h"
    if L > 1:
        n = shape.sizes[-2]
        factor = f"{_slope(shape, L, 'k')}{_slope(shape, L - 1, 'i')}"
        lines += f"        for (i = 0; i < {n}; i++) g[i] = W{L}{at}[i * {K} + k]{factor};\n"
    for layer in range(L - 1, 1, -1):
        n, m = shape.sizes[layer - 1 : layer + 1]
        lines += f"        back(W{layer}{at}, {row}, {other}, {n}, {m});\n"
        row, other = other, row
        if factor := _slope(shape, layer - 1, "i"):
            lines += f"        for (i = 0; i < {n}; i++) {row}[i] = {row}[i]{factor};\n"
    m = shape.sizes[1]
    entry = f"dot(W1{at} + i * {m}, {row}, {m})" if L > 1 else f"W1{at}[i * {K} + k]{_slope(shape, 1, 'k')}"
    lines += _to_columns(shape, entry, "T" if softmax and shape.many else "J") + "    }\n"
    return _rows_through_softmax(shape, lines) if softmax else lines


def _to_columns(shape: Shape, entry: str, to: str) -> str:
    M, D = shape.sizes[0], len(shape.plan.inputs)
    if shape.plan.is_plain:
        return f"        for (i = 0; i < {M}; i++) {to}[k * {D} + i] += {entry};\n"
    return (
        f"        for (i = 0; i < {M}; i++)\n"
        f"            if (s[i] != 0) {to}[k * {D} + column_of[i]] += s[i] * {entry};\n"
    )


def _rows_through_softmax(shape: Shape, lines: str) -> str:
    """As `_through_softmax`, when all rows are there: in J itself, or beside the sum over networks."""
    K, D = shape.sizes[-1], len(shape.plan.inputs)
    T, result = ("T", "+=") if shape.many else ("J", "=")
    zeros = f"    for (i = 0; i < {K * D}; i++) T[i] = 0;\n" if shape.many else ""
    return (
        f"{zeros}{lines}    for (k = 1; k < {K}; k++) if (f[k] > f[top]) top = k;\n"
        f"    for (c = 0; c < {D}; c++) {{\n"
        f"        shift = {T}[top * {D} + c]; sum = 0;\n"
        f"        for (k = 0; k < {K}; k++) sum += f[k] * ({T}[k * {D} + c] - shift);\n"
        f"        for (k = 0; k < {K}; k++)"
        f" J[k * {D} + c] {result} f[k] * ({T}[k * {D} + c] - shift - sum);\n"
        "    }\n"
    )


def _from_columns(shape: Shape) -> str:
    at, D, K = shape.at, len(shape.plan.inputs), shape.sizes[-1]
    M, m = shape.sizes[:2]
    if shape.plan.is_plain:
        lines = f"        for (j = 0; j < {m}; j++) g[j] = W1{at}[c * {m} + j];\n"
    else:
        lines = (
            f"        for (j = 0; j < {m}; j++) g[j] = 0;\n"
            f"        for (i = 0; i < {M}; i++)\n"
            f"            if (column_of[i] == c) add_product(s + i, W1{at} + i * {m}, g, 1, {m});\n"
        )
    row, other = "g", "h"
    for layer in range(1, shape.n_layers + 1):
        n = shape.sizes[layer]
        if layer > 1:
            lines += (
                f"        for (j = 0; j < {n}; j++) {other}[j] = 0;\n"
                f"        add_product({row}, W{layer}{at}, {other}, {shape.sizes[layer - 1]}, {n});\n"
            )
            row, other = other, row
        if factor := _slope(shape, layer, "j"):
            lines += f"        for (j = 0; j < {n}; j++) {row}[j] = {row}[j]{factor};\n"
    lines += _through_softmax(K, row) if shape.activations[-1] == "softmax" else ""
    held = _held(shape, "continue", "            ")
    lines += (
        f"        for (k = 0; k < {K}; k++) {{\n{held}            J[k * {D} + c] += {row}[k];\n        }}\n"
    )
    return f"    for (c = 0; c < {D}; c++) {{\n{lines}    }}\n"


def _through_softmax(K: int, row: str) -> str:
    """p_k (t_k - Σ p t); a shift of t changes nothing, and t = 0 at the largest p avoids 1 - p."""
    return (
        f"        for (k = 1; k < {K}; k++) if (f[k] > f[top]) top = k;\n"
        f"        shift = {row}[top]; sum = 0;\n"
        f"        for (k = 0; k < {K}; k++) {{ {row}[k] -= shift; sum += f[k] * {row}[k]; }}\n"
        f"        for (k = 0; k < {K}; k++) {row}[k] = f[k] * ({row}[k] - sum);\n"
    )
