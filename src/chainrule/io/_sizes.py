"""A bound of the work that a model may cause: the numbers that one row of its columns goes through."""

from math import comb
from typing import Any

from chainrule.io._parts import parts_of

__all__ = ["check_sizes"]

_MOST_NUMBERS = 10_000_000
_MOST_COLUMNS, _HIGHEST_DEGREE = 1_000_000, 100


def check_sizes(model: Any) -> None:
    """Raise ValueError if a row is more than ten million numbers on its way through a model.

    A file may say so of columns in a few bytes; nothing is computed before this.
    """
    total = sum(_numbers_of(part) for part in parts_of(model))
    if total > _MOST_NUMBERS:
        raise ValueError(f"a row is {total:,} numbers on its way through it; {_MOST_NUMBERS:,} are accepted")


def _numbers_of(part: Any) -> int:
    kind = type(part).__name__
    held = vars(part) if hasattr(part, "__dict__") else {}
    columns = held.get("n_features_in_", 1)
    if type(columns) is not int or not 1 <= columns <= _MOST_COLUMNS:
        raise ValueError(f"its {kind} has {str(columns)[:40]} columns; 1 to {_MOST_COLUMNS:,} are accepted")
    return columns + (_products_of(part, columns) if kind == "PolynomialFeatures" else 0)


def _products_of(part: Any, columns: int) -> int:
    """Return how many products of columns `PolynomialFeatures` makes; ValueError if not as it says."""
    held = vars(part)
    if "n_output_features_" not in held:
        return 0
    least, most = held.get("_min_degree"), held.get("_max_degree")
    if type(least) is not int or type(most) is not int or not 0 <= least <= most <= _HIGHEST_DEGREE:
        raise ValueError(f"its PolynomialFeatures have degrees {str(least)[:20]} to {str(most)[:20]}")
    if part.interaction_only:
        found = sum(comb(columns, degree) for degree in range(max(1, least), min(most, columns) + 1))
    else:
        found = sum(comb(columns + degree - 1, degree) for degree in range(max(1, least), most + 1))
    found += bool(part.include_bias)
    if found != held["n_output_features_"]:
        raise ValueError("its PolynomialFeatures have another number of products")
    return found
