"""Data by name: the same for a seed, within the plane, and without noise what their names say."""

import numpy as np
import pytest
from tests.lesson.sections.lessons import done

from chainrule import Network
from chainrule.lesson import Lesson
from chainrule.lesson.data import NAMES, data_by_name
from chainrule.lesson.data._by_name import NOTES


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_rows(name):
    data, again, other = (data_by_name(name, 60, 0.2, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(data.X, again.X)
    np.testing.assert_array_equal(data.Y, again.Y)
    assert not np.array_equal(data.X, other.X)
    assert data.X.shape == (60, len(data.inputs)) and data.Y.shape == (60, len(data.outputs))
    assert np.abs(data.X).max() <= 1
    assert not np.array_equal(data_by_name(name, 60, 0.9, 3).Y, data.Y) or data.task == "classes"


@pytest.mark.parametrize("name", [name for name in NAMES if data_by_name(name, 9, 0.0, 0).task == "classes"])
def test_classes_are_all_there(name):
    data = data_by_name(name, 60, 0.1, 0)
    codes = data.Y[:, 0] if data.Y.shape[1] == 1 else data.Y.argmax(axis=1)
    assert set(codes) == set(range(len(data.classes)))
    assert data.Y.shape[1] == 1 or np.all(data.Y.sum(axis=1) == 1)


def without_noise(name):
    data = data_by_name(name, 200, 0.0, 1)
    return data.X.T, data.Y[:, 0] if data.Y.shape[1] == 1 else data.Y


def test_what_they_are_without_noise():
    (x, y), target = without_noise("xor")
    np.testing.assert_array_equal(target, x * y > 0)
    (x, y), target = without_noise("circles")
    np.testing.assert_array_equal(target, np.hypot(x, y) < 0.6)
    (x, y), target = without_noise("spirals")
    along = 3.5 * np.pi * np.hypot(x, y) / 0.95  # where the first arm is at this radius
    np.testing.assert_array_equal(target, np.cos(np.arctan2(y, x) - along) < 0)
    (x, y), target = without_noise("moons")
    circle = ((x / 0.6 + 0.5 - target) ** 2) + (y / 0.8 + 0.25 - 0.5 * target) ** 2
    np.testing.assert_allclose(circle, 1, atol=1e-12)
    (x, y), target = without_noise("blobs")
    centres = 0.55 * np.exp(1j * (np.pi / 2 + 2 * np.pi * np.arange(3) / 3))
    np.testing.assert_array_equal(target.argmax(axis=1), np.abs(x + 1j * y - centres[:, None]).argmin(axis=0))
    (x,), target = without_noise("sine")
    np.testing.assert_allclose(target, 0.8 * np.sin(np.pi * x), rtol=1e-14)
    (x, y), target = without_noise("plane")
    np.testing.assert_allclose(target, 0.5 * x - 0.3 * y, rtol=1e-14)
    (x, y), target = without_noise("hills")
    hill = np.exp(-4 * ((x - 0.4) ** 2 + (y - 0.4) ** 2)) - np.exp(-4 * ((x + 0.4) ** 2 + (y + 0.4) ** 2))
    np.testing.assert_allclose(target, hill, rtol=1e-12, atol=1e-15)


def test_the_notes_are_one_layer_of_two_neurons():
    A, b = NOTES
    X, Y = without_noise("notes")
    np.testing.assert_allclose(
        Network.from_weights([np.transpose(A)], [b], output="tanh")(X.T), Y, atol=1e-15
    )
    lesson = Lesson()
    done(lesson, do="show", sections=["layer"])
    frame = lesson.receive({"do": "network.set", "data": "notes"})
    assert frame["common"]["layer_sizes"] == [2, 2] and frame["common"]["output"] == "tanh"
    assert frame["sections"]["layer"]["matrix"]["shape"] == [2, 6]
    done(lesson, do="show", sections=[])
    assert lesson.receive({"do": "network.set", "data": "xor"})["common"]["layer_sizes"] == [2, 4, 1]
    kept = lesson.receive({"do": "network.set", "data": "notes", "hidden": [3]})
    assert kept["common"]["layer_sizes"] == [2, 3, 2]


def test_the_plane_s_cells_have_their_centres():
    plane = data_by_name("xor", 10, 0.0, 0).plane
    grid = plane.grid(4, 0)
    np.testing.assert_allclose(grid[:4], [[-0.75, 0.75], [-0.25, 0.75], [0.25, 0.75], [0.75, 0.75]])
    np.testing.assert_allclose(grid[-1], [0.75, -0.75])
    np.testing.assert_allclose(data_by_name("sine", 10, 0.0, 0).plane.grid(2, 0), [[-0.5], [0.5]])
