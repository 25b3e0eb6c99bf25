"""Tables with a caption, and headings that say what they belong to."""

from collections.abc import Iterable, Sequence

from chainrule.report._html import Content, Markup, tag

__all__ = ["table"]


def table(
    caption: Content,
    headings: Sequence[Content],
    rows: Iterable[Sequence[Content]],
    words: Sequence[int] = (),
    kind: str | None = None,
) -> Markup:
    """Return a table in a frame that scrolls where the screen is narrow.

    Parameters
    ----------
    caption : content
    headings : sequence of content
    rows : iterable of sequences
        The first cell of each names the row.
    words : sequence of int
        Places of columns that hold words, besides the first. The others are numbers: set to the right.
    kind : str, optional
        Class of the table.
    """
    kinds = [None if place == 0 or place in words else "n" for place in range(len(headings))]
    head = [
        tag("th", heading, scope="col", class_=kind) for heading, kind in zip(headings, kinds, strict=True)
    ]
    body = [tag("tr", tag("th", row[0], scope="row"), _cells(row[1:], kinds[1:])) for row in rows]
    parts = tag("caption", caption), tag("thead", tag("tr", head)), tag("tbody", body)
    inside = tag("table", *parts, class_=kind)
    return tag("div", inside, class_="scroll", tabindex=0)


def _cells(cells: Sequence[Content], kinds: Sequence[str | None]) -> list[Markup]:
    return [tag("td", cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True)]
