"""An ONNX graph that grows node by node."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Array = NDArray[Any]
Name = str
"""Of a value in the graph."""
Operand = Name | Array | np.generic
"""A value in the graph, or numbers that are written into it."""

ML = "ai.onnx.ml"


class Names:
    """Names that are taken.

    >>> unused = Names({"x"})
    >>> unused("x"), unused("x"), unused("y")
    ('x_2', 'x_3', 'y')
    """

    def __init__(self, taken: Iterable[Name]) -> None:
        self._taken = set(taken)

    def __call__(self, hint: str) -> Name:
        """Return a name that nothing has yet, and take it."""
        name, k = hint, 1
        while name in self._taken:
            k += 1
            name = f"{hint}_{k}"
        self._taken.add(name)
        return name


class Graph:
    """Nodes and the numbers that they use.

    Parameters
    ----------
    unused : callable
        Returns a name that nothing has yet, from a hint.

    Attributes
    ----------
    nodes : list of NodeProto
        In the order in which they are carried out.
    constants : list of TensorProto
    """

    def __init__(self, unused: Callable[[str], Name]) -> None:
        self.unused = unused
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], Name] = {}

    def __call__(self, op: str, *operands: Operand, domain: str = "", **attributes: Any) -> Name:
        """Add a node, and return the name of its one output."""
        output = self.unused(f"/{op}")
        self._add(op, operands, output, domain, attributes)
        return output

    def named(self, op: str, *operands: Operand, output: Name) -> None:
        """Add a node whose output has this name."""
        self._add(op, operands, output, "", {})

    def _add(
        self, op: str, operands: tuple[Operand, ...], output: Name, domain: str, attributes: dict[str, Any]
    ) -> None:
        inputs = [each if isinstance(each, str) else self.constant(np.asarray(each)) for each in operands]
        node = helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes)
        self.nodes.append(node)

    def constant(self, value: Array) -> Name:
        """Return the name of numbers or text, which are written once."""
        text = value.dtype.kind in "OU"
        content = repr(value.tolist()).encode() if text else value.tobytes()
        key = ("text" if text else value.dtype.str, value.shape, content)
        if key not in self._known:
            self._known[key] = name = self.unused("/constant")
            tensor = numpy_helper.from_array(value.astype(object) if text else value, name)
            self.constants.append(tensor)
        return self._known[key]

    def beside(self, values: list[Name]) -> Name:
        """Return values (n, …) side by side."""
        return values[0] if len(values) == 1 else self("Concat", *values, axis=1)

    def chosen(self, value: Name, columns: list[int], width: int) -> Name:
        """Return some columns of a value (n, width)."""
        if columns == list(range(width)):
            return value
        return self("Gather", value, np.array(columns, dtype=np.int64), axis=1)

    def cast(self, value: Name, kind: int) -> Name:
        """Return a value in another type."""
        return self("Cast", value, to=kind)

    def unsqueezed(self, value: Name, axis: int) -> Name:
        """Return a value with a further axis of length 1."""
        return self("Unsqueeze", value, np.array([axis], dtype=np.int64))
