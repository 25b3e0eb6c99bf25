"""Model files of formats 1 to 3: a ZIP, compressed, of a JSON header and a pipeline that skops has written.

Nothing in them was a digest. They are read with bounds that hold before anything is unpacked, and what comes
out is rebuilt as models of the present format are, through the same checks.
"""

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sklearn.pipeline import Pipeline

from chainrule._archive import parse_json, parse_npy
from chainrule._files import reading
from chainrule._heard import heard
from chainrule.io._allowed import ALLOWED_TYPES, CLASSES
from chainrule.io._estimators import OURS, model_of, values_of
from chainrule.io._former_names import with_present_names
from chainrule.io._nodes import nodes_of, type_name
from chainrule.io._part_checks import check_part
from chainrule.io._parts import parts_of, with_parts
from chainrule.io._sizes import check_sizes
from chainrule.io._skops import NEW_OF_THE_PROCESS, skops_io
from chainrule.io._values import Arrays, from_plain, to_plain
from chainrule.training import SOLVERS

__all__ = ["FORMAT", "former_header", "former_pipeline", "is_former"]

FORMAT = "chainrule model"
NEWEST_FORMER = 3
_HEADER, _PIPELINE = "header.json", "pipeline.skops"
_LEAST, _TIMES = 1 << 25, 2
"""Unpacked a file may have 32 MiB, and twice its own size besides: networks hardly shrink, text does."""
_MOST_ENTRIES = 10_000
_PACKED_WRONGLY = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
_END = 22  # bytes of the end record of a ZIP without a comment
_SCIKIT = {
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.compose._target.TransformedTargetRegressor",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._encoders.OneHotEncoder",
    "sklearn.preprocessing._label.LabelBinarizer",
}
_OURS = {
    *(f"chainrule.{kind.__name__}" for kind in OURS),
    "chainrule.Network",
    "chainrule.History",
    *(
        f"chainrule.tables.ensemble.{name}"
        for name in (
            "ArrayReader", "CategoryColumn", "CellsReader", "FitReport", "FrameReader", "Member",
            "NumberColumn", "Residuals", "Scores", "TableEncoder",
        )
    ),
    "chainrule.network.NumberEncoding",
    *(f"chainrule.tables.{name}" for name in ("Column", "DateSpelling", "NumberSpelling", "Schema")),
    *(f"chainrule.training.{name}" for name in ("Posterior", "Scaling", "TrainingState")),
    *(f"chainrule.{kind.__name__}" for kind in SOLVERS.values()),
}  # fmt: skip
_ALLOWED: Mapping[str, frozenset[str]] = {
    **{loader: names for loader, names in ALLOWED_TYPES.items() if loader != "FunctionNode"},
    "ObjectNode": frozenset(_SCIKIT | _OURS | CLASSES),
}


