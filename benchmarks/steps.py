"""Steps of Adam and of gradient descent against scikit-learn, PyTorch and JAX: `python -m benchmarks.steps`.

Each library runs in a process of its own, on the same cores; they take turns, fit by fit, and a time is
believed only if all end at the same loss. Ratios are the medians over rounds of (best peer ÷ ours).
"""

import argparse
import json
import os
import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.record import machine, markdown, write

NETS = [
    (10, 16, 1),
    (20, 64, 64, 10),
    (50, 100, 1),
    (64, 128, 128, 10),
    (784, 256, 128, 10),
    (784, 1024, 1024, 10),
    (1024, 2048, 2048, 1024),
]
# The rows with a target: net, batch, cores, best peer ÷ ours.
TARGETS = {
    ((20, 64, 64, 10), 32): 1.8,
    ((64, 128, 128, 10), 128): 1.4,
    ((784, 256, 128, 10), 128): 1.05,
    ((784, 1024, 1024, 10), 256): 1.0,
    ((1024, 2048, 2048, 1024), 512): 1.0,
}
LIBRARIES = ("chainrule", "scikit-learn", "PyTorch", "JAX")


def flops(sizes: tuple[int, ...], batch: int) -> int:
    """Of the products of a step: forward, and backward twice, but for the first layer's inputs."""
    products = [a * b for a, b in pairwise(sizes)]
    return 2 * batch * (3 * sum(products) - products[0])


def steps_for(sizes: tuple[int, ...], batch: int) -> int:
    """So many that a fit takes a tenth of a second or so."""
    P = sum(a * b for a, b in pairwise(sizes))
    seconds = 15e-6 + flops(sizes, batch) / 100e9 + 2e-9 * P
    return 2 * int(np.clip(0.05 / seconds, 4, 600))


class Runner:
    """A library's process."""

    def __init__(self, library: str, cores: list[int]) -> None:
        threads = str(len(cores))
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        command = [
            "taskset",
            "-c",
            ",".join(map(str, cores)),
            sys.executable,
            "-m",
            "benchmarks.runners",
            library,
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | dict.fromkeys(names, threads),
        )  # fmt: skip

    def ask(self, **what: Any) -> dict[str, Any]:
        """Send a line, and wait for the answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process has ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        """Close the line."""
        self._process.communicate()


def measure(runners: dict[str, Runner], case: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Prepare, compare losses, then time in turns."""
    answers = {library: runner.ask(prepare=case) for library, runner in runners.items()}
    losses = {
        f"{library} {form}".strip(): loss
        for library, answer in answers.items()
        for form, loss in answer["losses"].items()
    }
    for name, loss in losses.items():
        # PyTorch's ε stands elsewhere in Adam's step, which shows where a gradient is L2's alone.
        tolerance = 0.2 if name.startswith("PyTorch") else 2e-2
        assert abs(loss - losses["chainrule"]) <= tolerance * losses["chainrule"], (case, losses, name)
    times: dict[str, list[float]] = {name: [] for name in losses}
    for _ in range(rounds):
        for library, runner in runners.items():
            answer = runner.ask(run=1)
            for form in answers[library]["losses"]:
                times[f"{library} {form}".strip()].append(1e6 * answer[form] / case["steps"])
    ours = np.array(times["chainrule"])
    peers = {name: np.median(spent) for name, spent in times.items() if name != "chainrule"}
    best = min(peers, key=lambda name: peers[name])
    ratios = np.array(times[best]) / ours
    return case | {
        "losses": losses, "microseconds": times, "best": best, "ratio": float(np.median(ratios)),
        "spread": [float(ratios.min()), float(ratios.max())],
        "over_scikit_learn": float(np.median(np.array(times["scikit-learn"]) / ours)),
        "gflops": float(flops(tuple(case["sizes"]), case["batch"]) / np.median(ours) / 1e3),
        "first_seconds": {library: answer["first"] for library, answer in answers.items()},
        "peak_mb": {library: answer["peak_mb"] for library, answer in answers.items()},
    }  # fmt: skip


