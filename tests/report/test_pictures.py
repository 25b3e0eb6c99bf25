"""Pictures of matrices, axes, and words."""

import base64
import struct
import zlib

import numpy as np
import pytest

from chainrule.report._architecture import _largest_of_blocks
from chainrule.report._axes import Axis, round_steps
from chainrule.report._html import Markup, escaped, joined, tag
from chainrule.report._png import picture_of
from chainrule.tables import Column


def pixels_of(address: str) -> np.ndarray:
    """Decode a PNG of 8 bits with red, green, blue and opacity, whose rows are not filtered."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, parts = 8, {}
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        parts[kind], place = body, place + 12 + length
    width, height, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert rest == [8, 6, 0, 0, 0] and list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + 4 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 4)


def test_a_matrix_as_a_picture():
    levels = np.array([[127, 0, -127], [64, -64, 1]], dtype=np.int8)
    pixels = pixels_of(picture_of(levels))
    np.testing.assert_array_equal(pixels[..., 3], np.abs(levels.astype(int)) * 255 // 127)
    blue, orange = pixels[0, 0, :3], pixels[0, 2, :3]
    assert blue[2] > blue[0] and orange[0] > orange[2]
    np.testing.assert_array_equal(pixels[1, 0, :3], blue)
    np.testing.assert_array_equal(pixels[1, 1, :3], orange)


def test_blocks_show_the_entry_of_the_largest_size():
    matrix = np.array([[1.0, -3.0, 2.0], [0.5, 2.0, -5.0], [7.0, 0.0, 0.0]])
    np.testing.assert_array_equal(_largest_of_blocks(matrix, 2, 2), [[-3, -5], [7, 0]])
    np.testing.assert_array_equal(_largest_of_blocks(matrix, 1, 1), matrix)


@pytest.mark.parametrize("low, high", [(0, 1), (-3.2, 17.9), (1e-9, 2e-9), (-5e12, 3e12), (99.5, 100.5)])
def test_round_steps_are_round_and_within(low, high):
    steps = round_steps(low, high)
    assert 2 <= len(steps) <= 7 and low <= steps[0] and steps[-1] <= high + 1e-9 * abs(high)
    widths = np.diff(steps)
    digits = widths[0] / 10 ** np.floor(np.log10(widths[0]) + 1e-9)
    assert np.isclose(digits, [1, 2, 5]).any()


@pytest.mark.parametrize("values", [[], [3.0], [np.nan, 1.0], [0.0, 0.0], [1e300, -1e300], [5.0, 5.0]])
def test_axes_show_all_values(values):
    axis = Axis.over("x", values)
    assert axis.low < axis.high and all(isinstance(text, str) for _, text in axis.marks)
    shares = axis.shares([each for each in values if np.isfinite(each)])
    assert ((shares >= 0) & (shares <= 1)).all()


def test_a_logarithmic_axis():
    axis = Axis.over("loss", [0.01, 1.0], logarithmic=True)
    assert axis.shares([0.1])[0] == pytest.approx(0.5)
    assert "0.1" in [text for _, text in axis.marks]
    assert not Axis.over("loss", [0.0, 1.0], logarithmic=True).logarithmic


@pytest.mark.parametrize(
    "text, shown",
    [
        ("<b>", "&lt;b&gt;"),
        ("a & b", "a &amp; b"),
        ('" onload="', "&quot; onload=&quot;"),
        ("it's", "it&#x27;s"),
        ("a\nb\tc", "a b c"),
        ("\x00\x1b[31m\x7f", "\\x00\\x1b[31m\\x7f"),
        ("\u202egnp\u2066", "\\u202egnp\\u2066"),
        ("\ud800", "\\ud800"),
        ("Größe ∂ 数 🙂", "Größe ∂ 数 🙂"),
    ],
)
def test_text_is_escaped(text, shown):
    assert escaped(text) == shown
    assert tag("p", text, title=text) == f'<p title="{shown}">{shown}</p>'
    assert joined([text, [None, Markup("<br>")]]) == f"{shown}<br>"


def test_attributes():
    assert tag("td", 1.5, hidden=True, scope=None, class_="n") == '<td hidden class="n">1.5</td>'
    assert tag("line", x1=0.5) == '<line x1="0.5"/>' and tag("meta", name="a") == '<meta name="a">'


@pytest.mark.parametrize(
    "kind, value, shown",
    [
        ("number", np.nan, "missing"),
        ("text", None, "missing"),
        ("text", "", "(empty)"),
        ("text", "a" * 100, "a" * 59 + "…"),
        ("boolean", 0.0, "no"),
        ("date", 0.0, "1970-01-01"),
        ("date", -1.25, "1969-12-30 18:00"),
        ("date", 1e9, "1e+09 days after 1970"),
        ("number", 123456789.0, "123,456,789"),
    ],
)
def test_cells(kind, value, shown):
    from chainrule.report._cells import value_of

    assert value_of(Column("c", kind), value) == shown
