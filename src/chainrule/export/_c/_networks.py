"""The networks in C: tables of weights, outputs, and derivatives by the encoded inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.export._c._constants import Real, Table, filled, table
from chainrule.export._plan import ModelPlan

_ADD_PRODUCT = """\
/* q += z W, of W (n, m); the zeros of one-hot and relu cost nothing. */
static void add_product(const real *z, const real *W, real *q, int n, int m)
{
    int i, j;
    for (i = 0; i < n; i++, W += m) {
        const real a = z[i];
        if (a != 0) for (j = 0; j < m; j++) q[j] += a * W[j];
    }
}
"""

_AFFINE = """\
/* q = z W + b */
static void affine(const real *z, const real *W, const real *b, real *q, int n, int m)
{
    int j;
    for (j = 0; j < m; j++) q[j] = b[j];
    add_product(z, W, q, n, m);
}
"""

_DOT = """\
/* In eight partial sums, which compilers add side by side. */
static real dot(const real *a, const real *b, int n)
{
    real sum[8] = {0};
    int i = 0, j;
    for (; i + 8 <= n; i += 8) for (j = 0; j < 8; j++) sum[j] += a[i + j] * b[i + j];
    for (; i < n; i++) sum[0] += a[i] * b[i];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}
"""

_BACK = """\
/* g = W h, of W (n, m) */
static void back(const real *W, const real *h, real *g, int n, int m)
{
    int i;
    for (i = 0; i < n; i++) g[i] = dot(W + i * m, h, m);
}
"""

_FORWARD = """\
/* Outputs f of $a_network for inputs u$and_slopes. */
static void forward($member$parameters)
{
$buffers$lines}
"""


@dataclass(frozen=True)
class Shape:
    """What the code of the networks depends on beside their numbers.

    Parameters
    ----------
    plan : ModelPlan
    real : {"float", "double"}
    derivatives : bool
    """

    plan: ModelPlan
    real: Real
    derivatives: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Widths from the networks' inputs to their outputs."""
        return self.plan.networks[0].sizes

    @property
    def activations(self) -> tuple[str, ...]:
        """σ of each layer."""
        return self.plan.networks[0].activations

    @property
    def n_layers(self) -> int:
        """Number of matrices."""
        return len(self.activations)

    @property
    def many(self) -> bool:
        """Whether there are several networks, and tables with one more index."""
        return len(self.plan.networks) > 1

    @property
    def at(self) -> str:
        """Index of a table by the network."""
        return "[member]" if self.many else ""

    @property
    def member(self) -> str:
        """The parameter of functions that tells which network is meant."""
        return "int member, " if self.many else ""

    @property
    def width(self) -> int:
        """Of the widest hidden layer; 0 without one."""
        return max(self.sizes[1:-1], default=0)

    @cached_property
    def slopes(self) -> dict[int, int]:
        """Where the slopes of each layer (from 1) are kept in d; those of identity and softmax are not."""
        places: dict[int, int] = {}
        if self.derivatives:
            for layer, name in enumerate(self.activations, start=1):
                if name not in ("identity", "softmax"):
                    places[layer] = self.n_kept(places)
        return places

    def n_kept(self, places: dict[int, int] | None = None) -> int:
        """Return how many slopes are kept."""
        return sum(self.sizes[layer] for layer in (self.slopes if places is None else places))


def weight_tables(shape: Shape) -> Iterator[Table]:
    """Give W1, b1, W2, …: of one network, or with one row for each network."""
    for layer in range(shape.n_layers):
        for letter, kind in (("W", "weights"), ("b", "biases")):
            rows = [getattr(network, kind)[layer].ravel() for network in shape.plan.networks]
            values = np.array(rows) if shape.many else rows[0]
            yield table(f"{letter}{layer + 1}", values, shape.real, f"{kind}[{layer}]")


def forward_code(shape: Shape) -> str:
    """Return the code of the outputs of a network."""
    lines, source = "", "u"
    for layer, name in enumerate(shape.activations, start=1):
        n, m = shape.sizes[layer - 1 : layer + 1]
        target = "f" if layer == shape.n_layers else "ab"[layer % 2]
        at = shape.at
        lines += f"    affine({source}, W{layer}{at}, b{layer}{at}, {target}, {n}, {m});\n"
        lines += _call(shape, layer, name, target)
        source = target
    used = [letter for letter in "ab" if f" {letter}, " in lines]
    buffers = ", ".join(f"{letter}[{shape.width}]" for letter in sorted(used))
    kept = bool(shape.slopes)
    code = filled(
        _FORWARD, a_network="one network" if shape.many else "the network", member=shape.member,
        parameters=f"const real *u, {'real *d, ' if kept else ''}real *f",
        buffers=f"    real {buffers};\n" if buffers else "", lines=lines,
        and_slopes="; the slopes of its layers into d, if it is not null" if kept else "",
    )  # fmt: skip
    return "\n".join([_ADD_PRODUCT, _AFFINE, code])


def products_of(code: str) -> str:
    """Return the products that code needs beside those of `forward_code`."""
    return "\n".join([_DOT] * ("dot(" in code or "back(" in code) + [_BACK] * ("back(" in code))


def _call(shape: Shape, layer: int, name: str, q: str) -> str:
    n = shape.sizes[layer]
    if name == "identity":
        return ""
    if not shape.derivatives or name == "softmax":
        return f"    act_{name}({q}, {n});\n"
    place = shape.slopes[layer]
    return f"    act_{name}({q}, {f'd ? d + {place} : 0' if place else 'd'}, {n});\n"
