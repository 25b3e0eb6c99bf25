"""How long a change takes to be seen, and frames a second while learning: `make test-page-latency`.

A network 2-8-8-1 on 500 rows, measured in the browser: from the key that changes a weight to the picture
after the drawn frame, and the frames that are drawn in five seconds of learning. No time is asserted.
"""

import statistics
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from tests.page.clients import running_server
from tests.page.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Page

STATE = "network.hidden=8_8&network.activations=tanh_tanh&network.n=500"
NEXT_PICTURE = "const picture = () => new Promise(requestAnimationFrame);"
CHANGES = f"""async ([selector, key, times]) => {{
    {NEXT_PICTURE}
    const root = document.querySelector(".chainrule-lesson");
    const thing = document.querySelector(selector);
    thing.focus();
    const seen = [];
    for (let k = 0; k < times; k += 1) {{
        const before = root.dataset.drawn;
        const began = performance.now();
        thing.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
        while (root.dataset.drawn === before) await picture();
        await picture();
        seen.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }}
    return seen;
}}"""
FRAMES = f"""async (seconds) => {{
    {NEXT_PICTURE}
    const root = document.querySelector(".chainrule-lesson");
    const drawn = [];
    let last = root.dataset.drawn;
    for (const end = performance.now() + 1000 * seconds; performance.now() < end; await picture()) {{
        if (root.dataset.drawn !== last) drawn.push(performance.now());
        last = root.dataset.drawn;
    }}
    return drawn;
}}"""


def of_changes(page: "Page", times: int = 60) -> str:
    """Change a weight by keyboard, again and again."""
    taken = page.evaluate(CHANGES, [".edge-hit", "ArrowUp", times])
    return f"a change is seen after {summary(taken)}"


def of_learning(page: "Page", seconds: float = 5.0) -> str:
    """Count the frames while it runs."""
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    position = ".lesson-bar [data-key=position]"
    before = page.get_attribute(position, "data-value")
    page.keyboard.press("r")
    drawn = page.evaluate(FRAMES, seconds)
    page.keyboard.press("r")
    gaps = [after - earlier for earlier, after in pairwise(drawn)]
    steps = int(page.get_attribute(position, "data-value") or 0) - int(before or 0)
    rates = f"{len(drawn) / seconds:.1f} frames and {steps / seconds:,.0f} steps a second"
    return f"{rates}, frames {summary(gaps)} apart"


def summary(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    late = ordered[int(0.99 * (len(ordered) - 1))]
    return f"{statistics.median(ordered):.0f} ms (median; 99th percentile {late:.0f} ms)"


def main() -> int:
    errors: list[Any] = []
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(f"{server.address}#{STATE}")
        page.wait_for_selector("[data-section=network]:not(.waiting)")
        page.wait_for_timeout(1500)
        print(of_changes(page))
        print(of_learning(page))
        browser.close()
    print(*errors, sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