def is_former(path: str | os.PathLike[str]) -> bool:
    """Return whether a file may be of format 1 to 3: it ends as a ZIP without a comment does."""
    with reading(path), open(path, "rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - _END, 0))
        return file.read().startswith(b"PK\5\6")


def former_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the header of a file of format 1 to 3; raises as `chainrule.load`."""
    return _read(path, pipeline=False)[0]


def former_pipeline(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Pipeline]:
    """Return header and pipeline of a file of format 1 to 3; raises as `chainrule.load`."""
    header, data = _read(path, pipeline=True)
    try:
        members = _members(data)
        if header["format_version"] < 2:
            data = with_present_names(members)
            members = _members(data)
        foreign = _foreign_types(members["schema.json"])
    except Exception as error:
        raise damaged(path, error) from error
    if foreign:
        raise ValueError(
            f"{path} is not loaded: it holds types that no model file may hold: {', '.join(foreign)[:200]}"
        )
    try:
        with heard():
            trusted = sorted(set().union(*_ALLOWED.values()))
            return header, _rebuilt(skops_io().loads(data, trusted=trusted))
    except Exception as error:  # a forged file can raise anything here
        raise damaged(path, error) from error


def damaged(path: str | os.PathLike[str], error: Exception) -> ValueError:
    """Return the error for a file that cannot be read, in one line."""
    why = " ".join(str(error).removeprefix(f"{path} is damaged: ").split()) or type(error).__name__
    if isinstance(error, KeyError | AttributeError | AssertionError | TypeError):
        why = f"{type(error).__name__}: {why}"
    return ValueError(f"{path} is damaged ({why[:300]})")


def _rebuilt(pipeline: Any) -> Pipeline:
    """Return a pipeline whose estimators are made anew, and whose transformers are checked."""
    if type(pipeline) is not Pipeline:
        raise ValueError(f"it holds a {type(pipeline).__name__} where the pipeline should be")

    def made_anew(part: Any) -> Any:
        if type(part) not in OURS:
            return part
        arrays: Arrays = {}
        return model_of(from_plain(to_plain(values_of(part), arrays, "model"), arrays.__getitem__))

    found: Pipeline = with_parts(pipeline, made_anew)
    check_sizes(found)
    for part in parts_of(found):
        if type(part) not in OURS:
            check_part(part)
            for name, value in NEW_OF_THE_PROCESS.items():
                if name in vars(part):
                    setattr(part, name, value)
    return found


def _read(path: str | os.PathLike[str], pipeline: bool) -> tuple[dict[str, Any], bytes]:
    """Return the header, and the pipeline as skops has written it, if it is asked for."""
    not_one = f"{path} is not a model file, or not a whole one: `chainrule fit … --output` writes them"
    with reading(path), open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            _check_end(file, size, most=10)
            archive = zipfile.ZipFile(file)
            entries = _checked(archive, _LEAST + _TIMES * size)
        except _PACKED_WRONGLY as error:
            raise ValueError(not_one) from error
        except ValueError as error:
            raise damaged(path, error) from error
        if _HEADER not in entries:
            raise ValueError(f"{path} is not a model file: it is a zip file without header.json")
        try:
            plain = parse_json(archive.read(_HEADER), numbers=True)
        except (ValueError, *_PACKED_WRONGLY) as error:
            raise damaged(path, error) from error
        header = _checked_header(path, plain)
        if not pipeline:
            return header, b""
        if _PIPELINE not in entries:
            raise ValueError(f"{path} is damaged: it lacks pipeline.skops, the network")
        try:
            return header, archive.read(_PIPELINE)
        except _PACKED_WRONGLY as error:
            raise damaged(path, error) from error


def _checked_header(path: str | os.PathLike[str], header: Any) -> dict[str, Any]:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"{path} is not a model file: its header does not say that it is one")
    found = header.get("format_version")
    if type(found) is not int or found < 1:
        raise ValueError(f"{path} is damaged: its format_version is {str(found)[:40]}")
    if found > NEWEST_FORMER:
        versions = header.get("versions")
        by = str(versions.get("chainrule", "")) if isinstance(versions, dict) else ""
        raise ValueError(
            f"{path} has format {found}, written by chainrule {by[:40] or 'of a later version'}, or has been "
            f"packed anew; this is chainrule {version('chainrule')}, which does not read it"
        )
    return header


def _check_end(file: Any, size: int, most: int) -> None:
    """Raise ValueError if a ZIP lists more than so many entries: its list is read as a whole."""
    file.seek(max(size - _END, 0))
    end = file.read()
    listed, length = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if not end.startswith(b"PK\5\6") or listed > most or length > 300 * (listed + 1):
        raise ValueError(f"it lists {listed:,} members in {length:,} bytes")
    file.seek(0)


def _checked(archive: zipfile.ZipFile, most: int) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by name; ValueError for what our files never had: two of a name, a bomb."""
    entries = archive.infolist()
    for entry in entries:
        if entry.flag_bits & ~0x0806 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{entry.filename[:40]!r} is encrypted, or packed in another way")
        if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
            raise ValueError(f"{entry.filename[:40]!r} has two sizes")
    if len({entry.filename for entry in entries}) != len(entries):
        raise ValueError("it has two members of one name")
    if (total := sum(entry.file_size for entry in entries)) > most:
        raise ValueError(f"unpacked it would have {total:,} bytes; {most:,} are accepted")
    return {entry.filename: entry for entry in entries}


def _members(data: bytes) -> dict[str, bytes]:
    """Return what skops has packed; ValueError for what it does not write."""
    file = io.BytesIO(data)
    _check_end(file, len(data), _MOST_ENTRIES)
    with zipfile.ZipFile(file) as archive:
        entries = _checked(archive, 2 * len(data))
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
            raise ValueError("its pipeline is packed in another way")
        found = {name: archive.read(name) for name in entries}
    for name, content in found.items():
        if name.endswith(".npy"):
            parse_npy(content)
    return found


def _foreign_types(schema: bytes) -> list[str]:
    nodes = nodes_of(parse_json(schema))
    found = {(str(node["__loader__"]), type_name(node)) for node in nodes}
    return sorted(name for loader, name in found if name not in _ALLOWED.get(loader, ()))
