"""Tables of text that fit the terminal."""

from collections.abc import Collection, Sequence

from chainrule.cli._terminal import cut, padded, visible, width_of, wrapped

__all__ = ["table_with_text", "text_table"]

_GAP = 2
_NARROWEST = 6


def text_table(rows: Sequence[Sequence[str]], right: Collection[int] = (), width: int = 80) -> list[str]:
    """Return lines of a table with its titles first; columns of text are cut where it would be too wide.

    Where even that does not make room for the numbers, each row is a block of lines.

    Parameters
    ----------
    rows : sequence of sequences of str
        The titles, and the rows.
    right : collection of int
        Columns of numbers, which are never cut.
    width : int

    Examples
    --------
    >>> for line in text_table([("column", "mean"), ("temperature", "1.25"), ("x", "-3")], {1}, 14):
    ...     print(line)
    column    mean
    tempera…  1.25
    x           -3
    >>> for line in text_table([("x", "mean absolute error"), ("a", "1.25")], {1}, 14):
    ...     print(line)
           mean
       absolute
    x     error
    a      1.25
    >>> text_table([("x", "one", "two"), ("a", "1,234,567", "2,345,678")], {1, 2}, 16)
    ['a', '  one  1,234,567', '  two  2,345,678']
    """
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(width_of(row[k]) for row in shown) for k in range(len(shown[0]))]
    texts = [k for k in range(len(widths)) if k not in right]
    if _total(widths) > width:
        widths = _with_narrow_titles(shown, widths, right)
    while _total(widths) > width and any(widths[k] > _NARROWEST for k in texts):
        widths[max(texts, key=widths.__getitem__)] -= 1
    if _total(widths) > width:
        return _blocks(shown, width)
    return [line for row in shown for line in _lines(row, widths, right)]


def _with_narrow_titles(
    rows: Sequence[Sequence[str]], widths: Sequence[int], right: Collection[int]
) -> list[int]:
    """Return widths at which titles of numbers go on in lines below."""
    return [
        max(*(width_of(word) for word in rows[0][k].split(" ")), *(width_of(row[k]) for row in rows[1:]))
        if k in right
        else width
        for k, width in enumerate(widths)
    ]


def _lines(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> list[str]:
    """Return the line of a row; several if a title does not fit, with its end in the last."""
    parts = [
        wrapped(cell, width, indent="") if k in right and width else [cell]
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    height = max(map(len, parts))
    filled = [[""] * (height - len(part)) + part for part in parts]
    return [_line(cells, widths, right) for cells in zip(*filled, strict=True)]


def table_with_text(rows: Sequence[Sequence[str]], texts: Sequence[str], width: int = 80) -> list[str]:
    """Return lines of a table of numbers, with a text beside each row that goes on in the lines below.

    >>> for line in table_with_text([("error",), ("1.5",), ("22",)], ["settings", "a=1 b=2", "a=3"], 13):
    ...     print(line)
    error  settings
      1.5  a=1
           b=2
       22  a=3
    """
    numbers = text_table(rows, range(len(rows[0])), width)
    indent = " " * (max(map(width_of, numbers)) + _GAP)
    lines = []
    for number, text in zip(numbers, texts, strict=True):
        first, *others = wrapped(visible(text), max(12, width - len(indent)))
        lines += [f"{padded(number, len(indent))}{first}".rstrip(), *(indent + other for other in others)]
    return lines


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len([each for each in widths if each]) - 1)


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = [
        " " * (width - width_of(cell)) + cell if k in right else padded(cut(cell, width), width)
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        if width
    ]
    return (" " * _GAP).join(cells).rstrip()


def _blocks(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    titles, *others = rows
    widest = min(max(width_of(title) for title in titles[1:]), width // 2)
    lines = []
    for first, *cells in others:
        lines.append(cut(first, width))
        for title, cell in zip(titles[1:], cells, strict=True):
            if cell:
                lines.append(cut(f"  {padded(cut(title, widest), widest)}  {cell}", width))
    return lines
