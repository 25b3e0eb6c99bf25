"""Model files. Needs skops and pandas: ``pip install 'chainrule[cli]'``."""

from chainrule._public import publish
from chainrule.io._header import to_json
from chainrule.io._model_file import (
    FORMAT_VERSION,
    MODEL_SUFFIX,
    Header,
    check_model_path,
    load,
    load_table_model,
    read_header,
    save,
)

__all__ = [
    "FORMAT_VERSION",
    "MODEL_SUFFIX",
    "Header",
    "check_model_path",
    "load",
    "load_table_model",
    "read_header",
    "save",
    "to_json",
]

publish(globals())
