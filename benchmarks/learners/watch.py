"""One stopwatch for every method: when was the training error first below each level."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from benchmarks.learners.task import Task

POINTS = 60

Predict = Callable[[np.ndarray], np.ndarray]


class Enough(Exception):
    """Raised where a method has no other way to be stopped."""


@dataclass
class Watch:
    """Keeps (seconds, least error so far), without the time that it takes itself."""

    task: Task
    cap: float
    reached: dict[float, tuple[float, float]] = field(default_factory=dict)
    curve: list[tuple[float, float]] = field(default_factory=list)
    looks: int = 0
    over: bool = False
    _began: float = field(default_factory=perf_counter)
    _away: float = 0.0

    def start(self) -> None:
        """Begin to count here: what translates a network into a library's own form is not learning."""
        self._began, self._away = perf_counter(), 0.0

    def saw(self, mean_square: float, predict: Predict) -> bool:
        """Take the mean of (F - y)² of any η tried, and F at that η; True says that it is enough.

        An η that a method tries and rejects is no better than the one that it keeps, so the least counts.
        """
        now = perf_counter()
        seconds, error = now - self._began - self._away, float(mean_square) / self.task.variance
        self.over = seconds > self.cap
        if self.over:
            return True
        self.looks += 1
        if not self.curve or error < self.curve[-1][1]:
            self.curve.append((seconds, error))
            self._note_levels(seconds, error, predict)
        self.over = len(self.reached) == len(self.task.levels)
        self._away += perf_counter() - now
        return self.over

    def saw_or_stop(self, mean_square: float, predict: Predict) -> None:
        """Raise `Enough` where `saw` would say True."""
        if self.saw(mean_square, predict):
            raise Enough

    def _note_levels(self, seconds: float, error: float, predict: Predict) -> None:
        new = [level for level in self.task.levels if error < level and level not in self.reached]
        if new:
            tested = self.task.test_error(predict)
            self.reached |= dict.fromkeys(new, (seconds, tested))

    def thinned(self) -> list[tuple[float, float]]:
        """At most `POINTS` of the curve, evenly in the logarithm of time, with the first and the last."""
        if len(self.curve) <= POINTS:
            return self.curve
        times = np.log([seconds for seconds, _ in self.curve])
        wanted = np.linspace(times[0], times[-1], POINTS)
        places = np.unique(np.searchsorted(times, wanted).clip(0, len(times) - 1))
        return [self.curve[place] for place in places]
