"""TableClassifier and TableRegressor as plain values, and back through checks."""

from dataclasses import asdict, fields
from typing import Any

import numpy as np

from chainrule.io._expect import Kept
from chainrule.io._multilayer import as_classes, features_into, features_of
from chainrule.io._networks import network_from_values, network_values
from chainrule.io._training import history_from_values, history_values
from chainrule.network import NumberEncoding
from chainrule.tables import Schema
from chainrule.tables.ensemble import (
    ArrayReader,
    CategoryColumn,
    FitReport,
    FrameReader,
    Member,
    NumberColumn,
    Residuals,
    Scores,
    TableClassifier,
    TableEncoder,
    TableRegressor,
)
from chainrule.tables.ensemble._cells_reader import CellsReader

__all__ = ["fill_table_estimator", "table_estimator_values"]

_NAMES = (
    "members", "columns", "reader", "report", "stop_reason", "fit_seconds", "n_features_in",
    "feature_names_in", "fitted_at",
)  # fmt: skip
_OF_CLASSES = ("classes", "temperature")
_OF_NUMBERS = ("low", "high", "centre", "spread", "residuals")
_REPORT = tuple(each.name for each in fields(FitReport))
_SCORES = tuple(each.name for each in fields(Scores))


def table_estimator_values(model: TableClassifier | TableRegressor) -> dict[str, Any]:
    """Return what a file keeps of a fitted table estimator beside its parameters."""
    values = {
        "members": [
            {
                "network": network_values(member.network),
                "held_back": member.held_back,
                "history": history_values(member.history),
            }
            for member in model.members_
        ],
        "columns": [_column_values(column) for column in model.encoder_.columns],
        "reader": _reader_values(model._reader),
        "report": asdict(model.report_),
        "stop_reason": model.stop_reason_,
        "fit_seconds": model.fit_seconds_,
        **features_of(model),
        "fitted_at": getattr(model, "fitted_at_", None),
    }
    if isinstance(model, TableClassifier):
        return {**values, "classes": model.classes_, "temperature": model.temperature_}
    residuals = model._residuals
    numbers = {name: getattr(model, f"_{name}") for name in _OF_NUMBERS[:-1]}
    kept = None if residuals is None else {"edges": residuals.edges, "sorted": list(residuals.sorted)}
    return {**values, **numbers, "residuals": kept}


def fill_table_estimator(model: TableClassifier | TableRegressor, values: object) -> None:
    """Give an estimator what a file keeps of its fit; ValueError for what does not go together."""
    classifies = isinstance(model, TableClassifier)
    kept = Kept(values, "the estimator", (*_NAMES, *(_OF_CLASSES if classifies else _OF_NUMBERS)))
    features_into(model, kept, None)
    model.encoder_ = TableEncoder(tuple(_column(column) for column in kept.parts("columns")))
    model._reader = _reader(kept.plain("reader"))
    _check_columns(model)
    if isinstance(model, TableClassifier):
        model.classes_ = as_classes(kept.plain("classes"))
        model.temperature_ = kept.number("temperature")
        if len(model.classes_) < 2 or model.temperature_ <= 0:
            raise ValueError(f"{len(model.classes_)} class, temperature {model.temperature_}")
        n_outputs = 1 if len(model.classes_) == 2 else len(model.classes_)
    else:
        _fill_numbers(model, kept)
        n_outputs = 1
    output = model._output_and_loss()[0]
    n_inputs = int(model.encoder_.encoding.firsts[-1])
    members = tuple(_member(member) for member in kept.parts("members"))
    dtypes = {member.network.dtype for member in members}
    if len(dtypes) != 1:
        raise ValueError("its members are none, or of several types")
    for network in (member.network for member in members):
        ends = network.layer_sizes[0], network.layer_sizes[-1], network.output
        if ends != (n_inputs, n_outputs, output):
            raise ValueError(f"a member of {ends} where {(n_inputs, n_outputs, output)} belong")
    model.members_ = members
    model.report_ = _report(kept.plain("report"))
    if model.report_.task != ("classification" if classifies else "regression"):
        raise ValueError(f"its report is of a {model.report_.task}")
    model.stop_reason_ = kept.text("stop_reason")
    model.fit_seconds_ = kept.number("fit_seconds")
    if kept.given("fitted_at"):
        model.fitted_at_ = kept.text("fitted_at")


def _fill_numbers(model: TableRegressor, kept: Kept) -> None:
    model._low, model._high = kept.number("low"), kept.number("high")
    model._centre, model._spread = kept.number("centre"), kept.number("spread")
    if model._low > model._high or model._spread <= 0:
        raise ValueError(f"its targets lie from {model._low} to {model._high}, spread by {model._spread}")
    model._residuals = _residuals(kept.plain("residuals")) if kept.given("residuals") else None


