"""What ``alpha="bayes"`` finds from each start, beside the best of 50: `python -m benchmarks.evidence`.

20 problems whose truth is known, 20 initial weights each: the log evidence where the fit ends, by how much it
is below the best of 50 fits from other initial weights, and R² to the truth. With ``--before FOLDER``, the
source tree of an earlier version, its fits take turns with ours, each in a process with one thread,
and the best is that of both versions' 50.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evidence_problems import PROBLEMS
from benchmarks.record import machine, markdown, write

NEAR = 2.0
"""Log evidence that counts as the same maximum."""
HEAD = ["problem", "rows, layers", "best of 50", "fits within 2", "worst gap", "least R²", "iterations"]
BEFORE = ["before: fits within 2", "worst gap", "least R²", "seconds ÷ before"]


def fit(name: str, seed: int) -> dict[str, float]:
    """One fit: its evidence, R² to the truth, iterations and seconds."""
    from chainrule import MLPRegressor

    problem = PROBLEMS[name]
    X, y, new, right = problem.data()
    model = MLPRegressor(
        hidden_layer_sizes=problem.layers, activation="tanh", solver="lm", alpha="bayes", max_iter=500,
        random_state=seed,
    )  # fmt: skip
    began = time.process_time()
    model.fit(X, y.squeeze())
    seconds = time.process_time() - began
    errors = ((model.predict(new).reshape(right.shape) - right) ** 2).mean(axis=0)
    spread = right.var(axis=0)
    r2 = float(np.mean(1 - errors / np.where(spread > 1e-20, spread, 1)))  # of a constant: its error alone
    return {
        "evidence": round(float(model._state.log_evidence), 2), "r2": round(r2, 4),
        "iterations": model.n_iter_, "seconds": round(seconds, 4),
    }  # fmt: skip


def serve() -> None:
    """Answer each line, a problem and a seed, by a line with the fit."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(json.dumps(fit(*json.loads(line))), flush=True)


class Version:
    """A process that fits with one version of the library."""

    def __init__(self, source: Path | None) -> None:
        path = [] if source is None else [str(source / "src"), str(Path(__file__).parents[1])]
        environment = os.environ | ({"PYTHONPATH": os.pathsep.join(path)} if path else {})
        environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.evidence", "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.fit("sine", 0)  # compiled or loaded

    def fit(self, name: str, seed: int) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, seed]) + "\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measured(versions: dict[str, Version], name: str, starts: int) -> dict[str, Any]:
    """The fits of a problem, start by start, version by version."""
    found: dict[str, Any] = {"problem": name}
    for seed in range(starts):
        for label, version in versions.items():
            for key, value in version.fit(name, seed).items():
                found.setdefault(label, {}).setdefault(key, []).append(value)
    return found


def best(found: dict[str, Any]) -> float:
    """The highest evidence of all fits."""
    return max(max(each["evidence"]) for each in found.values() if isinstance(each, dict))


def gaps(found: dict[str, Any], label: str, seeds: int) -> np.ndarray:
    """By how much the first fits are below the best."""
    return best(found) - np.array(found[label]["evidence"][:seeds])


def line(found: dict[str, Any], seeds: int) -> list[str]:
    """A row of the table."""
    name, now = found["problem"], found["now"]
    problem, below = PROBLEMS[name], gaps(found, "now", seeds)
    cells = [
        name, f"{problem.n:,}, {'-'.join(map(str, problem.layers))}", f"{best(found):.1f}",
        f"{(below <= NEAR).sum()} of {seeds}", f"{below.max():.1f}", f"{min(now['r2'][:seeds]):.3f}",
        f"{np.mean(now['iterations']):.0f}",
    ]  # fmt: skip
    if "before" in found:
        below, before = gaps(found, "before", seeds), found["before"]
        cells += [
            f"{(below <= NEAR).sum()} of {seeds}", f"{below.max():.1f}", f"{min(before['r2'][:seeds]):.3f}",
            f"{sum(now['seconds']) / sum(before['seconds']):.2f}",
        ]  # fmt: skip
    return cells


def summary(rows: list[dict[str, Any]], seeds: int) -> dict[str, list[list[str]]]:
    """All problems together, and the worst case of each kind by its name."""
    table = [["", *[label for label in ("now", "before") if label in rows[0]]]]
    lines: dict[str, list[str]] = {
        "fits within 2": [], "problems with all fits within 2": [], "worst gap": [],
        "least R² of a smooth problem": [], "seconds a fit": [],
    }  # fmt: skip
    for label in table[0][1:]:
        below = {row["problem"]: gaps(row, label, seeds) for row in rows}
        smooth = {
            row["problem"]: min(row[label]["r2"][:seeds]) for row in rows if PROBLEMS[row["problem"]].smooth
        }
        worst, least = max(below, key=lambda name: below[name].max()), min(smooth, key=smooth.__getitem__)
        near = sum(int((each <= NEAR).sum()) for each in below.values())
        lines["fits within 2"].append(f"{near} of {seeds * len(rows)}")
        lines["problems with all fits within 2"].append(
            f"{sum(bool((each <= NEAR).all()) for each in below.values())} of {len(rows)}"
        )
        lines["worst gap"].append(f"{below[worst].max():.1f} ({worst}, start {below[worst].argmax()})")
        lines["least R² of a smooth problem"].append(f"{smooth[least]:.3f} ({least})")
        lines["seconds a fit"].append(f"{np.mean([row[label]['seconds'] for row in rows]):.3f}")
    words = (
        "All problems. Smooth: sine, cubic, idle column, product, three outputs, without noise, straight "
        "line, chirp. Seconds are the process's."
    )
    return {words: table + [[name, *cells] for name, cells in lines.items()]}


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", type=Path, help="source tree of an earlier version")
    parser.add_argument("--starts", type=int, default=50, help="initial weights, of which the best is taken")
    parser.add_argument("--seeds", type=int, default=20, help="of these, how many the table is of")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        return serve()
    versions = {"now": Version(None)}
    if chosen.before is not None:
        versions["before"] = Version(chosen.before.resolve())
    seeds, rows = min(chosen.seeds, chosen.starts), []
    table = [HEAD + (BEFORE if "before" in versions else [])]
    for name in PROBLEMS:
        rows.append(measured(versions, name, chosen.starts))
        table.append(line(rows[-1], seeds))
        print(*table[-1], sep=" | ", flush=True)
    for version in versions.values():
        version.end()
    further = summary(rows, seeds)
    print(markdown(next(iter(further.values()))))
    write("evidence", machine(), rows, table, further)


if __name__ == "__main__":
    main()
