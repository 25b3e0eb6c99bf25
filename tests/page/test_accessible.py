"""The page by keyboard alone, and for who does not see it: axe-core, light and dark, narrow and wide."""

from pathlib import Path
from typing import Any

import pytest
from tests.page.conftest import Opened

AXE = Path(__file__).parents[2] / ".venv/axe/node_modules/axe-core/axe.min.js"
WINDOWS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}, "has_touch": True},
}


def all_drawn(opened: Opened) -> list[str]:
    """Look at every section once, so that each is drawn, and return their names."""
    names = opened.page.eval_on_selector_all("[data-section]", "all => all.map(one => one.dataset.section)")
    for name in names:
        opened.look_at(name)
    return list(names)


@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_serious(open_page, window: str) -> None:
    opened = open_page(**WINDOWS[window])
    all_drawn(opened)
    opened.page.evaluate(AXE.read_text())  # through the debugger: the page's policy lets no other script in
    found: list[dict[str, Any]] = opened.page.evaluate("axe.run().then(result => result.violations)")
    serious = [
        f"{one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("window", ["light", "phone"])
def test_nothing_is_wider_than_the_window(open_page, window: str) -> None:
    opened = open_page(**WINDOWS[window])
    all_drawn(opened)
    size = opened.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]


# What is seen of an element with and without focus: its own look, or that of what stands in or beside it.
FOCUSED = """() => {
    const el = document.activeElement;
    const beside = [el.previousElementSibling, el.nextElementSibling, el.parentElement].filter(Boolean);
    const near = [el, ...beside, ...[...el.querySelectorAll("*")].slice(0, 20)];
    const names = ["outlineStyle", "boxShadow", "stroke", "strokeWidth", "strokeOpacity", "fill"];
    const look = () => JSON.stringify(near.map(one => names.map(name => getComputedStyle(one)[name])));
    const box = el.getBoundingClientRect();
    const focused = look();
    el.blur();
    const ring = look() !== focused;
    el.focus();
    el.dataset.reached = "yes";
    return {tag: el.tagName, html: el.outerHTML.slice(0, 120), ring, seen: box.width + box.height > 0};
}"""
MISSED = """() => [...document.querySelectorAll("button, input, select, a[href], summary, [tabindex='0']")]
    .filter(el => !el.disabled && el.tabIndex >= 0 && !el.dataset.reached)
    .filter(el => el.checkVisibility({visibilityProperty: true}))
    .map(el => el.outerHTML.slice(0, 120))"""


def test_tab_reaches_every_control_and_shows_where_it_is(open_page) -> None:
    opened = open_page()
    all_drawn(opened)
    blind, ends = [], 0
    for _ in range(3000):
        opened.page.keyboard.press("Tab")
        focused = opened.page.evaluate(FOCUSED)
        if focused["tag"] == "BODY":
            ends += 1  # the first time from wherever the page was, then from the beginning
        elif not (focused["ring"] and focused["seen"]):
            blind.append(focused["html"])
        if ends == 2:
            break
    else:
        raise AssertionError("Tab does not come to an end")
    assert blind == []
    assert opened.page.evaluate(MISSED) == []
