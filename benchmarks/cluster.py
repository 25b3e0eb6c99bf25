"""Learning on two workers against one: `make bench-cluster`.

L-BFGS on 2,000,000 rows of 20 columns (network 20-64-64-1) with one worker of Dask and with two, each a
process of one core, in turns: seconds of the wall, and CPU seconds of each worker. Adam with 8,192 rows a
step under MPI in the same way. A machine of two cores that does nothing else is taken for granted; its load
stands beside the figures.

    python -m benchmarks.cluster lbfgs --pairs 10
    python -m benchmarks.cluster adam --pairs 10
"""

import argparse
import json
import operator
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

ROWS, COLUMNS, PARTS = 2_000_000, 20, 16
NET = {"hidden_layer_sizes": (64, 64), "activation": "tanh", "random_state": 0}
RESULTS = Path(__file__).parent / "results"


def part_of_table(number, rows=ROWS // PARTS):
    """Return X and y of a partition: drawn by its number, so every worker can make it."""
    random = np.random.default_rng(number)
    X = random.normal(size=(rows, COLUMNS))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * random.normal(size=rows)


def collections(client):
    """Return X and y as dask arrays, whose partitions are dealt out evenly."""
    import dask.array as da
    from distributed import wait

    workers, rows = sorted(client.run(int)), ROWS // PARTS
    made = []
    for number in range(PARTS):
        there = {"workers": [workers[number * len(workers) // PARTS]], "pure": False}
        both = client.submit(part_of_table, number, **there)
        made.append([client.submit(operator.itemgetter(k), both, **there) for k in (0, 1)])
    with client.as_current():
        wait([each for both in made for each in both])
        X = da.concatenate([da.from_delayed(x, (rows, COLUMNS), np.float64) for x, _ in made])
        y = da.concatenate([da.from_delayed(y, (rows,), np.float64) for _, y in made])
    return X, y


def fit_on(client, X, y, iterations):
    """Return seconds of the wall, CPU seconds of each worker, and the fit."""
    from chainrule.dask import MLPRegressor

    before = client.run(time.process_time)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it does not converge in so few iterations
        model = MLPRegressor(solver="lbfgs", max_iter=iterations, tol=0, client=client, **NET).fit(X, y)
    seconds = time.perf_counter() - began
    after = client.run(time.process_time)
    return seconds, [after[each] - before[each] for each in before], model


def lbfgs(pairs, iterations):
    """Time one worker and two in turns."""
    from distributed import Client, LocalCluster

    given = {"threads_per_worker": 1, "dashboard_address": None, "memory_limit": "6GiB"}
    with (
        LocalCluster(n_workers=1, **given) as alone, Client(alone, set_as_default=False) as one,
        LocalCluster(n_workers=2, **given) as both, Client(both, set_as_default=False) as two,
    ):  # fmt: skip
        tables = collections(one), collections(two)
        walls, shares, same = [], [], set()
        for pair in range(-1, pairs):  # the first pair compiles
            (wall_1, cpu_1, model_1), (wall_2, cpu_2, model_2) = (
                fit_on(client, *table, iterations) for client, table in zip((one, two), tables, strict=True)
            )
            same |= {np.concatenate([w.ravel() for w in m.coefs_]).tobytes() for m in (model_1, model_2)}
            if pair < 0:
                continue
            walls.append((wall_1, wall_2))
            shares.append([used / cpu_1[0] for used in cpu_2])
            print(
                f"{pair:3}  {wall_1:6.2f} s {wall_2:6.2f} s  {wall_1 / wall_2:5.2f} times  "
                f"CPU {cpu_1[0]:5.2f} s, {' + '.join(f'{used:.2f}' for used in cpu_2)} s  "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    ratios = [wall_1 / wall_2 for wall_1, wall_2 in walls]
    worst = [max(pair) for pair in shares]
    print(
        f"fastest pair {max(ratios):.2f} times, median {np.median(ratios):.2f}, slowest {min(ratios):.2f}; "
        f"a worker's CPU seconds of one worker's: {min(worst):.3f} to {max(worst):.3f}, median "
        f"{np.median(worst):.3f}; {len(same)} different results (1: the same bits)"
    )
    print(model_2.fit_report_)
    return {"pairs": walls, "cpu": shares, "different": len(same), "load": os.getloadavg()}


RANK = """
import sys, time, json, warnings
import numpy as np
from mpi4py import MPI
from benchmarks.cluster import NET, PARTS, part_of_table
from chainrule.mpi import MLPRegressor
warnings.simplefilter("ignore")
comm = MPI.COMM_WORLD
first, stop = (k * PARTS // comm.size for k in (comm.rank, comm.rank + 1))
own = [part_of_table(number, 32768) for number in range(first, stop)]
X, y = (np.concatenate(each) for each in zip(*own))
settings = dict(solver="adam", batch_size=8192, max_iter=int(sys.argv[1]), **NET)
settings |= dict(tol=0, n_iter_no_change=10**6)
MLPRegressor(**dict(settings, max_iter=1)).fit(X, y)
comm.Barrier()
began = time.perf_counter()
model = MLPRegressor(**settings).fit(X, y)
comm.Barrier()
if comm.rank == 0:
    import hashlib
    bits = hashlib.sha256(np.concatenate([w.ravel() for w in model.coefs_]).tobytes()).hexdigest()[:16]
    seconds = model.history_.seconds.tolist()
    print(json.dumps({"seconds": time.perf_counter() - began, "fastest": min(seconds), "bits": bits}))
"""


def under_mpi(ranks, epochs):
    """Run Adam with so many ranks, each on a core of its own; return what the first one says."""
    settings = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    mpiexec = Path(sys.executable).with_name("mpiexec")
    command = [str(mpiexec), "-n", str(ranks), "--bind-to", "core", sys.executable, "-c", RANK, str(epochs)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def adam(pairs, epochs):
    """Time one process and two in turns."""
    found, bits = [], set()
    for pair in range(pairs):
        one, two = under_mpi(1, epochs), under_mpi(2, epochs)
        bits |= {one["bits"], two["bits"]}
        found.append((one["seconds"], two["seconds"], one["fastest"], two["fastest"]))
        print(
            f"{pair:3}  {one['seconds']:6.2f} s {two['seconds']:6.2f} s  "
            f"{one['seconds'] / two['seconds']:5.2f} times; fastest epoch {one['fastest'] * 1e3:.1f} ms "
            f"{two['fastest'] * 1e3:.1f} ms  load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    ratios = [one / two for one, two, *_ in found]
    fastest = min(one for *_, one, _ in found) / min(two for *_, two in found)
    print(
        f"fastest pair {max(ratios):.2f} times, median {np.median(ratios):.2f}, slowest {min(ratios):.2f}; "
        f"fastest epochs {fastest:.2f} times; {len(bits)} different results (1: the same bits)"
    )
    return {"pairs": found, "different": len(bits), "load": os.getloadavg()}


def main():
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["lbfgs", "adam"])
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=5, help="of Adam, or iterations of L-BFGS")
    asked = parser.parse_args()
    found = {"lbfgs": lbfgs, "adam": adam}[asked.what](asked.pairs, asked.epochs)
    (RESULTS / f"cluster-{asked.what}.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
