"""How long a round takes beside computing: `python -m tests.cluster.rounds`, a minute.

A round is what L-BFGS asks for: η to all workers, their sums back, added in the tree.
"""

import os
import warnings

import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster

from chainrule.dask import MLPRegressor

ROWS, WIDTHS = 256, {10**3: 31, 10**4: 98, 10**5: 314}


def main() -> None:
    warnings.simplefilter("ignore")
    random = np.random.RandomState(0)
    print(f"load average {os.getloadavg()[0]:.1f}")
    print("numbers  workers  median ms  least ms  rounds")
    for workers in (2, 3):
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
            Client(cluster),
        ):
            for width in WIDTHS.values():
                X = random.standard_normal((workers * ROWS, 1))
                rows, y = da.from_array(X, (ROWS, 1)), da.from_array(random.standard_normal(len(X)), ROWS)
                # Noise, and steps that are as small as they may be: it goes on until it is out of iterations.
                model = MLPRegressor(
                    hidden_layer_sizes=(width, width), activation="tanh", solver="lbfgs", max_iter=150, tol=0,
                    alpha=0, random_state=0,
                ).fit(rows, y)  # fmt: skip
                report, n = model.fit_report_, model.network_.layout.n_parameters
                least = 1e3 * report.least_latency
                print(
                    f"{n:7}  {workers:7}  {1e3 * report.latency:9.2f}  {least:8.2f}  {report.rounds:6}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
