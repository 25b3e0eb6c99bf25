"""Learning on a Dask cluster: the same numbers to the bit for any number of workers.

Its estimators take Dask arrays and data frames, and Parquet files, and are else as the plain ones.
"""

from chainrule._public import publish

try:
    import dask.array
    import dask.dataframe  # noqa: F401
    import distributed  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"chainrule.dask needs {error.name}: pip install 'chainrule[dask]'", name=error.name
    ) from None

from chainrule.dask._estimators import MLPClassifier, MLPRegressor
from chainrule.dask._places import WorkerLostError
from chainrule.dask._report import FitReport
from chainrule.dask._tables import TableClassifier, TableRegressor

__all__ = [
    "FitReport",
    "MLPClassifier",
    "MLPRegressor",
    "TableClassifier",
    "TableRegressor",
    "WorkerLostError",
]

publish(globals())
