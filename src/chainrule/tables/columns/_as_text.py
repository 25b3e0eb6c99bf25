"""Notes on columns that are read as text: why they are no numbers, and which of their texts are one value."""

from collections.abc import Mapping

from chainrule.tables._names import counted, option, the_row
from chainrule.tables.columns._dates import Dates
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._number_text import parsed
from chainrule.tables.columns._numbers import Numbers
from chainrule.tables.columns._odd import OddCells
from chainrule.tables.columns._texts import plain_text

__all__ = ["about_twins", "and_more", "why_no_dates", "why_no_numbers"]

_LOOKED_AT = 1_000  # different texts
_MOST_UNITS = 8  # more are words behind numbers, as in addresses


def about_twins(name: str, twins: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note about texts that are read as others, if there are any; see `Texts.twins`."""
    if not twins:
        return ()
    text, word = next(iter(twins.items()))
    how = "spaces at their ends" if text.strip() == word else "the way their accents are stored"
    more = len(twins) - 1
    return (
        f"column {name!r}: {text!r} is read as {word!r}{f' (and {more:,} more)' if more else ''}: "
        f"texts that differ only by {how} are one value",
    )


def why_no_numbers(name: str, numbers: Numbers | None, right: tuple[str, int] | None, present: int) -> str:
    """Return a note if many cells are numbers but not enough in one spelling, else an empty string.

    ``right`` is the first cell that is one, and its row.
    """
    others = numbers.odd.which(missing=False) if numbers else {}
    if numbers is None or not others:
        return ""
    first = min(others, key=lambda text: numbers.odd.first[text])
    row = the_row(numbers.odd.first[first])
    reads = f"column {name!r} is read as text, not as numbers"
    if _are_numbers(others):
        assert right is not None
        one = f"{plain_text(right[0])!r} in {the_row(right[1])}"
        return (
            f"{reads}: they are written in more than one way, such as {one} and {plain_text(first)!r} in "
            f"{row}; make them alike, or {option('--as', f'{name}=number')} takes those like the latter "
            "for missing"
        )
    return _because_of(name, numbers.odd, present, "number")


def why_no_dates(name: str, dates: Dates | None, present: int) -> str:
    """Return a note if many cells are dates but not enough in one spelling, else an empty string."""
    if dates is None:
        return ""
    return _because_of(name, dates.odd, present, "time" if dates.spelling.order == "time" else "date")


def _because_of(name: str, odd: OddCells, present: int, kind: Kind) -> str:
    others = odd.which(missing=False)
    if not others or sum(others.values()) * 2 > present:
        return ""
    first = min(others, key=lambda text: odd.first[text])
    return (
        f"column {name!r} is read as text, not as {kind}s: because of {plain_text(first)!r} in "
        f"{the_row(odd.first[first])}{and_more(others, 'and of')}; "
        f"{option('--as', f'{name}={kind}')} takes such cells for missing"
    )


def _are_numbers(others: dict[str, int]) -> bool:
    """Return whether odd cells are numbers in other spellings or with a few other units."""
    found = [parsed(text) for text in list(others)[:_LOOKED_AT]]
    units = {cell.unit for cell in found if cell is not None}
    few = len(units) <= _MOST_UNITS and 2 * len(units) <= len(found) + 1
    return None not in found and few and not any(" " in suffix.strip() for _, suffix in units)


def and_more(others: dict[str, int], words: str) -> str:
    """Return in brackets how many more cells there are than the first."""
    more = sum(others.values()) - 1
    return f" ({words} {counted(more, 'more row')})" if more else ""
