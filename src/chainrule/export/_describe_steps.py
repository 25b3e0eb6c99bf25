"""What steps of a scikit-learn pipeline make of columns, as encodings; and of a target."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from chainrule.export._plan import Array, Encoding, Input, ModelPlan, OneHot, Output, ScaledNumber

Place = tuple[str, ...]
Line = tuple[Array, Array]
"""Centre c and scale s of each column: x becomes (x - c) / s."""


@dataclass(frozen=True)
class _Text:
    """A column of text with another word in the place of missing cells."""

    column: int
    missing: str


Feature = ScaledNumber | OneHot | _Text


@dataclass(frozen=True)
class Steps:
    """What has become of columns.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    categories : dict of int to tuple of str
        Those of columns of text.
    features : tuple
        What there is after the steps so far.
    """

    names: tuple[str, ...]
    categories: dict[int, tuple[str, ...]]
    features: tuple[Feature, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> "Steps":
        """Return columns that no step has changed."""
        return cls(tuple(names), {}, tuple(map(ScaledNumber, range(len(names)))))

    def inputs(self) -> tuple[Input, ...]:
        """Return the columns, once all steps are known."""
        texts = self.categories
        return tuple(
            Input(name, "text", texts[place]) if place in texts else Input(name)
            for place, name in enumerate(self.names)
        )

    def encodings(self, last: ModelPlan) -> tuple[Encoding, ...]:
        """Return what the networks of the plan behind the steps are given.

        Raises
        ------
        TypeError, ValueError
            If that has encodings of its own, or a column is text that no step has encoded.
        """
        if not last.is_plain:
            raise TypeError("steps before a TableClassifier or TableRegressor cannot be exported")
        for each in self.features:
            if isinstance(each, _Text) or (isinstance(each, ScaledNumber) and each.column in self.categories):
                raise ValueError(f"column {self.names[each.column]!r} is text, and is a number elsewhere")
        return tuple(each for each in self.features if not isinstance(each, _Text))

    def through_all(self, steps: Iterable[tuple[str, Any]], place: Place = ()) -> "Steps":
        """Return what steps make of the features, one after the other."""
        found = self
        for name, step in steps:
            found = found.through(step, (*place, name))
        return found

    def through(self, step: Any, place: Place) -> "Steps":
        """Return what a fitted transformer makes of the features.

        Raises
        ------
        TypeError, ValueError
            For a transformer or a setting that is not one of those known; it is named.
        """
        kind = type(step)
        if step is None or (isinstance(step, str) and step == "passthrough"):
            return self
        if kind is FunctionTransformer and step.func is None:
            return self
        if kind is Pipeline:
            return self.through_all(step.steps, place)
        if kind is ColumnTransformer:
            return self._through_columns(step, place)
        if kind is OneHotEncoder:
            return self._one_hot(step, place)
        if kind is SimpleImputer:
            return self._imputed(step, place)
        if kind in _LINES:
            _refuse_clip(step, place)
            return self._scaled(*_LINES[kind](step, len(self.features)), place)
        raise TypeError(f"{_said(place)} ({kind.__name__}) cannot be exported; {_KNOWN}")

    def _through_columns(self, transformer: ColumnTransformer, place: Place) -> "Steps":
        if transformer.transformer_weights:
            raise ValueError(f"{_said(place)} has transformer_weights, which cannot be exported")
        categories, features = dict(self.categories), list[Feature]()
        for name, own, _ in transformer.transformers_:
            chosen = transformer._transformer_to_input_indices[name]
            if (isinstance(own, str) and own == "drop") or not len(chosen):
                continue
            part = replace(self, features=tuple(self._single(place)[k] for k in chosen))
            found = part.through(own, (*place, name))
            categories |= found.categories
            features += found.features
        return replace(self, categories=categories, features=tuple(features))

    def _single(self, place: Place) -> tuple[ScaledNumber | _Text, ...]:
        """Return the features, of which each must be one column still."""
        single = tuple(each for each in self.features if not isinstance(each, OneHot))
        if len(single) < len(self.features):
            raise TypeError(f"{_said(place)} is behind a OneHotEncoder, which cannot be exported")
        return single

    def _numbers(self, place: Place) -> tuple[ScaledNumber, ...]:
        found = self._single(place)
        numbers = tuple(each for each in found if not isinstance(each, _Text))
        if len(numbers) < len(found):
            raise ValueError(f"{_said(place)} is given text")
        return numbers

    def _scaled(self, centre: Array, scale: Array, place: Place) -> "Steps":
        moved = tuple(
            replace(
                each,
                centre=each.centre + each.scale * float(c),
                scale=each.scale * float(s),
                missing=(each.missing - float(c)) / float(s),
            )
            for each, c, s in zip(self._numbers(place), centre, scale, strict=True)
        )
        return replace(self, features=moved)

    def _imputed(self, imputer: SimpleImputer, place: Place) -> "Steps":
        if imputer.add_indicator or not _is_nan(imputer.missing_values):
            raise ValueError(
                f"{_said(place)} (SimpleImputer) can be exported with missing_values=nan and without "
                "add_indicator"
            )
        features = list[Feature]()
        for each, value in zip(self._single(place), imputer.statistics_.tolist(), strict=True):
            if isinstance(value, str):
                known = isinstance(each, _Text)
                features.append(each if known else _Text(each.column, value))
            elif not _is_nan(value):  # otherwise the column is empty, and left out
                if isinstance(each, ScaledNumber) and not each.accepts_missing:
                    features.append(replace(each, missing=float(value)))
                else:
                    features.append(each)
        return replace(self, features=tuple(features))

    def _one_hot(self, encoder: OneHotEncoder, place: Place) -> "Steps":
        if encoder.drop is not None:
            raise ValueError(
                f"{_said(place)} (OneHotEncoder) has drop={encoder.drop!r}, which cannot be exported"
            )
        rare = getattr(encoder, "infrequent_categories_", [None] * len(encoder.categories_))
        categories, features = dict(self.categories), []
        for each, known, infrequent in zip(self._single(place), encoder.categories_, rare, strict=True):
            words = [word for word in known.tolist() if isinstance(word, str)]
            if len(words) < sum(not is_missing(word) for word in known.tolist()):
                name = self.names[each.column]
                raise ValueError(f"{_said(place)} (OneHotEncoder) of numbers, {name!r}, cannot be exported")
            categories[each.column] = tuple(words)
            features.append(_hot(each, known.tolist(), infrequent, encoder.handle_unknown))
        return replace(self, categories=categories, features=tuple(features))


def _hot(each: ScaledNumber | _Text, known: list[Any], infrequent: Any, handle_unknown: str) -> OneHot:
    rare = set() if infrequent is None else {_plain(word) for word in infrequent.tolist()}
    frequent = [word for word in map(_plain, known) if word not in rare]
    number = {word: k for k, word in enumerate(frequent)} | dict.fromkeys(rare, len(frequent))
    of_unknown = len(frequent) if rare and handle_unknown in ("infrequent_if_exist", "warn") else -1
    unknown = None if handle_unknown == "error" else of_unknown
    missing = number.get(each.missing if isinstance(each, _Text) else None, unknown)
    places = tuple(number[word] for word in known if isinstance(word, str))
    return OneHot(each.column, places, len(frequent) + bool(rare), missing, unknown)


def _plain(word: Any) -> Any:
    return None if is_missing(word) else word


def is_missing(word: Any) -> bool:
    """Return whether a category stands for missing cells: None or NaN."""
    return word is None or _is_nan(word)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _standard(scaler: Any, d: int) -> Line:
    mean, scale = scaler.mean_, scaler.scale_
    centre = np.zeros(d) if mean is None or not scaler.with_mean else mean
    return centre, np.ones(d) if scale is None else scale


def _robust(scaler: RobustScaler, d: int) -> Line:
    return (
        np.zeros(d) if scaler.center_ is None else scaler.center_,
        np.ones(d) if scaler.scale_ is None else scaler.scale_,
    )


_LINES: dict[type, Callable[[Any, int], Line]] = {
    StandardScaler: _standard,
    RobustScaler: _robust,
    MinMaxScaler: lambda scaler, d: (-scaler.min_ / scaler.scale_, 1 / scaler.scale_),
    MaxAbsScaler: lambda scaler, d: (np.zeros(d), scaler.scale_),
}
_KNOWN = (
    "StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, SimpleImputer, OneHotEncoder, and Pipeline "
    "and ColumnTransformer of these can"
)


def _refuse_clip(scaler: Any, place: Place) -> None:
    if getattr(scaler, "clip", False):
        raise ValueError(f"{_said(place)} ({type(scaler).__name__}) has clip=True, which cannot be exported")


def _said(place: Place) -> str:
    return f"step {' → '.join(map(repr, place))}"


def through_target(output: Output, transformer: Any) -> Output:
    """Return an output with the inverse of a target's transformer behind it.

    Raises
    ------
    TypeError, ValueError
        For a transformer that is not one of those known, which are named.
    """
    kind, d = type(transformer), len(output.names)
    if kind is FunctionTransformer and output.function == "identity":
        function = _inverse_of(transformer)
        return replace(output, function=function)
    if kind not in _LINES or output.function != "identity":
        raise TypeError(
            f"the target's transformer ({kind.__name__}) cannot be exported; StandardScaler, MinMaxScaler, "
            "RobustScaler, MaxAbsScaler, and the functions np.exp and np.expm1 can"
        )
    centre, scale = _LINES[kind](transformer, d)
    return replace(
        output,
        factors=tuple(float(f * s) for f, s in zip(output.factors, scale, strict=True)),
        offsets=tuple(float(o * s + c) for o, s, c in zip(output.offsets, scale, centre, strict=True)),
    )


def _inverse_of(transformer: FunctionTransformer) -> Any:
    names = {None: "identity", np.exp: "exp", np.expm1: "expm1"}
    function = transformer.inverse_func
    if function not in names or transformer.inv_kw_args:
        name = getattr(function, "__name__", repr(function))
        raise ValueError(
            f"the target's function {name} cannot be exported; np.exp and np.expm1 as inverse_func can"
        )
    return names[function]
