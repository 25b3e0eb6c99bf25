"""The graph of a plan between its columns and its outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from chainrule.export._onnx._encodings import Encoded, encoded
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._layers import through_layers
from chainrule.export._onnx._outputs import finished, limited, slope_within
from chainrule.export._onnx._product import Link, cost_of, for_each_row, product
from chainrule.export._plan import Layers, ModelPlan


@dataclass(frozen=True, eq=False)
class Cells:
    """Values in the graph that hold the cells of rows.

    Parameters
    ----------
    numbers : str, optional
        All columns of numbers side by side (n, d).
    texts : dict of int to str
        Columns of text (n, 1), by their places among the inputs of the plan.
    single : bool
        Whether numbers are in single precision, otherwise in double.
    """

    numbers: Name | None
    texts: dict[int, Name]
    single: bool


def predicted(g: Graph, plan: ModelPlan, cells: Cells, derivatives: bool) -> tuple[Name, Name | None]:
    """Add all nodes; return numbers or probabilities (n, p), and their derivatives (n, p, d)."""
    inputs = _inputs(g, plan, cells, derivatives)
    before = _derivative_of_inputs(inputs)
    values, jacobians, limits = list[Name](), list[Name](), plan.output.limits
    for networks in _alike(plan.networks):
        k = len(networks)
        F, links = through_layers(g, networks, inputs, derivatives)
        values.append(_sum(g, limited(g, limits, F), k))
        if derivatives:
            links = [*slope_within(g, limits, F, networks[0].sizes[-1]), *links]
            jacobians.append(_sum_of_products(g, links, before, F, k))
    n = len(plan.networks)
    J = _mean(g, jacobians, n) if derivatives else None
    return finished(g, plan.output, _mean(g, values, n), J)


def _alike(networks: Sequence[Layers]) -> list[list[Layers]]:
    """Return networks of the same shape together: they are computed at once."""
    found = dict[Any, list[Layers]]()
    for network in networks:
        found.setdefault((network.sizes, network.activations), []).append(network)
    return [*found.values()]


def _sum(g: Graph, value: Name, k: int) -> Name:
    """Return the sum of what k networks give (k, …); of one it is not stacked."""
    return value if k == 1 else g("ReduceSum", value, np.array([0]), keepdims=0)


def _mean(g: Graph, sums: list[Name], n: int) -> Name:
    total = sums[0] if len(sums) == 1 else g("Sum", *sums)
    return total if n == 1 else g("Mul", total, np.float32(1 / n))


def _inputs(g: Graph, plan: ModelPlan, cells: Cells, derivatives: bool) -> Encoded:
    d = len(plan.inputs)
    if cells.numbers is not None and plan.is_plain:
        value = cells.numbers if cells.single else g.cast(cells.numbers, TensorProto.FLOAT)
        return Encoded(value, [*range(d)], [*range(d)], None, np.eye(d, dtype=np.float32))
    numbers = cells.numbers
    if numbers is not None and cells.single:
        numbers = g.cast(numbers, TensorProto.DOUBLE)
    return encoded(g, plan, numbers, cells.texts, derivatives)


def _derivative_of_inputs(inputs: Encoded) -> list[Link]:
    """Return the derivative of the networks' inputs by the columns of numbers as factors."""
    k, d = inputs.columns.shape
    links = [] if inputs.slopes is None else [Link.of_rows(inputs.slopes, k)]
    if k != d or (inputs.columns != np.eye(d)).any():
        links.append(Link.shared(inputs.columns))
    return links


def _sum_of_products(g: Graph, chain: list[Link], before: list[Link], F: Name, k: int) -> Name:
    """Return the sum of chain · before over k networks: added up first, or last, whichever is cheaper."""
    p, width = chain[0].factor.shape[0], chain[-1].factor.shape[1]
    apart = k * cost_of([*chain, *before])
    if k == 1 or not before or apart < k * cost_of(chain) + cost_of([Link.dense("", p, width), *before]):
        return _sum(g, for_each_row(g, product(g, [*chain, *before]), F), k)
    J = _sum(g, for_each_row(g, product(g, chain), F), k)
    return for_each_row(g, product(g, [Link.dense(J, p, width), *before]), F)
