"""What `test_mpi` has five ranks do: run by ``mpiexec -n 5 python -m tests.cluster.mpi_program FILE``.

Groups of some of the ranks stand for programs of fewer: one start for all of it. The first rank writes what
was found to the file.
"""

import json
import os
import pickle
import signal
import sys
import time
import warnings
from pathlib import Path

import dask.array as da
import numpy as np
import pandas as pd
from mpi4py import MPI
from tests.cluster.data import LABELS, LANES, QUANTILES, SECOND_ORDER, SETTINGS, WEIGHTS, N, X, Y, bits

import chainrule
from chainrule import Checkpoint
from chainrule.mpi import MLPClassifier, MLPRegressor
from chainrule.training import Evaluator

WORLD = MPI.COMM_WORLD
CUTS = {1: [0, N], 2: [0, 5000, N], 3: [0, 10, 7777, N], 5: [0, 1, 7000, 7000, 7300, N]}
"""Where the rows of each rank begin: all unequal, of five ranks the third has none."""


def shares(comm, *arrays):
    """The rows of this rank."""
    first, stop = CUTS[comm.size][comm.rank : comm.rank + 2]
    return [array[first:stop] for array in arrays]


def fitted(comm, kind, *arrays, fit=None, **settings):
    """Fit on all ranks; return what each of them has then."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = kind(**SETTINGS | settings, comm=comm).fit(*shares(comm, *arrays), **(fit or {}))
    return model, told(comm, model, caught)


def told(comm, model, caught):
    first = model.history_.stop_reason, model.n_iter_, model.fitted_at_
    return {
        "bits": comm.allgather(bits(model)),
        "same": len(set(comm.allgather(first))) == 1,
        "ended": first[0],
        "iterations": model.n_iter_,
        "warned": comm.allgather([str(each.message) for each in caught]),
        "predictions": comm.allgather(float(model.predict_proba(X[:9]).sum()))
        if hasattr(model, "predict_proba")
        else comm.allgather(float(model.predict(X[:9]).sum())),
    }


def same_bits(comm, folder):
    model, found = fitted(comm, MLPRegressor, X, Y)
    local = pickle.loads(pickle.dumps(model))
    same = [bits(local) == bits(model), bits(model.to_local()) == bits(model)]
    return found | {"local": [type(local) is chainrule.MLPRegressor, *same]}


def weights_in_float32(comm, folder):
    return fitted(comm, MLPRegressor, X.astype(np.float32), Y, WEIGHTS)[1]


def classes(comm, folder):
    """In order: of some ranks all rows have the same class."""
    order = np.argsort(LABELS, kind="stable")
    model, found = fitted(comm, MLPClassifier, X[order], LABELS[order], class_weight={"low": 2.0})
    return found | {"classes": model.classes_.tolist()}


def balanced(comm, folder):
    return fitted(comm, MLPClassifier, X, LABELS, class_weight="balanced")[1]


def files(comm, folder):
    """Each rank reads its share of the row groups; a rank that sees other files, or none, ends all."""
    path = folder / "rows.parquet"
    if comm.rank == 0:
        frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(y=Y, w=WEIGHTS)
        frame.to_parquet(path, row_group_size=1700)
    comm.Barrier()
    settings = SETTINGS | {"comm": comm}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = MLPRegressor(**settings).fit_parquet(path, "y", sample_weight="w")
    others = {"columns": ["x0"] if comm.rank == 1 else ["x1"]}
    nowhere = folder / "nowhere.parquet" if comm.rank == 1 else path
    return told(comm, model, caught) | {
        "columns": error_of(comm, lambda: MLPRegressor(**settings).fit_parquet(path, "y", **others)),
        "nowhere": error_of(comm, lambda: MLPRegressor(**settings).fit_parquet(nowhere, "y")),
    }


def other_leaves(comm, folder):
    return fitted(comm, MLPRegressor, X, Y, leaf_rows=777)[1]


def lanes(comm, folder):
    return fitted(comm, MLPRegressor, X, Y, **LANES)[1]


def quantiles(comm, folder):
    return fitted(comm, MLPRegressor, X, Y, **QUANTILES)[1]


def second_order(comm, folder):
    return fitted(comm, MLPRegressor, X, Y, **SECOND_ORDER)[1]


def warm_start(comm, folder):
    model, _ = fitted(comm, MLPRegressor, X, Y, warm_start=True, max_iter=3)
    model.fit(*shares(comm, X, Y))
    return {"bits": comm.allgather(bits(model))}


class Failing:
    """Stands for `Evaluator.tree`; does something else on one rank in one of its calls."""

    def __init__(self, comm, rank, call, work):
        self._real, self._here, self._call, self._work = Evaluator.tree, comm.rank == rank, call, work
        self.calls = 0

    def __enter__(self):
        def tree(evaluator, question, *others):
            self.calls += question == "gradient" and evaluator.source.n_rows > 256  # not the probe
            if self._here and self.calls == self._call:
                self._work()
            return self._real(evaluator, question, *others)

        Evaluator.tree = tree
        return self

    def __exit__(self, *error):
        Evaluator.tree = self._real


def lose():
    raise OSError("the disk\nis gone")


def press():
    os.kill(os.getpid(), signal.SIGINT)


def lost(comm, folder):
    """A rank fails in the seventh evaluation; what was learnt until then is in the checkpoint."""
    checkpoint = Checkpoint(folder / "run.checkpoint", epochs=1)
    with Failing(comm, comm.size - 1, 7, lose):
        return error_of(comm, lambda: fitted(comm, MLPRegressor, X, Y, fit={"checkpoint": checkpoint}))


def resumed(comm, folder):
    return fitted(comm, MLPRegressor, X, Y, fit={"resume": folder / "run.checkpoint"})[1]


def interrupted(comm, folder):
    """Ctrl-C on the last rank alone, or on the first one."""
    found = []
    for rank in (comm.size - 1, 0):
        with Failing(comm, rank, 5, press):
            found.append(fitted(comm, MLPRegressor, X, Y)[1])
    restored = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return found[0] | {"again": found[1], "restored": comm.allgather(restored)}


def error_of(comm, work):
    """What is raised on each rank."""
    try:
        work()
        found = None
    except Exception as error:
        found = [type(error).__name__, str(error)]
    return comm.allgather(found)


def errors(comm, folder):
    """Something that cannot be on one rank, the second; all raise the same."""
    here = comm.rank == 1
    own_X, own_y, own_weights = shares(comm, X, Y, WEIGHTS)
    empty = [own_X[:0], own_y[:0]]
    bad = own_X.copy()
    bad[3, 1] = np.nan if here else bad[3, 1]
    labels = (own_y > 0).astype(int)

    def fit(*rows, kind=MLPRegressor, **settings):
        return error_of(comm, lambda: kind(**SETTINGS | {"comm": comm} | settings).fit(*rows))

    class Unknown:
        shape = (len(own_X), X.shape[1])

    return {
        "columns": fit(own_X[:, 1:] if here else own_X, own_y),
        "types": fit(own_X.astype(np.float32) if here else own_X, own_y),
        "NaN": fit(bad, own_y),
        "lengths": fit(own_X, own_y[1:] if here else own_y),
        "weights": fit(own_X, own_y, own_weights if here else None),
        "negative counts": fit(own_X, np.where(here, -1.0, abs(own_y)), loss="poisson"),
        "targets": fit(own_X, np.c_[own_y, own_y] if here else own_y),
        "classes": fit(own_X, labels.astype(str) if here else labels, kind=MLPClassifier),
        "parameters": fit(own_X, own_y, alpha=0.5 if here else 0.1),
        "a parameter": fit(own_X, own_y, alpha=-1.0 if here else 0.1),
        "no rows": fit(*empty),
        "lanes": fit(own_X, own_y, solver="adam", batch_size=100),
        "leaves": fit(own_X, own_y, leaf_rows=100 if here else 200),
        "bits": with_probe("other" if here else None, lambda: fit(own_X, own_y)),
        "other bits allowed": with_probe(
            "other" if here else None, lambda: fit(own_X, own_y, same_bits=False)
        ),
        "not an array": fit(Unknown() if here else own_X, own_y),
        "comm": fit(own_X, own_y, comm=5),
        "groups": error_of(
            comm, lambda: MLPRegressor(comm=comm).fit(own_X, own_y, **({"groups": own_y} if here else {}))
        ),
        "groups of files": error_of(
            comm, lambda: MLPClassifier(comm=comm).fit_parquet("x.parquet", "y", groups="shop")
        ),
        "no y": fit(own_X, None if here else own_y),
        "name": fit(own_X, "y" if here else own_y),
        "name of weights": fit(own_X, own_y, "w"),
        "columns of one name": fit(pd.DataFrame(own_X, columns=list("ab" * 10)) if here else own_X, own_y),
        "dask": fit(da.from_array(own_X) if here else own_X, own_y),
        "offers": [hasattr(kind(comm=comm), "partial_fit") for kind in (MLPRegressor, MLPClassifier)],
        "partial_fit": error_of(comm, lambda: MLPRegressor(solver="adam").partial_fit(own_X, own_y)),
    }


def with_probe(answer, work):
    """Work with kernels whose bits are seen to be others on this rank."""
    real = chainrule.mpi._fit.probe
    if answer is not None:
        chainrule.mpi._fit.probe = lambda *given: answer
    try:
        return work()
    finally:
        chainrule.mpi._fit.probe = real


CHECKS = [
    (same_bits, (1, 2, 3, 5)), (weights_in_float32, (2, 5)), (classes, (3, 5)), (balanced, (3,)),
    (files, (3,)), (other_leaves, (1, 3)), (lanes, (1, 2, 5)), (quantiles, (3,)), (second_order, (1, 3)),
    (warm_start, (2,)), (lost, (3,)), (resumed, (2,)), (interrupted, (3,)), (errors, (2,)),
]  # fmt: skip


def main(file):
    found = {}
    for check, sizes in CHECKS:
        for size in sizes:
            began = time.perf_counter()
            comm = WORLD.Split(0 if WORLD.rank < size else 1)
            result = check(comm, file.parent) if WORLD.rank < size else None
            comm.Free()
            found[f"{check.__name__} {size}"] = result
            if WORLD.rank == 0:
                print(f"{check.__name__} {size}: {time.perf_counter() - began:.1f} s", flush=True)
            wait_for_all()
    if WORLD.rank == 0:
        file.write_text(json.dumps(found))


def wait_for_all():
    """Without taking the processors from those who work."""
    request = WORLD.Ibarrier()
    while not request.Test():
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
