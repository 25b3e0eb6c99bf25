"""Public names of classes: where they are imported from, whatever the file they are written in."""

from typing import Any

import chainrule

__all__ = ["name_publicly", "publish"]


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
