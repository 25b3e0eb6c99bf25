"""The lesson's page in a real browser: `make test-page`.

Every page that is opened here is watched to its end: what it says to the console as an error, and every
request that does not go to the server it came from, fails the test.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from chainrule.lesson import Lesson

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if not find_spec("playwright"):
    collect_ignore_glob = ["*.py"]

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-dev-shm-usage",  # a container has little of that memory, and a page without it crashes
]  # fmt: skip
PATIENCE = 600_000
"""Milliseconds that only a page which does not answer takes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They take a browser, and have a target of their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server that runs until the tests are done."""
    from tests.page.clients import running_server

    with running_server() as server:
        yield server.address


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=PATIENCE)
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a page has said and asked for."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: "Page") -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")

    def foreign(self, *origins: str) -> list[str]:
        """Return the requests that left the servers the pages came from."""
        places = [urlsplit(url) for url in self.requests]
        here = {urlsplit(origin).netloc for origin in origins}
        return [place.geturl() for place in places if place.scheme != "blob" and place.netloc not in here]


@dataclass
class Opened:
    """A page with a lesson, its first frame drawn."""

    page: "Page"

    def section(self, name: str) -> Any:
        return self.page.locator(f"[data-section={name}]")

    def look_at(self, name: str) -> Any:
        """Scroll a section onto the screen, and return it once it is drawn."""
        section = self.section(name)
        section.scroll_into_view_if_needed()
        self.page.evaluate(
            "name => document.querySelector(`[data-section=${name}]`).scrollIntoView({block: 'start'})", name
        )
        self.page.wait_for_selector(
            f"[data-section={name}]:not(.waiting) .section-body > *", timeout=PATIENCE
        )
        self.settle()
        return section

    def settle(self) -> None:
        """Wait until every message that was sent has been answered, and the frame is drawn."""
        self.page.wait_for_function(f"() => {IDLE} > 60", timeout=PATIENCE)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def numbers(self, name: str, within: str = "", but: str = ".none") -> list[float]:
        """Return every number that a section shows, whole, as it stands in the page."""
        places = self.page.locator(f"[data-section={name}] {within} [data-value]:not({but})")
        texts = places.evaluate_all("all => all.map(one => one.dataset.value)")
        values = [json.loads(text) for text in texts if text not in ("", "null")]
        return [float(x) for value in values for x in (value if isinstance(value, list) else [value])]

    def scene(self, name: str) -> dict[str, Any]:
        """Return the scene that the page was last sent of a section."""
        scene: dict[str, Any] = self.page.evaluate("name => traffic.scenes[name]", name)
        return scene

    def state(self) -> str:
        """The lesson's state, once the address has it, some 400 ms after a frame."""
        self.settle()
        self.page.wait_for_function(f"() => {WRITTEN}", timeout=PATIENCE)
        return urlsplit(self.page.url).fragment.partition(";")[0]

    def lesson(self) -> Lesson:
        """A lesson of the library's own in the same state."""
        lesson = Lesson()
        assert lesson.receive({"do": "go to", "address": self.state()})["error"] is None
        return lesson


# Counts what is sent and what comes, from outside the page's own modules.
COUNTING = """
const real = WebSocket;
window.traffic = {sent: 0, came: 0, last: 0, refused: [], scenes: {}};
window.WebSocket = class extends real {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", (event) => {
            window.traffic.came += 1;
            window.traffic.last = performance.now();
            const frame = JSON.parse(event.data);
            window.traffic.id = String(frame.id);
            Object.assign(window.traffic.scenes, frame.sections);
            if (frame.error) window.traffic.refused.push(frame.error);
            else window.traffic.address = frame.address;
        });
    }
    send(text) { window.traffic.sent += 1; window.traffic.last = performance.now(); super.send(text); }
};
const ask = window.fetch;
window.fetch = async (...given) => {
    const answer = await ask(...given);
    const frame = await answer.clone().json();
    if (!frame.error) window.traffic.address = frame.address;
    return answer;
};
"""
# Milliseconds for which nothing was sent or came; none while an answer is missing, or is not drawn.
DRAWN = "[traffic.id, ''].includes(document.querySelector('.chainrule-lesson')?.dataset.drawn)"
ANSWERED = "traffic.came > 0 && traffic.sent === traffic.came"
WRITTEN = "location.hash.slice(1).split(';')[0] === traffic.address"
IDLE = f"({ANSWERED} && {DRAWN} ? performance.now() - traffic.last : 0)"


@pytest.fixture
def open_page(chromium: "Browser", address: str) -> "Iterator[Callable[..., Opened]]":
    """Open the page, at a state, in a window of its own; arguments are those of a browser's context."""
    watched, contexts, origins = Watched(), [], {address}

    def opened(state: str = "", at: str = address, **given: Any) -> Opened:
        given = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **given}
        context = chromium.new_context(**given)
        contexts.append(context)
        origins.add(at)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(COUNTING)
        page = context.new_page()
        watched.watch(page)
        page.goto(f"{at}#{state}" if state else at)
        try:
            page.wait_for_selector("[data-section=network]:not(.waiting)")
        except Exception as problem:
            raise AssertionError(watched.errors) from problem
        one = Opened(page)
        one.settle()
        return one

    yield opened
    for context in contexts:
        context.close()
    assert watched.errors == []
    assert watched.requests and watched.foreign(*origins) == []
