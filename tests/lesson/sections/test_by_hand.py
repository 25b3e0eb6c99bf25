"""Section 7: the chain rule by hand, against complex steps through the same maps in Python."""

import re

import numpy as np
import pytest
from tests.lesson.sections.lessons import back_from_its_address, done, refused, values

from chainrule.lesson import Lesson
from chainrule.lesson._formula import TAGS
from chainrule.testing import complex_step_derivative

# f, g, and the same in Python.
MAPS = {
    "notes": (
        "x1^2*x2, x1 + x2",
        "y1^2 + y2^3",
        lambda x: np.array([x[0] ** 2 * x[1], x[0] + x[1]]),
        lambda y: np.array([y[0] ** 2 + y[1] ** 3]),
    ),
    "from one number": (
        "sin(x1), exp(-x1/2), x1^3",
        "y1*y2*y3, y3/(1 + y1^2)",
        lambda x: np.array([np.sin(x[0]), np.exp(-x[0] / 2), x[0] ** 3]),
        lambda y: np.array([y[0] * y[1] * y[2], y[2] / (1 + y[0] ** 2)]),
    ),
    "of which some is not used": (
        "x1*x3, tanh(x2)",
        "y2, sqrt(y2), 2*y2",
        lambda x: np.array([x[0] * x[2], np.tanh(x[1])]),
        lambda y: np.array([y[1], np.sqrt(y[1]), 2 * y[1]]),
    ),
}


@pytest.fixture
def lesson():
    lesson = Lesson()
    done(lesson, do="show", sections=["by_hand"])
    return lesson


def scene_of(lesson, **settings):
    return done(lesson, do="by_hand.set", **settings)["sections"]["by_hand"]


