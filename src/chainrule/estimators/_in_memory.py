"""Rows that are not in memory: who else takes them."""

from typing import Any

from chainrule.network import refuse_collection


def refuse_dask(model: Any, **given: Any) -> None:
    """Raise TypeError, naming who takes it, for a Dask collection: it would come to memory unasked."""
    kind = type(model)
    learns = not kind.__module__.startswith("chainrule.dask")
    others = {"instead": f"use chainrule.dask.{kind.__name__}, or .compute()"} if learns else {}
    for name, values in given.items():
        for each in values if isinstance(values, tuple) else (values,):
            refuse_collection(each, name, **others)
