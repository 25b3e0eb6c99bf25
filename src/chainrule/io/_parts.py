"""The parts of a model: what stands in its pipelines and column transformers; a model with other parts."""

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import FeatureUnion, Pipeline

__all__ = ["CONTAINERS", "parts_of", "with_parts"]

CONTAINERS: dict[type, tuple[tuple[str, int | None], ...]] = {
    Pipeline: (("steps", 1),),
    FeatureUnion: (("transformer_list", 1),),
    ColumnTransformer: (("transformers", 1), ("transformers_", 1), ("remainder", None), ("_remainder", -1)),
    TransformedTargetRegressor: (
        ("regressor", None), ("regressor_", None), ("transformer", None), ("transformer_", None),
    ),
}  # fmt: skip
"""Attributes that hold parts: lists of tuples with the part's place in each, a part, or (-1) one tuple."""


def parts_of(model: Any) -> Iterator[Any]:
    """Yield a model and all objects in its containers, the outer ones first, but no words: "passthrough"."""
    if model is None or isinstance(model, str):
        return
    yield model
    for attribute, place in CONTAINERS.get(type(model), ()):
        held = vars(model).get(attribute)
        if place is None:
            yield from parts_of(held)
        elif place == -1:
            yield from parts_of(held[1] if held else None)
        else:
            for each in held or ():
                yield from parts_of(each[place])


def with_parts(model: Any, changed: Callable[[Any], Any]) -> Any:
    """Return a model whose parts that are no containers are what `changed` makes of them.

    Words are parts, too. The model stays as it is.
    """
    if model is None:
        return model
    if type(model) not in CONTAINERS:
        return changed(model)
    twin = copy(model)
    for attribute, place in CONTAINERS[type(model)]:
        if attribute not in vars(model):
            continue
        held = vars(model)[attribute]
        if place is None:
            new = with_parts(held, changed)
        elif place == -1:
            new = (held[0], with_parts(held[1], changed), *held[2:])
        else:
            new = [(*each[:1], with_parts(each[1], changed), *each[2:]) for each in held]
        vars(twin)[attribute] = new if not isinstance(held, tuple) else tuple(new)
    return twin
