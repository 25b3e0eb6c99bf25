"""Tables that need not fit in memory: columns, pipelines and rows by leaves, which files alone decide."""

from chainrule.tables._quantile_search import QuantileSearch
from chainrule.tables.leaves._different import MOST_DIFFERENT
from chainrule.tables.leaves._facts import ColumnFacts, NumberFacts, TextFacts
from chainrule.tables.leaves._files import LeafTable, files_of, open_leaves
from chainrule.tables.leaves._fit import check_estimator, fit_files, learn_leaves, score_leaves
from chainrule.tables.leaves._fitted import fitted_columns, fitted_scaler
from chainrule.tables.leaves._held_out import held_out
from chainrule.tables.leaves._split import SplitLeaves, split_leaves

__all__ = [
    "MOST_DIFFERENT",
    "ColumnFacts",
    "LeafTable",
    "NumberFacts",
    "QuantileSearch",
    "SplitLeaves",
    "TextFacts",
    "check_estimator",
    "files_of",
    "fit_files",
    "fitted_columns",
    "fitted_scaler",
    "held_out",
    "learn_leaves",
    "open_leaves",
    "score_leaves",
    "split_leaves",
]
