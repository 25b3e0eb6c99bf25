"""The page: head, contents, sections. Nothing in it asks the network for anything."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from chainrule.report._html import Content, Markup, tag

__all__ = ["Section", "page"]

Section = tuple[str, str, Content]
"""Address within the page, title, content."""


def page(title: str, above: str, headline: str, lead: str, sections: Sequence[Section]) -> str:
    """Return the whole page: a line above the headline, what stands below it, and the sections.

    The policy in the head allows the style sheet and the script of this package alone, by their digests, and
    pictures that are written into the page. (W3C: Content Security Policy Level 3.)
    """
    style, script = _static("report.css"), _static("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    links = [tag("li", tag("a", name, href=f"#{place}")) for place, name, _ in sections]
    body = tag(
        "body",
        tag("a", "To the content", href="#content", class_="skip"),
        tag("header", tag("p", above, class_="above"), tag("h1", headline), tag("p", lead, class_="lead")),
        tag("nav", tag("ol", links), aria_label="Contents"),
        tag("main", [_section(*each) for each in sections], id="content"),
        tag("div", id="tip", role="status", hidden=True),
        tag("script", Markup(script)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(place: str, title: str, content: Content) -> Markup:
    return tag(
        "section", tag("h2", title, id=f"{place}-title"), content, id=place, aria_labelledby=f"{place}-title"
    )


def _static(name: str) -> str:
    return files("chainrule.report").joinpath("static", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
