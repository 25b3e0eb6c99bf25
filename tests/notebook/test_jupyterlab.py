"""JupyterLab in a real browser: the lesson is drawn under its cell, steps, and shows the kernel's numbers."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import nbformat
import pytest
from tests.notebook.cells import FIT, NUMBERS
from tests.page.conftest import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 60_000
IDLE = "text=/ \\| Idle/"
DRAWN = ".chainrule-lesson [data-section={}]:not(.waiting) .section-body > *"
PICTURE = os.environ.get("CHAINRULE_PICTURE")
"""Where a picture of the notebook goes, for people to look at."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab on a notebook of two cells, in folders of its own."""
    home: Path = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(source) for source in (FIT, NUMBERS)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    written = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(written, home / "lesson.ipynb")
    folders = {name: str(home / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
        f"--ServerApp.root_dir={home}", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    ]  # fmt: skip
    with (home / "log").open("w") as log:
        lab = subprocess.Popen(command, env={**os.environ, **folders}, stdout=log, stderr=log)
        try:
            yield f"{_ready(f'http://127.0.0.1:{port}/', home / 'log', lab)}lab/tree/lesson.ipynb"
        finally:
            lab.terminate()
            lab.wait()


def _ready(url: str, log: Path, lab: "subprocess.Popen[bytes]") -> str:
    for _ in range(600):
        time.sleep(0.1)
        if lab.poll() is not None:
            break
        try:
            with urlopen(f"{url}api/status"):
                return url
        except OSError:
            continue
    raise RuntimeError(log.read_text())


@pytest.fixture(scope="module")
def notebook(address: str) -> "Iterator[Page]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
        page.set_default_timeout(PATIENCE)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.wait_for_selector(IDLE, state="attached")
        _run(page, 0)
        page.wait_for_selector(DRAWN.format("network"), state="attached")
        yield page
        assert not errors
        browser.close()


def _run(page: "Page", cell: int) -> None:
    page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def printed(page: "Page") -> dict[str, Any]:
    """What the kernel itself says of the lesson's network."""
    _run(page, 1)
    output = page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".jp-OutputArea-output pre").last
    page.wait_for_timeout(500)
    page.wait_for_selector(IDLE, state="attached")
    text: str = output.inner_text()
    found: dict[str, Any] = json.loads(text)
    return found


def numbers(page: "Page", section: str) -> list[float]:
    """Every number that a section shows, whole."""
    place = page.locator(f".chainrule-lesson [data-section={section}]")
    place.scroll_into_view_if_needed()
    page.wait_for_selector(DRAWN.format(section), state="attached")
    page.wait_for_timeout(1_000)
    texts = place.locator("[data-value]").evaluate_all("all => all.map(one => one.dataset.value)")
    values = [json.loads(text) for text in texts if text not in ("", "null")]
    return [float(x) for value in values for x in (value if isinstance(value, list) else [value])]


def assert_same_numbers(page: "Page", known: dict[str, Any]) -> None:
    assert known["error"] in numbers(page, "network")
    shown = numbers(page, "forward")
    assert set(known["output"]) <= set(shown)
    assert {weight for row in known["weights"] for weight in row} <= set(shown)


def test_the_bar_is_at_hand_wherever_one_reads(notebook: "Page") -> None:
    frame = notebook.locator(".chainrule-lesson").bounding_box()
    bar = notebook.locator(".chainrule-lesson .lesson-bar")
    for section in ("network", "forward", "product"):
        numbers(notebook, section)
        box = bar.bounding_box()
        assert frame and box and frame["height"] < 1_000
        assert frame["y"] < box["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"] + 1


def test_lists_of_terms_are_as_on_the_page(notebook: "Page") -> None:
    styles = (
        "all => [...new Set(all.flatMap(one => "
        "[getComputedStyle(one).float, getComputedStyle(one.closest('dl')).display]))]"
    )
    assert notebook.locator(".chainrule-lesson .fact > *").evaluate_all(styles) == ["none", "flex"]


def test_it_is_drawn_steps_and_shows_the_kernel_s_numbers(notebook: "Page") -> None:
    before = printed(notebook)
    assert before["position"] == 0
    assert_same_numbers(notebook, before)
    if PICTURE:
        notebook.locator(".chainrule-lesson [data-section=network]").scroll_into_view_if_needed()
        notebook.screenshot(path=PICTURE)
    notebook.locator(".chainrule-lesson").get_by_role("button", name="Step", exact=True).click()
    notebook.wait_for_timeout(1_500)
    after = printed(notebook)
    assert after["position"] == 1 and after["error"] != before["error"]
    assert_same_numbers(notebook, after)
