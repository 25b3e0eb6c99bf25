"""Public names of classes: where they are imported from, whatever the file they are written in."""

from typing import Any

import chainrule

__all__ = ["publish"]


def publish(namespace: dict[str, Any]) -> None:
    """Name the public classes of a package by the shortest place they are imported from.

    That is ``chainrule`` for what it lists itself, else the package. Pickles and model files name a class by
    its ``__module__``, which is set here, so that files may be moved without making them unreadable.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the package, at the end of its ``__init__``.
    """
    package = namespace["__name__"]
    for name in namespace["__all__"]:
        value = namespace[name]
        if isinstance(value, type) and value.__module__.startswith(f"{package}."):
            value.__module__ = "chainrule" if chainrule._HOMES.get(name) == package else package
