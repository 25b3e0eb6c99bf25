"""Makes a link to the API of each public name in a page of Markdown, such as ``MLPRegressor``."""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

_WORD = re.compile("[a-z]+")  # may be something else: a method, a command, an option
_API = Path(__file__).parents[1] / "api"


def setup(app: Sphinx) -> dict[str, bool]:
    """Link the names of a page as it is read."""
    app.connect("doctree-read", _link_names)
    return {"parallel_read_safe": True}


def _listed() -> dict[str, str]:
    """Return where each name of the API is imported from, if it is one place."""
    found: dict[str, str] = {}
    for page in sorted(_API.glob("*.rst")):
        package = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith(".. currentmodule:: "):
                package = line.removeprefix(".. currentmodule:: ")
            elif package and re.fullmatch(r"   \w+", line):
                name = line.strip()
                found[f"{package}.{name}"] = f"{package}.{name}"
                if not _WORD.fullmatch(name):
                    found[name] = "" if name in found else f"{package}.{name}"
    return found


def _link_names(app: Sphinx, doctree: nodes.document) -> None:
    names = _listed() if app.env.docname.startswith(("guide/", "start/", "lecture/", "machine_room/")) else {}
    for literal in [*doctree.findall(nodes.literal)]:
        text = literal.astext()
        goal = names.get(re.sub(r"\(.*\)$", "", text)) or names.get(f"chainrule.{text}")
        if goal and not isinstance(literal.parent, nodes.reference | nodes.title | addnodes.pending_xref):
            link = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=goal, refexplicit=True, refdoc=app.env.docname
            )
            literal.replace_self(link)
            link += literal
