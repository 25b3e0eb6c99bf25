"""Wrong calls on tables are refused in one line; none is taken for something else."""

import numpy as np
import pandas as pd
import pytest

from chainrule.tables import (
    Wishes,
    class_scores,
    describe_columns,
    number_scores,
    split_table,
    target_like,
    write_table,
)

TABLE = pd.DataFrame(
    {"town": ["Ulm", "l", "Bonn", "m"] * 5, "n": [3, 1, 2, 4] * 5, "y": [1.5, 2.5, 4.0, 3.0] * 5}
)
SCHEMA = split_table(TABLE, "y", seed=0).schema
YES_NO = np.array(["no", "yes"])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: split_table(TABLE, "y", wishes=Wishes(na="Ulm")), TypeError, r"in a tuple, na=\('Ulm',\)"),
        (lambda: SCHEMA.features(TABLE, na="Ulm"), TypeError, r"in a tuple, na=\('Ulm',\)"),
        (lambda: target_like(TABLE, "town", YES_NO, na="Ulm"), TypeError, r"in a tuple, na=\('Ulm',\)"),
        (lambda: split_table(TABLE, "y", wishes=Wishes(na=(-999,))), TypeError, "-999, a int: give texts"),
        (lambda: describe_columns(TABLE, "Y"), ValueError, "no column 'Y' - did you mean 'y'"),
        (lambda: split_table(TABLE, 3), ValueError, "no column 3; the columns are"),
        (lambda: number_scores(np.ones(0), np.ones(0)), ValueError, "at least one: 0 targets, 0 predictions"),
        (lambda: number_scores(np.ones(3), np.ones(1)), ValueError, "3 targets, 1 prediction$"),
        (lambda: class_scores(YES_NO, np.ones((1, 2)), YES_NO), ValueError, "2 targets, 1 prediction$"),
        (lambda: write_table([1], "t.csv"), TypeError, "from a pandas.DataFrame, not from a list"),
    ],
)
def test_refused(call, kind, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=words) as raised:
        call()
    assert "\n" not in str(raised.value)
    assert not [*tmp_path.iterdir()]
