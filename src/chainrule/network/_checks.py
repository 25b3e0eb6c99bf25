"""Checks of arguments; each error names what was given, what is accepted, and where."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, named
from chainrule.calculus.augmented import split
from chainrule.calculus.losses import LOSSES, default_loss, levels_of, loss_at
from chainrule.network._activation import Activation
from chainrule.network._inputs import Inputs
from chainrule.network._layout import ParameterLayout
from chainrule.network._sparse import aligned, stored_entries

Array = NDArray[Any]
Activations: TypeAlias = str | Activation | Sequence[str | Activation]


def as_layer_sizes(layer_sizes: Iterable[int]) -> tuple[int, ...]:
    """Return at least two positive integers, from inputs to outputs."""
    try:
        sizes = tuple(operator.index(size) for size in layer_sizes)
    except TypeError:
        raise TypeError(f"layer_sizes must be a sequence of integers, got {layer_sizes!r}") from None
    if len(sizes) < 2 or min(sizes) <= 0:
        raise ValueError(
            f"layer_sizes must be at least two sizes > 0, from inputs to outputs, got {list(sizes)}"
        )
    return sizes


def as_activations(activation: Activations, n_hidden: int) -> tuple[str | Activation, ...]:
    """Return one name, or activation of one's own, for each hidden layer."""
    one = isinstance(activation, str | Activation)
    try:
        given = (activation,) if isinstance(activation, str | Activation) else tuple(activation)
    except TypeError:
        raise TypeError(
            f"activation must be a name, an Activation or a sequence of these, got {activation!r}"
        ) from None
    for name in given:
        if not isinstance(name, Activation):
            _check_name(ACTIVATIONS, "activation", name)
    names = given * n_hidden if one else given
    if len(names) != n_hidden:
        raise ValueError(
            f"activation must be one name or one for each of the {n_hidden} hidden layers, got {len(names)}"
        )
    return names


def as_output(output: str) -> str:
    """Return the name of an output's function."""
    _check_name(OUTPUTS, "output", output)
    return output


