"""Tables that the tests of derivatives share."""

import numpy as np
import pandas as pd

random = np.random.default_rng(0)
X = random.uniform(0.5, 3, (200, 3)) * [1, 2, 5]
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] / 10
ELSEWHERE = random.uniform(0.3, 3.2, (60, 3)) * [1, 2, 5]  # some rows beyond what was learnt from


def mixed(n=120, seed=1):
    """Numbers, text and a whole number that is a category, with cells missing."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": draw.uniform(20, 200, n),
            "town": draw.choice(["Bonn", "Köln", "Ulm"], n),
            "age": draw.uniform(0, 90, n),
            "zone": draw.integers(1, 4, n),
            "note": draw.choice(["a", "b"], n),
        }
    )
    frame.loc[3::10, "age"] = np.nan
    return frame


def price(frame):
    towns = frame["town"].map({"Bonn": 1.0, "Köln": 2.0, "Ulm": 0.0})
    return (
        frame["size"] / 40 * (1 + towns / 5) - frame["age"].fillna(40) / 50 + frame["zone"] / 3
    ).to_numpy()
