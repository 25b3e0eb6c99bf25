"""Messages one at a time, the newest value of a drag only; learning that goes on as fast as it is drawn."""

import pytest

ADDED = """async (messages) => {
    const { added } = await import("/static/shell/messages.js");
    return messages.reduce(added, []);
}"""


def weight(column, value):
    return {"do": "network.weight", "layer": 0, "row": 0, "column": column, "value": value}


def test_what_waits_is_replaced_by_what_is_newer_and_nothing_is_lost(open_page):
    page = open_page().page
    drag = [weight(0, 0.1), weight(0, 0.2), weight(1, 0.3), weight(1, 0.4)]
    assert page.evaluate(ADDED, drag) == [weight(0, 0.2), weight(1, 0.4)]
    settings = [{"do": "network.set", "rate": 0.1}, {"do": "network.set", "rate": 0.2, "l2": 0.0}]
    assert page.evaluate(ADDED, [*settings, {"do": "network.set", "seed": 3}]) == [
        {"do": "network.set", "rate": 0.2, "l2": 0.0, "seed": 3}
    ]
    steps = [{"do": "network.step", "batches": 1}] * 3
    assert page.evaluate(ADDED, steps) == steps
    apart = [settings[0], steps[0], settings[1]]
    assert page.evaluate(ADDED, apart) == apart


def test_learning_runs_until_it_is_stopped_and_is_the_library_s(open_page):
    opened = open_page("network.n=50")
    page = opened.page
    page.keyboard.press("r")
    position = "document.querySelector('.lesson-bar [data-key=position]').dataset.value"
    page.wait_for_function(f"() => Number({position}) > 50")
    assert page.get_by_role("button", name="Pause").get_attribute("aria-pressed") == "true"
    page.keyboard.press("r")
    opened.settle()
    answered = page.evaluate("traffic.came")
    page.wait_for_timeout(200)
    assert page.evaluate("traffic.came") == answered
    lesson = opened.lesson()
    values = "all => all.map(one => Number(one.dataset.value))"
    edges = opened.section("network").locator("path.edge").evaluate_all(values)
    assert edges == [x for W in lesson.study.network.weights for x in W.ravel().tolist()]


def test_keys_change_a_weight_and_back_ten_steps_is_where_it_was(open_page):
    opened = open_page("network.n=50&at=30")
    before = opened.state()
    opened.press("s", "s", "s", "s", "s", "s", "s", "s", "s", "s")
    assert opened.state() != before
    opened.press("b")
    assert opened.state() == before
    opened.page.get_by_role("button", name="Layer 1: more").click()
    opened.settle()
    before_it = opened.lesson().study.network.parameters.copy()
    opened.page.locator(".edge-hit").first.focus()
    opened.press("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowDown")
    changed = opened.lesson().study.network.parameters - before_it
    assert changed.tolist() == pytest.approx([0.0, 0.19, *[0.0] * (len(changed) - 2)], abs=1e-11)


def test_running_ends_where_the_solver_has_come_to_its_end(open_page):
    opened = open_page(
        "network.data=plane&network.noise=0&network.loss=half_squared_error&network.solver=lm&network.n=50"
    )
    opened.page.keyboard.press("r")
    opened.page.wait_for_selector("text=learning has come to its end")
    opened.settle()
    assert opened.page.get_by_role("button", name="Run").get_attribute("aria-pressed") == "false"