def grid(quick: bool) -> list[dict[str, Any]]:
    """All cases: net, batch, dtype, solver, number of cores."""
    cases: list[dict[str, Any]] = []

    def add(sizes: tuple[int, ...], batch: int, dtype: str, solver: str, cores: int) -> None:
        steps = steps_for(sizes, batch)
        case = {"sizes": sizes, "batch": batch, "dtype": dtype, "solver": solver, "steps": steps}
        compiled = not quick and (sizes, batch) in TARGETS and dtype == "float32" and cores == 1
        case |= {"cores": cores, "compiled": compiled}
        if case not in cases:
            cases.append(case)

    for sizes, batch in TARGETS:
        for dtype in ("float32",) if quick else ("float32", "float64"):
            for cores in (1, 2):
                add(sizes, batch, dtype, "adam", cores)
    if not quick:
        for sizes in NETS:
            for batch in (1, 32, 200, 512):
                for dtype in ("float32", "float64"):
                    add(sizes, batch, dtype, "adam", 1)
            add(sizes, 200, "float32", "sgd", 1)
            add(sizes, 200, "float64", "sgd", 1)
    else:
        add((50, 100, 1), 200, "float32", "adam", 1)
    return cases


def line(found: dict[str, Any], peak: float) -> list[str]:
    """A row of the table."""
    spent = {name: np.median(each) for name, each in found["microseconds"].items()}
    torch = [t for name, t in spent.items() if name.startswith("PyTorch")]
    target = TARGETS.get((tuple(found["sizes"]), found["batch"]))
    low, high = found["spread"]
    return [
        "-".join(map(str, found["sizes"])), str(found["batch"]), found["dtype"], found["solver"],
        str(found["cores"]), f"{spent['scikit-learn']:,.0f}", f"{min(torch):,.0f}",
        f"{spent['JAX scan']:,.0f}", f"{spent['chainrule']:,.0f}",
        f"{found['ratio']:.2f} ({low:.2f} to {high:.2f})", found["best"],
        "" if target is None else f"{target:g}", f"{found['over_scikit_learn']:.1f}",
        f"{100 * found['gflops'] / peak:.0f} %",
    ]  # fmt: skip


BEGINNINGS = (
    "Time to first steps and peak of memory, float32, one core: a new process imports the library and learns "
    "for two steps (ours with its kernels kept from an earlier process; the others compile theirs anew where "
    "they do; PyTorch in two forms)."
)
HEAD = [
    "net", "batch", "type", "solver", "cores", "scikit-learn, µs a step", "PyTorch", "JAX", "chainrule",
    "best peer ÷ ours", "best peer", "target", "scikit-learn ÷ ours", "of GEMM peak",
]  # fmt: skip


def beginning(sizes: tuple[int, ...], batch: int, core: int) -> dict[str, Any]:
    """Each library in a new process: seconds of the import and a fit of two steps, and peak of memory."""
    found: dict[str, Any] = {"net": "-".join(map(str, sizes)), "batch": batch}
    case = {"sizes": sizes, "batch": batch, "dtype": "float32", "solver": "adam", "steps": 2}
    for library in LIBRARIES:
        runner = Runner(library, [core])
        answer = runner.ask(prepare=case)
        runner.end()
        found[library] = {"seconds": answer["first"], "peak_mb": answer["peak_mb"]}
    return found


def beginnings(core: int) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """The same for the nets with a target, and a table of it."""
    rows = [beginning(sizes, batch, core) for sizes, batch in TARGETS]
    table = [["net", "batch", *LIBRARIES]]
    for row in rows:
        cells = [f"{row[name]['seconds']:.2f} s, {row[name]['peak_mb']:,.0f} MB" for name in LIBRARIES]
        table.append([row["net"], str(row["batch"]), *cells])
    return rows, table


def main() -> None:
    """Measure, and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="the rows with targets, in float32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--net", help="only nets whose sizes begin so, like 20-64")
    chosen = parser.parse_args()
    about = machine()
    everything, table = [], [HEAD]
    print(*HEAD, sep=" | ", flush=True)
    available = sorted(os.sched_getaffinity(0))
    for cores in (1, 2):
        cases = [case for case in grid(chosen.quick) if case["cores"] == cores]
        if chosen.net:
            cases = [c for c in cases if "-".join(map(str, c["sizes"])).startswith(chosen.net)]
        if len(available) < cores or not cases:
            continue
        runners = {library: Runner(library, available[-cores:]) for library in LIBRARIES}
        for case in cases:
            asked = {name: value for name, value in case.items() if name != "cores"}
            found = measure(runners, asked, chosen.rounds) | {"cores": cores}
            everything.append(found)
            table.append(line(found, about["gemm_gflops"][case["dtype"]][str(cores)]))
            print(*table[-1], sep=" | ", flush=True)
            if not chosen.net:
                write("steps-quick" if chosen.quick else "steps", about, everything, table)
        for runner in runners.values():
            runner.end()
    if not chosen.quick and not chosen.net:
        rows, small_table = beginnings(available[-1])
        print(markdown(small_table))
        write("steps", about | {"beginnings": rows}, everything, table, {BEGINNINGS: small_table})


if __name__ == "__main__":
    main()
