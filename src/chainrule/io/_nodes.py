"""Nodes of skops' description of a file (its ``schema.json``): one for each object that is rebuilt."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["nodes_of", "type_name"]


def nodes_of(tree: object) -> Iterator[dict[str, Any]]:
    """Yield every node of a description, the outer ones first."""
    if isinstance(tree, dict):
        if "__loader__" in tree:
            yield tree
        for branch in tree.values():
            yield from nodes_of(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from nodes_of(branch)


def type_name(node: Mapping[str, Any]) -> str:
    """Return module and name of the type that a node rebuilds.

    >>> type_name({"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"})
    'os.system'
    """
    return f"{node.get('__module__')}.{node.get('__class__')}"
