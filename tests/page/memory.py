"""Memory of the server while it is used: `make test-page-memory`.

Four pages learn, change their networks and data, go back, reload, and now and then begin a new lesson. The
resident memory is read once a minute; after a first sixth of the time, in which caches fill, it must not go
up by more than a twentieth (or 20 MiB): ends with 1 if it does.
"""

import argparse
import asyncio
import secrets
import sys
import time
from typing import Any

import numpy as np
from tests.page.clients import Page, Server, open_page, running_server

from chainrule.lesson import sections

TALK: list[tuple[str, dict[str, Any]]] = [
    *[("network.run", {"seconds": 0.025})] * 20,
    ("network.step", {"batches": 1}),
    ("network.back", {"steps": 10}),
    ("choose row", {"row": 17}),
    ("network.epoch", {}),
    ("read", {}),
]
SECTIONS = [section.name for section in sections.SECTIONS]
NETS = [[8, 8], [4], [12, 3, 5], [30]]
DATA = ["xor", "circles", "spirals", "sine", "plane"]


async def use(server: Server, cookie: str, place: int, end: float, errors: list[str]) -> None:
    """Use lessons one after another."""
    random = np.random.default_rng(place)
    while time.monotonic() < end:
        key = secrets.token_urlsafe(24)
        for _ in range(3):  # the page is loaded again, and finds its lesson
            async with open_page(server, cookie, key) as page:
                await _talk(page, random)
                errors += page.errors


async def _talk(page: Page, random: np.random.Generator) -> None:
    await page.ask("show", sections=[str(name) for name in random.choice(SECTIONS, 2, replace=False)])
    hidden = NETS[random.integers(len(NETS))]
    await page.ask("network.set", data=DATA[random.integers(len(DATA))], seed=int(random.integers(1000)))
    await page.ask("network.set", hidden=hidden, activations=["tanh"] * len(hidden))
    for do, fields in TALK * 5:
        await page.ask(do, **fields)
        await asyncio.sleep(0.02)  # as a browser draws


async def _watch(server: Server, end: float, every: float) -> list[int]:
    sizes = []
    while time.monotonic() < end:
        await asyncio.sleep(every)
        sizes.append(server.resident())
        print(f"{len(sizes) * every / 60:6.1f} min  {sizes[-1] / 2**20:7.1f} MiB", flush=True)
    return sizes


async def whole(minutes: float) -> int:
    """Use the server for some minutes; return the exit code."""
    errors: list[str] = []
    with running_server() as server:
        cookie, end = server.cookie(), time.monotonic() + 60 * minutes
        users = [use(server, cookie, place, end, errors) for place in range(4)]
        sizes, *_ = await asyncio.gather(_watch(server, end, min(60.0, 5 * minutes)), *users)
    settled = sizes[len(sizes) // 6 :]
    third = max(1, len(settled) // 3)
    before, after = float(np.median(settled[:third])), float(np.median(settled[-third:]))
    grew = after - before > max(before / 20, 20 * 2**20)
    print(f"{before / 2**20:.1f} MiB at first, {after / 2**20:.1f} MiB at the end; {len(errors)} errors")
    print(*errors[:10], sep="\n")
    return 1 if grew or errors else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    sys.exit(asyncio.run(whole(parser.parse_args().minutes)))
