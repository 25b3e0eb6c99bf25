"""Identifiers of C from any text, and comments that hold any text."""

import re
import unicodedata

_LONGEST = 60
"""C99 promises that 63 characters of an identifier count."""

_KEYWORDS = frozenset(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl const "
    "const_cast constexpr continue decltype default delete do double dynamic_cast else enum explicit "
    "export extern false float for friend goto if inline int long mutable namespace new noexcept not "
    "not_eq nullptr operator or or_eq private protected public register reinterpret_cast restrict "
    "return short signed sizeof static static_assert static_cast struct switch template this "
    "thread_local throw true try typedef typeid typename union unsigned using virtual void volatile "
    "wchar_t while xor xor_eq main".split()
)
"""Of C and C++."""


def check_name(name: str) -> None:
    """Raise an error that says what functions and files may be named after, unless the name is right."""
    if not isinstance(name, str):
        raise TypeError(f"name must be text, got {type(name).__name__}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,30}", name, re.ASCII) or "__" in name or name in _KEYWORDS:
        raise ValueError(
            f"name={name!r} is no identifier of C: up to 31 letters a to z, digits and single underscores, a "
            "letter first, and no keyword"
        )


def quoted(text: str) -> str:
    r"""Return text in quotes for a comment of C, which it cannot end; what cannot be seen is escaped.

    >>> print(quoted('a */ "b"\n'))
    "a *\/ \"b\"\n"
    """
    seen = "".join(map(_seen, text))
    short = seen if len(seen) <= 80 else f"{seen[:79]}…"
    return f'"{short}"'.replace("*/", "*\\/").replace("/*", "/\\*").replace("??", "?\\?")


def _seen(letter: str) -> str:
    if letter in '\\"':
        return f"\\{letter}"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


class Names:
    """Identifiers that have been given, so that no two are the same.

    >>> names = Names()
    >>> names.give("model_X", "Größe (cm)"), names.give("model_X", "Größe/cm"), names.give("model_X", "寸")
    ('model_X_Grosse_cm', 'model_X_Grosse_cm_2', 'model_X_')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, prefix: str, text: str) -> str:
        """Return an identifier that begins with the prefix, as like the text as can be."""
        plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
        safe = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
        whole = f"{prefix}_{safe}"[:_LONGEST]
        name, count = whole, 1
        while name in self._taken:
            count += 1
            end = f"_{count}"
            name = whole[: _LONGEST - len(end)] + end
        self._taken.add(name)
        return name
