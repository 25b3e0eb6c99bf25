"""``chainrule export``: a model for programs that are not Python."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chainrule import export
from chainrule._files import check_distinct, check_writable, write_whole
from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import size_of
from chainrule.io import load
from chainrule.tables._names import meant

__all__ = ["export_model"]

_SUFFIXES = {"onnx": ".onnx", "c": ".c"}
_IN_PYTHON = {
    "casadi": "function = to_casadi(model)",
    "jax": "function, parameters = to_jax(model)",
    "torch": "module = to_torch(model)",
    "sklearn": "estimator = to_sklearn(model)",
}


def export_model(
    model: opt.AnyModel,
    to: opt.Format = None,
    output: opt.ExportTo = None,
    derivatives: opt.Derivatives = None,
    type_: opt.RealType = "float",
    json: opt.Json = False,
) -> None:
    """Write a model as ONNX or C, with its derivatives.

    The columns of the table are the inputs: scaling, missing cells, dates and text are dealt with inside.
    """
    format_ = _checked_format(to, model)
    path = _path(model, format_, output)
    check_distinct({"the model": model}, {"--output": path})
    loaded = load(model)
    inputs = _inputs(loaded)
    wanted = format_ == "c" if derivatives is None else derivatives
    files = _files_of(loaded, path, wanted, type_)
    for file in files:
        check_writable(file)
    for file, content in files.items():
        write_whole(file, content)
    if json:
        about = {"model": str(model), "format": format_, "derivatives": wanted}
        say_json({**about, "files": [str(file) for file in files], "inputs": inputs})
        return
    for file in files:
        say(f"written  {file} ({size_of(file)})")
    say(*([f"inputs   {', '.join(map(_input, inputs))}"] if inputs else []))
    say(*_how_to_go_on(format_, path, wanted))


def _checked_format(to: str | None, model: Path) -> str:
    if to is None:
        raise ValueError(f"--to FORMAT is missing; the formats are {', '.join(_SUFFIXES)}")
    if to in _IN_PYTHON:
        call = _IN_PYTHON[to]
        raise ValueError(
            f"--to {to}: that is an object of Python, not a file; in Python: from chainrule.export import "
            f"to_{to}; model = chainrule.load({str(model)!r}); {call}"
        )
    if to not in _SUFFIXES:
        near = meant(to, [*_SUFFIXES, *_IN_PYTHON])
        raise ValueError(f"--to {to}: the formats are {', '.join(_SUFFIXES)}{near}")
    return to


def _inputs(model: Any) -> list[dict[str, str]]:
    """Return name and kind of the columns; none of a pipeline that only skl2onnx knows."""
    try:
        return [{"name": each.name, "kind": each.kind} for each in export.plan_of(model).inputs]
    except (TypeError, ValueError):
        return []


def _path(model: Path, to: str, output: Path | None) -> Path:
    """Return the file to write; its name is made from the model's if it is not given."""
    suffix = _SUFFIXES[to]
    if output is None:
        stem = re.sub(r"\W", "_", model.stem, flags=re.ASCII) if to == "c" else model.stem
        path = Path(f"model_{stem}{suffix}" if stem[:1].isdigit() and to == "c" else f"{stem}{suffix}")
        for file in (path, *_beside(path)):
            if file.exists():
                raise ValueError(f"{file} is there already; --output {path} writes over it, or name another")
        return path
    if output.suffix != suffix:
        raise ValueError(f"--output {output}: the name of a file for --to {to} ends in {suffix}")
    return output


def _beside(path: Path) -> Sequence[Path]:
    return (path.with_suffix(".h"),) if path.suffix == ".c" else ()


def _files_of(model: Any, path: Path, derivatives: bool, type_: str) -> dict[Path, bytes]:
    """Return the content of each file to write."""
    if path.suffix == ".onnx":
        return {path: export.to_onnx(model, derivatives).SerializeToString()}
    if type_ not in ("float", "double"):
        raise ValueError(f"--type {type_}: give float or double")
    real: Any = type_
    code = export.to_c(model, real, derivatives, path.stem)
    return {path.with_suffix(".h"): code.header.encode(), path: code.source.encode()}


def _input(column: dict[str, str]) -> str:
    return column["name"] if column["kind"] == "number" else f"{column['name']} ({column['kind']})"


def _how_to_go_on(to: str, path: Path, derivatives: bool) -> list[str]:
    if to == "onnx":
        outputs = "prediction and jacobian" if derivatives else "prediction; --derivatives adds jacobian"
        return [f"outputs  {outputs}"]
    name = path.stem
    main = f"cc -std=c99 -O2 -D{name.upper()}_MAIN {path} -lm -o {name}"
    return [f"calls    {name}_predict{f', {name}_jacobian' * derivatives}", f"try it   {main}"]
