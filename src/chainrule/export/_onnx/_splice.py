"""Our nodes among those of skl2onnx."""

from typing import Any

from onnx import helper

from chainrule.export._onnx._graph import ML, Graph

FEWEST_OPSET = 15


def add_to(container: Any, g: Graph) -> None:
    """Add a graph's nodes and constants to those that skl2onnx has.

    Raises
    ------
    ValueError
        If an older operator set is asked for.
    """
    if container.target_opset_any_domain("") < FEWEST_OPSET:
        raise ValueError(f"target_opset must be at least {FEWEST_OPSET}")
    container.initializers.extend(g.constants)
    for node in g.nodes:
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        version = 2 if node.domain == ML else None  # LabelEncoder of text and single precision
        container.add_node(
            node.op_type, list(node.input), list(node.output), op_domain=node.domain, op_version=version,
            name=node.name, **attributes,
        )  # fmt: skip