@pytest.mark.parametrize("name", MAPS)
def test_numbers_are_those_of_the_same_maps_in_python(lesson, name):
    f_text, g_text, f, g = MAPS[name]
    scene_of(lesson, f=f_text, g=g_text)
    x = np.array([0.3, 0.7, -1.2][: len(lesson.sections["by_hand"].values["point"])])
    scene = scene_of(lesson, point=x.tolist())
    np.testing.assert_allclose(scene["y"], f(x), rtol=1e-14)
    np.testing.assert_allclose(scene["z"], g(f(x)), rtol=1e-14)
    Df, Dg = complex_step_derivative(f, x), complex_step_derivative(g, f(x))
    np.testing.assert_allclose(values(scene["Df"]), Df, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(values(scene["Dg"]), Dg, rtol=1e-13, atol=1e-15)
    Dh = complex_step_derivative(lambda x: g(f(x)), x)
    np.testing.assert_allclose(values(scene["Dh"]), Dh, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.sum(scene["products"], axis=2), Dh, rtol=1e-12, atol=1e-15)
    products = [
        [[Dg[i, k] * Df[k, j] for k in range(len(Df))] for j in range(len(x))] for i in range(len(Dg))
    ]
    np.testing.assert_allclose(scene["products"], products, rtol=1e-12, atol=1e-15)
    assert f"= {Dh[0, 0]:.6g}." in scene["answer"]


def text_of(tree):
    """A formula as Python reads it."""
    tag, *parts = tree
    if tag in ("mi", "mn", "mo"):
        text = parts[0]
        if tag == "mi" and text in ("sin", "cos", "exp", "tanh"):
            return f"np.{text}"
        return {"\u2062": "*", "−": "-", "e": "np.e"}.get(text, text)
    inside = [text_of(part) for part in parts]
    if tag == "msub":
        return "".join(inside)
    if tag == "msup":
        return f"(({inside[0]})**({inside[1]}))"
    if tag == "mfrac":
        return f"(({inside[0]})/({inside[1]}))"
    if tag == "msqrt":
        return f"(({''.join(inside)})**0.5)"
    return f"({''.join(inside)})" if not inside[0].startswith("(") else "".join(inside)


@pytest.mark.parametrize("name", MAPS)
def test_formulas_have_the_values_of_the_numbers(lesson, name):
    """A formula is read as Python here, by a test that knows where it comes from."""
    f_text, g_text, _, _ = MAPS[name]
    scene_of(lesson, f=f_text, g=g_text)
    point = [0.3, 0.7, 1.2][: len(lesson.sections["by_hand"].values["point"])]
    scene = scene_of(lesson, point=point)
    names = {f"x{i}": x for i, x in enumerate(point, 1)} | {f"y{i}": y for i, y in enumerate(scene["y"], 1)}

    def valued(tree):
        text = re.sub(r"(np\.\w+)\((\(.*\))\)", r"\1(\2)", text_of(tree))
        return eval(text, {"np": np}, names)

    for part, numbers in (("f", "y"), ("g", "z"), ("h", "z")):
        np.testing.assert_allclose([valued(t) for t in scene[part]["formulas"]], scene[numbers], rtol=1e-12)
    for part in ("f", "g", "h"):
        shown = [[valued(tree) for tree in row] for row in scene[part]["derivative"]]
        np.testing.assert_allclose(shown, values(scene[f"D{part}"]), rtol=1e-12, atol=1e-15)


def tags_of(tree):
    tag, *parts = tree
    return {tag}.union(*(tags_of(part) for part in parts if isinstance(part, list)))


def test_formulas_are_trees_of_known_tags(lesson):
    scene = scene_of(lesson, f="sqrt(Abs(x1))/(1 + pi*x2)^3, tan(x1)*log(x2) + 0.5", g="asin(y1/y2)*exp(-y1)")
    found = set()
    for part in ("f", "g", "h"):
        for tree in scene[part]["formulas"] + [entry for row in scene[part]["derivative"] for entry in row]:
            found |= tags_of(tree)
    assert {"mfrac", "msup", "msub", "msqrt"} <= found <= set(TAGS)


def test_a_composition_that_is_too_long_has_numbers_but_no_formula(lesson):
    nested = "sin(" * 20 + "x1" + ")" * 20
    scene = scene_of(lesson, f=nested, g=nested.replace("x1", "y1"))
    assert scene["f"] is not None and scene["h"] is None and scene["Dh"]["values"][0][0] is not None
    product = "*".join(f"(x1 + {k}*x2)" for k in range(10))
    scene = scene_of(lesson, f=product, g="y1^2")
    assert scene["f"] is None and scene["g"] is not None
    x = np.array(scene["x"])
    Df = complex_step_derivative(lambda x: np.array([np.prod(x[0] + np.arange(10) * x[1])]), x)
    np.testing.assert_allclose(values(scene["Df"]), Df, rtol=1e-12)


def test_a_point_goes_along_with_f(lesson):
    assert scene_of(lesson, f="x1*x3, x2")["settings"]["point"] == [1.0, 2.0, 1.0]
    assert scene_of(lesson, f="x1, x1", point=[-3.0])["settings"]["point"] == [-3.0]
    assert scene_of(lesson, f="log(x1), x1")["settings"]["point"] == [1.0]  # there is no log(-3)


def test_entries_that_are_carried_out_are_no_more_than_there_are(lesson):
    assert scene_of(lesson, entries=9)["settings"]["entries"] == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"f": "__import__('os')"}, "f: "),
        ({"f": "x1.__class__"}, "a dot after a name"),
        ({"f": "9**9**9*x1"}, "exponent"),
        ({"f": "x1 + z"}, "its variables are x1, x2, x3"),
        ({"f": "y1"}, "its variables are x1, x2, x3"),
        ({"f": "5"}, "f has no variables"),
        ({"f": "x1, x1, x1, x1"}, "f gives 4 numbers; accepted are up to 3"),
        ({"f": "x" * 300}, "at most 200 characters"),
        ({"f": 7}, "accepted is a line"),
        ({"g": "y3"}, "its variables are y1, y2"),
        ({"g": "x1"}, "its variables are y1, y2"),
        ({"g": "lambda y1: y1"}, "g: "),
        ({"g": "y1, y1, y1, y1"}, "g gives 4"),
        ({"f": "log(x1), x1", "point": [-1.0]}, "no finite values at x = (-1)"),
        ({"f": "log(-x1^2), x1"}, "no finite values"),
        ({"point": [1.0]}, "point of by_hand has 1 numbers; f takes 2"),
        ({"point": [1.0, float("inf")]}, "accepted is a number"),
        ({"point": "1, 2"}, "accepted is a list"),
        ({"entries": 10}, "accepted is a whole number"),
    ],
)
def test_settings_that_do_not_fit_are_refused(lesson, settings, words):
    assert words in refused(lesson, do="by_hand.set", **settings)


def test_an_address_leads_back(lesson):
    scene_of(lesson, f="x1*x2*x3, 1/x2", g="exp(y1) + y2^2", entries=2)
    scene_of(lesson, point=[-0.25, 0.75, 1.5])
    back_from_its_address(lesson, Lesson())


def test_an_address_may_leave_the_point_out(lesson):
    done(lesson, do="go to", address="by_hand.f=x1*x2*x3%2C%20x1")
    assert lesson.sections["by_hand"].values["point"] == (1.0, 2.0, 1.0)
