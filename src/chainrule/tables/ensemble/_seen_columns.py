"""What the pieces of a table show of its columns: their names, kinds and facts, merged in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainrule.tables._names import listed
from chainrule.tables._quantile_search import QuantileSearch
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._facts import ColumnFacts, SearchedNumbers

__all__ = ["MOST_TEXTS", "SeenColumn", "merged_columns", "names_of_all"]

MOST_TEXTS = 100_000
"""Different texts of a column that are counted."""
_BITS = 12
"""Of a pass of the search for quantiles: of some twenty bins a column each pass counts 4,096 parts."""


@dataclass(frozen=True)
class SeenColumn:
    """What some pieces show of a column.

    Attributes
    ----------
    name : str
    n_rows : int
    stored_as_text : bool
        Whether one of the pieces stores it as text; it need not have any.
    texts : ColumnFacts
    numbers : SearchedNumbers
    text_in, numbers_in : int or None
        The first piece that holds text, or numbers.
    """

    name: str
    n_rows: int
    stored_as_text: bool
    texts: ColumnFacts
    numbers: SearchedNumbers
    text_in: int | None = None
    numbers_in: int | None = None

    @classmethod
    def of(cls, piece: int, column: TableColumn, shares: Sequence[float]) -> "SeenColumn":
        """Look at a column of a piece.

        Raises
        ------
        ValueError
            If it has too many different texts.
        """
        name, n = column.name, len(column.values)
        none = SearchedNumbers(name, 0, 0, np.inf, -np.inf, QuantileSearch(shares, _BITS))
        nothing = ColumnFacts.of_texts(name, np.empty(0, dtype=object))
        seen = cls(name, n, column.is_text, nothing, none)
        if column.is_text:
            texts = _few(ColumnFacts.of_texts(name, column.values))
            return replace(seen, texts=texts, text_in=piece) if texts.n else seen
        present = column.values[~np.isnan(column.values)]
        if not len(present):
            return seen
        none.search.add(present)
        low, high = float(present.min()), float(present.max())
        numbers = replace(none, n=len(present), low=low, high=high)
        return replace(seen, numbers=numbers, numbers_in=piece)

    def merged(self, other: "SeenColumn") -> "SeenColumn":
        """Return what both show."""
        return SeenColumn(
            self.name, self.n_rows + other.n_rows, self.stored_as_text or other.stored_as_text,
            _few(self.texts.merged(other.texts)), _of_both(self.numbers, other.numbers),
            _first(self.text_in, other.text_in), _first(self.numbers_in, other.numbers_in),
        )  # fmt: skip

    def is_text(self, names: Sequence[str]) -> bool:
        """Return whether the column holds text: where it has no value, whether it is stored as such.

        Raises
        ------
        ValueError
            If it holds text in one piece and numbers in another; it has both names of ``names``.
        """
        if self.text_in is not None and self.numbers_in is not None:
            raise ValueError(
                f"column {self.name!r} holds text in {names[self.text_in]} and numbers in "
                f"{names[self.numbers_in]}: convert one of them"
            )
        return self.numbers_in is None and self.stored_as_text

    def facts(self, is_text: bool) -> ColumnFacts | SearchedNumbers:
        """Return the facts of the column as a whole."""
        facts = self.texts if is_text else self.numbers
        return replace(facts, n_missing=self.n_rows - facts.n)


def _of_both(one: SearchedNumbers, other: SearchedNumbers) -> SearchedNumbers:
    low, high = min(one.low, other.low), max(one.high, other.high)
    return replace(one, n=one.n + other.n, low=low, high=high, search=one.search.plus(other.search))


def _few(texts: ColumnFacts) -> ColumnFacts:
    if len(texts.values) > MOST_TEXTS:
        raise ValueError(
            f"column {texts.name!r} holds more than {MOST_TEXTS:,} different texts: leave it out "
            f"(ignore=[{texts.name!r}]), or make fewer categories of them"
        )
    return texts


def _first(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


Columns = dict[str, SeenColumn]


def merged_columns(one: Columns, other: Columns) -> Columns:
    """Return what both show of each column; whether all have the same ones is looked at in the end."""
    found = one | other
    return found | {name: one[name].merged(other[name]) for name in found if name in one and name in other}


def names_of_all(found: dict[tuple[str, ...], int], names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that all pieces have, in their order.

    Parameters
    ----------
    found : dict
        Columns of a piece, and the first piece with these.
    names : sequence of str
        Of the pieces.

    Raises
    ------
    ValueError
        If they differ; names the pieces and what differs.
    """
    (first, at), *others = sorted(found.items(), key=lambda each: each[1])
    if not others:
        return first
    columns, piece = others[0]
    missing = [name for name in first if name not in columns]
    more = [name for name in columns if name not in first]
    how = [f"it has not {listed(missing)}"] if missing else []
    how += [f"it has {listed(more)} more"] if more else []
    raise ValueError(
        f"the columns of {names[piece]} differ from those of {names[at]}: "
        f"{' and '.join(how) or f'their order is {listed(columns)}, there it is {listed(first)}'}"
    )
