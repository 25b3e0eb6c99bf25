"""The names of columns, each of them different."""

import unicodedata
from collections.abc import Sequence

from chainrule.tables._names import counted, listed

__all__ = ["different_names"]


def different_names(names: Sequence[str], origin: str) -> tuple[list[str], list[str]]:
    """Return names that are all different and not empty, and notes of what was changed.

    Spaces at the ends go without a word, and letters are composed (NFC). The first name may stay empty: that
    is how data frames write the numbers of their rows.

    >>> different_names(["", " a", "a", ""], "t.csv")[0]
    ['', 'a', 'a (2)', 'column 4']
    """
    plain = [unicodedata.normalize("NFC", str(name)).strip().strip("\ufeff").strip() for name in names]
    named: list[str] = []
    for place, name in enumerate(plain):
        named.append(_new(name if name or not place else f"column {place + 1}", named, plain))
    return named, _notes(plain, named, origin)


def _new(name: str, before: Sequence[str], plain: Sequence[str]) -> str:
    """Return the name, or with the first number from 2 that makes it one of its own."""
    if name not in before:
        return name
    taken, number = {*before, *plain}, 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"


def _notes(plain: list[str], named: list[str], origin: str) -> list[str]:
    pairs = [*zip(plain, named, strict=True)]
    unnamed = [new for old, new in pairs if not old and new]
    later = [(old, new) for old, new in pairs if old and old != new]
    notes = []
    if unnamed:
        have, are = ("has", "is") if len(unnamed) == 1 else ("have", "are")
        notes.append(
            f"{origin}: {counted(len(unnamed), 'column')} {have} no name and {are} called {listed(unnamed)}"
        )
    if later:
        twice = listed(dict.fromkeys(old for old, _ in later))
        notes.append(
            f"{origin}: more than one column is named {twice}; the later ones are called "
            f"{listed(new for _, new in later)}"
        )
    return notes
