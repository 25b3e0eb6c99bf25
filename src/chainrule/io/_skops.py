"""Objects of scikit-learn as skops describes them: in a spelling that is the same for the same objects.

skops makes of an object a tree of nodes, which name the way that each is rebuilt, and ``.npy`` files. It
numbers nodes and files by their addresses, names classes by the files that they are written in, and writes
every number and text as a node. Here the files are numbered in their order, nodes are not numbered, names are
public, and numbers and texts stand for themselves.
"""

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import InconsistentVersionWarning

from chainrule._heard import heard
from chainrule.io._allowed import ALLOWED_TYPES, public_name

__all__ = ["NEW_OF_THE_PROCESS", "object_from_tree", "skops_io", "tree_from_object"]

Arrays = dict[str, NDArray[Any]]
Tree = Any
_NODE = ("__loader__", "__module__", "__class__")
_CONTENTS = {
    "DictNode": ("content", "key_types"),
    "ListNode": ("content",),
    "TupleNode": ("content",),
    "SliceNode": ("content",),
    "TypeNode": (),
    "DTypeNode": ("content",),
    "FunctionNode": (),
    "ObjectNode": ("content",),
}
_JSON_NODE = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
NEW_OF_THE_PROCESS = {"n_jobs": None, "memory": None, "verbose": False}
"""Attributes that say nothing of a model, and what a file and a loaded model have in their place."""


def tree_from_object(value: object, arrays: Arrays, folder: str) -> Tree:
    """Return the tree of an object, and add its arrays to `arrays`.

    Raises
    ------
    TypeError
        It holds what no model file may hold; it is named.
    """
    try:
        data = skops_io().dumps(value)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # what skops cannot write is none of ours to list
        raise TypeError(f"skops cannot write it ({' '.join(str(error).split())})") from error
    with zipfile.ZipFile(io.BytesIO(data)) as written:
        schema = json.loads(written.read("schema.json"))
        if foreign := sorted(_foreign_types(schema)):
            raise TypeError(", ".join(foreign))

        def kept(file: str) -> str:
            name = f"{folder}/{len(arrays)}.npy"
            arrays[name] = np.load(io.BytesIO(written.read(file)), allow_pickle=False)
            return name

        return {"protocol": schema["protocol"], **_compact(schema, kept)}


def object_from_tree(tree: Tree, data: Callable[[str], bytes | bytearray]) -> Any:
    """Return the object of a tree.

    Parameters
    ----------
    tree : dict
        As `tree_from_object` has made it, or as somebody else has.
    data : callable
        Returns the ``.npy`` file of a name.

    Raises
    ------
    ValueError
        The tree is none that `tree_from_object` makes, or holds types that no model file may hold.
    Exception
        skops and scikit-learn raise others for what cannot be rebuilt.
    """
    ids, files = count(1), dict[str, bytes | bytearray]()

    def file(name: str) -> str:
        files[name] = data(name)
        return name

    if not isinstance(tree, Mapping) or type(tree.get("protocol")) is not int:
        raise ValueError("its pipeline is no tree of skops")
    root = {key: value for key, value in tree.items() if key != "protocol"}
    schema = {**_expanded(root, ids, file), "protocol": tree["protocol"], "_skops_version": "0"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
        for name, content in files.items():
            archive.writestr(name, content)
    # The file's own version is compared once; scikit-learn would say it for each step of the pipeline.
    with heard(InconsistentVersionWarning):
        trusted = sorted(set().union(*ALLOWED_TYPES.values()))  # for skops' own check, which runs after ours
        return skops_io().loads(packed.getvalue(), trusted=trusted)


def skops_io() -> Any:
    """Return ``skops.io``; an error that says how to install it where it is not there."""
    try:
        import skops.io
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "model files need skops: pip install 'chainrule[cli]'", name="skops"
        ) from error
    return skops.io


