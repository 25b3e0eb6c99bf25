"""Records of benchmarks: the machine, the versions, every time measured, and a table of them."""

import json
import os
import platform
import subprocess
import sys
from contextlib import suppress
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = (
    "chainrule", "numpy", "scipy", "numba", "scikit-learn", "jax", "torch", "backpack-for-pytorch",
    "neural-tangents", "optimistix", "torch-levenberg-marquardt", "pyrenn",
)  # fmt: skip

_GEMM = """
import time
import numpy as np
for kind in (np.float32, np.float64):
    A = np.ones((1024, 1024), kind)
    B, C, best = A.copy(), A.copy(), 1e9
    for _ in range(12):
        began = time.perf_counter()
        np.matmul(A, B, out=C)
        best = min(best, time.perf_counter() - began)
    print(2 * 1024**3 / best / 1e9)
"""


def gemm_peak(threads: int) -> tuple[float, float]:
    """GFLOP/s of NumPy's product of 1024 × 1024, in float32 and float64."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    run = subprocess.run(
        [sys.executable, "-c", _GEMM], env=environment, capture_output=True, text=True, check=True
    )
    single, double = map(float, run.stdout.split())
    return single, double


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    found: dict[str, Any] = {"date": date.today().isoformat(), "python": platform.python_version()}
    found["processor"], found["cores"] = _processor(), len(os.sched_getaffinity(0))
    found["versions"] = versions(*LIBRARIES)
    peaks = {threads: gemm_peak(threads) for threads in sorted({1, found["cores"]})}
    found["gemm_gflops"] = {
        kind: {str(threads): round(peak[place], 1) for threads, peak in peaks.items()}
        for place, kind in enumerate(("float32", "float64"))
    }
    return found


def versions(*names: str) -> dict[str, str]:
    """Versions of those libraries that are installed."""
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def markdown(table: list[list[str]]) -> str:
    """A table whose first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]]) + "\n"


def as_json(about: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """A run as JSON, one row a line."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    return f'{{"machine": {json.dumps(about, indent=1)},\n"rows": [\n{lines}\n]}}\n'


def write(
    name: str,
    about: dict[str, Any],
    rows: list[dict[str, Any]],
    table: list[list[str]],
    further: dict[str, list[list[str]]] | None = None,
) -> None:
    """Keep a run: NAME.json with every time, NAME.md with the table and what it was measured on.

    Further tables stand below, each under its words.
    """
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(as_json(about, rows))
    versions = ", ".join(f"{library} {v}" for library, v in about["versions"].items())
    peaks = "; ".join(
        f"{kind} {', '.join(f'{g:.0f} on {t}' for t, g in by.items())}"
        for kind, by in about["gemm_gflops"].items()
    )
    head = (
        f"{about['date']}, {about['processor']}, {about['cores']} cores, Python {about['python']}; "
        f"{versions}. "
        f"GEMM peak in GFLOP/s by cores: {peaks}.\n\n"
    )
    below = "".join(f"\n{words}\n\n{markdown(lines)}" for words, lines in (further or {}).items())
    (RESULTS / f"{name}.md").write_text(head + markdown(table) + below)
