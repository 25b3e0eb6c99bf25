"""Taylor, the chain rule by hand, cross entropy and curvature in the browser: central numbers, and input.

The truth is computed from public functions of `Network` and `calculus`, and by plain linear algebra.
"""

import numpy as np

from chainrule import calculus
from chainrule.calculus import Function

START = "at=7&row=3"


def holds(opened, name, numbers):
    """Whether a section shows each of the numbers, whole."""
    shown = np.array(opened.numbers(name))
    for number in np.ravel(numbers):
        assert np.isclose(shown, number, rtol=1e-9, atol=1e-12).any(), (name, number)


def taylor(study):
    net, x, dx = study.network, study.x, np.array([[0.6, 0.3]])
    F, first, second = net(x + dx), net.taylor(x, 1)(dx), net.taylor(x, 2)(dx)
    return [F, first, second, np.linalg.norm(F - first), np.linalg.norm(F - second), net.jacobian(x)]


def cross_entropy(study):
    net, numbers = study.network, []
    for loss in ("cross_entropy", "sum_squared_error"):
        numbers += [net.error(study.x, study.y, loss), np.linalg.norm(net.gradient(study.x, study.y, loss))]
    return numbers


def curvature(study):
    net, X, Y = study.network, study.data.X, study.data.Y
    G, g = net.gauss_newton(X, Y).to_array(), net.gradient(X, Y)
    s = np.linalg.solve(G + 0.01 * np.diag(G).max() * np.eye(len(g)), -g)
    moved = net.copy()
    moved.parameters = moved.parameters + s
    return [net.error(X, Y), np.linalg.norm(s), net.error(X, Y) + g @ s + s @ G @ s / 2, moved.error(X, Y)]


def test_the_page_shows_the_library_s_numbers(open_page):
    opened = open_page(START)
    study = opened.lesson().study
    for name, truth in (("taylor", taylor), ("cross_entropy", cross_entropy), ("curvature", curvature)):
        opened.look_at(name)
        for numbers in truth(study):
            holds(opened, name, numbers)


def test_the_product_by_hand_is_carried_out_entry_by_entry(open_page):
    opened = open_page()
    section = opened.look_at("by_hand")
    entries = section.locator(".by-hand-matrix").nth(2).locator("td[data-value]")
    assert entries.evaluate_all("all => all.map(one => one.dataset.value)") == ["", ""]
    for count in (1, 2):
        section.get_by_role("button", name="Carry out the next entry").click()
        opened.settle()
        shown = entries.evaluate_all("all => all.map(one => one.dataset.value)")
        assert [text != "" for text in shown] == [k < count for k in range(2)]
    h = Function("y1**2 + y2**3") @ Function("x1**2*x2, x1 + x2")
    assert [float(text) for text in shown] == h.derivative([1.0, 2.0])[0].tolist()


def test_maps_are_typed_in_and_what_is_no_formula_changes_nothing(open_page):
    opened = open_page()
    section = opened.look_at("by_hand")
    field = section.get_by_label("f, of x1, x2, x3")
    field.fill("sin(x1)*x2, exp(x1)")
    field.press("Enter")
    opened.settle()
    f = calculus.Function("sin(x1)*x2, exp(x1)")
    holds(opened, "by_hand", f.derivative([1.0, 2.0]))
    assert section.locator("math mi", has_text="sin").count() > 0
    before = opened.state()
    for text in ("__import__('os').system('ls')", "<img src=x onerror=alert(1)>", "9**9**9"):
        field.fill(text)
        field.press("Enter")
        opened.settle()
        assert opened.state() == before
        assert "accepted are" in opened.page.evaluate("traffic.refused.at(-1)")
        holds(opened, "by_hand", f.derivative([1.0, 2.0]))


def test_a_step_is_dragged_by_keyboard_and_by_pointer(open_page):
    opened = open_page(START)
    section = opened.look_at("taylor")
    handle = section.locator("[data-model=f] .handle")
    handle.focus()
    opened.press("ArrowRight", "ArrowUp")
    first = opened.lesson().sections["taylor"].values["step"]
    np.testing.assert_allclose(first, [0.62, 0.32], atol=1e-12)
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x - 40, y + 30, steps=5)
    opened.page.mouse.up()
    opened.settle()
    second = opened.lesson().sections["taylor"].values["step"]
    assert second[0] < first[0] and second[1] < first[1]
    holds(opened, "taylor", opened.lesson().sections["taylor"].content()["left"]["first"])
