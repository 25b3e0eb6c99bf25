"""C of fitted models: it compiles without a warning, and gives what Python gives."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from tests.export.compiled import answers, compared_with_plan, compiled, rows_of
from tests.export.models import TABLE, case, fit

from chainrule import Activation, MLPRegressor, Network, TableRegressor
from chainrule.export import as_numbers, plan_of, to_c
from sweeps import for_each

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc")

WIDE = Network((2, 4, 6), "gelu", "softmax", random_state=0)
MODELS = {
    "every activation": (lambda: case("network").model, "double"),
    "from the columns": (lambda: WIDE, "float"),
    "table": (lambda: case("table classifier of two").model, "float"),
}


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """Programs that are compiled once, when one is first asked for."""
    folder, made = tmp_path_factory.mktemp("c"), {}

    def program(name):
        if name not in made:
            model, real = MODELS[name]
            code = to_c(model(), type=real, name=f"m{len(made)}")
            made[name] = code, compiled(code, folder, flags=("-O1",))
        return made[name]

    return program


@needs_gcc
@pytest.mark.parametrize("name", MODELS)
def test_values_and_jacobian_are_those_of_the_plan(programs, name):
    code, program = programs(name)
    plan = plan_of(MODELS[name][0]())
    rows = rows_of(plan, case("table classifier of two") if name == "table" else None)
    assert ("multiplied from the columns" in code.source) == (name == "from the columns")
    compared_with_plan(plan, program, rows, MODELS[name][1])


@needs_gcc
def test_what_is_not_accepted_is_told_by_its_place(programs):
    _, program = programs("from the columns")
    rows = np.array([[0.0, 1.0], [np.nan, 1.0], [0.0, -np.inf], [np.inf, np.nan]])
    assert answers(program, rows, 6).codes.tolist() == [0, 1, 2, 1]
    _, program = programs("table")
    plan = plan_of(case("table classifier of two").model)
    good = as_numbers(plan, case("table classifier of two").columns)[:1]
    colour = [each.name for each in plan.inputs].index("colour")
    n = len(plan.inputs[colour].categories)
    wrong = {(0, np.inf): 1, (colour, n): colour + 1, (colour, 0.5): colour + 1, (colour, -2.0): colour + 1}
    right = {(0, np.nan): 0, (colour, n - 1.0): 0, (colour, -1.0): 0, (colour, np.nan): 0, (0, 1e30): 0}
    rows, codes = [], []
    for (column, value), code in (wrong | right).items():
        rows.append(good[0].copy())
        rows[-1][column] = value
        codes.append(code)
    assert answers(program, np.array(rows), 2).codes.tolist() == codes


@needs_gcc
@pytest.mark.parametrize(
    ("text", "lines", "complaint"),
    [
        ("0,1\n2,3", 2, ""),
        ("0,1\r\n2,\n", 2, ""),
        ("x0,x1\n0,1\n", 0, "row 1: x0 is no number"),
        ("0,1\n0,1,2\n", 1, "row 2 has 3 numbers, not 2"),
        ("0,1\n0\n", 1, "row 2 has 1 numbers, not 2"),
        ("0,1x\n", 0, "row 1: 1x is no number"),
        (f"0,{'1' * 70}\n", 0, "row 1: a number is too long"),
        ("", 0, ""),
    ],
)
def test_the_program_reads_csv(programs, text, lines, complaint):
    _, program = programs("from the columns")
    run = subprocess.run([str(program)], input=text, capture_output=True, text=True, check=False)
    assert (len(run.stdout.splitlines()), run.stderr.strip()) == (lines, complaint)
    assert run.returncode == bool(complaint)


@needs_gcc
def test_bytes_of_constants_are_counted_right(tmp_path):
    code = to_c(case("table classifier of two").model, name="counted")
    _, source = code.write(tmp_path)
    subprocess.run(["gcc", "-O0", "-c", str(source), "-o", str(tmp_path / "a.o")], check=True)
    run = subprocess.run(["nm", "-S", str(tmp_path / "a.o")], capture_output=True, text=True, check=True)
    sizes = [int(line.split()[1], 16) for line in run.stdout.splitlines() if " r " in line]
    assert sum(sizes) == code.n_constant_bytes
    assert f"constants of {code.n_constant_bytes:,} bytes" in code.header


ODD = [
    "a */ b", "a /* b", "new\nline", 'quo"te', "back\\", "Größe", "groesse", "int", "寸", "", "9 lives",
    "a b", "a_b", "a-b", "??/", "\u202ereversed", "x" * 300, "model", "INPUTS",
]  # fmt: skip


@pytest.fixture(scope="module")
def odd_code():
    """Return the code of a model whose columns, classes and categories have odd names."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, len(ODD))), columns=ODD)
    frame["word"] = random.permutation(np.resize(np.array(ODD, dtype=object), 60))
    model = TableRegressor(**TABLE | {"kinds": "stored"})
    return to_c(fit(model, frame, frame["a b"]))


