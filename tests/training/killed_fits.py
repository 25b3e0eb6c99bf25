"""Fits that are killed with signal 9 again and again; run as a program, it prints a line of JSON a solver.

One process imports everything, and forks a child for each piece of a fit. A child fits, writes a checkpoint
at every epoch, and is killed at a random moment; the next one goes on from the checkpoint. What the last one
ends with is compared, to the bit, with a fit that nobody has killed.

    python killed_fits.py MOMENTS FOLDER [SOLVER ...]
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from chainrule import Checkpoint, MLPClassifier, MLPRegressor, TableRegressor
from chainrule.training import read_checkpoint

warnings.simplefilter("ignore")
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (300, 4))
Y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * RNG.normal(size=300)
SIZES = {"hidden_layer_sizes": (16, 16), "random_state": 0}

MODELS = {
    "adam": lambda: MLPClassifier(
        solver="adam", max_iter=40, early_stopping=True, n_iter_no_change=40, **SIZES
    ),
    "sgd": lambda: MLPRegressor(solver="sgd", max_iter=40, learning_rate="adaptive", tol=0, **SIZES),
    "lbfgs": lambda: MLPRegressor(solver="lbfgs", max_iter=60, tol=0, **SIZES),
    "lm": lambda: MLPRegressor(solver="lm", max_iter=40, tol=0, alpha="bayes", **SIZES),
    "table": lambda: TableRegressor(
        n_members=4, n_steps=100, hidden_layer_sizes=(16, 16), n_jobs=2, random_state=0, verbose=False
    ),
}


def digest(model):
    """SHA-256 of all that is fitted, but for the time that it took."""
    found = hashlib.sha256()
    networks = model.networks_ if hasattr(model, "networks_") else [model.network_]
    histories = model.histories_ if hasattr(model, "histories_") else [model.history_]
    for network in networks:
        found.update(network.parameters.tobytes())
    for history in histories:
        for name, column in history.columns().items():
            found.update(b"" if name == "seconds" else np.ascontiguousarray(column).tobytes())
    if hasattr(model, "_state"):
        state = model._state
        found.update(state.moments.tobytes() + state.settings.tobytes())
        found.update(repr((state.best_loss, state.best_score, state.n_iter, state.no_improvement)).encode())
    found.update(model.predict(X).tobytes())
    return found.hexdigest()


def fit(name, **files):
    y = np.digitize(Y, [-0.2, 0.2]) if name == "adam" else Y
    return MODELS[name]().fit(X, y, **files)


def killed(path, name, seconds):
    """Fit in a child, from the checkpoint that there is, for so long; return a digest, or None if killed."""
    said, say = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            found = digest(fit(name, checkpoint=Checkpoint(path, epochs=1), resume=path))
            os.write(say, found.encode())
            code = 0
        finally:
            os._exit(code)
    os.close(say)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    found = os.read(said, 100).decode()
    os.close(said)
    _, status = os.waitpid(child, 0)
    assert found or os.WIFSIGNALED(status), f"{name}: a child failed, {status}"
    return found or None


def run(name, moments, folder):
    """Kill at so many moments, and begin anew where a fit has ended; return what is to be told."""
    expected = digest(fit(name))
    path = Path(folder, f"{name}.ckpt")
    began = time.perf_counter()
    same = [killed(path, name, None) == expected]
    whole = time.perf_counter() - began
    path.unlink()
    random.seed(f"{name}{moments}")
    kills, fits, epochs, bytes_read = 0, 1, [], 0
    while kills < moments:
        found = killed(path, name, random.uniform(0, 0.7 * whole))
        if found is None:
            kills += 1
            if path.exists():
                epochs.append(read_checkpoint(path).epochs)  # whole at any moment
                bytes_read = max(bytes_read, path.stat().st_size)
        if found is not None or kills == moments:
            same.append((found or killed(path, name, None)) == expected)
            fits += 1
            path.unlink()
    parts = [each.name for each in Path(folder).glob(".chainrule-*")]
    return {
        "solver": name, "moments": kills, "fits": fits, "same": all(same), "epochs": epochs,
        "seconds of a whole fit": round(whole, 3), "most bytes": bytes_read, "parts left": len(parts),
    }  # fmt: skip


if __name__ == "__main__":
    moments, folder, *names = sys.argv[1:]
    for name in names or MODELS:
        print(json.dumps(run(name, int(moments), folder)), flush=True)
