"""Schedules: the learning rate as a function of how much of the learning is done."""

from collections.abc import Callable

import numpy as np

Schedule = Callable[[float], float]
"""From the share of learning that is done, 0 to 1, to the factor of the first rate."""

LEAST = 1e-4
"""The factor that a cosine ends with."""


def cosine(done: float) -> float:
    """Return the factor of half a cosine: 1 at first, `LEAST` in the end (Loshchilov & Hutter 2017).

    >>> cosine(0.0), round(cosine(0.5), 6), cosine(1.0)
    (1.0, 0.5, 0.0001)
    """
    return max(LEAST, 0.5 * (1 + float(np.cos(np.pi * done))))


SCHEDULES: dict[str, Schedule] = {"cosine": cosine}
"""Schedules that have a name."""


def as_schedule(given: str | Schedule | None) -> Schedule | None:
    """Return a schedule given by its name or as a function; None is a constant rate.

    Raises
    ------
    ValueError, TypeError
        If it is neither.
    """
    if isinstance(given, str):
        if given not in SCHEDULES:
            names = ", ".join(map(repr, SCHEDULES))
            raise ValueError(f"schedule must be {names}, a function or None, got {given!r}")
        return SCHEDULES[given]
    if given is not None and not callable(given):
        raise TypeError(
            "schedule must be the name of one, None, or a function from the share of learning that is done, "
            f"0 to 1, to a factor of the rate; got {given!r}"
        )
    return given
