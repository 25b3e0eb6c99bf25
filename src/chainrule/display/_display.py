"""What all pictures have in common: they draw into given axes, or into new ones, and keep both."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

from chainrule.display._style import axes_to_draw_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Display", "check_count", "name_of", "place_of"]


class Display(ABC):
    """A picture in scikit-learn's manner: made from data, drawn by `plot`, which sets its attributes."""

    ax_: "Axes"
    figure_: "Figure"

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw into the given axes, or into new ones.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        Display
            Itself, with the attributes set.
        """
        self.ax_ = axes_to_draw_on(ax)
        self.figure_ = self.ax_.get_figure(root=True)  # type: ignore[assignment]
        self._draw(self.ax_)
        return self

    @abstractmethod
    def _draw(self, ax: "Axes") -> None: ...


def name_of(y: Any, name: str | None) -> str:
    """Return the name that is given, or that of a column of a data frame, or "target"."""
    found = name if name is not None else getattr(y, "name", None)
    return "target" if found is None else str(found)


def place_of(asked: Any, names: Sequence[Any], what: str) -> int:
    """Return the place of what is asked for by its place or name; ValueError if it is not there."""
    if isinstance(asked, str) and asked in names:
        return names.index(asked)
    if isinstance(asked, Integral) and -len(names) <= int(asked) < len(names):
        return int(asked) % len(names)
    raise ValueError(f"{what} is {asked!r}; the {what}s are {', '.join(map(str, names))}")


def check_count(value: Any, what: str) -> None:
    """Raise ValueError unless it is a whole number of at least 1."""
    if not isinstance(value, Integral) or int(value) < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, got {value!r}")
