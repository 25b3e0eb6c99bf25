"""HTML made by functions. `escaped` is the one place where text becomes markup; nothing else joins strings.

>>> tag("td", "a < b", tag("b", "!"), class_="number")
'<td class="number">a &lt; b<b>!</b></td>'
"""

import html
import unicodedata
from collections.abc import Iterable

__all__ = ["Content", "Markup", "escaped", "joined", "tag"]


class Markup(str):
    """Text that is HTML already. Only `tag`, `escaped` and `joined` make it."""

    __slots__ = ()


Content = Markup | str | float | Iterable["Content"] | None

_WITHOUT_END = {"meta", "br", "img", "hr"}
_OF_PICTURES = {"line", "rect", "circle", "path", "polyline", "image"}
"""Elements of SVG, which are closed with a slash where they hold nothing."""
_KEPT = {"viewBox", "preserveAspectRatio"}


def escaped(text: str) -> Markup:
    """Return text as HTML that shows it and is nothing else, in an element or between quotes.

    Control characters, those that turn the direction of writing, and halves of pairs are shown by their
    number: they would change what stands beside them.

    >>> escaped('</script> "&" \\x00\\u202e')
    '&lt;/script&gt; &quot;&amp;&quot; \\\\x00\\\\u202e'
    """
    return Markup(html.escape("".join(map(_shown, text)), quote=True))


def _shown(letter: str) -> str:
    if letter.isascii() and letter.isprintable():
        return letter
    if letter in "\n\t\r":
        return " "
    strange = unicodedata.category(letter) in ("Cc", "Cs", "Cn") or letter in _TURNING
    return letter.encode("unicode_escape").decode() if strange else letter


_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"


def joined(*content: Content) -> Markup:
    """Return all content as one piece; text is escaped, None is nothing."""
    return Markup("".join(map(_markup, content)))


def _markup(content: Content) -> str:
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return escaped(content)
    if content is None:
        return ""
    if isinstance(content, Iterable):
        return "".join(map(_markup, content))
    return escaped(f"{content:.6g}")


def tag(name: str, /, *content: Content, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
    content : text, numbers, elements, and iterables of them
    attributes
        ``class_`` is class, ``aria_label`` aria-label. None and False leave an attribute out, True writes its
        name alone.
    """
    named = (name, *(_attribute(key, value) for key, value in attributes.items() if _is_given(value)))
    opening = " ".join(named)
    if name in _WITHOUT_END:
        return Markup(f"<{opening}>")
    inner = joined(*content)
    return Markup(f"<{opening}/>" if name in _OF_PICTURES and not inner else f"<{opening}>{inner}</{name}>")


def _is_given(value: str | float | bool | None) -> bool:
    return value is not None and value is not False


def _attribute(key: str, value: str | float | bool | None) -> str:
    key = key if key in _KEPT else key.rstrip("_").replace("_", "-")
    if value is True:
        return key
    return f'{key}="{escaped(value) if isinstance(value, str) else f"{value:.6g}"}"'
