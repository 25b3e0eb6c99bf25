"""Comparison of fitted scikit-learn objects: every fitted attribute, all the way down."""

from typing import Any

import numpy as np
import pandas as pd

# Sums are rounded once here, and n times there: relative to the largest number that was added.
ROUNDED = {"mean_", "var_", "scale_"}


def check_same_fit(found: Any, expected: Any, where: str = "") -> None:
    assert type(found) is type(expected), where
    if hasattr(expected, "get_params"):
        fitted = {name for name in vars(expected) if name.endswith("_") and not name.startswith("__")}
        assert {name for name in vars(found) if name.endswith("_")} >= fitted, where
        for name in sorted({*fitted, *(n for n in vars(expected) if n.startswith("_"))}):
            check_same_fit(getattr(found, name), getattr(expected, name), f"{where}.{name}")
        if hasattr(expected, "steps"):
            check_same_fit(found.steps, expected.steps, f"{where}.steps")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), where
        for at, (one, other) in enumerate(zip(found, expected, strict=True)):
            check_same_fit(one, other, f"{where}[{at}]")
    elif isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            check_same_fit(found[key], value, f"{where}[{key!r}]")
    elif isinstance(expected, np.ndarray) and where.rpartition(".")[2] in ROUNDED:
        assert found.dtype == expected.dtype, where
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13, err_msg=where)
    elif isinstance(expected, np.ndarray | pd.Index):
        np.testing.assert_array_equal(found, expected, err_msg=where)
        assert found.dtype == expected.dtype, where
    else:
        assert found == expected or (found != found and expected != expected), where
