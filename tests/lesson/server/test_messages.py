"""What a text must be to reach a lesson at all."""

import pytest

from chainrule.lesson import MessageError
from chainrule.lesson.server._messages import error_frame, parsed


def nested(levels: int) -> str:
    return '{"a": ' * (levels - 1) + "{}" + "}" * (levels - 1)


def test_what_is_taken():
    assert parsed('{"do": "read", "id": 1, "x": [1.5, null, true, "é"]}')["x"] == [1.5, None, True, "é"]
    assert parsed(nested(32)) and parsed('{"a": ' + "[" * 31 + "]" * 31 + "}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (nested(33), "nested too deep"),
        ('{"a": ' + "[" * 32 + "]" * 32 + "}", "nested too deep"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": [-Infinity]}', "holds -Infinity"),
        ('{"a": {"b": 1, "b": 1}}', "the name 'b' twice"),
        ("[1]", "is a list"),
        ("1e5", "is a number"),
        ("null", "is null"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_what_is_not(text, said):
    with pytest.raises(MessageError, match=said) as raised:
        parsed(text)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 200


def test_an_answer_names_its_message_if_that_has_a_number():
    assert error_frame("no", 7)["id"] == 7
    assert [error_frame("no", each)["id"] for each in (None, True, "7", [7], 7.0)] == [None] * 5
