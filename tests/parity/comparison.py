"""When two runs count as one, and a tally of how far apart they were."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import chainrule

from .running import Case, Run, run, run_scikit_learn

# Relative, after all epochs. A float32 net of scikit-learn's works partly in float64.
TOLERANCE = {("adam", "float64"): 1e-9, ("sgd", "float64"): 1e-9, ("lbfgs", "float64"): 1e-6}
TOLERANCE |= {("adam", "float32"): 5e-3, ("sgd", "float32"): 5e-3, ("lbfgs", "float32"): 5e-2}
# Where rounding grows faster than that, the yardstick is scikit-learn against itself, started some ulp off.
GROWTH = 30
# Values below this count as of this size: of a problem solved to the last bit, or of a slope that is 0, only
# rounding is left, which Adam divides by itself.
SMALL = 1e-4


@dataclass
class Tally:
    """Configurations seen so far."""

    equal: Counter[str] = field(default_factory=Counter)
    worst: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def add(self, kind: tuple[str, str], how: str, apart: float) -> None:
        self.equal[how] += 1
        if how == "equal":
            self.worst[kind] = max(self.worst[kind], apart)

    def lines(self) -> list[str]:
        counts = ", ".join(f"{count} {how}" for how, count in self.equal.items())
        worst = (f"{' '.join(kind)} {apart:.1e}" for kind, apart in sorted(self.worst.items()))
        return [f"{self.equal.total()} configurations: {counts}", f"worst deviation: {', '.join(worst)}"]


def compare(case: Case, tally: Tally) -> None:
    """Run both libraries; AssertionError unless they agree, or raise the same type of exception."""
    ours, theirs = run(case, chainrule), run_scikit_learn(case)
    if diverged(ours) and theirs.raised is None and never_scored(theirs):
        # Quirk 4: scikit-learn hands out the weights that it has drawn, where no score was a number.
        tally.add((case.algorithm, case.dtype), "refused since no score was a number", 0.0)
        return
    assert type(ours.raised) is type(theirs.raised), (ours.raised, theirs.raised)
    kind = (case.algorithm, case.dtype)
    if kind == ("lbfgs", "float32"):  # scikit-learn's works in float64 all through: the solution counts
        apart = {"loss_": max(map(loss_apart, ours.stages, theirs.stages), default=0.0)}
        assert len(ours.stages) == len(theirs.stages)
    else:
        apart = deviations(ours, theirs)
    far = {name: value for name, value in apart.items() if value > TOLERANCE.get(kind, 0.0)}
    if far and divided_by_zero(theirs):
        tally.add(kind, "apart since scikit-learn divided by zero", 0.0)
    elif far:
        grown = deviations(run_scikit_learn(case, nudged=True), theirs)
        far = {name: value for name, value in far.items() if value > GROWTH * grown[name]}
        assert not far, (far, grown)
        tally.add(kind, "equal but for grown rounding", 0.0)
    elif ours.raised is not None:
        tally.add(kind, "stopped by the same error", 0.0)
    elif not all(np.isfinite(stage["loss_"]) for stage in theirs.stages):
        tally.add(kind, "equal in the best weights, then diverging", 0.0)
    else:
        assert kind == ("lbfgs", "float32") or warned(ours) == warned(theirs)
        tally.add(kind, "equal", max(apart.values()))


def diverged(run: Run) -> bool:
    return isinstance(run.raised, ValueError) and str(run.raised).startswith("Solver produced non-finite")


def never_scored(run: Run) -> bool:
    return bool(run.stages) and run.stages[-1].get("best_validation_score_") == -np.inf


def divided_by_zero(run: Run) -> bool:
    """Return whether a loss is NaN on the way since a prediction has overflown; ours is a number there."""
    return any(kind is RuntimeWarning and "encountered in divide" in words for kind, words in run.warned)


def loss_apart(mine: dict[str, Any], right: dict[str, Any]) -> float:
    """Return by how much our solution is worse, as a share of the loss, or of 0.1 close to zero."""
    return max(0.0, mine["loss_"] - right["loss_"]) / max(right["loss_"], 0.1)


def warned(run: Run) -> list[Any]:
    """Return what was warned of; the words of L-BFGS are SciPy's, RuntimeWarnings NumPy's."""
    heard = [each for each in run.warned if each[0] is not RuntimeWarning]
    return [kind if "lbfgs" in words else (kind, words) for kind, words in heard]


# What goes on counting in scikit-learn when the weights are not finite any more.
COUNTED = {"n_iter_", "t_", "loss_", "best_loss_", "loss_curve_", "validation_scores_"}


def deviations(ours: Run, theirs: Run) -> dict[str, float]:
    """Return the largest relative difference of each quantity over all stages; infinite for a missing one."""
    worst = {"stages": 0.0 if len(ours.stages) == len(theirs.stages) else np.inf}
    left_out: set[str] = set()
    for mine, right in zip(ours.stages, theirs.stages, strict=False):
        if not np.isfinite(right["loss_"]):  # quirk 4; early stopping has kept the best weights
            left_out = COUNTED
        for name in (mine.keys() | right.keys()) - left_out:
            apart = np.inf
            if name in mine and name in right:
                # R² and accuracy may be 0, and 1 is their natural unit.
                apart = deviation(mine[name], right[name], unit=1.0 if "score" in name else SMALL)
            worst[name] = max(worst.get(name, 0.0), apart)
    return worst


def deviation(mine: Any, right: Any, unit: float) -> float:
    """Return the largest difference as a share of the largest value, or of a unit; of words, that differ."""
    mine, right = np.asarray(mine), np.asarray(right)
    if mine.shape != right.shape:
        return np.inf
    if right.dtype.kind not in "fiub":
        return float(np.mean(mine != right))
    mine, right = mine.astype(np.float64), right.astype(np.float64)
    if not np.array_equal(np.isfinite(mine), np.isfinite(right)):
        return np.inf
    finite = np.isfinite(right)
    if not np.array_equal(mine[~finite], right[~finite], equal_nan=True):
        return np.inf
    apart = np.abs(mine[finite] - right[finite]).max(initial=0.0)
    return float(apart / (np.abs(right)[finite].max(initial=unit)))
