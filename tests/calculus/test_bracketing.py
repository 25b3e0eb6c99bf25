"""What a chain of products costs: against every bracketing there is, and against NumPy's product."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.calculus import Bracketing, Factor, cheapest, from_left, from_right, parse
from sweeps import examples

LECTURE = [(1, 100), (100, 100), (100, 100)]


@cache
def every_tree(first, last):
    """All bracketings of the factors first … last: Catalan's number of them."""
    if first == last:
        return [first]
    return [
        (left, right)
        for cut in range(first, last)
        for left in every_tree(first, cut)
        for right in every_tree(cut + 1, last)
    ]


@st.composite
def chains(draw, most=7):
    kinds = draw(st.lists(st.sampled_from(["dense", "diagonal", "softmax"]), min_size=1, max_size=most))
    width, factors = draw(st.integers(1, 6)), []
    for i, kind in enumerate(kinds):
        after = width if kind != "dense" else draw(st.integers(1, 6))
        factors.append(Factor(f"F{i}", (width, after), kind, draw(st.booleans())))
        width = after
    return factors


def test_N12_the_lecture_s_example():
    assert from_left(LECTURE).multiplications == 20_000
    assert from_right(LECTURE).multiplications == 1_010_000
    assert cheapest(LECTURE).formula == "(AB)C"


def test_N12_neither_end_first():
    chain = [(784, 128), (128, 16), (16, 128), (128, 784)]
    ends = from_left(chain).multiplications, from_right(chain).multiplications
    assert ends == (81_887_232, 81_887_232)
    assert cheapest(chain).multiplications == 13_045_760
    assert cheapest(chain).formula == "(AB)(CD)"


@settings(max_examples=examples(150), deadline=None)
@given(chains(), st.integers(1, 5))
def test_N12_no_bracketing_is_cheaper(factors, n_samples):
    best = cheapest(factors, n_samples)
    costs = [
        Bracketing(tuple(factors), tree, n_samples).multiplications
        for tree in every_tree(0, len(factors) - 1)
    ]
    assert best.multiplications == min(costs)


@settings(max_examples=examples(100), deadline=None)
@given(chains(), st.integers(0, 2**31), st.data())
def test_every_order_gives_the_product(factors, seed, data):
    rng, n = np.random.default_rng(seed), 3
    matrices, full = [], np.broadcast_to(np.eye(factors[0].shape[0]), (n, *[factors[0].shape[0]] * 2))
    for factor in factors:
        size = factor.shape if factor.kind == "dense" else factor.shape[:1]
        matrix = rng.normal(size=size if factor.shared else (n, *size))
        matrices.append(matrix)
        if factor.kind != "dense":
            diagonal = matrix[..., None] * np.eye(size[0])
            outer = matrix[..., :, None] * matrix[..., None, :]
            matrix = diagonal - (outer if factor.kind == "softmax" else 0)
        full = full @ matrix
    tree = data.draw(st.sampled_from(every_tree(0, len(factors) - 1)))
    for order in (cheapest(factors, n), Bracketing(tuple(factors), tree, n)):
        product = np.broadcast_to(order.multiply(matrices), full.shape)
        np.testing.assert_allclose(product, full, rtol=1e-10, atol=1e-10)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(1, 7), st.data(), st.booleans())
def test_what_is_written_is_read(length, data, letters):
    tree = data.draw(st.sampled_from(every_tree(0, length - 1)))
    factors = [Factor("ABCDEFG"[i] if letters else f"D{i}", (2, 2)) for i in range(length)]
    order = Bracketing(tuple(factors), tree)
    assert parse(order.formula, factors).tree == tree


def test_names_of_capitals_are_set_apart_too():
    factors = [Factor(name, (2, 2)) for name in ("A", "B", "AB")]
    assert from_left(factors).formula == "(A B) AB"
    assert parse("A (B AB)", factors).tree == (0, (1, 2))


def test_what_all_share_is_multiplied_once():
    A, B = Factor("A", (4, 5), shared=True), Factor("B", (5, 6), shared=True)
    assert from_left([A, B], 100).multiplications == 4 * 5 * 6
    assert from_left([A, Factor("C", (5, 6))], 100).multiplications == 100 * 4 * 5 * 6


def test_it_prints_each_product():
    text = str(from_right(LECTURE))
    assert text.splitlines()[0] == "A(BC)"
    assert "100×100 · 100×100" in text and "1,000,000" in text and "1,010,000" in text


def test_a_chain_of_one_costs_nothing():
    assert cheapest([(3, 4)]).multiplications == 0
    assert cheapest([(3, 4)]).formula == "A"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: cheapest([(1, 2), (3, 4)]), ["A (1, 2)", "B (3, 4)"]),
        (lambda: cheapest([]), ["at least one"]),
        (lambda: parse("A(BC", LECTURE), ["bracketing", "A(BC"]),
        (lambda: parse("A)BC", LECTURE), ["bracketing", "A)BC"]),
        (lambda: parse("A()BC", LECTURE), ["bracketing", "A()BC"]),
        (lambda: parse("ACB", LECTURE), ["A B C", "ACB"]),
        (lambda: parse("AB", LECTURE), ["A B C"]),
        (lambda: from_left([(2, 2)]).multiply([np.ones((3, 3))]), ["A", "(2, 2)", "(3, 3)"]),
        (lambda: from_left([(2, 2)], 5).multiply([np.ones((3, 2, 2))]), ["A", "(5, 2, 2)", "(3, 2, 2)"]),
        (lambda: from_left([(2, 2), (2, 2)]).multiply([np.eye(2)]), ["2 factors", "1 matrices"]),
        (lambda: Bracketing(from_left([(2, 2), (2, 2)]).factors, (1, 0)), ["(1, 0)", "2 factors"]),
    ],
)
def test_bad_input_is_named(ask, words):
    with pytest.raises(ValueError) as raised:
        ask()
    assert all(word in str(raised.value) for word in words), raised.value
