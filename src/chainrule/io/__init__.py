"""Model files. Needs skops and pandas: ``pip install 'chainrule[cli]'``."""

from chainrule.io._header import Header, HeldOut, NetworkFacts, TrainingFacts
from chainrule.io._model import TableModel, describe
from chainrule.io._model_file import (
    FORMAT_VERSION,
    MODEL_SUFFIX,
    check_model_path,
    load_model,
    read_header,
    save_model,
)

__all__ = [
    "FORMAT_VERSION",
    "MODEL_SUFFIX",
    "Header",
    "HeldOut",
    "NetworkFacts",
    "TableModel",
    "TrainingFacts",
    "check_model_path",
    "describe",
    "load_model",
    "read_header",
    "save_model",
]
