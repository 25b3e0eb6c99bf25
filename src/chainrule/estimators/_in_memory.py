"""Rows that are not in memory: who else takes them."""

from typing import Any


def refuse_dask(model: Any, **given: Any) -> None:
    """Raise TypeError, naming who takes it, for a Dask collection: it would come to memory unasked."""
    for name, values in given.items():
        for each in values if isinstance(values, tuple) else (values,):
            if hasattr(type(each), "__dask_graph__"):
                kind = type(each).__name__
                raise TypeError(
                    f"{name} is a Dask {kind}: use chainrule.dask.{type(model).__name__}, or .compute()"
                )
