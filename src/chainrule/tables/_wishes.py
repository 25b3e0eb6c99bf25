"""What the owner of a table says of its columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chainrule.tables._names import listed, meant
from chainrule.tables.columns import KINDS, Hints, Kind

__all__ = ["Wishes"]


@dataclass(frozen=True)
class Wishes:
    """What the owner of a table says of its columns.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of columns: number, boolean, date, time, text, or category, which is text. Such columns are
        never left out.
    na : tuple of str
        Texts that stand for missing cells, in columns of every kind.
    ignore : tuple of str
        Columns not to learn from.
    decimal : {".", ","}, optional
        Decimal mark of columns whose cells leave it open.
    """

    kinds: Mapping[str, str] | None = None
    na: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    decimal: str | None = None

    def check(self, names: list[str], target: str | None = None) -> None:
        """Raise ValueError for columns and kinds that there are not."""
        for name in (*self.ignore, *(self.kinds or {})):
            if name not in names:
                guess = meant(name, names) or f"; the columns are {listed(names)}"
                raise ValueError(f"the table has no column {name!r}{guess}")
        if target in self.ignore:
            raise ValueError(f"the target {target!r} cannot be ignored")
        for name, kind in (self.kinds or {}).items():
            if kind not in (*KINDS, "category"):
                raise ValueError(f"the kind of {name!r} must be {listed([*KINDS, 'category'])}, not {kind!r}")
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"the decimal mark must be '.' or ',', not {self.decimal!r}")

    def wanted(self, names: Iterable[str]) -> list[str]:
        """Return the columns that are not ignored."""
        return [name for name in names if name not in self.ignore]

    def hints(self, name: str) -> Hints:
        """Return what is known of a column."""
        asked = (self.kinds or {}).get(name)
        kind: Kind | None = "text" if asked == "category" else next((k for k in KINDS if k == asked), None)
        return Hints(kind, mark=self.decimal)
