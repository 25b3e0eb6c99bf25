"""Learning on a Dask cluster: the same numbers to the bit for any number of workers.

`MLPRegressor` and `MLPClassifier` take Dask arrays and data frames, and are else as the plain ones.
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

__all__ = ["FitReport", "MLPClassifier", "MLPRegressor", "WorkerLostError"]

publish(globals())
