"""Functions are told apart by what they compute, and not by what they are called or where they stand."""

import math
from types import SimpleNamespace

import numba
import numpy as np
import pytest

from chainrule.kernels.fingerprint import fingerprint
from sweeps import for_each

A = 2.0
TABLE = {"a": 1.0}


@numba.njit
def helper(q):
    return A * q


def defined(text, **names):
    """The function f that a text defines, with these globals."""
    space = {"math": math, "np": np, "numba": numba, **names}
    exec(text, space)
    return space["f"]


def closed(value):
    def f(q):
        return value * q

    return f


def nested(text, **names):
    return defined(f"def f(q):\n    def g(p):\n        return {text}\n    return g(q)\n", **names)


def jitted(text, **options):
    return defined("def f(q):\n    return g(q)\n", g=numba.njit(**options)(defined(text)))


SAME = [
    (
        defined("def f(q):\n    return q * 2.0\n"),
        defined("# words\n\ndef f(q):\n    return q * 2.0  # more\n"),
    ),
    (closed(3.0), closed(3.0)),
    (closed(np.arange(3.0)), closed(np.arange(3.0))),
    (closed((1, 2.0, "x")), closed((1, 2.0, "x"))),
    (defined("def f(q): return a * q", a=1.5), defined("def f(q): return a * q", a=1.5, other=3)),
    (defined("def f(q): return m.a * q", m=math, a=1), defined("def f(q): return m.a * q", m=math, a=2)),
    (defined("def f(q): return math.exp(q)"), defined("def f(q): return math.exp(q)")),
    (jitted("def f(q): return q + 1"), jitted("def f(q): return q + 1")),
]
DIFFERENT = [
    (defined("def f(q): return q * 2.0"), defined("def f(q): return q * 2")),
    (defined("def f(q): return q * 2.0"), defined("def f(q): return q + 2.0")),
    (defined("def f(q): return q in {1, 2}"), defined("def f(q): return q in {1, 3}")),
    (defined("def f(q, a=1.0): return a * q"), defined("def f(q, a=2.0): return a * q")),
    (defined("def f(q, *, a=1.0): return a * q"), defined("def f(q, *, a=2.0): return a * q")),
    (closed(3.0), closed(np.float32(3.0))),
    (closed(0.0), closed(-0.0)),
    (closed(1), closed(True)),
    (closed(np.arange(3.0)), closed(np.arange(3.0) + 1)),
    (closed(np.ones((2, 3))), closed(np.asfortranarray(np.ones((2, 3))))),
    (defined("def f(q): return a * q", a=1.5), defined("def f(q): return a * q", a=1.25)),
    (nested("a * p", a=1.5), nested("a * p", a=1.25)),
    (nested("2 * p"), nested("3 * p")),
    (defined("def f(q): return math.exp(q)"), defined("def f(q): return math.sin(q)")),
    (defined("def f(q): return g(q)", g=math.exp), defined("def f(q): return g(q)", g=math.sin)),
    (defined("def f(q): return g(q)", g=np.exp), defined("def f(q): return g(q)", g=np.sin)),
    (defined("def f(q): return abs(q)"), defined("def f(q): return abs(q)", abs=math.exp)),
    (defined("def f(q): return m.exp(q)", m=math), defined("def f(q): return m.exp(q)", m=np)),
    (jitted("def f(q): return q + 1"), jitted("def f(q): return q + 2")),
    (jitted("def f(q): return q + 1"), jitted("def f(q): return q + 1", fastmath=True)),
    (jitted("def f(q): return math.exp(q)"), jitted("def f(q): return math.sin(q)")),
]
UNKNOWN = [
    closed(TABLE),
    closed([1.0]),
    closed(object()),
    closed(np.array([None])),
    closed(SimpleNamespace(a=1)),
    closed(closed(1)),  # a plain function: what Numba makes of it is not in its code
    defined("def f(q): return table['a']", table=TABLE),
    defined("def f(q): return g(q)", g=numba.vectorize(lambda q: q)),
    defined("def f(q): return g(q)", g=numba.njit(closed([1.0]))),
    nested("[a for _ in p]", a=TABLE),
    math.exp,
    np.exp,
]


@pytest.mark.parametrize("pair", SAME)
def test_what_computes_the_same_has_one_fingerprint(pair):
    first, second = pair
    assert fingerprint([first]) == fingerprint([second]) is not None


@for_each("pair", DIFFERENT)
def test_what_computes_something_else_has_another(pair):
    first, second = pair
    assert None not in (fingerprint([first]), fingerprint([second]))
    assert fingerprint([first]) != fingerprint([second])


@for_each("function", UNKNOWN)
def test_what_cannot_be_told_has_none(function):
    assert fingerprint([function]) is None
    assert fingerprint([closed(1), function]) is None


def test_the_order_counts():
    assert fingerprint([closed(1), closed(2)]) != fingerprint([closed(2), closed(1)])


def test_a_variable_without_a_value_is_unknown():
    def f(q):
        return later * q

    assert fingerprint([f]) is None
    later = 2.0
    assert fingerprint([f]) is not None


def test_functions_that_call_themselves_come_to_an_end():
    @numba.njit
    def fall(q):
        return q if q < 1 else fall(q - 1)

    assert fingerprint([fall]) is not None


def test_constants_of_a_module_are_read_through_its_name(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "constants_of_the_test.py").write_text("a = 1.0\ntable = {}\n")
    import constants_of_the_test as constants

    f = defined("def f(q): return m.a * q", m=constants)
    before = fingerprint([f])
    constants.a = 2.0
    assert before is not None and fingerprint([f]) not in (before, None)
    assert fingerprint([defined("def f(q): return m.table", m=constants)]) is None
    assert fingerprint([defined("def f(q): return m", m=constants)]) is None


def test_a_global_of_this_module():
    assert fingerprint([helper]) == fingerprint([helper]) is not None
