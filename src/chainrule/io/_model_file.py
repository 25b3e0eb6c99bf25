"""Model files: an archive of a header, the model's structure as JSON, and its arrays."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule._archive import (
    Archive,
    parse_json,
    read_archive,
    read_archive_header,
    to_json_bytes,
    write_archive,
)
from chainrule._files import check_writable, reading
from chainrule.io._facts import (
    TABLE_MODEL,
    check_against_pipeline,
    check_header,
    check_table_model,
    description_of,
    header_of,
    predictor_of,
)
from chainrule.io._former import FORMAT, damaged, former_header, former_pipeline, is_former
from chainrule.io._header import check_description, from_json
from chainrule.io._pipelines import model_from_json, model_to_json
from chainrule.io._skops import Arrays
from chainrule.io._trial import try_out
from chainrule.tables import Description, TableModel

__all__ = [
    "FORMAT_VERSION",
    "MODEL_SUFFIX",
    "Header",
    "check_model_path",
    "load",
    "load_table_model",
    "read_header",
    "save",
]

MODEL_SUFFIX = ".chainrule"
FORMAT_VERSION = 4
"""1: types are named by the file they are written in. 2: by the place they are imported from. 3: columns say
how their cells were written and between which numbers they lie. 4: an archive with digests, where estimators
are plain values, and only scikit-learn's objects are written by skops."""

_STRUCTURE = "model.json"


@dataclass(frozen=True)
class Header:
    """What a model file says of the model in it.

    Parameters
    ----------
    format_version : int
    kind : str
        Public name of the class of the model.
    description : Description or None
        Of a `TableModel`; None of another kind.
    fitted_at : str or None
        When the model was fitted, in UTC; None of a `Network`, and of files that do not say.
    versions : dict
        Of chainrule and of what it stands on, where the model was fitted.
    facts : dict
        Settings, inputs, outputs, networks and learning of the model; empty of files of format 1 to 3.
    """

    format_version: int
    kind: str
    description: Description | None
    fitted_at: str | None
    versions: dict[str, str]
    facts: dict[str, Any]


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a model file; an earlier file of that name stays until the new one is complete.

    The same model gives the same bytes whenever it is saved: the date in the file is that of the fit.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, Network or TableModel
        Fitted; also a Pipeline or TransformedTargetRegressor that ends in one of these estimators, behind
        transformers of scikit-learn that `chainrule.jacobian` takes, too. Of an estimator of
        `chainrule.dask` the plain one is written.
    path : path-like
        Its name ends in ``.chainrule``.

    Raises
    ------
    TypeError
        `model` is something else.
    NotFittedError
        It has not been fitted.
    ValueError
        `path` has another suffix; the model holds code of your own, such as an activation, a solver or a
        function, or another object that `load` would refuse; its weights are not finite.
    OSError
        The file cannot be written.

    Warns
    -----
    UserWarning
        Attributes that the user has set, or callbacks, are not in the file.

    Examples
    --------
    >>> import os, tempfile
    >>> from chainrule import Network, load, save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "net.chainrule")
    ...     save(Network((3, 8, 2), random_state=0), path)
    ...     load(path)
    Network((3, 8, 2), activation='tanh', output='identity', dtype=float64): 50 parameters
    """
    if hasattr(type(model), "to_local"):
        model = model.to_local()
    header = header_of(model)
    check_model_path(path)
    arrays: Arrays = {}
    try:
        content = model_to_json(model.pipeline if isinstance(model, TableModel) else model, arrays)
    except TypeError as error:
        raise ValueError(
            f"{path} is not saved: it would hold what no model file may hold: {error}; pickle the model"
        ) from error
    try:
        again = _model(header, content, arrays.__getitem__, lambda name: _as_npy(arrays[name]))
    except Exception as error:  # the checks of `load` are those of what comes from anywhere
        why = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path} is not saved: it could not be loaded again: {why}") from error
    _say_left_behind(model, again, path)
    write_archive(
        path, FORMAT, FORMAT_VERSION, header, {_STRUCTURE: to_json_bytes(content, dense=True), **arrays}
    )


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model file, of whatever kind the saved model was.

    No code from the file runs: it holds numbers, texts, and names from a fixed list. What it says is checked
    for being one model, and the model predicts one made-up row, before it is returned.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    object
        Equal to what `save` was given, but for ``n_jobs``, ``verbose``, ``progress`` and ``memory``, which
        are those of a new one.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It is not a model file, has a newer format, is damaged, or holds types that are not on the list.

    Warns
    -----
    UserWarning
        It was written with another version of scikit-learn.
    """
    _check_is_there(path)
    if is_former(path):
        return _former_model(path)
    archive = read_archive(path, FORMAT, FORMAT_VERSION)
    try:
        content = parse_json(archive.bytes(_STRUCTURE))
        used: set[str] = {_STRUCTURE}

        def array(name: str) -> NDArray[Any]:
            used.add(name)
            return archive.array(name)

        def data(name: str) -> bytearray:
            array(name)
            return archive.bytes(name)

        model = _model(dict(archive.header), content, array, data)
    except Exception as error:  # a forged file can raise anything here
        raise damaged(path, error) from error
    if unused := sorted(set(archive.sizes) - used):
        raise ValueError(f"{os.fspath(path)} is damaged: nothing refers to {unused[0]}")
    _compare_versions(archive.header["versions"], path)
    return model


