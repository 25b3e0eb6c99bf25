"""Seconds until the training error is first below a level, for Levenberg–Marquardt and others.

Run with ``python -m benchmarks.second_order``; with ``--iteration``, what one iteration costs. Errors are the
mean of (F - y)² over the variance of y. tanh hidden layers, float64, all rows at once, no regularisation, one
thread for everyone; methods take turns, initialisation by initialisation, and begin at the same η. Compiling
is not counted, nor what another method left in the caches: each runs for a moment before its time is taken.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
if hasattr(os, "sched_setaffinity"):  # XLA has no switch for one thread that it always heeds: one core is one
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import json
import math
import warnings
from typing import Any

from benchmarks.learners import METHODS, OURS, Learn, column
from benchmarks.learners.task import TASKS, Task, make
from benchmarks.learners.watch import Enough, Watch
from benchmarks.median_runs import thinned
from benchmarks.record import RESULTS, machine, markdown, write

# Best peer ÷ ours.
TARGETS = {("friedman1", 1e-4): 6.0, ("arm", 1e-4): 6.0, ("sine", 1e-6): 4.0, ("friedman2", 1e-4): 5.0}
OWN = "chainrule"
WARM = 0.05
"""Seconds a method runs before its time is taken, so that none pays for what another left in the caches."""
TESTED = "Test error at that moment (mean of (F - y)² over the variance, median)."
LEAST = "The least training error of a run, which ends at the last level, at the cap or by itself (median)."


def prepare(task: Task, names: list[str], cap: float) -> dict[str, Learn]:
    """The methods whose library is there, each run for a moment, with what they compile."""
    ready: dict[str, Learn] = {}
    for name in names:
        try:
            ready[name] = METHODS[name](task)
        except ImportError as error:
            print(f"{name} is left out: {error}", flush=True)
            continue
        run(ready[name], task, seed=0, cap=min(0.1, cap))
    return ready


def run(learn: Learn, task: Task, seed: int, cap: float) -> dict[str, Any]:
    """One initialisation: when each level was reached, what the test error was, and the curve."""
    watch, ended = Watch(task, cap), ""
    try:
        learn(task.network(seed), watch)
    except Enough:
        pass
    except Exception as error:  # a peer that breaks down is a result
        ended = f"{type(error).__name__}: {error}"
    return {
        "seed": seed,
        "reached": {f"{level:g}": watch.reached.get(level) for level in task.levels},
        "looks": watch.looks,
        "ended": ended or ("by the watch" if watch.over else "by itself"),
        "curve": [(float(f"{s:.4g}"), float(f"{e:.4g}")) for s, e in watch.thinned()],
    }  # fmt: skip


def measure(key: str, names: list[str], seeds: int, cap: float) -> list[dict[str, Any]]:
    """Every initialisation of a task by every method, in turns."""
    task = make(key)
    ready = prepare(task, names, cap)
    found = []
    for seed in range(seeds):
        for name, learn in ready.items():
            run(learn, task, seed, cap=min(WARM, cap))
            found.append({"task": key, "method": name} | run(learn, task, seed, cap))
        print(f"{task.name}, initialisation {seed + 1} of {seeds}", flush=True)
    return found


def middle(values: list[float]) -> float:
    """The median; of an even number the lower, which is finite where half are."""
    return sorted(values)[(len(values) - 1) // 2]


def summary(runs: list[dict[str, Any]], level: str) -> dict[str, tuple[float, float, str]]:
    """By column: seconds (infinite if not reached), test error then, and name of the fastest form."""
    best: dict[str, tuple[float, float, str]] = {}
    for method in dict.fromkeys(each["method"] for each in runs):
        reached = [each["reached"][level] for each in runs if each["method"] == method]
        seconds = middle([pair[0] if pair else math.inf for pair in reached])
        tested = middle([pair[1] for pair in reached if pair] or [math.inf])
        name = column(method)
        if name not in best or seconds < best[name][0]:
            best[name] = (seconds, tested, method)
    return best


def compared(found: dict[str, tuple[float, float, str]], cap: float) -> tuple[str, str]:
    """The fastest peer, and its time over ours; where no peer comes so far, at least the cap over ours."""
    peers = {name: each for name, each in found.items() if not name.startswith(OWN)}
    ours = found.get(OURS, (math.inf,))[0]
    best = min(peers, key=lambda name: peers[name][0], default="")
    theirs = peers[best][0] if peers else math.inf
    if theirs == math.inf:
        return "none", f"> {cap / ours:.1f}" if ours < math.inf else ""
    return peers[best][2], f"{theirs / ours:.2f}" if ours < math.inf else ""


def in_seconds(spent: float) -> str:
    """Two or three digits, or a dash."""
    return "–" if spent == math.inf else f"{spent:.2g}" if spent < 1 else f"{spent:.1f}"


def tables(runs: list[dict[str, Any]], cap: float) -> tuple[list[list[str]], dict[str, list[list[str]]]]:
    """Seconds, with the ratio; then test errors and least errors, each under its words."""
    columns = list(dict.fromkeys(column(each["method"]) for each in runs))
    times = [["task", "level", *columns, "best peer", "best peer ÷ ours", "target"]]
    tests, ends = [["task", "level", *columns]], [["task", *columns]]
    for key in dict.fromkeys(each["task"] for each in runs):
        name, sizes, n, _ = TASKS[key]
        label = f"{name} {'-'.join(map(str, sizes))}, {n:,} rows"
        of_task = [each for each in runs if each["task"] == key]
        ends.append([label, *[f"{least(of_task, each):.2g}" for each in columns]])
        for level in of_task[0]["reached"]:
            found = summary(of_task, level)
            cells = [found.get(each, (math.inf, math.inf, "")) for each in columns]
            target = TARGETS.get((key, float(level)))
            times.append([label, level, *[in_seconds(seconds) for seconds, _, _ in cells]])
            times[-1] += [*compared(found, cap), "" if target is None else f"{target:g}"]
            tests.append([label, level, *["–" if at == math.inf else f"{test:.2g}" for at, test, _ in cells]])
    return times, {TESTED: tests, LEAST: ends}


def least(runs: list[dict[str, Any]], name: str) -> float:
    """The median of the least training error, of the best form."""
    forms = {each["method"] for each in runs if column(each["method"]) == name}
    ends = {form: [run["curve"] for run in runs if run["method"] == form] for form in forms}
    return min(
        (middle([curve[-1][1] if curve else math.inf for curve in curves]) for curves in ends.values()),
        default=math.inf,
    )


def chosen_from(given: str | None, known: dict[str, Any]) -> list[str]:
    """Names that begin as one of those given, separated by semicolons; all without."""
    if given is None:
        return list(known)
    parts = [part.strip() for part in given.split(";")]
    return [name for name in known if any(name.startswith(part) for part in parts)]


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", help=f"beginnings of names, with ; between: {'; '.join(TASKS)}")
    parser.add_argument("--methods", help=f"beginnings of names, with ; between: {'; '.join(METHODS)}")
    parser.add_argument("--seeds", type=int, default=10, help="initialisations")
    parser.add_argument("--cap", type=float, default=5.0, help="seconds a run may take")
    parser.add_argument("--quick", action="store_true", help="2 initialisations, 1 second")
    parser.add_argument("--iteration", action="store_true", help="only what one iteration costs")
    parser.add_argument(
        "--again",
        action="store_true",
        help="put the tasks that are measured in place of theirs in the results",
    )
    options = parser.parse_args()
    if options.iteration:
        from benchmarks.second_order_iteration import main as iterations

        return iterations()
    warnings.simplefilter("ignore")
    seeds, cap = (2, 1.0) if options.quick else (options.seeds, options.cap)
    about = machine() | {"initialisations": seeds, "cap_seconds": cap}
    whole = options.tasks is None and options.methods is None and not options.quick
    by_task: dict[str, list[dict[str, Any]]] = {}
    if options.again:
        kept = json.loads((RESULTS / "second_order.json").read_text())
        by_task = {key: [each for each in kept["rows"] if each["task"] == key] for key in TASKS}
    for key in chosen_from(options.tasks, TASKS):
        by_task[key] = measure(key, chosen_from(options.methods, METHODS), seeds, cap)
        print(markdown(tables(by_task[key], cap)[0]), flush=True)
        runs = [each for found in by_task.values() for each in found]
        to = "second_order" if whole or options.again else "second_order-part"
        write(to, about, thinned(runs), *tables(runs, cap))


if __name__ == "__main__":
    main()
