"""What a person keeps of a lesson: the page as one file, figures as SVG; and numbers as they are written."""

import json
import re
from xml.etree import ElementTree

import pytest
from tests.page.conftest import PATIENCE

NUMBERS = {
    "shown(0.123456)": "0.123", "shown(-2)": "−2.000", "shown(1.2e-9)": "1.20·10⁻⁹", "shown(null)": "–",
    "shown(12345.6)": "12346", "shown(99.96)": "100.0", "shown(999.96)": "1000", "shown(0)": "0",
    "brief(1e-5)": "10⁻⁵", "brief(0.25)": "0.25", "count(1010000)": "1,010,000", "percent(0.915)": "91.5 %",
    "seconds(2.5e-5)": "25.0 µs", "withIndex('z_1,12')": "z₁,₁₂", "withIndex('size_2')": "size_2",
    "readNumber('−1,5')": -1.5, "readNumber('1e400')": None, "readNumber('one')": None,
}  # fmt: skip


def test_numbers_are_written_as_a_textbook_does(open_page):
    given = open_page().page.evaluate(
        """async (calls) => {
            const numbers = await import("/static/kit/numbers.js");
            return calls.map(([name, argument]) => numbers[name](argument));
        }""",
        [_parts(call) for call in NUMBERS],
    )
    assert dict(zip(NUMBERS, given, strict=True)) == NUMBERS


def _parts(call):
    name, argument = re.fullmatch(r"(\w+)\((.*)\)", call).groups()
    return [name, argument[1:-1] if argument.startswith("'") else json.loads(argument)]


@pytest.fixture
def saved(open_page, tmp_path):
    """A lesson after three steps, and the page it saved, opened from a file."""
    opened = open_page("network.hidden=3_2&network.activations=tanh_tanh&at=3")
    with opened.page.expect_download() as download:
        opened.page.keyboard.press("w")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    context = opened.page.context.browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    yield opened.lesson(), page
    assert errors == [] and requests == [file.as_uri()]
    context.close()


def test_a_saved_page_shows_every_section_and_answers_to_the_mouse(saved):
    lesson, page = saved
    names = page.locator(".lesson-section:not(.waiting)").evaluate_all(
        "all => all.map(one => one.dataset.section)"
    )
    assert names == [*lesson.sections]
    layers = lesson.scene().sections["forward"]["layers"]
    forward = page.locator("[data-section=forward]")
    forward.locator("td[role]").nth(3).hover()
    assert str(page.locator(".bar-line").first.inner_text()).startswith(
        "weight to unit 2 from input 2 of layer 1"
    )
    sum_ = forward.locator(".forward-sum .result").evaluate_all(
        "all => all.map(one => Number(one.dataset.value))"
    )
    assert sum_ == [layers[0]["q"][1], layers[0]["z"][1]]
    page.get_by_label("bias as part").check()
    shown = (
        forward.locator("table")
        .first.locator("td[role]")
        .evaluate_all("all => all.map(one => Number(one.dataset.value))")
    )
    assert shown == [x for row in layers[0]["augmented"]["values"] for x in row]
    assert page.get_by_role("button", name="Run").is_disabled()


@pytest.mark.parametrize("figure", ["network", "output", "learning-curve"])
def test_a_figure_is_saved_as_svg(open_page, figure, tmp_path):
    opened = open_page("at=25")
    button = {"network": 0, "output": 1, "learning-curve": 2}[figure]
    with opened.page.expect_download() as download:
        opened.page.locator("[data-section=network] .figure-save").nth(button).click()
    assert download.value.suggested_filename == f"{figure}.svg"
    file = tmp_path / "figure.svg"
    download.value.save_as(file)
    drawing = ElementTree.parse(file).getroot()
    name = "{http://www.w3.org/2000/svg}"
    assert drawing.tag == f"{name}svg" and drawing.find(f"{name}title") is not None
    pictures = [image.get("href") for image in drawing.iter(f"{name}image")]
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    assert len(pictures) == {"network": 7, "output": 2, "learning-curve": 0}[figure]
    assert {"x1", "tanh", "epoch"} & {text.text for text in drawing.iter(f"{name}text")}
    assert not any("class" in one.attrib for one in drawing.iter())
