"""Identifiers are left out, and said; what may be measured stays."""

import numpy as np
import pandas as pd
import pytest

from as_written.runner import LEFT_OUT, Case, check
from chainrule.tables import Wishes

N = 60


def keyed(*keys: object, name: str = "key") -> str:
    return f"{name},x,y\n" + "".join(f"{key},{i * 7 % 11}.5,{i % 13}.25\n" for i, key in enumerate(keys))


SHUFFLED = np.random.default_rng(0).permutation(N) + 1000
PRICES = np.random.default_rng(0).permutation(1000)[:N] * 13 + 100
FRAME = pd.DataFrame({"key": SHUFFLED.astype(float), "x": np.arange(N) % 11 / 8, "y": np.arange(N) % 13 / 4})

IDENTIFIERS = [
    Case(
        "counted rows",
        keyed(*range(1, N + 1)),
        {"key": LEFT_OUT},
        ["'key' is left out: it holds whole numbers that rise from row to row .--as key=number keeps it"],
        target="y",
    ),
    Case(
        "falling",
        keyed(*range(900, 900 - 7 * N, -7)),
        {"key": LEFT_OUT},
        ["that fall from row to row"],
        target="y",
    ),
    Case(
        "with gaps",
        keyed(*(10_000 + i * i for i in range(N))),
        {"key": LEFT_OUT},
        ["that rise from row to row"],
        target="y",
    ),
    Case(
        "shuffled", keyed(*SHUFFLED), {"key": LEFT_OUT}, ["it numbers the rows, in another order"], target="y"
    ),
    Case(
        "shuffled floats of a frame",
        FRAME,
        {"key": LEFT_OUT},
        ["it numbers the rows, in another order"],
        target="y",
    ),
    Case(
        "beyond 2**53",
        keyed(*(2**60 + i for i in range(N))),
        {"key": LEFT_OUT},
        ["'key' is left out"],
        target="y",
    ),
    Case(
        "names",
        keyed(*(f"Ann {i}" for i in range(N))),
        {"key": LEFT_OUT},
        ["it has 60 different texts in 60 rows"],
        target="y",
    ),
    Case(
        "UUIDs",
        keyed(*(f"{i:08x}-52a4-4d0e" for i in range(N))),
        {"key": LEFT_OUT},
        ["60 different texts"],
        target="y",
    ),
    Case(
        "with leading zeros",
        keyed(*(f"{i:06}" for i in range(N))),
        {"key": LEFT_OUT},
        ["60 different texts in 60 rows", "digits with leading zeros, such as .000000."],
        target="y",
    ),
    Case(
        "row names of R",
        keyed(*(i % 59 for i in range(59)), name=""),
        {"": LEFT_OUT},
        ["column '' is left out"],
        target="y",
    ),
    Case(
        "prices stay",
        keyed(*PRICES),
        {"key": PRICES.tolist()},
        ["'key' holds whole numbers that are all different, and is learned from; --ignore key"],
        target="y",
    ),
    Case(
        "kept as asked",
        keyed(*range(1, N + 1)),
        {"key": list(range(1, N + 1))},
        target="y",
        wishes=Wishes(kinds={"key": "number"}),
    ),
    Case(
        "text kept as asked",
        keyed(*(f"Ann {i}" for i in range(N))),
        {"key": [f"Ann {i}" for i in range(N)]},
        target="y",
        wishes=Wishes(kinds={"key": "category"}),
    ),
    Case("ignored as asked", keyed(*PRICES), {"key": LEFT_OUT}, target="y", wishes=Wishes(ignore=("key",))),
    Case(
        "the target ignored",
        keyed(*PRICES),
        error="the target 'y' cannot be ignored",
        target="y",
        wishes=Wishes(ignore=("y",)),
    ),
    Case(
        "a name nearly right",
        keyed(*PRICES),
        error="no column 'Keys' - did you mean 'key'",
        target="y",
        wishes=Wishes(ignore=("Keys",)),
    ),
    Case(
        "a kind that is none",
        keyed(*PRICES),
        error="the kind of 'key' must be 'number'.* not 'float'",
        target="y",
        wishes=Wishes(kinds={"key": "float"}),
    ),
    Case("few rows tell nothing", keyed(*range(9)), {"key": list(range(9))}, target="y"),
    Case(
        "measured in order",
        keyed(*(i + 0.5 for i in range(N))),
        {"key": [i + 0.5 for i in range(N)]},
        target="y",
    ),
    Case(
        "many texts",
        keyed(*(f"t{i % 25}" for i in range(N))),
        {"key": [f"t{i % 25}" for i in range(N)]},
        target="y",
    ),
    Case(
        "prices of which some are words",
        keyed(*(f"{i}.5" for i in range(140)), *["ask us"] * 10),
        {"key": LEFT_OUT},
        [
            "'key' is left out: it has 141 different texts",
            "'key' is read as text, not as numbers: because of 'ask us' in row 141",
        ],
        target="y",
    ),
    Case(
        "a target given twice is one",
        keyed(*PRICES),
        error="no column 'price'; the columns are 'key', 'x', 'y'",
        target="price",
    ),
]


@pytest.mark.parametrize("case", IDENTIFIERS, ids=str)
def test_identifiers(case, tmp_path):
    check(case, tmp_path)
