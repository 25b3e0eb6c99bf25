"""The page itself: that it is whole, asks nobody for anything, and can be read by everyone."""

import base64
import hashlib
import re
from itertools import pairwise

import numpy as np
import pytest

ROWS_OF_HEADINGS = {"h1": 1, "h2": 2, "h3": 3}


def test_it_is_a_whole_page(made):
    page = made.page
    assert page.source.startswith('<!doctype html>\n<html lang="en">')
    assert page.one("head").all("title")[0].text and page.one("main")
    assert len(page.source.encode()) < 500_000  # of the 2 MB that a report may have


def test_headings_are_in_order(made):
    levels = [ROWS_OF_HEADINGS[each.tag] for each in made.page.all("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1 and levels.count(2) >= 8
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each.text.strip() for each in made.page.all("h1", "h2", "h3"))


def test_contents_lead_to_the_sections(made):
    links = [each.attributes["href"] for each in made.page.one("nav").all("a")]
    sections = made.page.one("main").all("section")
    assert links == [f"#{each.attributes['id']}" for each in sections]
    names = [each.attributes["id"] for each in made.page.root if "id" in each.attributes]
    assert len(names) == len(set(names))
    assert {each.attributes["aria-labelledby"] for each in sections} <= set(names)


def test_nothing_comes_from_elsewhere(made):
    page = made.page
    for element in page.root:
        assert element.tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name, value in element.attributes.items():
            if name in {"src", "href", "poster", "srcset", "data"} or name.endswith(":href"):
                assert value.startswith(("#", "data:image/png;base64,")), (element.tag, name, value[:60])
            assert not name.startswith("on") and name != "style"
    for text in (page.style, page.one("script").text):
        assert not re.search(
            r"https?:(?!//www\.w3\.org/2000/svg)|url\(|@import|fetch\(|import\(|XMLHttp", text
        )


def test_the_policy_allows_this_style_and_this_script_only(made):
    page = made.page
    (policy,) = (each.attributes["content"] for each in page.all("meta") if each.attributes.get("http-equiv"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:"
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.one(name).text.encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"


def test_every_chart_has_words_and_its_numbers(made):
    figures = made.page.all("figure")
    assert len(figures) >= 10
    for figure in figures:
        assert figure.all("figcaption")[0].text.strip()
        for picture in figure.all("svg"):
            assert picture.attributes["role"] == "img" and len(picture.attributes["aria-label"]) > 10
        assert figure.all("svg") and figure.all("details")[0].all("table")
    assert len(made.page.all("svg")) == sum(len(figure.all("svg")) for figure in figures)


def test_marks_have_titles_for_who_has_no_script(made):
    marks = [each for each in made.page.root if "m" in (each.attributes.get("class") or "").split()]
    assert len(marks) > 100
    assert all(each.all("title")[0].text for each in marks)


def test_tables_have_headings_that_say_what_for(made):
    for table in made.page.all("table"):
        assert table.all("caption")[0].text.strip()
        rows = table.all("tr")
        assert {len(row.all("th", "td")) for row in rows} == {len(rows[0].all("th", "td"))}
        assert all(each.attributes["scope"] in ("col", "row") for each in table.all("th"))
        assert all(len(row.all("th")) == 1 for row in table.all("tbody")[0].all("tr"))


def test_what_scrolls_can_be_reached_by_the_keyboard(made):
    frames = [each for each in made.page.root if each.attributes.get("class") == "scroll"]
    assert len(frames) == len(made.page.all("table"))
    assert all(each.attributes["tabindex"] == "0" for each in [*frames, *made.page.all("pre")])


def palettes(style: str) -> list[dict[str, tuple[int, ...]]]:
    """The colours of light and of dark paper."""
    found = []
    for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        colours = {}
        for name, value in re.findall(r"--([\w-]+): ([^;]+);", block):
            plain = [int(value[k : k + 2], 16) for k in (1, 3, 5)] if value[0] == "#" else value.split(",")
            colours[name] = tuple(map(int, plain))
        found.append(colours)
    return found


def contrast(one, other) -> float:
    """Contrast of two colours (W3C: WCAG 2.2, definition of contrast ratio)."""

    def luminance(colour):
        c = np.asarray(colour, float) / 255
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    bright, dim = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_measure_of_contrast():
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("paper", [0, 1], ids=["light", "dark"])
def test_contrast(reports, paper):
    style = reports["price"].page.style
    colours = palettes(style)[paper]
    for name in ("ink", "soft", "c1", "c2", "c3", "c4"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours["ink"], colours["panel"]) >= 4.5
    shades = [float(share) for share in re.findall(r"rgba\(var\(--shade\), ([\d.]+)\)", style)]
    assert len(shades) == 9
    for share in shades:
        mixed = share * np.array(colours["shade"]) + (1 - share) * np.array(colours["paper"])
        assert contrast(colours["ink"], mixed) >= 4.5, share


def test_classes_of_marks_are_known_to_the_style_sheet(made):
    named = {name for each in made.page.root for name in (each.attributes.get("class") or "").split()}
    known = set(re.findall(r"\.([a-z]\w*)", re.sub(r"\{[^}]*\}", "{}", made.page.style)))
    assert named - known <= {"m", "s0", "unseen", "heat", "c4", "hash"}, named - known


def test_paper_is_light_whatever_the_screen_is(reports):
    style = reports["price"].page.style
    assert "@media screen and (prefers-color-scheme: dark)" in style and "@media print" in style
