"""The API lists every public class and function, once; each page says what one can do after reading it."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from sweeps import for_each

DOCS = Path(__file__).parent.parent / "docs"
PAGES = [
    path
    for path in sorted(DOCS.rglob("*"))
    if path.suffix in (".md", ".rst")
    and not {"_build", "_templates", "generated", "gallery"} & {*path.relative_to(DOCS).parts}
]
# Every room but the kernels and the command, which have pages of their own.
ROOMS = (
    "calculus", "display", "estimators", "io", "lesson", "network", "report", "tables", "tables.derivatives",
    "testing", "training",
)  # fmt: skip
# Import what a newcomer's tests do not install: their names are read from their files.
ENGINES = ("dask", "mpi")
# What these two export for the rooms above them, and for nobody else.
FOR_OTHER_ROOMS = {
    "chainrule.network": {
        "Architecture", "CategoryEncoding", "CurvatureSums", "Encoding", "ForwardPass", "Inputs", "Iterates",
        "NumberEncoding", "Objective", "ObjectiveAt", "as_answers", "as_bytes", "as_flag", "as_index",
        "as_inputs", "as_loss", "as_number", "as_random_state", "as_sample_weight", "batch_rows",
        "bytes_of_matrix", "bytes_of_passes", "check_sparse", "evaluate", "in_words", "jacobian_blocks",
        "one_blas_thread", "refuse_collection", "refuse_masked", "refuse_no_numbers", "sample_errors", "Tree",
    },
    "chainrule.training": {
        "Alone", "CheckpointSummary", "Content", "Draw", "Identity", "Problem", "Recorder", "Rules", "Run",
        "Scaling", "Snapshot", "Solver", "TimeLimit", "TrainingState", "all_learning_watched", "as_bayes",
        "begins_anew", "digest", "digests_of", "fewest_rows", "lane_of", "learn", "n_parts",
        "open_recorder", "random_snapshot", "read_checkpoint", "read_checkpoint_summary",
        "restore_random", "round_seconds", "settings_of", "step_pays", "units_of",
    },
}  # fmt: skip

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="not part of this distribution")


def listed():
    names = []
    for page in sorted((DOCS / "api").glob("*.rst")):
        package = ""
        for line in page.read_text().splitlines():
            if line.startswith(".. currentmodule:: "):
                package = line.removeprefix(".. currentmodule:: ")
            elif package and re.fullmatch(r"   \w+", line):
                names.append((package, line.strip()))
    return names


def names_of(engine):
    """Return what an engine exports, without importing it."""
    path = Path(import_module("chainrule").__path__[0]) / engine / "__init__.py"
    return set(ast.literal_eval(re.search(r"^__all__ = (\[.*?\])", path.read_text(), re.M | re.S)[1]))


def test_every_name_is_there_and_listed_once():
    names = listed()
    assert len(set(names)) == len(names)
    for package, name in names:
        engine = package.removeprefix("chainrule.")
        there = names_of(engine) if engine in ENGINES else dir(import_module(package))
        assert name in there, (package, name)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_name_of_an_engine_is_listed(engine):
    assert {name for where, name in listed() if where == f"chainrule.{engine}"} == names_of(engine)


@for_each("package", ["chainrule", *(f"chainrule.{room}" for room in ROOMS)])
def test_every_public_class_and_function_is_listed(package):
    module = import_module(package)
    values = {name: getattr(module, name) for name in module.__all__}
    public = {name for name, value in values.items() if isinstance(value, type) or hasattr(value, "__code__")}
    shorter = set() if package == "chainrule" else {*import_module("chainrule").__all__}  # listed there
    missing = public - shorter - FOR_OTHER_ROOMS.get(package, set())
    assert {name for where, name in listed() if where == package} >= missing


def test_no_room_is_forgotten():
    folders = {
        path.parent.name for path in Path(import_module("chainrule").__path__[0]).glob("*/__init__.py")
    }
    known = {*ROOMS, *ENGINES, "cli", "export", "kernels"} - {"tables.derivatives", "testing"}
    assert {name for name in folders if not name.startswith("_")} == known


@for_each("page", PAGES)
def test_a_page_begins_with_what_one_can_do_after_it(page):
    text = re.sub(r"\A---.*?---\s*", "", page.read_text(), flags=re.DOTALL)
    first = text.partition("\n\n")[2].lstrip()
    assert re.match(r"After (reading )?th\w+ (fifteen |three )?\w+ you can ", first), first[:80]


def test_every_format_of_export_is_listed():
    """By name alone: some need a library that may not be there."""
    names = {name for where, name in listed() if where == "chainrule.export"}
    assert names == {*dir(import_module("chainrule.export"))} - {"Encoding"}
