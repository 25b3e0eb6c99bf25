"""Model files. Needs skops and pandas: ``pip install 'chainrule[cli]'``."""

from chainrule._public import publish
from chainrule.io._header import to_json
from chainrule.io._model_file import (
    FORMAT_VERSION,
    MODEL_SUFFIX,
    check_model_path,
    load_model,
    read_format_version,
    read_header,
    save_model,
)

__all__ = [
    "FORMAT_VERSION",
    "MODEL_SUFFIX",
    "check_model_path",
    "load_model",
    "read_format_version",
    "read_header",
    "save_model",
    "to_json",
]

publish(globals())
