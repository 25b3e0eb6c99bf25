"""Archives: the container of model files and checkpoints, a plain ZIP that is read strictly."""

from chainrule._archive._archive import Archive, read_archive, read_archive_header, write_archive
from chainrule._archive._json import parse_json, to_json_bytes
from chainrule._archive._npy import parse_npy

__all__ = [
    "Archive",
    "parse_json",
    "parse_npy",
    "read_archive",
    "read_archive_header",
    "to_json_bytes",
    "write_archive",
]
