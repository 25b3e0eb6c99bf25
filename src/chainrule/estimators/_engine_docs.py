"""What the estimators of engines say of `fit_parquet`, each sentence once."""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["PARQUET", "documented"]

Function = TypeVar("Function", bound=Callable[..., Any])

PARQUET = """{summary}

Parameters
----------
paths : path-like, or sequence of path-like
    Files, folders, or patterns such as ``"sales/*.parquet"``, that all {owners} reach by these names. The
    table is their rows one after the other.
target : str
    The column to predict.
columns : sequence of str, optional
    {columns}
sample_weight : str, optional
    The column of weights.
{more}checkpoint, resume
    As `fit`.

Returns
-------
self
    As `fit`.

Raises
------
OSError, ValueError, ModuleNotFoundError
    A file cannot be read, or has other columns than the first one; else as `fit`.
"""


def documented(text: str, **words: str) -> Callable[[Function], Function]:
    """Give a function a docstring: a text with words in place of their names in braces."""

    def give(function: Function) -> Function:
        function.__doc__ = text.format(**words)
        return function

    return give
