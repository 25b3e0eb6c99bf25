"""What a few cells look like: well enough to tell names, units and rows apart, and for nothing else."""

import re
from collections.abc import Sequence

__all__ = ["are_units", "is_number", "like_names", "like_rows_below", "number_columns"]

_NUMBER = re.compile(
    r"\s*[(\[]?\s*[-+−–]?\s*[$€£¥]?\s*[-+−–]?"
    r"(?:\d+(?:[.,'’\u00a0\u202f]\d+|[ ]\d{3}(?!\d))*[.,]?|[.,]\d+)"
    r"(?:[eEdD][-+−]?\d+)?\s*[%$€£¥]?\s*[)\]]?\s*"
)
_YEAR = re.compile(r"\s*(?:1[89]|20)\d\d\s*")
_MISSING = frozenset(
    "|na|n/a|n.a.|nan|null|none|nil|missing|unknown|-|--|–|—|.|..|...|?|*|x|#n/a|#n/a n/a|<na>|(null)".split(
        "|"
    )
)
_BRACKETED = re.compile(r"\[[^\[\]]{0,16}\]|\([^()]{1,16}\)")
_UNITS = frozenset(
    """
    m mm cm dm km µm μm um nm in inch ft foot feet yd mi mile miles m² m2 cm² cm2 mm² km² km2 ha acre
    sqft ft² m³ m3 cm³ cm3 l ml dl cl liter litre gal g kg mg µg μg t to ton tons lb lbs oz s sec second
    seconds ms µs μs ns min minute minutes h hr hrs hour hours day days week weeks month months yr yrs
    year years °c °f °k °r ° deg degc degf celsius fahrenheit kelvin rad pa hpa kpa mpa bar mbar psi atm
    mmhg kn kj mj cal kcal w kw mw gw wh kwh mwh hp ps v mv kv ma ah mah ω ohm hz khz mhz ghz db dba mol
    mmol µmol m/s km/h mph kmh kph m/s² m/s2 g/l mg/l mg/dl g/ml g/cm³ g/cm3 kg/m³ kg/m3 kg/m² kg/m2
    mmol/l l/100km mpg % percent ‰ ppm ppb € eur euro euros $ usd us$ £ gbp ¥ jpy chf sek nok dkk pln
    czk huf inr cny rub brl bit byte bytes kb mb gb px pixel pcs
    """.split()
)


def is_number(cell: str) -> bool:
    """Whether a cell looks like a number, in any country's spelling."""
    return _NUMBER.fullmatch(cell) is not None


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in _MISSING


def like_names(cells: Sequence[str]) -> bool:
    """Whether cells could be the names of columns: different words, or years.

    >>> like_names(["country", "1990", "1991"]), like_names(["Aruba", "3.5"])
    (True, False)
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    words = all(_YEAR.fullmatch(cell) or not is_number(cell) for cell in filled)
    return words and len(set(filled)) == len(filled) and 2 * len(filled) >= len(cells)


def number_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return which columns hold numbers, among missing cells, in all rows; rows may be short."""
    width = min(map(len, rows), default=0)
    return [j for j in range(width) if _are_numbers([row[j] for row in rows])]


def _are_numbers(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not _is_missing(cell)]
    return bool(present) and all(map(is_number, present))


def like_rows_below(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a row like those below: numbers above numbers, words that come again.

    >>> like_rows_below(["5.1", "setosa"], [["4.9", "setosa"], ["4.7", "virginica"]])
    True
    """
    if all(map(is_number, cells)):
        return True
    numbers = number_columns(below)
    if not any(is_number(cells[j]) for j in numbers):
        return False
    return all(_comes_again(cell, j in numbers, [row[j] for row in below]) for j, cell in enumerate(cells))


def _comes_again(cell: str, of_numbers: bool, below: Sequence[str]) -> bool:
    return (is_number(cell) or _is_missing(cell)) if of_numbers else cell in below


def are_units(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row, directly below the names, holds the units of the columns.

    Then every column that holds numbers below has a short text without digits, or nothing, in it. As a row of
    missing cells looks alike, some must be surely units: all in brackets, all well known, or at least two
    where columns of text have none.

    >>> are_units(["", "cm", "kg"], [["Ann", "170", "60"]])
    True
    >>> are_units(["Bob", "absent", "60"], [["Ann", "170", "60"]])
    False
    """
    numbers = number_columns(below)
    if not numbers or any(is_number(cells[j]) or len(cells[j].strip()) > 16 for j in numbers):
        return False
    units = [cells[j].strip() for j in numbers if not _is_missing(cells[j])]
    others = [cells[j].strip() for j in range(len(cells)) if j not in numbers]
    if all(map(_is_unit, units)):
        return bool(units)
    no_digits = not any(re.search(r"\d", unit) for unit in units)
    return len(units) >= 2 and no_digits and all(_is_missing(cell) for cell in others)


def _is_unit(cell: str) -> bool:
    return bool(_BRACKETED.fullmatch(cell)) or cell.lower() in _UNITS
