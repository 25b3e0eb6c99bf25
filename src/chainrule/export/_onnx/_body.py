"""The graph of a plan between its columns and its outputs."""

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from chainrule.export._onnx._encodings import Encoded, encoded
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._layers import through_layers
from chainrule.export._onnx._outputs import finished, limited, mean
from chainrule.export._onnx._product import Link, cost_of, for_each_row, product
from chainrule.export._plan import ModelPlan, ScaledNumber


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
    values, chains = list[Name](), list[list[Link]]()
    for network in plan.networks:
        F, links = through_layers(g, network, inputs, derivatives)
        F, held = limited(g, plan.output.limits, F, network.sizes[-1])
        values.append(F)
        chains.append([*held, *links])
    F = mean(g, values)
    J = _mean_product(g, chains, before, F) if derivatives else None
    return finished(g, plan.output, F, J)


def _inputs(g: Graph, plan: ModelPlan, cells: Cells, derivatives: bool) -> Encoded:
    d = len(plan.inputs)
    if cells.numbers is not None and plan.encodings == tuple(map(ScaledNumber, range(d))):
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


def _mean_product(g: Graph, chains: list[list[Link]], before: list[Link], rows: Name) -> Name:
    """Return the mean of chains · before: multiplied once for all, or for each, whichever is cheaper."""
    if len(chains) == 1 or not before:
        return mean(g, [for_each_row(g, product(g, [*chain, *before]), rows) for chain in chains])
    p, k = chains[0][0].factor.shape[0], chains[0][-1].factor.shape[1]
    total = Link.dense("", p, k)
    apart = sum(cost_of([*chain, *before]) for chain in chains)
    if apart < sum(map(cost_of, chains)) + cost_of([total, *before]):
        return mean(g, [for_each_row(g, product(g, [*chain, *before]), rows) for chain in chains])
    J = mean(g, [for_each_row(g, product(g, chain), rows) for chain in chains])
    return for_each_row(g, product(g, [Link.dense(J, p, k), *before]), rows)
