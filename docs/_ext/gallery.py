"""How the gallery is made of `examples/`: each script is run, but for the demo, a minute of commands."""

from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[2] / "examples"
SETTINGS: dict[str, Any] = {
    "examples_dirs": str(FOLDER),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"(__init__|demo)\.py$",
    "within_subsection_order": "FileNameSortKey",
    "copyfile_regex": r".*\.(csv|gz)$",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 0,
    "write_computation_times": False,
    "image_srcset": ["2x"],
    "capture_repr": (),
    "abort_on_example_error": False,
    "reset_modules": ("matplotlib", "_ext.gallery.reset_numpy"),
    "reference_url": {"chainrule": None},
    "doc_module": ("chainrule",),
    "backreferences_dir": "generated/used",
}


def reset_numpy(_settings: dict[str, Any], _file: str) -> None:
    """Let numbers be printed as ever, whatever an example has asked for."""
    np.set_printoptions(precision=8, suppress=False)
