"""What estimators of each kind do with rows that others hold: networks alone, and ensembles on tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainrule.dask._sample import look, sample_of
from chainrule.estimators._by_group import fit_by_group, rows_for
from chainrule.tables._class_sizes import all_sizes
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.ensemble._by_group import begin_table, end_table, learn_table, prepared
from chainrule.training._decoded import Decoded

__all__ = ["Kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """How estimators of a kind learn.

    Attributes
    ----------
    learn : callable
        Given a model, the `Members` who hold the rows, what was seen of each partition, how many rows there
        are, what opens their group, and the options of `fit_by_group`: returns the model, fitted.
    rows_for : callable
        Returns some rows as its networks take them, given a model, X, y, and weights and groups or None.
    look : callable or None
        Returns, given a model, what is seen of each partition when it is loaded. None where `learn` itself
        asks about rows, as they were given, before learning and after it.
    takes_types : bool
        Whether columns may be dates, text and truth values, and are to be read as they are stored.
    """

    learn: Callable[..., Any]
    rows_for: Callable[[Any, Any, Any, Any, Any], Decoded]
    look: Callable[[Any], Callable[[int, Any, Any, Any], Any]] | None
    takes_types: bool


def kind_of(model: Any) -> Kind:
    """Return how a model learns."""
    return _TABLE if isinstance(model, TableEstimator) else _NETWORK


def _look_for_network(model: Any) -> Callable[[int, Any, Any, Any], Any]:
    return look(hasattr(model, "predict_proba"))


def _learn_network(model: Any, members: Any, seen: Any, n_rows: int, open_group: Any, **options: Any) -> Any:
    sample = sample_of(members.names, seen, hasattr(model, "predict_proba"))
    sizes = all_sizes(each.sizes for each in seen)
    return fit_by_group(model, *sample, open_group, class_sizes=sizes, **options)


def _learn_table(model: Any, members: Any, seen: Any, n_rows: int, open_group: Any, **options: Any) -> Any:
    begun = begin_table(model, members)
    learn_table(model, n_rows, open_group, groups=begun.groups, **options)
    members.go_on()
    return end_table(model, members, members.leaves)


def _rows_for_network(model: Any, X: Any, y: Any, weights: Any, groups: Any) -> Decoded:
    return Decoded(*rows_for(model, X, y, weights))


_NETWORK = Kind(_learn_network, _rows_for_network, _look_for_network, takes_types=False)
_TABLE = Kind(_learn_table, prepared, None, takes_types=True)
