"""Public names: where they are imported from, whatever the file they are written in, and when."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import chainrule

__all__ = ["imported_when_asked", "name_publicly", "publish"]


def publish(namespace: dict[str, Any]) -> None:
    """Name the public classes of a package by the shortest place they are imported from.

    That is ``chainrule`` for what it lists itself, else the package. Pickles and model files name a class by
    its ``__module__``, which is set here, so that files may be moved without making them unreadable.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the package, at the end of its ``__init__``.
    """
    for name in namespace["__all__"]:
        name_publicly(name, namespace[name], namespace["__name__"])


def name_publicly(name: str, value: object, package: str) -> None:
    """Name one public class of a package by the shortest place it is imported from; leave what is none."""
    if isinstance(value, type) and value.__module__.startswith(f"{package}."):
        value.__module__ = "chainrule" if chainrule._HOMES.get(name) == package else package


def imported_when_asked(
    package: str, homes: Mapping[str, str], extras: Mapping[str, str] | None = None
) -> Callable[[str], object]:
    """Return a package's ``__getattr__`` (PEP 562) that imports names from its files when they are asked for.

    Parameters
    ----------
    package : str
    homes : mapping of str to str
        The file of each name, within the package.
    extras : mapping of str to str, optional
        Of libraries that some of the files need, the extra of chainrule that brings each.
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name not in (extras or {}):
                raise
            extra = (extras or {})[error.name]
            raise ModuleNotFoundError(
                f"{package}.{name} needs {error.name}: pip install 'chainrule[{extra}]'", name=error.name
            ) from error
        name_publicly(name, value, package)
        setattr(import_module(package), name, value)
        return value

    return get
