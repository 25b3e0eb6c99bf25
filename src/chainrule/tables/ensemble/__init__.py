"""TableRegressor and TableClassifier: ensembles of small networks on the columns of a table."""

from chainrule._public import publish
from chainrule.tables.ensemble._classifier import TableClassifier
from chainrule.tables.ensemble._facts import ColumnFacts
from chainrule.tables.ensemble._regressor import TableRegressor

__all__ = ["ColumnFacts", "TableClassifier", "TableRegressor"]

publish(globals())