def _check_name(table: Mapping[str, Any], kind: str, name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{kind} must be a name, got {name!r}")
    named(table, kind, name)


def as_loss(loss: str | None, output: str) -> str:
    """Return the name of a loss that goes with the output; None stands for the output's own."""
    if loss is None:
        return default_loss(output)
    try:
        fits = isinstance(loss, str) and loss_at(loss, output) is not None
    except ValueError as error:
        raise ValueError(f"loss {loss!r}: {error}") from None
    if fits:
        return loss
    accepted = ", ".join(name for name, belongs in LOSSES if belongs == output)
    if not isinstance(loss, str):
        raise TypeError(f"loss must be a name, got {loss!r}; output {output!r} takes {accepted}")
    raise ValueError(f"loss {loss!r} does not go with output {output!r}, which takes {accepted}")


def as_number(value: object, name: str, accepted: str, ok: Callable[[float], bool]) -> float:
    """Return a number that ``ok`` accepts; ``accepted`` says which those are."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number {accepted}, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be {accepted}, got an integer beyond what float64 holds") from None
    if not ok(number):
        raise ValueError(f"{name} must be {accepted}, got {value!r}")
    return number


def as_flag(value: object, name: str) -> bool:
    """Return True or False, which alone are accepted."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def as_index(value: object, name: str) -> int:
    """Return an integer."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None


def as_float_type(dtype: DTypeLike) -> np.dtype[Any]:
    """Return float64 or float32 as a dtype."""
    kind = np.dtype(dtype)
    if kind not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype must be float64 or float32, got {kind}")
    return kind


def refuse_collection(
    values: Any, name: str, instead: str = "its rows are needed in memory: .compute() gives them"
) -> None:
    """Refuse a Dask collection, which NumPy would bring into memory unasked."""
    if hasattr(type(values), "__dask_graph__"):
        raise TypeError(f"{name} is a Dask {type(values).__name__}: {instead}")


def _as_dense(values: ArrayLike, name: str) -> Array:
    refuse_collection(values, name)
    if hasattr(values, "tocsr"):
        raise TypeError(f"{name} must be a dense array, got a sparse one of shape {np.shape(values)}")
    if isinstance(values, np.ma.MaskedArray):
        refuse_masked(values, name)
    return np.asarray(values)


def refuse_masked(values: Any, name: str) -> None:
    """Refuse masked cells: NumPy would give what is under the mask."""
    hidden = int(np.ma.getmaskarray(values).sum()) if isinstance(values, np.ma.MaskedArray) else 0
    if hidden:
        raise ValueError(
            f"{name} is a masked array with {hidden} masked cells; fill them (filled, SimpleImputer) or "
            "leave out their rows"
        )


def refuse_no_numbers(values: Any, name: str) -> None:
    """Refuse masked cells, text and times, before another library takes them for numbers."""
    if not hasattr(values, "tocsr"):
        refuse_masked(values, name)
        refuse_text(values, name)


def refuse_text(values: Any, name: str) -> None:
    """Refuse text and times, which NumPy and scikit-learn turn into numbers where they can.

    Of a data frame those columns are looked at whose type is not one of numbers.
    """
    kinds = getattr(values, "dtypes", None)
    if not isinstance(kinds, Iterable) or not hasattr(values, "columns"):
        _refuse_cells(np.asarray(values), name, "")
        return
    for place, (label, kind) in enumerate(zip(values.columns, kinds, strict=True)):
        if getattr(kind, "kind", "O") not in "fiubc":
            column = values.iloc[:, place] if hasattr(values, "iloc") else values[label]
            _refuse_cells(np.asarray(column), name, f" in column {label!r}")


def _refuse_cells(array: Array, name: str, where: str) -> None:
    if array.dtype.kind in "fiubc":
        return
    if array.dtype.kind != "O":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}{where}")
    strange = (str, bytes, np.datetime64, np.timedelta64, date, time, timedelta)
    cells = array.ravel().tolist()
    if any(issubclass(kind, strange) for kind in set(map(type, cells))):
        first = next(i for i, cell in enumerate(cells) if isinstance(cell, strange))
        place = [int(i) for i in np.unravel_index(first, array.shape)]
        where = where or f" at {place} (dtype object)"
        raise TypeError(f"{name} must hold real numbers, got {cells[first]!r}{where}")


def as_numbers(values: ArrayLike, name: str, dtype: np.dtype[Any]) -> Array:
    """Return finite real numbers of the type, in any shape."""
    array = _as_dense(values, name)
    if array.dtype == dtype and np.isfinite(array).all():
        return array
    if array.dtype.kind not in "fiub":
        refuse_text(array, name)
        try:
            if array.dtype.kind == "c":
                raise TypeError
            array = array.astype(dtype)
        except (TypeError, ValueError, OverflowError):
            raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}") from None
    with np.errstate(over="ignore"):  # what float32 cannot hold is named below
        numbers = array.astype(dtype, copy=False)
    finite = np.isfinite(numbers)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        accepted = "NaN and infinity are not accepted"
        if np.isfinite(array[place]):
            accepted = f"{dtype} reaches to {np.finfo(dtype).max}"
        raise ValueError(f"{name} holds {array[place]} at {list(place)}: {accepted}")
    return numbers


def as_augmented(matrix: ArrayLike, name: str, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Return A and b of an augmented matrix."""
    try:
        return split(as_numbers(matrix, name, dtype))
    except ValueError as error:
        raise ValueError(error if name in str(error) else f"{name}: {error}") from None


def as_inputs(X: Any, n_inputs: int, dtype: np.dtype[Any], name: str = "X") -> Inputs:
    """Return X as (n_samples, n_inputs) finite numbers of the network's type, copied only if it must be."""
    if hasattr(X, "tocsr"):
        _check_width(X.shape, n_inputs, name)
        entries = stored_entries(X, name)
        as_numbers(entries.values, f"{name} (its stored entries)", dtype)
        return Inputs.of_entries(entries, dtype)
    given = as_numbers(X, name, dtype)
    _check_width(given.shape, n_inputs, name)
    return Inputs.of(given, dtype)


def _check_width(shape: tuple[int, ...], n_inputs: int, name: str) -> None:
    if len(shape) != 2 or shape[1] != n_inputs:
        hint = f"; one sample is {name}[None, :]" if len(shape) == 1 else ""
        raise ValueError(f"{name} has shape {shape}, the network takes (n_samples, {n_inputs}){hint}")


def as_rows(X: Any, n_inputs: int, dtype: np.dtype[Any]) -> Inputs:
    """As `as_inputs`, for kernels that find out themselves whether dense numbers are finite."""
    if type(X) is np.ndarray and X.dtype == dtype and X.ndim == 2 and X.shape[1] == n_inputs:
        return Inputs.of(X, dtype)
    return as_inputs(X, n_inputs, dtype)


def as_directions(dX: Any, shape: tuple[int, int], dtype: np.dtype[Any], name: str = "dX") -> Inputs:
    """Return one direction for each row of X."""
    directions = as_inputs(dX, shape[1], dtype, name)
    if len(directions) != shape[0]:
        raise ValueError(f"{name} has shape {directions.shape}, X {shape}: each row takes one direction")
    return directions


def as_covectors(U: ArrayLike, shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    """Return one row of numbers, one for each output, for each sample."""
    rows = as_numbers(U, "U", dtype)
    if rows.shape != shape:
        raise ValueError(f"U has shape {rows.shape}, the outputs {shape}")
    return rows


def as_direction(v: ArrayLike, layout: ParameterLayout, dtype: np.dtype[Any], name: str = "v") -> Array:
    """Return a vector like η."""
    direction = as_numbers(v, name, dtype)
    if direction.shape != (layout.n_parameters,):
        raise ValueError(f"{name} has shape {direction.shape}, η ({layout.n_parameters},)")
    return aligned(direction)


def at_least_one_row(n: int) -> None:
    """Refuse an average over nothing."""
    if not n:
        raise ValueError("X holds no rows: an average needs at least one sample")


def as_answers(y: ArrayLike, n_samples: int, n_outputs: int, loss: str, dtype: np.dtype[Any]) -> Array:
    """Return the right answers as (n_samples, n_outputs), contiguous.

    A vector is one output a sample; for cross entropy over several outputs it is class indices.
    """
    given = _as_dense(y, "y")
    if given.ndim == 1 and n_outputs > 1 and loss == "cross_entropy" and given.shape == (n_samples,):
        return _one_hot(given, n_outputs, dtype)
    if len(levels_of(loss)) not in (0, 1, n_outputs):
        raise ValueError(f"loss {loss!r} has a level for each output; the network has {n_outputs}")
    answers = as_numbers(given, "y", dtype)
    if answers.ndim == 1 and n_outputs == 1:
        answers = answers[:, None]
    if answers.shape != (n_samples, n_outputs):
        raise ValueError(
            f"y has shape {given.shape}, X of {n_samples} samples and {n_outputs} outputs "
            f"ask for ({n_samples}, {n_outputs})"
        )
    _check_range(answers, loss)
    return aligned(answers)


def _one_hot(labels: Array, n_classes: int, dtype: np.dtype[Any]) -> Array:
    if labels.dtype.kind not in "iub":
        raise TypeError(f"y of one dimension must hold integer class indices, got dtype {labels.dtype}")
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        raise ValueError(
            f"y holds the label {labels[outside][0]}; the network has classes 0 to {n_classes - 1}"
        )
    answers = np.zeros((len(labels), n_classes), dtype=dtype)
    answers[np.arange(len(labels)), labels.astype(np.intp)] = 1  # as they stand, truth values would be a mask
    return answers


def _check_range(answers: Array, loss: str) -> None:
    if loss == "poisson" and answers.size and answers.min() < 0:
        raise ValueError(f"y holds {answers.min()}; loss='poisson' takes counts >= 0")
    if loss == "cross_entropy" and answers.size and (answers.min() < 0 or answers.max() > 1):
        worst = answers.min() if answers.min() < 0 else answers.max()
        raise ValueError(f"y holds {worst}; loss='cross_entropy' takes probabilities in [0, 1]")


def as_sample_weight(sample_weight: ArrayLike | None, n_samples: int, dtype: np.dtype[Any]) -> Array:
    """Return one weight >= 0 a sample, not all zero; an empty vector stands for all ones."""
    if sample_weight is None:
        return np.empty(0, dtype=dtype)
    weights = as_numbers(sample_weight, "sample_weight", dtype)
    if weights.shape != (n_samples,):
        raise ValueError(f"sample_weight has shape {weights.shape}, X has {n_samples} samples")
    if weights.size and (weights.min() < 0 or not weights.any()):
        raise ValueError("sample_weight must be >= 0 and not all zero")
    return aligned(weights)
