"""Pictures that a block draws, as SVG inside the page, in the colours of its light or dark theme."""

import io
import re
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap

_INK, _FAINT = "#010203", "#040506"  # stand for the colours of the theme, until the picture is written
_STYLE: dict[str, Any] = {
    "figure.figsize": (6.4, 3.4),
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "image.cmap": "signed",
    "axes.prop_cycle": cycler(color=["#3b82c4", "#e07b1a", "#5a9e6f", "#b05fa8", "#8a8a8a"]),
    "grid.color": _FAINT,
    "grid.alpha": 0.35,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "legend.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.color": _FAINT,
    "ytick.labelcolor": _INK,
    "savefig.transparent": True,
}
_SIGNED = [(0.88, 0.48, 0.1, 1), (0.88, 0.48, 0.1, 0), (0.23, 0.51, 0.77, 0), (0.23, 0.51, 0.77, 1)]
"""Orange where negative, blue where positive, and nothing where zero."""
matplotlib.colormaps.register(
    LinearSegmentedColormap.from_list("signed", [*zip((0, 0.5, 0.5, 1), _SIGNED, strict=True)])
)
plt.rcParams.update(_STYLE)


def pictures_drawn() -> list[str]:
    """Return the figures that are open as HTML, and close them."""
    pictures = [_as_html(plt.figure(number)) for number in plt.get_fignums()]
    plt.close("all")
    return pictures


def _as_html(figure: Any) -> str:
    written = io.StringIO()
    with plt.rc_context({"svg.hashsalt": f"{_as_html.__name__}{figure.number}", "svg.fonttype": "path"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    svg = written.getvalue()
    svg = (
        svg[svg.index("<svg") :].replace(_INK, "currentColor").replace(_FAINT, "var(--pst-color-text-muted)")
    )
    svg = re.sub(r"\n\s*\n", "\n", re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{_words_of(figure)}" ', 1)
    return f'<figure class="drawn">{svg}</figure>'


def _words_of(figure: Any) -> str:
    """Say what is drawn, for who does not see it: titles and axes."""
    said = []
    for axes in figure.axes:
        title, x, y = axes.get_title(), axes.get_xlabel(), axes.get_ylabel()
        said.append(": ".join(part for part in (title, f"{y} against {x}" if x and y else x or y) if part))
    return "Picture. " + "; ".join(part for part in said if part).replace('"', "'").replace(
        "&", "and"
    ).replace("<", "less than")
