"""The plan of a table estimator, and of a table whose columns a schema describes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chainrule.export._layers import layers_of
from chainrule.export._plan import Encoding, Input, ModelPlan, OneHot, Output, RampedNumber, Wave
from chainrule.tables.ensemble import (
    ArrayReader,
    CategoryColumn,
    NumberColumn,
    TableClassifier,
    TableRegressor,
)

if TYPE_CHECKING:
    from chainrule.tables import Schema

_WAVES: tuple[Wave, ...] = ("sine", "cosine")


def plan_of_table_estimator(model: TableClassifier | TableRegressor) -> ModelPlan:
    """Return the plan of a fitted table estimator."""
    columns = model.encoder_.columns
    encodings = [
        _ramped(place, column) if isinstance(column, NumberColumn) else _one_hot(place, column)
        for place, column in enumerate(columns)
    ]
    plan = ModelPlan(
        tuple(map(_input, columns)),
        tuple(each for each in encodings if each is not None),
        tuple(map(layers_of, model.networks_)),
        _numbers_of(model) if isinstance(model, TableRegressor) else _classes_of(model),
        named=not isinstance(model._reader, ArrayReader),
    )
    schema = getattr(model._reader, "schema", None)
    return plan if schema is None else with_columns_of(plan, schema)


def _input(column: NumberColumn | CategoryColumn) -> Input:
    if isinstance(column, NumberColumn):
        return Input(column.name)
    return Input(column.name, "text", (*column.categories, *column.rare))


def _ramped(place: int, column: NumberColumn) -> RampedNumber | None:
    if column.encoding is None:
        return None
    known = column.encoding
    return RampedNumber(place, "", column.centre, column.scale, known.clip, known.edges, known.missing)


def _one_hot(place: int, column: CategoryColumn) -> OneHot | None:
    if column.encoding is None:
        return None
    width = column.encoding.width
    first = column.n_categories - width  # of two categories the first has no input
    numbers = [*range(len(column.categories)), *[column.n_categories - 1] * len(column.rare)]
    missing = len(column.categories) - first if column.missing else -1
    return OneHot(place, tuple(number - first for number in numbers), width, missing)


def _numbers_of(model: TableRegressor) -> Output:
    return Output(
        "numbers", tuple(model._output_names()), (model._spread,), (model._centre,), limits=model._limits
    )


def _classes_of(model: TableClassifier) -> Output:
    classes = tuple(np.asarray(model.classes_).tolist())
    return Output("classes", tuple(map(str, classes)), temperature=model.temperature_, classes=classes)


def with_columns_of(plan: ModelPlan, schema: "Schema") -> ModelPlan:
    """Return the plan with the columns of a table, as its schema describes them, as inputs.

    Those that the plan has are what `Schema.features` makes of them: a time of day has become two numbers.
    """
    known = {column.name: column.categories for column in plan.inputs}
    inputs, source = list[Input](), dict[str, tuple[int, Wave]]()
    for place, column in enumerate(schema.columns):
        inputs.append(Input(column.name, column.kind, known.get(column.name, ())))
        waves: tuple[Wave, ...] = _WAVES if column.kind == "time" else ("",)
        source |= {name: (place, wave) for name, wave in zip(column.inputs, waves, strict=True)}
    encodings = _moved(plan.encodings, [source[column.name] for column in plan.inputs])
    return replace(plan, inputs=tuple(inputs), encodings=encodings, named=True)


def _moved(encodings: Sequence[Encoding], sources: Sequence[tuple[int, Wave]]) -> tuple[Encoding, ...]:
    moved = list[Encoding]()
    for each in encodings:
        column, wave = sources[each.column]
        if isinstance(each, OneHot):
            moved.append(replace(each, column=column))
        else:
            moved.append(replace(each, column=column, wave=wave))
    return tuple(moved)
