"""Forged contents: arrays, values and headers that are wrong, or another model's, with all digests right."""

import io
import json
import pickle
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from hostile_file import Hostile, Shell, npy

from forging import forged, members_of

# Arrays that no prediction reads: another number in them is forged, and not wrong in itself.
_RECORDS = (
    "history",
    "held_back",
    "epochs",
    "seen",
    "variance",
    "settings",
    "moments",
    "best_parameters",
    "pipeline/",
)


def of_arrays(name: str, data: bytes) -> Iterator[Hostile]:
    """Every array with NaN, of length 1, of another shape, dtype or kind, its digest made anew."""
    for member, content in members_of(data).items():
        if not member.endswith(".npy"):
            continue
        array = np.load(io.BytesIO(content))
        others: dict[str, bytes] = {
            "of length 1": npy(array.reshape(-1)[:1]),
            "a number": npy(np.array(0.0)),
            "one dimension more": npy(array[None]),
            "complex": npy(array.astype(complex)) if array.dtype.kind in "fiu" else npy(np.zeros(2, complex)),
            "a pickle in it": npy(np.array([Shell()], dtype=object)),
            "a pickle": pickle.dumps(Shell()),
            "empty": b"",
            "a negative shape": content.replace(b"'shape': (", b"'shape': (-", 1),
            "a huge shape": content.replace(b"'shape': (", b"'shape': (1000000000, ", 1),
            "longer": content + b"\0" * 8,
        }
        if array.dtype.kind == "f" and not any(word in member for word in _RECORDS):
            for what, number in (("NaN", np.nan), ("infinity", np.inf)):
                wrong = array.copy()
                wrong.reshape(-1)[:1] = number
                if wrong.size:
                    others[what] = npy(wrong)
        same = array.size == 1 and array.ndim == 1
        for what, other in others.items():
            if other != content and not (same and what == "of length 1"):
                # Arrays of scikit-learn's that are not looked at in a prediction may be others.
                of = data if member.startswith("pipeline/") or "held_back" in member else None
                yield Hostile(f"{name}: {member} is {what}", partial(replaced, data, member, other), of)
        yield Hostile(f"{name}: {member} is lacking", partial(without, data, member))


def replaced(data: bytes, member: str, content: bytes) -> bytes:
    return forged(data, members=lambda members: members.update({member: content}))


def without(data: bytes, member: str) -> bytes:
    return forged(data, members=lambda members: members.pop(member))


# Any number, or any text, may stand there: another one is forged, and nobody can tell.
_MAY_BE_ANYTHING = {"centre", "categories", "rare", "low", "high", "spread"}

# By its name, what stands in the place of a value: none is of the kind that belongs there.
_WRONG: dict[str, Any] = {
    "null": None,
    "a text": "\n\x1b[31m../../x",
    "a list": [[]],
    "a mapping": {"$what": 1},
    "negative": -1,
    "infinity": {"$number": "-Infinity"},
    "true": True,
}


def of_values(name: str, data: bytes) -> Iterator[Hostile]:
    """Every value of the structure left out, or of another kind, with all digests right."""
    structure = json.loads(members_of(data)["model.json"])
    for number, way in enumerate(ways(structure)):
        if _MAY_BE_ANYTHING & set(way):
            continue
        wrong = [*_WRONG.items()]
        # All kinds for some, two for each: they are many.
        chosen = wrong if number % 10 == 0 else [wrong[number % 7], wrong[(number + 3) % 7]]
        for what, value in chosen:
            if at(structure, way) == value:
                continue
            yield Hostile(f"{name}: {way} is {what}", partial(changed, data, way, value), data)
        yield Hostile(f"{name}: {way} is lacking", partial(left_out, data, way), data)


