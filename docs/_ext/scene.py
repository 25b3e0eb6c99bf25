"""The directive ``scene``: a section of the lesson page, saved when the site is built and shown in a frame.

::

    ```{scene} layer
    :do: [{"do": "choose row", "row": 3}]
    :height: 700
    ```

``:do:`` holds messages to the lesson, as JSON.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chainrule.lesson import Lesson
from chainrule.lesson._saved import saved_page
from chainrule.lesson._static import plain_script

# In a frame of a page that has a title, contents and an end of its own.
_ALONE = """
.lesson-head, .lesson-contents, .lesson-bar, .section-number { display: none; }
.lesson-frame { display: block; margin: 0; padding: 0 1rem; }
.lesson-sections, .lesson-section { margin: 0; padding: 0; border: 0; }
.lesson-section:not([data-section="NAME"]) { display: none; }
</style>"""
_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the directive."""
    app.add_directive("scene", Saved)
    return {"parallel_read_safe": True}


class Saved(SphinxDirective):
    """Saves one section of a lesson as a page of its own, and puts a frame with it into the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"do": str, "height": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """Return the frame."""
        name = self.arguments[0]
        if f'name: "{name}"' not in plain_script():
            _log.warning("nothing draws the section %r of the lesson yet", name, location=self.get_location())
        lesson = Lesson()
        for message in json.loads(self.options.get("do", "[]")):
            if error := lesson.receive(message)["error"]:
                _log.warning("%s: %s", message, error, location=self.get_location())
        scene = lesson.scene()
        scene = replace(scene, sections={name: scene.sections[name]})
        title = str(scene.sections[name]["title"])
        file = Path(self.env.app.outdir) / "scenes" / f"{self.env.docname.replace('/', '-')}-{name}.html"
        file.parent.mkdir(exist_ok=True)
        page = saved_page(scene.to_json(), title).replace("</style>", _ALONE.replace("NAME", name), 1)
        file.write_text(page, encoding="utf-8")
        up = "../" * self.env.docname.count("/")
        height = self.options.get("height", 700)
        frame = (
            f'<iframe class="scene" src="{up}scenes/{file.name}" title="{title}" height="{height}" '
            'loading="lazy"></iframe>'
        )
        return [nodes.raw("", frame, format="html")]
