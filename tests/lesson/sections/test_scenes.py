"""What holds of every section's scene."""

import pytest

from chainrule.lesson import Lesson
from chainrule.lesson.sections import SECTIONS

SHARED = {"title", "rows", "words", "try", "settings", "question", "answer", "refused"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_section_s_content_leaves_the_shared_names_alone(section):
    content = Lesson().sections[section.name].content()
    assert not SHARED & set(content)
