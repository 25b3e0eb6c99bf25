"""Expressions typed by strangers: what is read, what is refused, and that nothing runs away."""

import math
import tracemalloc

import numpy as np
import pytest
import sympy

from chainrule import calculus
from chainrule import testing as oracle
from chainrule._expressions import (
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_NESTED,
    MOST_VARIABLES,
    read_expressions,
)
from sweeps import crossed, for_each

# A text, and the same function in Python; x, y and z lie in (0, 1).
ACCEPTED = [
    ("x^2 + 1", lambda x, y, z: x**2 + 1),
    ("-x**2", lambda x, y, z: -(x**2)),
    ("2**-x", lambda x, y, z: 2**-x),
    ("x**y**z", lambda x, y, z: x ** (y**z)),
    ("x^y^z", lambda x, y, z: x ** (y**z)),
    ("x - y - z", lambda x, y, z: x - y - z),
    ("x / y * z", lambda x, y, z: x / y * z),
    ("x / (1 + y) / z", lambda x, y, z: x / (1 + y) / z),
    ("+x*-y", lambda x, y, z: -x * y),
    ("1/3*x + .5 + 2. + 1e-3", lambda x, y, z: x / 3 + 2.501),
    ("E**x + pi*y", lambda x, y, z: math.e**x + math.pi * y),
    ("sin(x) + cos(y)*tan(z)", lambda x, y, z: np.sin(x) + np.cos(y) * np.tan(z)),
    ("asin(x) + acos(y)*atan(z)", lambda x, y, z: np.arcsin(x) + np.arccos(y) * np.arctan(z)),
    ("sinh(x) + cosh(y)*tanh(z)", lambda x, y, z: np.sinh(x) + np.cosh(y) * np.tanh(z)),
    ("exp(x) + log(y)*sqrt(z) + ln(x)", lambda x, y, z: np.exp(x) + np.log(y) * np.sqrt(z) + np.log(x)),
    ("Abs(x - y) + abs(z - 2)", lambda x, y, z: (y - x) + (2 - z)),
    ("tan(x + pi/2)", lambda x, y, z: -1 / np.tan(x)),
    ("tanh(tanh(tanh(tanh(log(x)))))", lambda x, y, z: np.tanh(np.tanh(np.tanh(np.tanh(np.log(x)))))),
    ("x +\n\ty", lambda x, y, z: x + y),
    ("0*x", lambda x, y, z: 0 * x),
]
POINT = np.array([0.2, 0.7, 0.4])


@for_each(("text", "plain"), ACCEPTED)
def test_values_and_derivatives_are_those_of_the_same_function_in_python(text, plain):
    f, Df = read_expressions(text, ["x", "y", "z"]).functions()
    np.testing.assert_allclose(f(POINT), [plain(*POINT)], rtol=1e-14)
    numeric = oracle.complex_step_derivative(lambda x: np.atleast_1d(plain(*x)), POINT)
    np.testing.assert_allclose(Df(POINT), np.reshape(numeric, (1, 3)), rtol=1e-12, atol=1e-13)


def test_every_function_that_is_accepted_was_tried():
    assert all(any(f"{name}(" in text for text, _ in ACCEPTED) for name in FUNCTIONS)


def test_variables_are_those_that_occur_in_natural_order_or_those_that_are_given():
    assert [str(v) for v in read_expressions("x10 + x2*x_1 + sin(a)").variables] == ["a", "x2", "x10", "x_1"]
    assert read_expressions("y2**3", ["y1", "y2"]).derivative.tolist() == [
        [0, 3 * sympy.Symbol("y2", real=True) ** 2]
    ]
    assert read_expressions("x1 - x1 + x2").derivative.tolist() == [[0, 1]]
    assert (
        read_expressions("[x, y]").derivative.shape == read_expressions("(x, y)").derivative.shape == (2, 2)
    )


def test_a_variable_may_have_the_name_of_something_in_numpy():
    h = calculus.Function("array + 2*numpy + 3*float + 4*print")
    np.testing.assert_array_equal(h.derivative([1.0, 1.0, 1.0, 1.0]), [[1, 3, 2, 4]])


def test_a_complex_step_gets_through_Abs():
    np.testing.assert_array_equal(calculus.Function("x*Abs(x)").second_derivative([-2.0]), [[[-2]]])
    np.testing.assert_array_equal(calculus.Function("x*Abs(x)").second_derivative([3.0]), [[[2]]])


def test_what_occurs_often_is_computed_once():
    f, Df = read_expressions("tan(" * 20 + "x" + ")" * 20).functions()
    assert len(f.__self__.steps) == 20
    value, slope = 0.3, 1.0
    for _ in range(20):
        value, slope = math.tan(value), slope * (1 + math.tan(value) ** 2)
    np.testing.assert_allclose([f([0.3])[0], Df(np.array([0.3]))[0, 0]], [value, slope], rtol=1e-10)


