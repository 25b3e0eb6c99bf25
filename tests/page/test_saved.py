"""A saved page shows what was chosen, and switches what needs no new numbers."""

import pytest
from tests.page.conftest import PATIENCE

from chainrule.lesson import Lesson
from chainrule.lesson._saved import saved_page


@pytest.mark.parametrize("augmented", [False, True])
def test_the_biases_are_where_they_were_and_can_be_moved(chromium, tmp_path, augmented):
    lesson = Lesson()
    lesson.receive({"do": "forward.set", "augmented": augmented})
    file = tmp_path / "saved.html"
    file.write_text(saved_page(lesson.scene().to_json()), encoding="utf-8")
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(file.as_uri())
    switch = page.get_by_role("switch", name="bias as part of the matrix")
    assert switch.is_checked() == augmented
    lines = page.locator(".forward-layers")
    before = lines.text_content().count("\N{COMBINING CIRCUMFLEX ACCENT}")
    switch.click()
    after = lines.text_content().count("\N{COMBINING CIRCUMFLEX ACCENT}")
    assert (before > 0, after > 0) == (augmented, not augmented)
    page.close()
