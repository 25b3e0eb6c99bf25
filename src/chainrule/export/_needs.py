"""Libraries that a format needs, and that are no dependencies of chainrule."""

from importlib import import_module
from typing import Any

__all__ = ["needed"]


def needed(module: str, by: str) -> Any:
    """Import a library, or say in one line how to install it.

    Raises
    ------
    ModuleNotFoundError
        If it is not there.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ModuleNotFoundError(
            f"{by} needs {module}: pip install 'chainrule[export]' (or {module} alone)", name=module
        ) from error