def load_table_model(path: str | os.PathLike[str]) -> TableModel:
    """Read a model file that holds a `TableModel`; raises as `load`, and ValueError for another kind."""
    model = load(path)
    if not isinstance(model, TableModel):
        raise ValueError(
            f"{path} holds a {type(model).__name__}, not a model of a table as `chainrule fit` writes it; "
            "chainrule.load reads it in Python"
        )
    return model


def read_header(path: str | os.PathLike[str]) -> Header:
    """Return what a model file says of its model. Nothing else of the file is read.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It is not a model file, has a newer format, or its header is damaged.
    """
    _check_is_there(path)
    if is_former(path):
        plain = former_header(path)
        return Header(
            plain["format_version"], TABLE_MODEL, description := _described(plain, path), None,
            description.versions, {},
        )  # fmt: skip
    archive = read_archive_header(path, FORMAT, FORMAT_VERSION)
    return _header(archive)


def check_model_path(path: str | os.PathLike[str]) -> None:
    """Raise ValueError or OSError unless a model can be written to `path`."""
    if Path(path).suffix != MODEL_SUFFIX:
        raise ValueError(f"{path}: the name of a model file ends in {MODEL_SUFFIX}")
    check_writable(path)


def _model(
    header: dict[str, Any],
    content: Any,
    array: Callable[[str], NDArray[Any]],
    data: Callable[[str], bytes | bytearray],
) -> Any:
    """Return the model that a file holds, checked against its header, and tried out."""
    description = description_of(header)
    model = model_from_json(content, array, data)
    try_out(model)
    if description is None:
        check_header(header, model)
        return model
    if type(model) is not Pipeline:
        raise ValueError(f"it holds a {type(model).__name__} where the pipeline of a table should be")
    found = TableModel(description, model)
    check_table_model(header, found)
    return found


def _header(archive: Archive) -> Header:
    header, path = dict(archive.header), archive.path
    try:
        kind, versions, facts = header["kind"], header["versions"], header["model"]
        fitted_at = facts.get("fitted_at")
        if not all(isinstance(each, str) for each in (kind, *versions.values(), fitted_at or "")):
            raise ValueError("kind, versions or date are no texts")
        return Header(archive.version, kind, description_of(header), fitted_at, dict(versions), facts)
    except Exception as error:
        raise damaged(path, error) from error


def _former_model(path: str | os.PathLike[str]) -> TableModel:
    header, pipeline = former_pipeline(path)
    description = _described(header, path)
    try:
        try_out(pipeline)
        check_against_pipeline(description, pipeline)
    except Exception as error:
        raise damaged(path, error) from error
    _compare_versions(description.versions, path)
    return TableModel(description, pipeline)


def _described(plain: dict[str, Any], path: str | os.PathLike[str]) -> Description:
    try:
        description = from_json(plain)
        check_description(description)
    except KeyError as error:
        raise ValueError(f"{path} is not a model file: its header lacks {error}") from error
    except Exception as error:
        raise damaged(path, error) from error
    return description


def _check_is_there(path: str | os.PathLike[str]) -> None:
    with reading(path):
        if Path(path).is_dir():
            raise IsADirectoryError(f"{path} is a folder; name a model file ({MODEL_SUFFIX}) in it")
        if not Path(path).exists():
            raise FileNotFoundError(f"there is no file {path}")
        regular = Path(path).is_file()
    if not regular:
        raise ValueError(f"cannot read {path}: it is no file, but a device or a pipe")


def _compare_versions(versions: dict[str, str], path: str | os.PathLike[str]) -> None:
    then, now = versions.get("scikit-learn"), version("scikit-learn")
    if then != now:
        warnings.warn(
            f"{path} was written with scikit-learn {str(then)[:40]}, and is read with {now}", stacklevel=3
        )


def _say_left_behind(model: Any, again: Any, path: str | os.PathLike[str]) -> None:
    """Warn of attributes of the estimator that a file does not keep."""
    kept, found = (
        vars(predictor_of(one.pipeline if isinstance(one, TableModel) else one)) for one in (again, model)
    )
    if lost := sorted(set(found) - set(kept)):
        warnings.warn(f"{path} does not keep attributes that no fit leaves: {', '.join(lost)}", stacklevel=3)


def _as_npy(array: NDArray[Any]) -> bytes:
    file = BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