@needs_gcc
@pytest.mark.parametrize("compiler", [("gcc", "-std=c99"), ("g++", "-x", "c++")], ids=lambda c: c[0])
def test_any_name_makes_identifiers_that_compile(odd_code, tmp_path, compiler):
    if not shutil.which(compiler[0]):
        pytest.skip(f"there is no {compiler[0]}")
    odd_code.write(tmp_path)
    strict = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only")
    run = subprocess.run(
        [*compiler, *strict, str(tmp_path / "model.c")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_any_name_makes_identifiers_of_its_own_with_the_name_beside(odd_code):
    identifiers = re.findall(r"^ +(model_\w+) = \d+", odd_code.header, re.MULTILINE)
    assert len(identifiers) == 2 * len(ODD) + 1 + 1
    assert len(set(identifiers)) == len(identifiers) and max(map(len, identifiers)) <= 60
    for line in (
        '    model_X_a_b = 0, /* "a *\\/ b": number */',
        '    model_X_a_b_2 = 1, /* "a /\\* b": number */',
        '    model_X_new_line = 2, /* "new\\nline": number */',
        '    model_X_quo_te = 3, /* "quo\\"te": number */',
        '    model_X_back = 4, /* "back\\\\": number */',
        '    model_X_Grosse = 5, /* "Größe": number */',
        '    model_X_ = 8, /* "寸": number */',
        '    model_X__2 = 9, /* "": number */',
    ):
        assert line in odd_code.header.splitlines()


@for_each("name", ["", "2nd", "a b", "für", "int", "class", "_x", "a__b", "x" * 32, "a/b", "a;", "main"])
def test_a_name_must_be_an_identifier(name):
    with pytest.raises(ValueError, match="no identifier of C") as raised:
        to_c(WIDE, name=name)
    assert "\n" not in str(raised.value)


def cube(q):
    return q**3


REFUSED = {
    "a type": ({"model": WIDE, "type": "half"}, ValueError, "type is 'half'; accepted are \"float\" and"),
    "no flag": (
        {"model": WIDE, "derivatives": "no"},
        TypeError,
        "derivatives must be True or False, got 'no'",
    ),
    "a name": ({"model": WIDE, "name": 3}, TypeError, "name must be text, got int"),
    "not fitted": ({"model": MLPRegressor()}, NotFittedError, "not fitted"),
    "another's": ({"model": Ridge()}, TypeError, "got sklearn.Ridge"),
    "own activation": (
        {
            "model": Network(
                (2, 3, 1), Activation("cube", cube, lambda q: 3 * q**2, lambda q: 6 * q), random_state=0
            )
        },
        ValueError,
        "'cube'",
    ),
    "too large": (
        {"model": Network.from_weights([[[1e60]]], [[0.0]])},
        ValueError,
        r"weights\[0\] holds 1e\+60, which is too large for float; type=\"double\" holds it",
    ),
}


@pytest.mark.parametrize("arguments, error, message", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_is_said_in_one_line(arguments, error, message):
    with pytest.raises(error, match=message) as raised:
        to_c(**arguments)
    assert "\n" not in str(raised.value)


def test_files_are_written_both_or_neither(tmp_path):
    code = to_c(WIDE, name="wide")
    header, source = code.write(tmp_path)
    assert header.read_text(encoding="utf-8") == code.header
    assert source.read_text(encoding="utf-8") == code.source
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wide.c", "wide.h"]
    with pytest.raises(OSError, match=r"there is no folder .*nowhere"):
        code.write(tmp_path / "nowhere")
    (tmp_path / "half" / "wide.c").mkdir(parents=True)
    with pytest.raises(OSError, match="it is a folder"):
        code.write(tmp_path / "half")
    assert not (tmp_path / "half" / "wide.h").exists()


def test_the_same_model_gives_the_same_text_and_without_derivatives_less():
    code, less = to_c(WIDE), to_c(WIDE, derivatives=False)
    assert code == to_c(WIDE)
    assert "jacobian" in code.source and "jacobian" not in less.source + less.header
    assert less.n_stack_bytes < code.n_stack_bytes


def test_cells_become_numbers_by_their_places():
    known = case("table classifier of two")
    plan = plan_of(known.model)
    rows = as_numbers(plan, known.columns)
    for place, column in enumerate(plan.inputs):
        if not column.is_text:
            np.testing.assert_array_equal(rows[:, place], known.columns[place])
            continue
        texts = [
            None if np.isnan(code) else "violet" if code < 0 else column.categories[int(code)]
            for code in rows[:, place]
        ]
        given = [None if cell is None or cell != cell else cell for cell in known.columns[place]]
        unknown = {text for text in given if text not in (*column.categories, None)}
        assert texts == ["violet" if text in unknown else text for text in given]
    with pytest.raises(ValueError, match="takes 8 columns, got 1"):
        as_numbers(plan, [[1.0]])
    with pytest.raises(ValueError, match="column 'size' holds cells that are no numbers"):
        as_numbers(plan, [["x"], *([[1.0]] * 7)])
