"""A pipeline as a file keeps it: scikit-learn's part as a tree, ours as plain values, each in its place."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from sklearn.preprocessing import FunctionTransformer, SplineTransformer

from chainrule.io._allowed import FUNCTIONS, function_named
from chainrule.io._estimators import OURS, model_of, values_of
from chainrule.io._part_checks import check_part
from chainrule.io._parts import parts_of, with_parts
from chainrule.io._sizes import check_sizes
from chainrule.io._skops import Arrays, object_from_tree, tree_from_object
from chainrule.io._splines import with_plain_splines, with_splines
from chainrule.io._values import from_plain, to_plain
from chainrule.network import Network

__all__ = ["model_from_json", "model_to_json"]

_PLACE = "chainrule: estimator "


def model_to_json(model: Any, arrays: Arrays) -> dict[str, Any]:
    """Return what JSON can say of a model, and add its arrays to `arrays`.

    Parameters
    ----------
    model : Network, estimator of ours, or container of scikit-learn with such
    arrays : dict of str to ndarray

    Raises
    ------
    TypeError
        It holds what no model file may hold; it is named.
    """
    ours: list[Any] = []

    def kept(part: Any) -> Any:
        if type(part) in OURS:
            ours.append(part)
            return f"{_PLACE}{len(ours) - 1}"
        if type(part) is SplineTransformer:
            return with_plain_splines(part)
        if type(part) is FunctionTransformer:
            _check_functions(part)
        return part

    if type(model) in OURS or isinstance(model, Network):
        tree, ours = None, [model]
    else:
        tree = tree_from_object(with_parts(model, kept), arrays, "pipeline")
    plain = [to_plain(values_of(each), arrays, f"model-{place}") for place, each in enumerate(ours)]
    return {"pipeline": tree, "models": plain}


def model_from_json(
    content: Any,
    array: Callable[[str], NDArray[Any]],
    data: Callable[[str], bytes | bytearray],
) -> Any:
    """Return the model that `model_to_json` was given.

    Parameters
    ----------
    content : object
        What `model_to_json` has returned, or what somebody else has written.
    array : callable
        Returns the array of a name.
    data : callable
        Returns the ``.npy`` file of a name.

    Raises
    ------
    ValueError, TypeError
        It is none that `model_to_json` writes, or its parts do not go together.
    """
    if (
        not isinstance(content, dict)
        or set(content) != {"pipeline", "models"}
        or not isinstance(content["models"], list)
    ):
        raise ValueError("it is written as something else than a pipeline and models")
    models = [model_of(from_plain(plain, array)) for plain in content["models"]]
    if content["pipeline"] is None:
        if len(models) != 1:
            raise ValueError(f"it has {len(models)} models and no pipeline")
        return models[0]
    left = dict(enumerate(models))
    return _filled(object_from_tree(content["pipeline"], data), left)


def _filled(model: Any, left: dict[int, Any]) -> Any:
    """Return a model with our estimators in their places, each once, and its transformers checked."""

    def put(part: Any) -> Any:
        if isinstance(part, str):
            place = part.removeprefix(_PLACE)
            if place == part:
                return part
            if not place.isdecimal() or int(place) not in left:
                raise ValueError(f"its pipeline holds a model that is not there: {place[:20]!r}")
            return left.pop(int(place))
        return with_splines(part) if type(part) is SplineTransformer else part

    filled = with_parts(model, put)
    if left:
        raise ValueError(f"{len(left)} of its models have no place in its pipeline")
    check_sizes(filled)
    for part in parts_of(filled):
        if type(part) not in OURS:
            check_part(part)
    return filled


def _check_functions(transformer: FunctionTransformer) -> None:
    """Raise TypeError for functions that are not on the list, though their names may be."""
    known = {id(function_named(name)) for name in FUNCTIONS}
    for function in (transformer.func, transformer.inverse_func):
        if function is not None and id(function) not in known:
            name = getattr(function, "__name__", type(function).__name__)
            raise TypeError(
                f"{getattr(function, '__module__', '')}.{name} is a function of your own, which is code"
            )