def _residuals(values: object) -> Residuals:
    kept = Kept(values, "the residuals", ("edges", "sorted"))
    edges = kept.array("edges", (None,))
    parts = list(kept.parts("sorted"))
    if len(parts) != len(edges) + 1 or (np.diff(edges) <= 0).any():
        raise kept.fault("edges", f"{len(parts) - 1} rising numbers")
    bins = Kept(dict(enumerate(parts)), "the residuals", range(len(parts)))  # type: ignore[arg-type]
    rising = tuple(bins.array(number, (None,)) for number in range(len(parts)))  # type: ignore[arg-type]
    if any(not len(part) or (np.diff(part) < 0).any() for part in rising):
        raise ValueError("a bin of residuals is empty, or not in order")
    return Residuals(edges, rising)


def _member(values: object) -> Member:
    kept = Kept(values, "a member", ("network", "held_back", "history"))
    held_back = kept.array("held_back", (None,), "i")
    if (held_back < 0).any():
        raise ValueError("a member held back rows before the first")
    network = network_from_values(kept.plain("network"), "a member's network")
    return Member(network, held_back.astype(np.intp, copy=False), history_from_values(kept.plain("history")))


def _column_values(column: NumberColumn | CategoryColumn) -> dict[str, Any]:
    kind = "number" if isinstance(column, NumberColumn) else "category"
    return {"kind": kind, **asdict(column)}


def _column(values: object) -> NumberColumn | CategoryColumn:
    number = isinstance(values, dict) and values.get("kind") == "number"
    kind = NumberColumn if number else CategoryColumn
    kept = Kept(values, "a column", ("kind", *(each.name for each in fields(kind))))
    name = kept.text("name")
    if kept.text("kind", ("number", "category")) == "number":
        encoding = _encoding(kept.plain("encoding")) if kept.given("encoding") else None
        scale = kept.number("scale")
        if scale <= 0:
            raise kept.fault("scale", "more than 0")
        return NumberColumn(name, kept.number("centre"), scale, encoding)
    categories, rare = kept.texts("categories"), kept.texts("rare")
    if len({*categories, *rare}) != len(categories) + len(rare):
        raise ValueError(f"a category of column {name!r} is there twice")
    found = CategoryColumn(name, categories, rare, kept.flag("missing"), kept.count("most_frequent"))
    if found.most_frequent >= max(1, found.n_categories):
        raise kept.fault("most_frequent", f"one of {found.n_categories}")
    return found


def _encoding(values: object) -> NumberEncoding:
    kept = Kept(values, "an encoding", [each.name for each in fields(NumberEncoding)])
    edges, clip = kept.numbers("edges"), kept.number("clip")
    if len(edges) == 1 or (np.diff(edges) <= 0).any() or clip <= 0:
        raise kept.fault("edges", "rising")
    return NumberEncoding(edges, clip, kept.flag("missing"))


def _reader_values(reader: Any) -> dict[str, Any]:
    if isinstance(reader, ArrayReader):
        return {"reads": "array", "is_text": reader.is_text}
    if isinstance(reader, FrameReader):
        return {"reads": "frame", "names": reader.names, "is_text": reader.is_text}
    return {"reads": "cells", "schema": reader.schema.to_json(), "na": reader.na}


def _reader(values: object) -> Any:
    reads = values.get("reads") if isinstance(values, dict) else None
    if reads == "array":
        return ArrayReader(Kept(values, "the reader", ("reads", "is_text")).flags("is_text"))
    if reads == "frame":
        kept = Kept(values, "the reader", ("reads", "names", "is_text"))
        return FrameReader(kept.texts("names"), kept.flags("is_text"))
    kept = Kept(values, "the reader", ("reads", "schema", "na"))
    kept.text("reads", ("cells",))
    return CellsReader(Schema.from_json(kept.plain("schema")), kept.texts("na"))


def _check_columns(model: TableClassifier | TableRegressor) -> None:
    """Raise ValueError unless the reader's columns are the encoder's."""
    reader: Any = model._reader
    columns = model.encoder_.columns
    if isinstance(reader, CellsReader):
        read = [(name, one.kind == "text") for one in reader.schema.columns for name in one.inputs]
    else:
        names = getattr(reader, "names", [f"x{place}" for place in range(len(reader.is_text))])
        read = list(zip(names, reader.is_text, strict=True))
    if read != [(column.name, isinstance(column, CategoryColumn)) for column in columns]:
        raise ValueError("the columns that are read are not those that are encoded")
    if isinstance(reader, ArrayReader) and len(reader.is_text) != model.n_features_in_:
        raise ValueError(f"{len(reader.is_text)} columns are read, {model.n_features_in_} were learned from")


def _report(values: object) -> FitReport:
    kept = Kept(values, "the report", _REPORT)
    scores = {
        name: _scores(kept.plain(name)) if kept.given(name) else None
        for name in ("model", "constant", "linear", "model_there")
    }
    if scores["model"] is None or scores["constant"] is None:
        raise ValueError("the report lacks scores")
    task, stopped = kept.text("task"), kept.text("stopped")
    return FitReport(task, notices=kept.texts("notices"), stopped=stopped, **scores)  # type: ignore[arg-type]


def _scores(values: object) -> Scores:
    kept = Kept(values, "the scores", _SCORES)
    error, share = kept.number("error", finite=False), kept.number("share", finite=False)
    return Scores(error, share, kept.count("n_rows"))
