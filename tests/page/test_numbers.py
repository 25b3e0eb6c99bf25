"""Each section's central number, read from the page, is the library's; the page has no number of its own.

The truth is computed here from the network, the data and the loss of a lesson in the same state: by the
public functions of `Network`, not by the lesson's sections.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from chainrule.lesson import Lesson

START = "at=7&row=3"


def flat(value: Any) -> Iterator[float]:
    """All numbers in what JSON has read."""
    if isinstance(value, bool | str) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
        return
    for each in value.values() if isinstance(value, dict) else value:
        yield from flat(each)


def network(lesson: Lesson) -> list[Any]:
    study = lesson.study
    net = study.network
    loss = net.error(study.data.X, study.data.Y, loss=study.setup.loss)
    return [loss, *net.weights, *net.biases]


def forward(lesson: Lesson) -> list[Any]:
    study, shown = lesson.study, list[Any]()
    net = study.network
    z = study.x
    for at, (weights, biases) in enumerate(zip(net.weights, net.biases, strict=True), 1):
        q = z @ weights + biases
        z = np.tanh(q) if at < len(net.weights) else net(study.x)
        shown += [q, z]
    return [*shown, net.error(study.x, study.y, loss=study.setup.loss)]


TRUTHS: dict[str, Callable[[Lesson], list[Any]]] = {"network": network, "forward": forward}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_page_shows_the_library_s_numbers(open_page, name: str) -> None:
    opened = open_page(START)
    opened.look_at(name)
    shown = np.array(opened.numbers(name))
    for truth in TRUTHS[name](opened.lesson()):
        for number in np.ravel(truth):
            assert np.isclose(shown, number, rtol=1e-11, atol=1e-13).any(), number


def test_every_number_on_the_page_was_sent(open_page) -> None:
    """To the bit: the browser computes none. What a control is set to is its own."""
    opened = open_page(START)
    names = opened.page.eval_on_selector_all("[data-section]", "all => all.map(one => one.dataset.section)")
    own: dict[str, set[float]] = {}
    for name in names:
        opened.look_at(name)
        own[name] = {*opened.numbers(name, ".section-body", but=".control-value")} - {
            *flat(opened.scene(name))
        }
    assert own == {name: set() for name in names}


def test_numbers_follow_a_step(open_page) -> None:
    opened = open_page(START)
    opened.look_at("network")
    opened.press("s", "s")
    lesson = opened.lesson()
    assert lesson.study.learner.position == 9
    shown = np.array(opened.numbers("network"))
    assert all(np.isclose(shown, w, rtol=1e-11).any() for w in np.ravel(lesson.study.network.weights[0]))
