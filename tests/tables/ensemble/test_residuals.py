"""Intervals from residuals: coverage, bins, few rows."""

import numpy as np
import pytest

from chainrule.tables.ensemble._residuals import Residuals

RANDOM = np.random.default_rng(0)


def made(n):
    """Errors that grow with the prediction."""
    predictions = RANDOM.uniform(0, 10, n)
    return predictions, predictions + (0.1 + predictions) * RANDOM.normal(size=n)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.99])
def test_intervals_hold_in_every_part_of_the_range(level):
    residuals = Residuals.of(*made(5000))
    predictions, y = made(50_000)
    low, high = residuals.interval(predictions, level)
    held = (low <= y) & (y <= high)
    for part in range(5):
        there = (predictions >= 2 * part) & (predictions < 2 * part + 2)
        assert held[there].mean() == pytest.approx(level, abs=0.06)
    assert np.mean(high - low, where=predictions > 8) > 4 * np.mean(high - low, where=predictions < 2)


def test_the_ends_are_residuals_of_the_conformal_ranks():
    residuals = Residuals.of(np.zeros(99), np.arange(99.0))  # one bin: predictions are equal
    assert len(residuals.sorted) == 1
    low, high = residuals.interval(np.zeros(1), 0.9)  # ranks 5 and 95 of 99
    assert (low[0], high[0]) == (4.0, 94.0)


@pytest.mark.parametrize(("n", "bins"), [(10, 1), (59, 1), (60, 2), (149, 4), (150, 5), (1000, 5)])
def test_a_bin_has_thirty_rows(n, bins):
    assert len(Residuals.of(np.arange(float(n)), np.zeros(n)).sorted) == bins


def test_std_is_that_of_the_bin():
    predictions, y = made(5000)
    residuals = Residuals.of(predictions, y)
    first = predictions < residuals.edges[0]
    assert residuals.std(np.array([0.0]))[0] == pytest.approx(np.sqrt(np.mean((y - predictions)[first] ** 2)))
