"""The rules of the house: what is public, who may import whom, how long a file may be."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import chainrule
from chainrule import kernels
from sweeps import for_each

PACKAGE = Path(chainrule.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# Imports point downwards: a room may import from rooms of lower rank, and from itself.
RANK = {
    "calculus": 0,
    "kernels": 1,
    "network": 2,
    "training": 3,
    "estimators": 4,
    "tables": 5,
    "io": 6,
    "export": 7,
    "dask": 8,
    "mpi": 8,
    "report": 9,
    "lesson": 10,
    "cli": 11,
}
# These import nothing of ours, but archives, which are written as files are, and calculus, which reads
# expressions; and all but the first may be imported by all.
ALONE = {
    "calculus", "display", "testing", "_archive", "_elsewhere", "_expressions", "_files", "_heard",
    "_ordered_keys", "_progress", "_public",
}  # fmt: skip
EVERYWHERE = ALONE - {"calculus"}
BELOW = {
    "_archive": {"_files"}, "_elsewhere": {"_heard"}, "calculus": {"_expressions"}, "testing": {"_heard"},
}  # fmt: skip


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports_in(file: Path) -> list[ast.Import | ast.ImportFrom]:
    return [
        node
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in imports_in(file):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = [alias.name for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("chainrule.")}
    return rooms - {"__version__"}


@for_each("file", [f for f in FILES if f.parent != PACKAGE or room(f) in ALONE])
def test_imports_point_downwards(file: Path) -> None:
    here = room(file)
    others = imported_rooms(file) - {here}
    if here in ALONE:
        assert others <= BELOW.get(here, set())
    above = {other for other in others - EVERYWHERE if RANK[other] >= RANK[here]}
    assert not above


def test_every_room_has_a_rank() -> None:
    rooms = {room(file) for file in FILES} - {"__init__"}
    assert rooms == set(RANK) | ALONE


def test_no_file_is_over_400_lines() -> None:
    long = {str(f): n for f in FILES if (n := len(f.read_text().splitlines())) > 400}
    assert not long


def imported_files(file: Path) -> set[Path]:
    """Files of ours that a file imports: wherever in it, and if only for type checkers."""
    files = set()
    for node in imports_in(file):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "chainrule":
            # A name is a file of that folder, or something that the folder's own file or the file holds.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            files |= {file_of(name) or file_of(node.module or "") for name in names}
        elif isinstance(node, ast.Import):
            files |= {file_of(alias.name) for alias in node.names if alias.name.startswith("chainrule")}
    return {each for each in files if each is not None}


@cache
def file_of(module: str) -> Path | None:
    place = PACKAGE.parent.joinpath(*module.split("."))
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.exists()), None)


def circle_in(imports: dict[Path, set[Path]]) -> list[Path]:
    """A way from a file back to itself, or nothing."""
    done: set[Path] = set()

    def walk(file: Path, way: list[Path]) -> list[Path]:
        if file in way:
            return [*way[way.index(file) :], file]
        if file not in done:
            for other in sorted(imports[file]):
                if circle := walk(other, [*way, file]):
                    return circle
            done.add(file)
        return []

    return next((circle for file in sorted(imports) if (circle := walk(file, []))), [])


def test_no_two_files_import_each_other() -> None:
    """Nor in a larger circle. The package's own file imports nothing until a name is asked for."""
    root = PACKAGE / "__init__.py"
    imports = {file: imported_files(file) - {root, file} for file in FILES if file != root}
    assert not [str(file.relative_to(PACKAGE)) for file in circle_in(imports)]


def test_arithmetic_imports_of_the_kernels_only_what_compiles_it() -> None:
    kernels = PACKAGE / "kernels"
    files = [file for file in FILES if kernels / "arithmetic" in file.parents]
    others = {other for file in files for other in imported_files(file)} - set(files)
    assert len(files) > 5 and others == {kernels / "_compile.py"}


def test_every_kernel_that_is_exported_is_used() -> None:
    source = "\n".join(f.read_text() for f in FILES if room(f) != "kernels")
    assert set(kernels.__all__) - set(re.findall(r"\bkernels\.(\w+)", source)) == set()


def test_calculus_is_an_evening_s_reading() -> None:
    lines = [line for f in FILES if room(f) == "calculus" for line in f.read_text().splitlines()]
    assert sum(bool(line.strip()) for line in lines) <= 1100


def test_every_public_name_is_listed_and_found() -> None:
    assert len(set(chainrule.__all__)) == len(chainrule.__all__)
    assert dir(chainrule) == sorted(chainrule.__all__)
    for name in chainrule.__all__:
        assert getattr(chainrule, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        chainrule.no_such_name  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    guarded = next(node for node in ast.walk(tree) if isinstance(node, ast.If))
    seen = {
        alias.name for node in ast.walk(guarded) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert seen | {"__version__"} == set(chainrule.__all__)


@pytest.mark.parametrize(
    "package",
    ["calculus", "display", "estimators", "export", "io", "network", "report", "tables", "training"],
)
def test_a_room_s_init_lists_its_names(package: str) -> None:
    module = __import__(f"chainrule.{package}", fromlist=["__all__"])
    for name in module.__all__:
        try:
            assert hasattr(module, name)
        except ModuleNotFoundError as error:  # of a library that is not installed; it says how to
            assert f"chainrule.{package}.{name} needs" in str(error)


def test_it_is_typed_and_versioned() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert chainrule.__version__.count(".") == 2


def loaded_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_import_chainrule_loads_no_compiler_and_no_scikit_learn() -> None:
    loaded = loaded_after("import chainrule")
    assert not loaded & {"numba", "sklearn", "scipy", "numpy", "matplotlib", "pandas", "rich"}


def test_estimators_load_no_compiler_before_the_first_fit() -> None:
    loaded = loaded_after("from chainrule import MLPClassifier, Network, train")
    assert "sklearn" in loaded
    assert not loaded & {"numba", "llvmlite", "matplotlib", "typer"}
