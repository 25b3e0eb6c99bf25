"""What a round of `chainrule.dask` costs beside the work, and what Dask's own messages cost.

L-BFGS on a table of few rows: nearly all of a round is η on its way to the workers and their sums on
the way back. Beside it, in turns, as many numbers go from one worker to another and back by a bare connection
of Dask's.

    python -m benchmarks.dask_rounds
"""

import asyncio
import os
import time
import warnings

import numpy as np

ROWS, WIDTHS, FITS, ROUNDS = 64, (31, 98, 314), 5, 150
"""Rows of a worker, widths of layers that make 10³, 10⁴ and 10⁵ parameters; fits, iterations."""


def answer_echo(dask_worker):
    """Let a worker send back what it is sent."""
    from distributed.protocol import to_serialize

    async def echo(array):
        return {"array": to_serialize(np.asarray(array))}

    dask_worker.handlers["echo"] = echo


def echoed(address, size):
    """Return the seconds of each message of so many numbers, there and back; called on a worker."""
    from distributed import get_worker
    from distributed.comm import connect
    from distributed.protocol import to_serialize

    worker, array = get_worker(), np.zeros(size)

    async def exchange():
        comm, found = await connect(address, timeout=5, **worker.connection_args), []
        for _ in range(ROUNDS):
            array[:] += 1
            began = time.perf_counter()
            await comm.write({"op": "echo", "array": to_serialize(array), "reply": True})
            await comm.read()
            found.append(time.perf_counter() - began)
        comm.abort()
        return found

    return asyncio.run_coroutine_threadsafe(exchange(), worker.loop.asyncio_loop).result()


def rounds(workers, fits=FITS):
    """Yield, for each number of parameters, what fits and bare messages took."""
    import dask.array as da
    from distributed import Client, LocalCluster

    from chainrule.dask import MLPRegressor

    given = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**given) as cluster, Client(cluster) as client:
        client.run(answer_echo)
        one, other, *_ = sorted(client.scheduler_info()["workers"])
        random = np.random.default_rng(0)
        X, y = random.normal(size=(workers * ROWS, 1)), random.normal(size=workers * ROWS)
        table = da.from_array(X, (ROWS, 1)), da.from_array(y, ROWS)
        for width in WIDTHS:
            # Noise, and no tolerance: it goes on until it is out of iterations.
            model = MLPRegressor(
                hidden_layer_sizes=(width, width), activation="tanh", solver="lbfgs", max_iter=ROUNDS, tol=0,
                alpha=0, random_state=0, leaf_rows=ROWS,
            )  # fmt: skip
            reports, bare = [], []
            for _ in range(fits):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    reports.append(model.fit(*table).fit_report_)
                n = model.network_.layout.n_parameters
                bare += client.submit(echoed, other, n, workers=[one], pure=False).result()
            yield {
                "workers": workers,
                "numbers": n,
                "medians": [report.latency for report in reports],
                "least": min(report.least_latency for report in reports),
                "rounds": sum(report.rounds for report in reports),
                "bare": float(np.median(bare)),
                "load": os.getloadavg()[0],
            }


def line(row):
    """Return what is printed of a row."""
    medians = sorted(1e3 * each for each in row["medians"])
    return (
        f"{row['workers']} workers, {row['numbers']:7,} numbers: a round {np.median(medians):.2f} ms "
        f"in the median (of each fit {medians[0]:.2f} to {medians[-1]:.2f}), least {1e3 * row['least']:.2f}; "
        f"a bare message there and back {1e3 * row['bare']:.2f} ms; load {row['load']:.1f}"
    )


def main():
    """Time rounds of two workers and of three."""
    for workers in (2, 3):
        for row in rounds(workers):
            print(line(row), flush=True)


if __name__ == "__main__":
    main()
