"""What is made of the networks' outputs, and of their derivatives, as ONNX nodes."""

import numpy as np
from onnx import TensorProto

from chainrule.export._evaluate import LEAST_PROBABILITY
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._product import Link
from chainrule.export._plan import Output

f = np.float32


Limits = tuple[float, float] | None


def limited(g: Graph, limits: Limits, F: Name) -> Name:
    """Return networks' outputs within limits."""
    return F if limits is None else g("Clip", F, f(limits[0]), f(limits[1]))


def slope_within(g: Graph, limits: Limits, F: Name, p: int) -> list[Link]:
    """Return the factor of the derivative that is 0 where outputs F are held."""
    if limits is None:
        return []
    inside = g("And", g("GreaterOrEqual", F, f(limits[0])), g("Less", F, f(limits[1])))
    return [Link.of_rows(g.cast(inside, TensorProto.FLOAT), p)]


def finished(g: Graph, output: Output, F: Name, J: Name | None) -> tuple[Name, Name | None]:
    """From the mean of the networks' outputs (n, p), and their derivatives (n, p, d), to the model's."""
    if output.kind == "numbers":
        return _numbers(g, output, F, J)
    if output.kind == "classes":
        if len(output.classes) == 2:
            F = g.beside([g("Sub", f(1), F), F])
            J = None if J is None else g.beside([g("Neg", J), J])
        if output.temperature != 1:
            return _tempered(g, F, J, output.temperature)
    return F, J


def _numbers(g: Graph, output: Output, F: Name, J: Name | None) -> tuple[Name, Name | None]:
    if output.is_scaled:
        factors = np.array(output.factors, dtype=f)
        F = g("Add", g("Mul", F, factors), np.array(output.offsets, dtype=f))
        J = None if J is None else g("Mul", J, factors[:, None])
    if output.function == "identity":
        return F, J
    e = g("Exp", F)
    J = None if J is None else g("Mul", g.unsqueezed(e, 2), J)
    return e if output.function == "exp" else g("Sub", e, f(1)), J


def _tempered(g: Graph, p: Name, J: Name | None, temperature: float) -> tuple[Name, Name | None]:
    """p^(1/T) / Σ p^(1/T), and its derivative; see `chainrule.export.evaluate`."""
    floor = g("Max", p, f(LEAST_PROBABILITY))
    q = g("Softmax", g("Mul", g("Log", floor), f(1 / temperature)), axis=1)
    if J is None:
        return q, None
    r = g("Div", J, g.unsqueezed(floor, 2))
    spread = g("Sub", r, g("MatMul", g.unsqueezed(q, 1), r))
    return q, g("Mul", g("Mul", g.unsqueezed(q, 2), spread), f(1 / temperature))
