"""Many lessons that learn at once: `make test-page-load`.

Each page asks for the next piece of learning when the last one has come, as a browser does, and every tenth
time for a single step, whose time is taken. Nothing is asserted about time; an error, or a message that is
lost, ends with 1.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass, field

import numpy as np
from tests.page.clients import Page, Server, open_page, running_server


@dataclass
class Seen:
    """What one page saw."""

    frames: int = 0
    position: int = 0
    steps: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def use(server: Server, cookie: str, place: int, end: float) -> Seen:
    """Learn until the time is over, and count."""
    seen = Seen()
    async with open_page(server, cookie) as page:
        await page.ask("show", sections=["network"])
        await page.ask("network.set", seed=place, hidden=[8, 8], activations=["tanh", "tanh"], n=500)
        while time.monotonic() < end:
            await _once(page, seen)
        seen.errors = page.errors
        if page.asked != seen.frames + 2:
            seen.errors.append(f"{page.asked} messages, {seen.frames + 2} frames")
    return seen


async def _once(page: Page, seen: Seen) -> None:
    step = seen.frames % 10 == 9
    began = time.perf_counter()
    if step:
        frame = await page.ask("network.step", batches=1)
    else:
        frame = await page.ask("network.run", seconds=0.025)
    (seen.steps if step else seen.runs).append(time.perf_counter() - began)
    position = frame["common"].get("position", -1)
    if position <= seen.position:
        seen.errors.append(f"step {position} after step {seen.position}")
    seen.position = position
    seen.frames += 1


async def whole(lessons: int, seconds: float) -> int:
    """Run them all, print what was seen, and return the exit code."""
    with running_server() as server:
        cookie = server.cookie()
        end = time.monotonic() + seconds
        pages = await asyncio.gather(*(use(server, cookie, place, end) for place in range(lessons)))
        memory = server.resident()
    errors = [error for page in pages for error in page.errors]
    cores = len(os.sched_getaffinity(0))
    print(f"{lessons} lessons for {seconds:g} s on {cores} cores, 2-8-8-1 on 500 rows each")
    frames, steps = sum(page.frames for page in pages), sum(page.position for page in pages)
    print(f"{frames:,} frames, {steps:,} steps learnt")
    kinds = {"step": "steps", "run of 25 ms": "runs"}
    for name, kind in kinds.items():
        times = [seconds for page in pages for seconds in getattr(page, kind)]
        median, late = 1e3 * np.quantile(times, [0.5, 0.99])
        print(f"latency of a {name}: median {median:.0f} ms, 99th percentile {late:.0f} ms")
    print(f"memory of the server {memory / 2**20:.0f} MiB; {len(errors)} errors")
    print(*errors[:10], sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lessons", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    sys.exit(asyncio.run(whole(given.lessons, given.seconds)))
