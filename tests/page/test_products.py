"""Sections 3 to 5 in a browser: their central numbers are the library's."""

import numpy as np
import pytest

DEEP = (
    "network.hidden=3_2&network.activations=tanh_sine&network.data=plane&network.loss=half_squared_error"
    "&at=7&row=4"
)


def grid(element):
    """The numbers of a matrix as they are in the page, whole."""
    rows = element.locator("tbody tr").all()
    return np.array(
        [
            [float(cell.get_attribute("data-value")) for cell in row.locator("[role=gridcell]").all()]
            for row in rows
        ]
    )


def number(element):
    return float(element.get_attribute("data-value"))


@pytest.mark.parametrize("direction", ["left", "right"])
def test_the_long_product_ends_at_the_gradient(open_page, direction):
    opened = open_page(f"{DEEP}&product.direction={direction}&product.layer=2")
    section = opened.look_at("product")
    study = opened.lesson().study
    kept = [grid(section.locator(f"[data-factor='{name}'] .matrix")) for name in ("A₃", "D₂")]
    np.testing.assert_array_equal(kept[0], study.network.weights[2].T)
    multiply = section.get_by_role("button", name="Multiply the next factor")
    paid = []
    while multiply.is_enabled():
        multiply.click()
        opened.settle()
        paid.append(number(section.locator("[data-key=multiplied]")))
    blocks = study.network.layout.of_layer(1)
    gradient = study.network.gradient(study.x, study.y, "half_squared_error")
    expected = np.concatenate([gradient[block.place] for block in blocks])
    shown = grid(section.locator(".product-piece .matrix"))
    np.testing.assert_allclose(shown[0], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(grid(section.locator(".product-end .matrix"))[0], expected)
    assert number(section.locator("[data-key=difference]")) == np.abs(shown[0] - expected).max()
    assert paid == sorted(paid) and paid[-1] == number(section.locator(f"[data-key={direction}]"))
    assert f"product.done={len(paid)}" in opened.state()


def test_several_rows_and_the_keyboard(open_page):
    opened = open_page(f"{DEEP}&network.batch=5&product.data=batch&product.layer=3&product.done=1")
    section = opened.look_at("product")
    study = opened.lesson().study
    rows = study.learner.next_rows
    gradient = study.network.gradient(study.data.X[rows], study.data.Y[rows], "half_squared_error")
    weights, bias = (gradient[block.place] for block in study.network.layout.of_layer(2))
    shown = grid(section.locator(".product-piece .matrix"))
    np.testing.assert_allclose(shown.ravel(), [*weights, *bias], rtol=1e-12)
    section.locator(".product-piece [role=gridcell]").first.focus()
    opened.page.keyboard.press("ArrowDown")
    assert "the weight from z₂ to q₁" in opened.page.locator(".bar-line").first.inner_text()


def test_a_layer_s_own_parameters(open_page):
    opened = open_page(f"{DEEP}&layer.layer=2")
    section = opened.look_at("layer")
    study = opened.lesson().study
    of_eta = study.network.layer_parameter_jacobian(study.x, 1)[0]
    in_the_lecture_s_order = of_eta[:, [0, 2, 4, 1, 3, 5, 6, 7]]
    np.testing.assert_array_equal(
        grid(section.locator(".layer-figures .matrix").first), in_the_lecture_s_order
    )
    section.get_by_label("Columns in the order of").select_option("eta")
    opened.settle()
    np.testing.assert_array_equal(grid(section.locator(".layer-figures .matrix").first), of_eta)
    section.locator(".layer-figures .matrix td[data-place='1,0']").first.hover()
    assert "= 0: A₁₁ belongs to q₁" in section.locator(".layer-words").inner_text()
    product, library = (
        grid(section.locator(f"[data-piece={name}] .matrix")) for name in ("product", "gradient")
    )
    np.testing.assert_allclose(product, library, rtol=1e-12)
    assert number(section.locator("[data-key=parts]")) == 3 + 1 + 2


def test_the_order_of_multiplication(open_page):
    opened = open_page("order.order=from_input")
    section = opened.look_at("order")
    steps = [number(step) for step in section.locator(".tree.large .tree-cost").all()]
    assert steps == [1_000_000, 10_000]
    prices = {
        one.locator(".order-name").inner_text(): number(one.locator(".order-price"))
        for one in section.locator(".order-button").all()
    }
    assert prices == {"(AB)C": 20_000, "A(BC)": 1_010_000}
    section.get_by_role("button", name="(AB)C").click()
    opened.settle()
    assert [number(step) for step in section.locator(".tree.large .tree-cost").all()] == [10_000, 10_000]
    section.get_by_role("button", name="Measure", exact=True).click()
    opened.settle()
    times = [number(one) for one in section.locator(".bar-chart").nth(1).locator(".bar-value").all()]
    assert len(times) == 2 and min(times) > 0
    section.locator(".order-button").first.focus()
    opened.press("ArrowRight", "Enter")
    assert "order.order=A%28BC%29" in opened.state()
    section.get_by_label("Chain").select_option("network")
    opened.settle()
    plan = opened.lesson().study.network.plan(1)
    values = [number(one) for one in section.locator(".bar-chart").nth(0).locator(".bar-value").all()]
    assert len(values) == 5 and min(values) == plan.chosen.multiplications
    section.get_by_label("Chain").select_option("notes")
    opened.settle()
    section.get_by_label("Width 1").press("ArrowRight")
    opened.settle()
    assert "order.chain=widths" in opened.state()


def test_orders_are_timed_slice_by_slice(open_page):
    """42 orders of at least 5 milliseconds each are more than a slice: the page asks for the next."""
    opened = open_page("order.chain=widths&order.widths=2_3_2_3_2_3_2")
    section = opened.look_at("order")
    section.get_by_role("button", name="Measure", exact=True).click()
    section.get_by_role("button", name="Measure again").wait_for()
    times = [number(one) for one in section.locator(".bar-chart").nth(1).locator(".bar-value").all()]
    assert len(times) == 42 and min(times) > 0


def test_what_is_too_large_leaves_its_controls(open_page):
    opened = open_page("network.hidden=200_100&network.activations=tanh_tanh&layer.layer=2")
    section = opened.look_at("layer")
    assert "2,010,000 numbers" in section.locator(".section-refused").inner_text()
    section.get_by_label("Layer", exact=True).select_option("3")
    opened.look_at("layer")
    assert section.locator(".section-refused").is_hidden()
    assert number(section.locator("[data-key=whole]")) == 101