REFUSED = [
    ("__import__('os').system('ls')", "apostrophe"),
    ("__import__(x)", "calls __import__"),
    ("x.__class__", "dot"),
    ("x.real", "dot"),
    ("(1).real", "dot"),
    ("sin.__globals__", "dot"),
    ("lambda x: x", "colon"),
    ("[x for x in y]", "comprehension"),
    ("(x for x in y)", "comprehension"),
    ("{x}", "left curly bracket"),
    ('f"{x}"', "quotation mark"),
    ("(x := 3)", "colon"),
    ("x = 3", "equals sign"),
    ("x; y", "semicolon"),
    ("x # y", "number sign"),
    ("x \\ y", "reverse solidus"),
    ("@x", "commercial at"),
    ("x @ y", "commercial at"),
    ("x % y", "percent"),
    ("x // y", "//"),
    ("x < y", "less-than"),
    ("x in y", "comparison"),
    ("x is y", "comparison"),
    ("x and y", "and, or"),
    ("not x", "not"),
    ("~x", "tilde"),
    ("x if y else z", "if"),
    ("await x", "await"),
    ("yield x", "no expression"),
    ("import os", "no expression"),
    ("x[1]", "index"),
    ("x + [y]", "square brackets"),
    ("(x, y), z", "comma inside brackets"),
    ("*x", "no expression"),
    ("sin(*x)", "star"),
    ("sin(x, y)", "something else than one"),
    ("sin()", "something else than one"),
    ("sin", "without calling"),
    ("x(1)", "calls x"),
    ("exec(x)", "calls exec"),
    ("eval(x)", "calls eval"),
    ("(sin)(x)(y)", "call"),
    ("_x", "named like"),
    ("x_", "named like"),
    ("x__y", "named like"),
    ("True*x", "True"),
    ("None", "None"),
    ("2x", "2x: a product"),
    ("3.5e2x + 1", "product"),
    ("0x10*x", "product"),
    ("2j*x", "product"),
    ("1if x else y", "product"),
    ("I*x", "imaginary"),
    ("х + 1", "cyrillic small letter ha"),
    ("ｅｘｐ(x)", "fullwidth latin small letter e"),
    ("𝑥 + 1", "mathematical italic small x"),
    ("x\u200b + 1", "zero width space"),
    ("x\x00", "control character"),
    ("x −1", "minus sign"),
    ("x²", "superscript two"),
    ("x +", "no expression"),
    ("(x", "no expression"),
    ("x y", "no expression"),
    ("", "no expression"),
    ("()", "no expression"),
    ("9**9**9", "exponent"),
    ("9^9^9*x", "exponent"),
    ("x**9**9", "exponent"),
    ("2**(10**15/3)*x", "exponent"),
    ("x**-1e200", "exponent"),
    ("((((2*x)**999)**999)**999)**999", "beyond"),
    ("10**999*x", "beyond"),
    ("exp(exp(exp(100)))*x", "beyond"),
    ("exp(exp(exp(100*x/x)))", "beyond"),
    ("exp(500)*x*exp(500)", "beyond"),
    ("(((1 + 1/10**15)**999)**999)**999*x", "fraction"),
    ("1e400*x", "too large"),
    ("1e-400*x", "too small"),
    ("1/0", "no real number"),
    ("x/(y - y)", "no real number"),
    ("log(0)*x", "no real number"),
    ("sqrt(-1)*x", "no real number"),
    ("(-8)**(1/3)*x", "no real number"),
    ("asin(2)*x", "no real number"),
    ("(-2)**x", "no real number"),
    ("Abs(log(x))", "for some values"),
    ("(" * (MOST_NESTED + 1) + "x" + ")" * (MOST_NESTED + 1), "nested deeper"),
    ("-" * 500 + "x", "nested deeper"),
    ("sin(" * 100 + "x" + ")" * 100, "nested deeper"),
    ("**".join(["x"] * 60), "nested deeper"),
    ("(" * 900, "nested deeper"),
    ("+".join(["x"] * 400), "longer than"),
    ("+".join(f"x{i}" for i in range(MOST_VARIABLES + 1)), f"{MOST_VARIABLES} variables"),
    ("9" * 500 + "*x", "beyond"),
    ("x" * (MOST_CHARACTERS + 1), "characters"),
    ("+".join(["x"] * 500_000), "999,999 characters"),
    ("(" * 1_000_000, "1,000,000 characters"),
    ("9" * 1_000_000, "1,000,000 characters"),
    ("й" * 1_000_000, "1,000,000 characters"),
]


@for_each(("text", "words"), REFUSED)
def test_everything_else_is_refused_in_one_line(text, words):
    with pytest.raises(ValueError) as raised:
        read_expressions(text)
    said = str(raised.value)
    assert words in said and "accepted are" in said and "\n" not in said
    assert len(said) < 450 and said.isprintable()


def test_what_is_refused_is_refused_by_functions_of_calculus_too():
    for text, _ in REFUSED[::5]:
        with pytest.raises(ValueError, match="accepted are"):
            calculus.Function(text)


def test_a_variable_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="holds z; its variables are x, y"):
        read_expressions("x + z", ["x", "y"])


def test_refusing_takes_no_memory():
    texts = ["9**9**9", "((((2*x)**999)**999)**999)**999", "exp(exp(exp(100)))", "(" * 1_000_000]
    tracemalloc.start()
    for text in texts:
        with pytest.raises(ValueError):
            read_expressions(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6


@pytest.mark.parametrize(
    ("name", "inner"), crossed(sorted(set(FUNCTIONS) - {"Abs", "abs"}), ["x", "log(x)", "x + sqrt(y)"])
)
def test_functions_within_functions_are_read_in_few_steps(name, inner):
    """SymPy's own tanh takes twice the steps for each level: a minute here, and no end with more."""
    read = read_expressions(f"{name}(" * 16 + inner + ")" * 16)
    with np.errstate(all="ignore"):  # most of them have no such numbers
        assert read.functions()[1](POINT[: len(read.variables)]).shape == read.derivative.shape