def _foreign_types(node: Tree) -> set[str]:
    """Return the types in a tree of skops that no model file may hold."""
    if isinstance(node, list):
        return set().union(*map(_foreign_types, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(_foreign_types, node.values()))
    if "__loader__" in node:
        name = public_name(node["__module__"], node["__class__"])
        if name not in ALLOWED_TYPES.get(node["__loader__"], ()):
            found.add(name)
    return found


def _compact(node: Tree, kept: Callable[[str], str]) -> Tree:
    """Return a node of skops in our spelling."""
    if isinstance(node, list):
        return [_compact(each, kept) for each in node]
    loader = node["__loader__"]
    if loader == "JsonNode":
        value = json.loads(node["content"])
        finite = not isinstance(value, float) or math.isfinite(value)
        return value if finite else {"__loader__": "JsonNode", "content": node["content"]}
    module, _, name = public_name(node["__module__"], node["__class__"]).rpartition(".")
    short = {"__loader__": loader, "__module__": module, "__class__": name}
    if loader == "NdArrayNode":
        if node["type"] == "numpy":
            return {**short, "file": kept(node["file"])}
        return {**short, "items": _compact(node["content"], kept), "shape": _compact(node["shape"], kept)}
    if loader == "SliceNode":
        return {**short, "content": node["content"]}
    if loader == "DictNode":
        content = {key: _compact(value, kept) for key, value in node["content"].items()}
        return {**short, "content": content, "key_types": _compact(node["key_types"], kept)}
    if loader == "ObjectNode":
        content = node["content"]
        values = {**content["content"], **_of_the_file(content["content"])}
        return {**short, "content": _compact({**content, "content": values}, kept)}
    return {**short, **{key: _compact(node[key], kept) for key in _CONTENTS[loader]}}


def _of_the_file(attributes: Mapping[str, Tree]) -> dict[str, Tree]:
    """Return the attributes that say nothing of the model, as a file has them."""
    return {
        name: {**_JSON_NODE, "content": json.dumps(value), "is_json": True}
        for name, value in NEW_OF_THE_PROCESS.items()
        if name in attributes
    }


def _expanded(node: Tree, ids: Any, file: Callable[[str], str]) -> dict[str, Any]:
    """Return a node in the spelling of skops; ValueError if it is none that we write."""
    if node is None or isinstance(node, str | bool | int | float):
        return {**_JSON_NODE, "content": json.dumps(node), "is_json": True, "__id__": next(ids)}
    if not isinstance(node, dict):
        raise ValueError(f"its pipeline has a {type(node).__name__} where a node belongs")
    if node.get("__loader__") == "JsonNode":
        if set(node) != {"__loader__", "content"} or node["content"] not in _NOT_FINITE:
            raise ValueError("its pipeline has a number that is none")
        return {**_JSON_NODE, "content": node["content"], "is_json": True, "__id__": next(ids)}
    if any(not isinstance(node.get(key), str) for key in _NODE):
        raise ValueError("its pipeline has a node without a type")
    loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
    if name not in ALLOWED_TYPES.get(loader, ()):
        raise ValueError(f"it holds a type that no model file may hold: {name[:80]}")
    made = {**{key: node[key] for key in _NODE}, "__id__": next(ids)}
    if loader == "NdArrayNode":
        return {**made, **_array(node, ids, file)}
    if set(node) != {*_NODE, *_CONTENTS[loader]}:
        raise ValueError(f"its pipeline has a {loader} with other contents")
    content = node.get("content")
    if loader in ("ListNode", "TupleNode"):
        made["content"] = _all(content, ids, file)
    elif loader == "DictNode":
        if not isinstance(content, dict):
            raise ValueError("its pipeline has a DictNode with other contents")
        made["content"] = {key: _expanded(value, ids, file) for key, value in content.items()}
        made["key_types"] = _expanded(node["key_types"], ids, file)
        if len(made["key_types"].get("content", ())) != len(content):
            raise ValueError("its pipeline has keys without types")
    elif loader == "SliceNode":
        made["content"] = _slice(content)
    elif loader == "DTypeNode":
        made["content"] = _expanded(content, ids, file)
    elif loader == "ObjectNode":
        made["content"] = _expanded(content, ids, file)
        if made["content"]["__loader__"] != "DictNode":
            raise ValueError("its pipeline has an object without attributes")
        made["content"]["content"].update(_of_the_file(made["content"]["content"]))
    return made


def _array(node: dict[str, Tree], ids: Any, file: Callable[[str], str]) -> dict[str, Any]:
    if set(node) == {*_NODE, "file"} and isinstance(node["file"], str):
        return {"type": "numpy", "file": file(node["file"])}
    if set(node) != {*_NODE, "items", "shape"} or node["__class__"] != "ndarray":
        raise ValueError("its pipeline has an array with other contents")
    items, shape = _all(node["items"], ids, file), _expanded(node["shape"], ids, file)
    if any(item["__loader__"] != "JsonNode" for item in items):
        raise ValueError("its pipeline has an array of objects")
    return {"type": "json", "content": items, "shape": shape}


def _all(nodes: Tree, ids: Any, file: Callable[[str], str]) -> list[dict[str, Any]]:
    if not isinstance(nodes, list):
        raise ValueError(f"its pipeline has a {type(nodes).__name__} where a list belongs")
    return [_expanded(each, ids, file) for each in nodes]


def _slice(content: Tree) -> dict[str, int | None]:
    ends = ("start", "stop", "step")
    if not isinstance(content, dict) or set(content) != set(ends):
        raise ValueError("its pipeline has a slice with other contents")
    if any(content[end] is not None and type(content[end]) is not int for end in ends):
        raise ValueError("its pipeline has a slice between other things than numbers")
    return content
