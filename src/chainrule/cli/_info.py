"""``chainrule info``: what a model file says of the model in it."""

from collections.abc import Sequence
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json
from chainrule.cli._report_text import about_scores, about_training, columns_line, number, size_of
from chainrule.cli._settings import MODELS, as_options, settable
from chainrule.cli._terminal import screen_width
from chainrule.cli._text_table import text_table
from chainrule.io import Header, read_header, to_json
from chainrule.tables import Column, ConstantClass, Description
from chainrule.training import SOLVERS

__all__ = ["info"]


def info(model: opt.AnyModel, json: opt.Json = False) -> None:
    """Print the description of the model in a file."""
    header = read_header(model)
    about = {
        "model": str(model),
        "kind": header.kind,
        "format_version": header.format_version,
        "fitted_at": header.fitted_at,
    }
    if json:
        described = header.facts if header.description is None else to_json(header.description)
        say_json({**about, "versions": header.versions, **described})
        return
    say(*_about_file(model, header))
    if header.description is None:
        say(*_about_facts(header.facts), f"opened   in Python, by chainrule.load({str(model)!r})")
        return
    say(*_about_table(header.description), *about_training(header.description))
    if header.description.held_out:
        say("", *about_scores(header.description.held_out, header.description, "rows held out"))


def _about_file(model: Path, header: Header) -> list[str]:
    written = ", ".join(f"{name} {version}" for name, version in header.versions.items())
    kind = "" if header.description else f"holds    {header.kind}"
    fitted = f"fitted   {header.fitted_at[:16].replace('T', ' ')} UTC" if header.fitted_at else ""
    first = f"{model} ({size_of(model)}), format {header.format_version}, written by {written}"
    return [first, *(line for line in (kind, fitted) if line)]


def _about_facts(facts: dict[str, Any]) -> list[str]:
    networks = facts.get("networks", {})
    if not networks:
        return []
    sizes = "-".join(map(str, networks["layer_sizes"]))
    activations = ", ".join(dict.fromkeys(networks["activations"]))
    return [f"network  {sizes} ({activations}), {networks['n_parameters']:,} parameters"]


def _about_table(description: Description) -> list[str]:
    schema, unit = description.schema, description.unit
    lines = [f"target   {schema.target}: {description.task}{f', in {unit}' if unit else ''}"]
    if isinstance(description.guess, ConstantClass):
        lines.append(f"classes  {', '.join(map(str, description.guess.classes))}")
    lines.append(f"columns  {columns_line(schema)}")
    rows = [(column.name, column.kind, _range(column)) for column in schema.columns]
    table = text_table([("column", "kind", "learned from"), *rows], (), screen_width() - len(_INDENT))
    lines += [_INDENT + line for line in table[1:]]
    lines.append(f"rows     {description.training.rows:,} learned from (seed {description.training.seed})")
    lines.append(f"settings {_settings(description)}")
    return lines


_INDENT = " " * 9


def _range(column: Column) -> str:
    """Return between which numbers or dates the cells lay that were learned from."""
    if column.low is None or column.high is None:
        return ""
    if column.kind == "date":
        return " to ".join(str(np.datetime64(int(day), "D")) for day in (column.low, column.high))
    return f"{number(column.low)} to {number(column.high)}"


def _settings(description: Description) -> str:
    """Return the settings that are not those by default, as options of the command."""
    settings = dict(description.network.settings)
    model = "table" if "n_members" in settings else "mlp"
    parameters = signature(MODELS[model][description.task]).parameters
    defaults = {name: each.default for name, each in parameters.items()}
    for name, kind in SOLVERS.items():
        if str(settings.get("solver", "")).startswith(f"{kind.__name__}("):  # one with settings of its own
            settings["solver"] = name
            defaults |= _of_solver(kind)
    known = {name: settings[name] for name in settable(model) if name in settings and name in defaults}
    changed = {name: value for name, value in known.items() if not _same(value, defaults[name])}
    return as_options(model, changed) or "all by default"


def _of_solver(kind: Any) -> dict[str, Any]:
    return {f"solver__{each.name}": each.default for each in fields(kind)}


def _same(value: Any, default: Any) -> bool:
    return list(value) == list(default) if _is_list(value) and _is_list(default) else bool(value == default)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
