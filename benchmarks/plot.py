"""Draw a run of `benchmarks.steps`: the best peer's time over ours, against the size of the network."""

import json
from itertools import pairwise
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.record import RESULTS

COLOURS = {1: "#9ecae1", 32: "#4292c6", 200: "#08519c", 512: "#08306b"}


def parameters(sizes: list[int]) -> int:
    """How many η holds."""
    return sum(a * b + b for a, b in pairwise(sizes))


def draw(rows: list[dict[str, Any]], axes: Any, dtype: str) -> None:
    """One panel: Adam on one core, a line for each size of batch, and beside it scikit-learn's alone."""
    chosen = [row for row in rows if row["dtype"] == dtype and row["solver"] == "adam" and row["cores"] == 1]
    for batch, colour in COLOURS.items():
        line = sorted(
            (row for row in chosen if row["batch"] == batch), key=lambda row: parameters(row["sizes"])
        )
        sizes = [parameters(row["sizes"]) for row in line]
        axes.plot(
            sizes, [row["ratio"] for row in line], "o-", color=colour, label=f"best peer, batch {batch}"
        )
        axes.plot(sizes, [row["over_scikit_learn"] for row in line], ":", color=colour)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set(xscale="log", yscale="log", title=dtype, xlabel="parameters", ylim=(0.4, 25))
    ticks = [0.5, 1, 2, 5, 10, 20]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(axis="y", color="0.9")


def main() -> None:
    """Write results/steps.png."""
    rows = json.loads((RESULTS / "steps.json").read_text())["rows"]
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    for axes, dtype in zip(panels, ("float32", "float64"), strict=True):
        draw(rows, axes, dtype)
    panels[0].set_ylabel("their time ÷ ours, a step of Adam, one core")
    panels[0].plot([], [], ":", color="black", label="scikit-learn")
    panels[0].legend(frameon=False, fontsize=8, ncol=1, loc="upper right")
    figure.savefig(RESULTS / "steps.png", dpi=130)
    print(f"{np.median([row['ratio'] for row in rows]):.2f} is the median ratio; {RESULTS / 'steps.png'}")


if __name__ == "__main__":
    main()
