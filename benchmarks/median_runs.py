"""Median run of each method of `benchmarks.second_order`, and what of the other runs is kept."""

import math
from typing import Any

from benchmarks.learners import column

Run = dict[str, Any]


def standing(runs: list[Run]) -> tuple[list[float], Run]:
    """The median run of one method, and its rank: seconds to the levels, the last first, then the error."""
    marks = list(runs[0]["reached"])[::-1]

    def rank(run: Run) -> list[float]:
        seconds = [run["reached"][mark][0] if run["reached"][mark] else math.inf for mark in marks]
        return [*seconds, run["curve"][-1][1] if run["curve"] else math.inf]

    ordered = sorted(runs, key=rank)
    chosen = ordered[(len(ordered) - 1) // 2]
    return rank(chosen), chosen


def median_runs(runs: list[Run]) -> dict[str, Run]:
    """By column the median run of the best form, of the runs of one task."""
    best: dict[str, tuple[list[float], Run]] = {}
    for method in dict.fromkeys(run["method"] for run in runs):
        found = standing([run for run in runs if run["method"] == method])
        name = column(method)
        if found[1]["curve"] and (name not in best or found[0] < best[name][0]):
            best[name] = found
    return {name: run for name, (_, run) in best.items()}


def thinned(runs: list[Run]) -> list[Run]:
    """The runs of all tasks; of a curve that is not drawn only the last point, which the tables need."""
    drawn = {
        id(run)
        for task in {run["task"] for run in runs}
        for run in median_runs([run for run in runs if run["task"] == task]).values()
    }
    return [run if id(run) in drawn else run | {"curve": run["curve"][-1:]} for run in runs]