def ways(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a tree, but the first few of a list stand for all."""
    if so_far:
        yield so_far
    if isinstance(value, dict):
        for key, each in value.items():
            yield from ways(each, (*so_far, key))
    elif isinstance(value, list):
        for place, each in enumerate(value[:2]):
            yield from ways(each, (*so_far, place))


def at(value: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        value = value[key]
    return value


def changed(data: bytes, way: tuple[Any, ...], value: Any, where: str = "model") -> bytes:
    def change(structure: Any) -> None:
        at(structure, way[:-1])[way[-1]] = deepcopy(value)

    return forged(data, **{where: change})


def left_out(data: bytes, way: tuple[Any, ...], where: str = "model") -> bytes:
    def change(structure: Any) -> None:
        del at(structure, way[:-1])[way[-1]]

    return forged(data, **{where: change})


def of_headers(name: str, data: bytes, valid: dict[str, bytes]) -> Iterator[Hostile]:
    """A header that lacks something, has something of another kind, or is another model's."""
    header = json.loads(members_of(data)["header.json"])
    del header["members"]
    for number, way in enumerate(ways(header)):
        wrong = [*_WRONG.items()]
        for what, value in (wrong[number % 7], wrong[(number + 2) % 7]):
            if at(header, way) != value and not _may_be(way, value):
                yield Hostile(
                    f"{name}: header, {way} is {what}", partial(changed, data, way, value, "header")
                )
        if len(way) < 3 and way[0] not in ("versions", "notices"):
            yield Hostile(f"{name}: header lacks {way}", partial(left_out, data, way, "header"))
    for other, theirs in valid.items():
        if theirs != data:
            yield Hostile(f"{name}: header of {other}", partial(with_header, data, theirs))
    for key in ("kind", "task", "columns", "model", "extra"):
        yield Hostile(
            f"{name}: header with {key}", partial(changed, data, (key,), "chainrule.History", "header")
        )


def _may_be(way: tuple[Any, ...], value: Any) -> bool:
    """Whether a value of a header is forged, and not wrong: a score or a text of the user's, a version."""
    free = {"versions", "held_out", "unit", "guess", "target", "left_out", "settings", "notices"}
    text = isinstance(value, str) and way[-1] in ("name", "prefix", "suffix")
    number = type(value) is int and way[-1] in ("low", "high", "power", "rows", "seed")
    nothing = value is None and way[-1] in ("low", "high", "spelling", "target_spelling")
    return bool(free & set(way[:2])) or text or number or nothing or (value is True and way[-1] == "named")


def with_header(data: bytes, other: bytes) -> bytes:
    theirs = json.loads(members_of(other)["header.json"])

    def change(header: dict[str, Any]) -> None:
        header.clear()
        header.update(theirs)

    return forged(data, header=change)


def of_networks(data: bytes) -> Iterator[Hostile]:
    """Sizes, functions and weights that do not go together."""
    network = ("models", 0, "fitted")
    for what, sizes in {
        "wider": [3, 5, 2],
        "two layers": [3, 2],
        "10^9 wide": [3, 10**9, 2],
        "10^9 inputs": [10**9, 1],
        "zero": [3, 0, 2],
        "negative": [3, -4, 2],
        "200,000 layers": [1] * 200_000,
        "a fraction": [3, 4.0, 2],
        "none": [],
        "one": [3],
        "true": [3, True, 2],
        "10^400": [3, 10**400, 2],
    }.items():
        yield Hostile(f"sizes {what}", partial(changed, data, (*network, "layer_sizes"), sizes))
    yield Hostile("sizes 10^9", partial(changed, data, (*network, "layer_sizes"), 10**9))
    for what in ("softplus", "__class__", "os.system", ""):
        yield Hostile(f"activation {what}", partial(changed, data, (*network, "activations"), [what]))
        yield Hostile(f"output {what}", partial(changed, data, (*network, "output"), what or "exp"))
    for what in ("header.json", "model.json", "../x.npy", "none.npy"):
        yield Hostile(
            f"weights are {what}", partial(changed, data, (*network, "parameters"), {"$array": what})
        )
    yield Hostile("no models", partial(changed, data, ("models",), []))
    yield Hostile(
        "a model twice", partial(forged, data, model=lambda tree: tree["models"].append(tree["models"][0]))
    )
    for kind in ("chainrule.MLPClassifier", "chainrule.TableRegressor", "os.system", "sklearn.svm.SVC"):
        yield Hostile(f"a network is a {kind}", partial(changed, data, ("models", 0, "kind"), kind))


def of_pipelines(data: bytes) -> Iterator[Hostile]:
    """Types that are none of ours, objects that hide methods, n_jobs, numbers of columns."""
    node: dict[str, Any] = {"content": {}, "key_types": []}
    for loader, module, name in (
        ("FunctionNode", "os", "system"),
        ("ObjectNode", "subprocess", "Popen"),
        ("TypeNode", "builtins", "eval"),
        ("FunctionNode", "builtins", "exec"),
        ("MethodNode", "builtins", "str"),
        ("ReduceNode", "os", "system"),
        ("ObjectNode", "sklearn.svm", "SVC"),
        ("OperatorFuncNode", "operator", "methodcaller"),
        ("PartialNode", "functools", "partial"),
        ("JsonNode", "os", "system"),
        ("BytesNode", "builtins", "bytes"),
        ("ConstructorFromReduceNode", "os", "system"),
        ("FunctionNode", "numpy", "fromfile"),
        ("NoNode", "a", "b"),
    ):
        foreign_node = {"__loader__": loader, "__module__": module, "__class__": name, **node}
        yield Hostile(f"{loader} {module}.{name}", partial(forged, data, model=_put("memory", foreign_node)))
    for attribute in ("predict", "transform", "__class__", "_final_estimator", "named_steps", "__len__"):
        yield Hostile(f"an attribute {attribute}", partial(forged, data, model=_put(attribute, "x")), data)
    for attribute, value in (("n_jobs", 14), ("memory", "/tmp/chainrule-was-here"), ("verbose", True)):
        yield Hostile(f"{attribute}={value}", partial(forged, data, model=_put(attribute, value)), data)
        yield Hostile(
            f"{attribute}={value} in all", partial(forged, data, model=_in_all(attribute, value)), data
        )
    for attribute in ("n_features_in_", "n_samples_seen_", "sparse_threshold", "_n_features"):
        for value in (10**9, -1, 0, None):
            change = _in_all(attribute, value, anew=False)
            yield Hostile(f"{attribute}={value}", partial(forged, data, model=change), data)
    yield Hostile("a pipeline in itself", partial(forged, data, model=_deep), data)
    yield Hostile("steps of the pipeline left out", partial(forged, data, model=_put("steps", [])))
    yield Hostile("no pipeline", partial(changed, data, ("pipeline",), None))
    for other in ("estimator 7", "estimator -1", "estimator ", "passthrough", "estimator 0x"):
        yield Hostile(f"{other} in the pipeline", _renamed(data, other))


def _put(name: str, value: Any) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        _put_into(tree["pipeline"], name, value)

    return change


def _put_into(node: Any, name: str, value: Any) -> None:
    if name not in node["content"]["content"]:
        text = {"__loader__": "TypeNode", "__module__": "builtins", "__class__": "str"}
        node["content"]["key_types"]["content"].append(text)
    node["content"]["content"][name] = deepcopy(value)


def _in_all(name: str, value: Any, anew: bool = True) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        for node in nodes(tree["pipeline"]):
            if node.get("__loader__") == "ObjectNode" and (anew or name in node["content"]["content"]):
                _put_into(node, name, value)

    return change


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(each)


def _deep(tree: Any) -> None:
    """A pipeline in a pipeline, a hundred times."""
    for _ in range(100):
        outer = deepcopy({**tree["pipeline"], "content": None})
        outer["content"] = {**tree["pipeline"]["content"]}
        outer["content"]["content"] = {**outer["content"]["content"], "memory": {**tree["pipeline"]}}
        outer["content"]["content"]["memory"].pop("protocol", None)
        tree["pipeline"] = outer


def _renamed(data: bytes, to: str) -> bytes:
    content = members_of(data)["model.json"]
    return replaced(data, "model.json", content.replace(b"estimator 0", to.encode()))


def of_columns(data: bytes) -> Iterator[Hostile]:
    """Columns in the header of a table's model that are spelled as none are, or of another kind."""
    for place, column in enumerate(json.loads(members_of(data)["header.json"])["columns"]):
        other = "text" if column["kind"] != "text" else "number"
        wrong = [(("kind",), other)]
        if column["spelling"]:
            spelled = {"order": "ydm", "decimal": ";", "group": "-", "power": 10**9}
            wrong += [
                (("spelling", key), value) for key, value in spelled.items() if key in column["spelling"]
            ]
        for way, value in wrong:
            whole = ("columns", place, *way)
            yield Hostile(f"header, {whole} is {value}", partial(changed, data, whole, value, "header"))


def of_tables(data: bytes) -> Iterator[Hostile]:
    """Columns, readers and members of table estimators that do not go together."""
    fitted = ("models", 0, "fitted")
    for what, way, value in (
        ("no members", ("members",), []),
        ("a column less", ("columns",), []),
        ("another reader", ("reader", "reads"), "array"),
        ("a reader of files", ("reader", "reads"), "/etc/passwd"),
        ("a scale of 0", ("columns", 0, "scale"), 0),
        ("a column of another name", ("columns", 0, "name"), "b"),
        ("falling edges", ("columns", 0, "encoding", "edges"), {"$tuple": [2.0, 1.0]}),
        ("a clip of 0", ("columns", 0, "encoding", "clip"), 0),
        ("output identity", ("members", 0, "network", "output"), "identity"),
        ("output softmax", ("members", 0, "network", "output"), "softmax"),
        ("another activation", ("members", 0, "network", "activations"), ["nothing"]),
        ("a temperature of 0", ("temperature",), 0),
        ("classes", ("classes",), {"$objects": ["b", "a"]}),
        ("one class", ("classes",), {"$objects": ["b"]}),
        ("rows before the first", ("members", 0, "held_back"), [-1]),
    ):
        structure = json.loads(members_of(data)["model.json"])
        try:
            if at(structure, (*fitted, *way)) == value:
                continue
        except KeyError:
            continue
        yield Hostile(f"table: {what}", partial(changed, data, (*fitted, *way), value))
    first = json.loads(members_of(data)["model.json"])["models"][0]["fitted"]["members"][0]
    same = {**first, "network": {**first["network"], "parameters": first["held_back"]}}
    yield Hostile("table: weights are rows", partial(changed, data, (*fitted, "members", 0), same))
