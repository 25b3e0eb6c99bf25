"""Model files: a zip of a JSON header and a pipeline written by skops."""

import io
import json
import os
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from chainrule._files import check_writable, open_atomic, reading
from chainrule.io._allowed import foreign_types, trusted_names
from chainrule.io._former_names import with_present_names
from chainrule.io._header import from_json, to_json
from chainrule.network import Activation
from chainrule.tables import Description, TableModel
from chainrule.tables._pipeline import n_inputs_of, networks_of

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
FORMAT_VERSION = 3
"""1: types are named by the file they are written in. 2: by the place they are imported from. 3: columns say
how their cells were written and between which numbers they lie."""

_FORMAT = "chainrule model"


def save(model: TableModel, path: str | os.PathLike[str]) -> None:
    """Write a model file; an earlier file of that name stays until the new one is complete.

    Parameters
    ----------
    model : TableModel
    path : path-like
        Its name ends in ``.chainrule``.

    Raises
    ------
    TypeError
        `model` is something else, such as a pipeline.
    ValueError
        `path` has another suffix; the network has an activation of your own, whose code a file cannot hold;
        the pipeline holds an object of a type that `load` would refuse.
    OSError
        The file cannot be written.
    """
    if not isinstance(model, TableModel):
        raise TypeError(
            f"save takes a TableModel, a pipeline with its description, not {type(model).__name__}; "
            "TableModel(describe(pipeline, data, seed), pipeline) makes one"
        )
    check_model_path(path)
    own = {
        one.name
        for network in networks_of(model.pipeline)
        for one in network.activations
        if isinstance(one, Activation)
    }
    if own:
        raise ValueError(
            f"{path}: a model file holds no code, and {', '.join(sorted(own))} is an activation of your own; "
            "pickle the model, or use one of chainrule.calculus.ACTIVATIONS"
        )
    pipeline = _skops().dumps(model.pipeline)
    foreign = _foreign_types_in(pipeline)
    if foreign:
        raise ValueError(
            f"{path} is not saved: it would hold types that no model file may hold: {', '.join(foreign)}; "
            "pickle the model"
        )
    versioned = {"format": _FORMAT, "format_version": FORMAT_VERSION, **to_json(model.description)}
    members = {
        "header.json": json.dumps(versioned, indent=1, allow_nan=True).encode(),
        "pipeline.skops": pipeline,
    }
    with open_atomic(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def check_model_path(path: str | os.PathLike[str]) -> None:
    """Raise ValueError or OSError unless a model can be written to `path`."""
    if Path(path).suffix != MODEL_SUFFIX:
        raise ValueError(f"{path}: the name of a model file ends in {MODEL_SUFFIX}")
    check_writable(path)


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
    """

    format_version: int
    kind: str
    description: Description | None


def read_header(path: str | os.PathLike[str]) -> Header:
    """Return what a model file says of its model. Nothing else of the file is read.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It is not a model file, or has a newer format.
    """
    with _opened(Path(path)) as archive:
        plain = _header(archive, Path(path))
    description = _description(plain, Path(path))
    return Header(int(plain["format_version"]), "chainrule.tables.TableModel", description)


def load_table_model(path: str | os.PathLike[str]) -> TableModel:
    """Read a model file that holds a `TableModel`; raises as `load`, and ValueError for another kind."""
    return load(path)


def load(path: str | os.PathLike[str]) -> TableModel:
    """Read a model file.

    Only types on a fixed list are rebuilt, so that a file from a stranger cannot run code of its own.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It is not a model file, has a newer format, is damaged, or holds types that are not on the list.
    """
    path = Path(path)
    with _opened(path) as archive:
        header = _header(archive, path)
        try:
            data = archive.read("pipeline.skops")
        except KeyError as error:
            raise ValueError(f"{path} is damaged: it lacks pipeline.skops, the network") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise _damaged(path, error) from error
    description = _description(header, path)
    _compare_versions(description, path)
    return TableModel(description, _pipeline(data, path, header["format_version"]))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        with reading(path):
            if path.is_dir():
                raise IsADirectoryError(f"{path} is a folder; name a model file ({MODEL_SUFFIX}) in it")
            if not path.exists():
                raise FileNotFoundError(f"there is no file {path}")
            return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError) as error:
        raise ValueError(
            f"{path} is not a model file, or not a whole one: `chainrule fit … --output` writes them"
        ) from error


def _header(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """Return the header as it is written, of a version that can be read."""
    if "header.json" not in archive.namelist():
        raise ValueError(f"{path} is not a model file: it is a zip file without header.json")
    try:
        with reading(path):
            plain = json.loads(archive.read("header.json"))
        if plain["format"] != _FORMAT:
            raise KeyError("format")
        newer = int(plain["format_version"]) > FORMAT_VERSION
    except KeyError as error:
        raise ValueError(f"{path} is not a model file: its header lacks {error}") from error
    except (TypeError, AttributeError, ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _damaged(path, error) from error
    if newer:
        written_by = dict(plain.get("versions", {})).get("chainrule", "of a later version")
        raise ValueError(
            f"{path} has format {plain['format_version']}, written by chainrule {written_by}; this is "
            f"chainrule {version('chainrule')}, which reads formats up to {FORMAT_VERSION}: upgrade it"
        )
    return dict(plain)


def _description(header: dict[str, Any], path: Path) -> Description:
    try:
        return from_json(header)
    except KeyError as error:
        raise ValueError(f"{path} is not a model file: its header lacks {error}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise _damaged(path, error) from error


def _compare_versions(description: Description, path: Path) -> None:
    then, now = description.versions.get("scikit-learn"), version("scikit-learn")
    if then != now:
        warnings.warn(f"{path} was written with scikit-learn {then}, and is read with {now}", stacklevel=3)


def _pipeline(data: bytes, path: Path, format_version: int) -> Pipeline:
    try:
        data = with_present_names(data) if format_version < 2 else data
        foreign = _foreign_types_in(data)
    except Exception as error:
        raise _damaged(path, error) from error
    if foreign:
        raise ValueError(
            f"{path} is not loaded: it holds types that no model file may hold: {', '.join(foreign)}"
        )
    try:
        with warnings.catch_warnings():
            # `_compare_versions` has said it; scikit-learn would say it for each step of the pipeline.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            pipeline = _skops().loads(data, trusted=trusted_names())
    except Exception as error:  # a forged file can raise anything here
        raise _damaged(path, error) from error
    try:
        return _checked(pipeline)
    except Exception as error:
        raise _damaged(path, error) from error


def _foreign_types_in(data: bytes) -> list[str]:
    """Return the types that skops has written and that no model file may hold."""
    with zipfile.ZipFile(io.BytesIO(data)) as inner:
        return foreign_types(json.loads(inner.read("schema.json")))


def _checked(pipeline: object) -> Pipeline:
    """Return the pipeline, if the arrays of its network have the sizes that compiled code relies on."""
    if not isinstance(pipeline, Pipeline):
        raise TypeError(f"it holds a {type(pipeline).__name__} where the pipeline should be")
    inputs = n_inputs_of(pipeline)
    for network in networks_of(pipeline):
        if network.parameters.shape != (network.n_parameters,):
            raise ValueError(f"{network.n_parameters} parameters expected, {network.parameters.shape} found")
        if inputs != network.layer_sizes[0]:
            raise ValueError(f"{network.layer_sizes[0]} inputs expected, {inputs} found")
    return pipeline


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(f"{path} is damaged ({' '.join(str(error).split())})")


def _skops() -> Any:
    try:
        import skops.io
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "model files need skops: pip install 'chainrule[cli]'", name="skops"
        ) from error
    return skops.io
