"""Activations in C: each replaces q by σ(q), and keeps the slope σ′(q); the formulas of `calculus`."""

from dataclasses import dataclass

from chainrule.export._c._constants import filled

_FALL = "const real e = exp(-fabs(v));"  # can neither overflow nor cancel
_LOGISTIC = "(v <= 0 ? e / (1 + e) : 1 / (1 + e))"
_HUMP = "e / ((1 + e) * (1 + e))"
_NORMAL = "const real p = 0.5 * erfc(-0.70710678118654752 * v);"
_BELL = "0.39894228040143268 * exp(-0.5 * r * r)"


@dataclass(frozen=True)
class InC:
    """An activation: statements that both need, the value, and statements that end in the slope.

    ``v`` is q. A slope's own statements come in front of it, divided by "|".
    """

    both: str
    value: str
    slope: str


ACTIVATIONS_IN_C = {
    "logistic": InC(_FALL, _LOGISTIC, _HUMP),
    "tanh": InC("", "tanh(v)", "const real e = exp(-2 * fabs(v));|4 * " + _HUMP),
    "relu": InC("", "v <= 0 ? 0 : v", "(real)(v <= 0 ? 0 : 1)"),
    "leaky_relu": InC("", "v <= 0 ? 0.01 * v : v", "v <= 0 ? 0.01 : 1.0"),
    "elu": InC("", "v <= 0 ? expm1(v) : v", "v <= 0 ? exp(v) : 1.0"),
    "selu": InC(
        "",
        "1.0507009873554805 * (v <= 0 ? 1.6732632423543772 * expm1(v) : v)",
        "1.0507009873554805 * (v <= 0 ? 1.6732632423543772 * exp(v) : 1.0)",
    ),
    "softplus": InC(_FALL, "(v <= 0 ? 0 : v) + log1p(e)", _LOGISTIC),
    "silu": InC(f"{_FALL}\n        const real p = {_LOGISTIC};", "v * p", "p + v * " + _HUMP),
    "gelu": InC(_NORMAL, "v * p", f"const real r = fabs(v) < 40 ? v : (real)40;|p + v * {_BELL}"),
    "softsign": InC("const real r = 1 / (1 + fabs(v));", "v * r", "r * r"),
    "sine": InC("", "sin(v)", "cos(v)"),
    "exp": InC("const real e = exp(v);", "e", "e"),
}
"""By the name in `calculus`. identity needs no code; softmax is `SOFTMAX`."""

_EACH = """\
/* $name */
static void act_$name($parameters)
{
    int i;
    for (i = 0; i < n; i++) {
        const real v = q[i];$both$slope
        q[i] = $value;
    }
}
"""

SOFTMAX = """\
/* softmax, shifted by the largest */
static void act_softmax(real *q, int n)
{
    real top = q[0], sum = 0;
    int i;
    for (i = 1; i < n; i++) if (q[i] > top) top = q[i];
    for (i = 0; i < n; i++) { q[i] = exp(q[i] - top); sum += q[i]; }
    for (i = 0; i < n; i++) q[i] /= sum;
}
"""


def activation(name: str, derivatives: bool) -> str:
    """Return the function of an activation, in ``real``; with derivatives it keeps slopes in d, if not 0."""
    if name == "softmax":
        return SOFTMAX
    row = ACTIVATIONS_IN_C[name]
    statements, _, slope = row.slope.rpartition("|")
    block = f"{statements} d[i] = {slope};".strip()
    return filled(
        _EACH,
        name=name,
        parameters="real *q, real *d, int n" if derivatives else "real *q, int n",
        both=f"\n        {row.both}" if row.both else "",
        slope=f"\n        if (d) {{ {block} }}" if derivatives else "",
        value=row.value,
    )
