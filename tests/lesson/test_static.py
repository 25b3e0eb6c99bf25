"""The front end's modules: what they may do, and that put together they are still themselves."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from chainrule.lesson import Lesson
from chainrule.lesson._saved import saved_page
from chainrule.lesson._static import STATIC, module_script, modules, plain_script, stylesheet
from sweeps import for_each

SOURCES = {
    path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")
}
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|var|class) ([\w$]+)", re.MULTILINE)
IMPORTED = re.compile(r'^import (?:\{([^}]*)\} from )?"([^"]+)";$', re.MULTILINE)
NOT_YET: set[str] = set()
FORBIDDEN = {
    "text taken for HTML": r"(?:inner|outer|insertAdjacent)HTML|ContextualFragment|document\.write|srcdoc",
    "text taken for code": r"\beval\(|new Function|import\(|setTimeout\(\s*[\"'`]",
    "inline style": r"setAttribute\(\s*[\"']style|cssText|\bstyle\s*:|\.style\.(?!setProperty\b)|<style",
    "another address": r"https?://(?!www\.w3\.org/)",
}


def without_comments(source):
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)


def names_in(line):
    return [name.strip() for name in line.split(",") if name.strip()]


def test_no_name_is_there_twice():
    owners = {}
    for path, source in SOURCES.items():
        for name in TOP_LEVEL.findall(source):
            owners.setdefault(name, []).append(path)
    assert {name: paths for name, paths in owners.items() if len(paths) > 1} == {}


def test_every_module_is_reached():
    assert set(modules("page.js")) | NOT_YET == set(SOURCES)
    assert set(modules()) | NOT_YET == set(SOURCES) - {"page.js"}


@for_each("path", sorted(SOURCES))
def test_imports_are_of_names_that_are_there(path):
    for names, target in IMPORTED.findall(SOURCES[path]):
        assert target.startswith(("./", "../")), target
        there = SOURCES[(STATIC / path).parent.joinpath(target).resolve().relative_to(STATIC).as_posix()]
        for name in names_in(names):
            exported = rf"^export (?:async )?(?:function|const|class) {name}\b"
            assert re.search(exported, there, re.MULTILINE), f"{target} has no {name}"
            body = IMPORTED.sub("", without_comments(SOURCES[path]))
            assert re.search(rf"\b{name}\b", body), f"{name} is imported for nothing"


@for_each("path", sorted(SOURCES))
def test_a_module_has_no_form_that_cannot_be_put_together(path):
    rest = IMPORTED.sub("", without_comments(SOURCES[path]))
    exports = re.findall(r"^[ \t]*export\b.*$", rest, re.MULTILINE)
    others = [line for line in exports if not TOP_LEVEL.match(line)]
    assert others == (["export default { render };"] if path == "lesson.js" else [])
    assert not re.search(r"^[ \t]*import\b", rest, re.MULTILINE)


@for_each("path", sorted([*SOURCES, "page.html"]))
@for_each("what", FORBIDDEN)
def test_nothing_that_the_page_must_not_do(path, what):
    source = without_comments((STATIC / path).read_text(encoding="utf-8"))
    assert not re.search(FORBIDDEN[what], source)


def test_the_page_has_nothing_inline():
    html = (STATIC / "page.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>([^<]*)</script>", html) == [""]
    assert not re.search(r"\son\w+=|\sstyle=|javascript:|data:", html)


def test_the_stylesheet_asks_for_nothing():
    assert not re.search(r"url\(|@import", stylesheet())
    assert stylesheet().count("{") == stylesheet().count("}")


def test_the_whole_script_has_no_import_and_one_export():
    forms = re.compile(r"^[ \t]*(?:import|export)\b.*$", re.MULTILINE)
    assert forms.findall(module_script()) == ["export default { render };"]
    assert not forms.search(plain_script())
    assert "</" not in without_comments(plain_script())


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("script", [module_script, plain_script])
def test_the_whole_script_parses(script, tmp_path):
    file = tmp_path / ("script.mjs" if script is module_script else "script.cjs")
    file.write_text(script(), encoding="utf-8")
    done = subprocess.run(["node", "--check", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Parts(HTMLParser):
    """Tags of a page, and what stands in its scripts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data


HOSTILE = '</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> & \u2028 "'


def test_a_saved_page_keeps_the_scene_as_data():
    scene = {"common": {"inputs": [HOSTILE]}, "sections": {}, "address": HOSTILE}
    html = saved_page(json.dumps(scene, ensure_ascii=False), title=HOSTILE)
    page = Parts(html)
    head = ["meta", "meta", "meta", "meta", "title", "style"]
    assert page.tags == ["html", "head", *head, "body", "div", "script", "script"]
    assert json.loads(page.scripts[0]) == scene
    assert html.count("alert(1)") == 6 and "<img" not in html and "<!--" not in html


def test_save_gives_the_lesson_s_own_scene():
    lesson = Lesson()
    lesson.receive({"do": "network.step", "batches": 3})
    frame = lesson.receive({"do": "save"})
    assert frame["error"] is None and frame["file"]["name"] == "lesson.html"
    page = Parts(frame["file"]["content"])
    assert json.loads(page.scripts[0]) == json.loads(lesson.scene().to_json())
    assert plain_script() in frame["file"]["content"]
    assert lesson.receive({"do": "read"})["file"] is None


def test_save_takes_no_fields():
    refused = Lesson().receive({"do": "save", "name": "../x"})
    assert refused["error"] == "'save' does not take 'name'; it has no fields"
    assert refused["file"] is None
