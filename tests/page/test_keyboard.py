"""A whole lesson by keyboard alone: no test here knows a mouse."""

from typing import Any

import numpy as np
import pytest
from tests.page.conftest import Opened

NAMED = """() => {
    const el = document.activeElement;
    return (el.getAttribute("aria-label") ?? el.labels?.[0]?.innerText ?? el.innerText ?? "").trim();
}"""


def tab_to(opened: Opened, name: str, back: bool = False) -> None:
    """Press Tab until a control whose name begins so has the focus."""
    for _ in range(400):
        opened.page.keyboard.press("Shift+Tab" if back else "Tab")
        if opened.page.evaluate(NAMED).startswith(name):
            return
    raise AssertionError(f"Tab does not come to {name!r}")


def fact(opened: Opened, key: str) -> float:
    return float(opened.page.locator(f".lesson-bar [data-key={key}]").get_attribute("data-value"))


def test_data_layers_and_learning(open_page) -> None:
    opened = open_page()
    tab_to(opened, "Data")
    opened.press("c")  # circles, by its first letter
    assert "network.data=circles" in opened.state()
    tab_to(opened, "Hidden layers: more")
    opened.press("Enter")
    tab_to(opened, "Layer 1: more")
    opened.press("Enter", "Space")
    assert opened.lesson().study.network.layer_sizes == (2, 6, 4, 1)
    tab_to(opened, "Rate")
    opened.press("ArrowRight", "ArrowRight")
    assert "network.rate=" in opened.state()
    opened.page.evaluate("document.activeElement.blur()")
    opened.press("s", "s", "s")
    assert fact(opened, "position") == 3
    opened.press("e")
    assert fact(opened, "epoch") == 1.0
    epoch = fact(opened, "position")
    opened.page.keyboard.press("r")
    position = "document.querySelector('.lesson-bar [data-key=position]').dataset.value"
    opened.page.wait_for_function(f"() => Number({position}) > {epoch}")
    opened.press("r")  # and pause
    ran = fact(opened, "position")
    assert ran > epoch
    opened.press("b")
    assert fact(opened, "position") == ran - 10
    opened.press("0")
    assert fact(opened, "position") == 0


def test_a_weight_is_changed_with_the_arrow_keys(open_page) -> None:
    opened = open_page()
    before = opened.lesson().study.network.parameters.copy()
    tab_to(opened, "weight from")
    opened.press("ArrowUp", "ArrowUp")
    after = opened.lesson().study.network.parameters
    assert np.count_nonzero(before != after) == 1
    assert np.isin(after[before != after], opened.numbers("network")).all()


def test_from_section_to_section(open_page) -> None:
    """j and k walk through the sections; the heading that is come to has the focus, and is on the screen."""
    opened = open_page()
    names = opened.page.eval_on_selector_all("[data-section]", "all => all.map(one => one.dataset.section)")
    here = "document.activeElement.closest('[data-section]')?.dataset.section"
    for name in names[1:]:
        opened.press("j")
        assert opened.page.evaluate(here) == name
        assert opened.section(name).locator("h2").is_visible()
    for name in reversed(names[:-1]):
        opened.press("k")
        assert opened.page.evaluate(here) == name


def test_the_keys_are_explained(open_page) -> None:
    opened = open_page()
    opened.press("?")
    assert opened.page.locator("dialog[open]").count() == 1
    opened.press("Escape")
    assert opened.page.locator("dialog[open]").count() == 0


def section_by_key(opened: Opened, name: str) -> None:
    """Press j until the heading of a section has the focus."""
    for _ in range(9):
        if opened.page.evaluate(f"document.activeElement.closest('[data-section={name}]') !== null"):
            break
        opened.press("j")
    opened.page.wait_for_selector(f"[data-section={name}]:not(.waiting) .section-body > *")
    opened.settle()


def setting(opened: Opened, section: str, name: str) -> Any:
    opened.settle()
    return opened.scene(section)["settings"][name]


def test_from_the_first_section_to_the_last(open_page) -> None:
    """Everything that the sections are about is done with keys, and its numbers are the library's."""
    opened = open_page()
    opened.press("s", "s")

    section_by_key(opened, "forward")
    tab_to(opened, "Row: more")
    opened.press("Enter")
    study = opened.lesson().study
    assert study.row == 1
    assert np.isin(study.network(study.x), opened.numbers("forward")).all()

    section_by_key(opened, "product")
    tab_to(opened, "Multiply the next factor")
    while opened.page.evaluate(
        "!document.activeElement.disabled && document.activeElement !== document.body"
    ):
        opened.press("Enter")
    gradient = opened.lesson().study.network.gradient(study.x, study.y)
    shown = np.array(opened.numbers("product", ".product-end .matrix"))
    assert all(np.isclose(gradient, x, rtol=1e-12, atol=1e-15).any() for x in shown) and len(shown) > 4

    section_by_key(opened, "layer")
    tab_to(opened, "Layer")
    opened.press("ArrowDown")
    assert setting(opened, "layer", "layer") == 2

    section_by_key(opened, "order")
    tab_to(opened, "Matrices: more")
    opened.press("Enter")
    assert len(opened.scene("order")["factors"]) == 4

    section_by_key(opened, "taylor")
    before = setting(opened, "taylor", "step")
    tab_to(opened, "Δx1")
    opened.press("ArrowRight", "ArrowRight")
    assert setting(opened, "taylor", "step") != before

    section_by_key(opened, "by_hand")
    tab_to(opened, "g, of y1")
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.type("y1*y2")
    opened.press("Enter")
    assert setting(opened, "by_hand", "g") == "y1*y2"
    tab_to(opened, "All")
    opened.press("Enter")
    # f = (x1²x2, x1 + x2) and g = y1 y2 at (1, 2): 2 (x1 + x2) x1 x2 + x1² x2, x1² (x1 + x2) + x1² x2
    assert {14.0, 5.0} <= {*opened.numbers("by_hand")}

    section_by_key(opened, "cross_entropy")
    before = opened.numbers("cross_entropy")
    tab_to(opened, "q moves by")
    opened.press("ArrowRight", "ArrowRight")
    assert opened.numbers("cross_entropy") != before

    section_by_key(opened, "curvature")
    before = setting(opened, "curvature", "damping")
    tab_to(opened, "Damping")
    opened.press("ArrowRight", "ArrowRight")
    assert setting(opened, "curvature", "damping") != before


@pytest.mark.parametrize(
    "section, label",
    [("curvature", "Damping"), ("network", "Batch"), ("network", "Rate"), ("order", "Width 1")],
)
def test_every_press_of_an_arrow_key_moves_a_slider(open_page, section, label) -> None:
    """The value comes back from the server before the next press; what is rounded may come to the same."""
    opened = open_page()
    section_by_key(opened, section)
    tab_to(opened, label)
    for key, falls in (("ArrowRight", False), ("ArrowLeft", True)):
        found = []
        for _ in range(6):
            opened.press(key)
            words = opened.page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
            found.append(float(words.replace("e−", "e-").replace(" ", "")))
        assert found == sorted(set(found), reverse=falls)
