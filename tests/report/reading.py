"""A page read with the standard library's parser: strict where browsers are not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_ALONE = {"meta", "br", "img", "hr"}
_RAW = {"style", "script"}


@dataclass
class Element:
    """An element with its attributes, and texts and elements in it."""

    tag: str
    attributes: dict[str, str | None]
    content: "list[Element | str]" = field(default_factory=list)

    def __iter__(self) -> "Iterator[Element]":
        yield self
        for each in self.content:
            if isinstance(each, Element):
                yield from each

    def all(self, *tags: str) -> "list[Element]":
        return [each for each in self if each.tag in tags]

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.content)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag}: an attribute twice: {names}"
        element = Element(tag, dict(attrs))
        self.open[-1].content.append(element)
        if tag not in _ALONE:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].content.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> ends {self.open[-1].tag}"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].content.append(data)


@dataclass
class Page:
    """A page: its source and its elements."""

    source: str
    root: Element

    @classmethod
    def read(cls, path: Path) -> "Page":
        source = path.read_text(encoding="utf-8")
        reader = _Reader()
        reader.feed(source)
        reader.close()
        assert reader.open == [reader.root], f"not closed: {[each.tag for each in reader.open]}"
        return cls(source, reader.root)

    def all(self, *tags: str) -> list[Element]:
        return self.root.all(*tags)

    def one(self, tag: str) -> Element:
        (found,) = self.all(tag)
        return found

    @property
    def words(self) -> str:
        """What a reader sees, without tables behind charts, style and script."""
        hidden = {id(each) for outer in self.all(*_RAW) for each in outer}
        return " ".join(_seen(self.root, hidden).split())

    def section(self, place: str) -> Element:
        return next(each for each in self.all("section") if each.attributes["id"] == place)

    def table(self, caption: str) -> list[list[str]]:
        """The cells of the table with this caption, or the beginning of one: headings first."""
        tables = [each for each in self.all("table") if each.all("caption")[0].text.startswith(caption)]
        assert tables, (
            f"no table {caption!r}; there are {[t.all('caption')[0].text for t in self.all('table')]}"
        )
        return [[cell.text for cell in row.all("th", "td")] for row in tables[0].all("tr")]

    @property
    def style(self) -> str:
        return self.one("style").text


def _seen(element: Element, hidden: set[int]) -> str:
    if id(element) in hidden:
        return ""
    parts = (each if isinstance(each, str) else _seen(each, hidden) for each in element.content)
    return " ".join(parts)


def number(text: str) -> float:
    """The number that a cell of a report shows."""
    plain = text.replace("−", "-").replace(",", "")
    if power := re.search(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", plain):
        raised = power[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        plain = plain.replace(power[0], f"e{raised}")
    found = re.search(r"[+-]?[$€]?[\d.]+(e-?\d+)?", plain)
    assert found, text
    return float(found[0].replace("$", "").replace("€", ""))
