"""Draw a run of `benchmarks.second_order`: training error against seconds, the median runs."""

import argparse
import json
import math
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from benchmarks.learners import OURS
from benchmarks.learners.task import TASKS
from benchmarks.median_runs import median_runs
from benchmarks.record import RESULTS

COLOUR = "#d7301f"
# Grey shades and dashes, so that a line is found again in each panel.
PEERS: dict[str, tuple[str, Any]] = {
    "chainrule lbfgs": ("#fc9272", "-"),
    "scikit-learn lbfgs": ("0.1", "-"),
    "scikit-learn adam": ("0.1", ":"),
    "PyTorch LBFGS": ("0.5", "-"),
    "PyTorch Adam": ("0.5", ":"),
    "torch-levenberg-marquardt": ("0.1", "--"),
    "SciPy lm": ("0.35", "-."),
    "SciPy trf": ("0.65", "-."),
    "optimistix": ("0.65", "--"),
    "pyrenn": ("0.8", "-"),
}
SHORT = {"torch-levenberg-marquardt": "torch-l-m"}


def draw(runs: list[dict[str, Any]], axes: Any, cap: float) -> dict[str, np.ndarray]:
    """One panel; return the curves."""
    shown = {name: run for name, run in median_runs(runs).items() if name == OURS or name in PEERS}
    curves = {name: np.array(run["curve"]) for name, run in shown.items()}
    floor = min(float(level) for level in runs[0]["reached"])
    for name, curve in curves.items():
        ours = name == OURS
        colour, dashes = (COLOUR, "-") if ours else PEERS[name]
        width, order = (3, 5) if ours else (1.3, 3)
        seconds, errors = curve.T
        axes.plot(seconds, errors, dashes, color=colour, linewidth=width, zorder=order)
        if errors[-1] < floor:
            axes.plot(seconds[-1], errors[-1], "o", color=colour, markersize=width + 2.5, zorder=order)
    for name in named(curves, floor):
        label(axes, name, *curves[name][-1], late=curves[name][-1, 0] > 0.2 * cap)
    first = min((curve[0, 0] for curve in curves.values()), default=1e-3)
    axes.set(xscale="log", yscale="log", xlim=(max(first, 3e-4), 1.2 * cap), ylim=(0.04 * floor, 4))
    for level in runs[0]["reached"]:
        axes.axhline(float(level), color="0.93", linewidth=0.8, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    return curves


def label(axes: Any, name: str, seconds: float, error: float, late: bool) -> None:
    """A name below the end of a line: ours to its left, another lower and to its right if there is room."""
    ours = name == OURS
    text = axes.annotate(
        SHORT.get(name, name), (seconds, error), (0, -14 if ours else -22), textcoords="offset points",
        zorder=6, fontsize=8, ha="right" if ours or late else "left", color=COLOUR if ours else "0.25",
        weight="bold" if ours else "normal", path_effects=[withStroke(linewidth=2, foreground="white")],
    )  # fmt: skip
    text.set_in_layout(False)


def named(curves: dict[str, np.ndarray], floor: float) -> list[str]:
    """Ours, and the peer that is first at the last level or, if none comes there, lowest."""
    peers = [name for name in curves if not name.startswith("chainrule")]
    best = min(peers, key=lambda name: (max(curves[name][-1, 1], floor), curves[name][-1, 0]), default=None)
    return [name for name in (OURS, best) if name in curves]


def key(axes: Any, present: set[str]) -> None:
    """The lines with their names, in place of a panel."""
    axes.axis("off")
    for name, (colour, dashes) in ({OURS: (COLOUR, "-")} | PEERS).items():
        if name in present:
            axes.plot([], [], dashes, color=colour, linewidth=3 if name == OURS else 1.5, label=name)
    axes.plot([], [], "o", color="0.3", markersize=4, linestyle="none", label="reached the last level")
    axes.legend(frameon=False, loc="center left", fontsize=10, handlelength=3.2)


def main() -> None:
    """Write results/NAME.png."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", nargs="?", default="second_order", help="of the results")
    name = parser.parse_args().name
    kept = json.loads((RESULTS / f"{name}.json").read_text())
    rows, cap = kept["rows"], kept["machine"]["cap_seconds"]
    tasks = [task for task in TASKS if any(row["task"] == task for row in rows)]
    columns = min(4, len(tasks) + 1)
    lines = math.ceil((len(tasks) + 1) / columns)
    figure, panels = plt.subplots(
        lines, columns, figsize=(3.6 * columns, 3.1 * lines), layout="constrained", squeeze=False
    )
    present: set[str] = set()
    for task, axes in zip(tasks, panels.flat, strict=False):
        present |= set(draw([row for row in rows if row["task"] == task], axes, cap))
        axes.set_title(f"{TASKS[task][0]}  {'-'.join(map(str, TASKS[task][1]))}", fontsize=11, loc="left")
    for axes in panels.flat[len(tasks) :]:
        axes.axis("off")
    key(panels.flat[len(tasks)], present)
    figure.supxlabel("seconds, one thread", fontsize=11)
    figure.supylabel("training error ÷ variance", fontsize=11)
    figure.savefig(RESULTS / f"{name}.png", dpi=130)
    print(RESULTS / f"{name}.png")


if __name__ == "__main__":
    main()
