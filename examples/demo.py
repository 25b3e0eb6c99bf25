"""Prices of 53,940 diamonds: learned with the command, with scikit-learn, and without settings, and compared.

Run by ``make demo``. Writes models and a picture into ./demo-output/.
"""

import os
import shlex
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.neural_network import MLPRegressor as ScikitMLPRegressor
from threadpoolctl import threadpool_limits

from chainrule.io import load_table_model
from chainrule.tables import SplitTable, TableModel, read_table, split_table

SEED = 0
TABLE = Path(__file__).parent / "data" / "diamonds.csv.gz"
OUTPUT = Path("demo-output")
MODEL, PICTURE = OUTPUT / "diamonds.chainrule", OUTPUT / "diamonds.png"
TABLE_MODEL = OUTPUT / "diamonds-table.chainrule"


def main() -> int:
    learn_with_the_command(
        "--model", "mlp", "--hidden", "64,64", "--batch-size", "64", "--early-stopping", "--output", MODEL,
        "--plot", PICTURE,
    )  # fmt: skip
    model = load_table_model(MODEL)
    data = split_table(read_table(TABLE), "price", seed=SEED)  # the command's split: same table, same seed
    predicted = model.pipeline.predict(data.X_test)
    reference = compare_with_scikit_learn(model, data, predicted)
    without_settings(data)
    show_some(data, predicted)
    print(f"models   {MODEL}, {TABLE_MODEL}")
    print(f"picture  {PICTURE}")
    return check(r2_score(data.y_test, predicted), relative_difference(predicted, reference))


def learn_with_the_command(*options: object) -> None:
    OUTPUT.mkdir(exist_ok=True)
    arguments = ["fit", str(TABLE), "--target", "price", "--unit", "US dollars", *map(str, options)]
    arguments += ["--seed", str(SEED)]
    heading("the command")
    print("$ chainrule", shlex.join(arguments), flush=True)
    subprocess.run([Path(sys.executable).with_name("chainrule"), *arguments], check=True)


def without_settings(data: SplitTable) -> None:
    """Learn by the table model, whose derivatives are in dollars; beside it LightGBM, if it is installed."""
    learn_with_the_command("--model", "table", "--output", TABLE_MODEL)
    model = load_table_model(TABLE_MODEL).pipeline[-1]
    heading("the same rows, without settings")
    print(f"{'':14}{'fit':>10}{'held-out R²':>23}{'mean absolute error':>22}{'root mean square':>20}")
    print_errors("chainrule", model.fit_seconds_, data.y_test, model.predict(data.X_test))
    try:
        from lightgbm import LGBMRegressor
    except ModuleNotFoundError:
        print("(LightGBM is not installed; with it, its errors stand here too)")
    else:
        X, X_test = (part.astype(dict.fromkeys(data.schema.inputs("text"), "category"))
                     for part in (data.X_train, data.X_test))  # fmt: skip
        peer = LGBMRegressor(verbose=-1)
        seconds = seconds_to_fit(peer, X, data.y_train)
        print_errors("LightGBM", seconds, data.y_test, peer.predict(X_test))
    rows = data.X_test.head(500)
    slopes = model.sensitivities(rows)
    print(f"\n{slopes}\n(dollars for one carat, one millimetre, one per cent of depth or table)")
    _, low, high = model.predict(rows, interval=0.9)
    inside = np.mean((low <= data.y_test[:500]) & (data.y_test[:500] <= high))
    print(f"90 % intervals hold {inside:.1%} of 500 diamonds that were held out.")


def print_errors(name: str, seconds: float, true: Any, predicted: Any) -> None:
    mean, root = mean_absolute_error(true, predicted), np.sqrt(np.mean((true - predicted) ** 2))
    r2 = r2_score(true, predicted)
    print(f"{name:14}{seconds:>8.2f} s{r2:>23.4f}{f'${mean:,.2f}':>22}{f'${root:,.2f}':>20}")


def compare_with_scikit_learn(model: TableModel, data: SplitTable, predicted: Any) -> Any:
    """Fit both to the same matrix in this process, print it all, return scikit-learn's predictions."""
    columns, target = model.pipeline["columns"], model.pipeline["network"].transformer_
    X, y = columns.transform(data.X_train), target.transform(data.y_train[:, None]).ravel()
    ours = clone(model.pipeline["network"].regressor).set_params(progress=False)
    theirs = ScikitMLPRegressor()
    theirs.set_params(**{name: getattr(ours, name) for name in theirs.get_params()})
    heading("scikit-learn's MLPRegressor: same settings, same seed, same rows")
    threads = best_threads(theirs, X, y)
    print(f"(scikit-learn with the number of BLAS threads that is fastest here: {threads})\n", flush=True)
    our_seconds = seconds_to_fit(ours, X, y)
    with threadpool_limits(threads):
        their_seconds = seconds_to_fit(theirs, X, y)
    reference = target.inverse_transform(theirs.predict(columns.transform(data.X_test))[:, None]).ravel()
    print(f"{'':14}{'fit':>10}{'epochs':>9}{'held-out R²':>14}{'mean absolute error':>22}")
    print_row("chainrule", our_seconds, ours.n_iter_, data.y_test, predicted)
    print_row("scikit-learn", their_seconds, theirs.n_iter_, data.y_test, reference)
    ratio, default = their_seconds / our_seconds, ratio_at_default_batches(ours, theirs, X, y, threads)
    print(f"\nchainrule was {ratio:.1f} times as fast in batches of {ours.batch_size} rows, ", end="")
    print(f"and {default:.1f} times in scikit-learn's default of 200.")
    print(f"Largest relative difference of two predictions: {relative_difference(predicted, reference):.0e}")
    return reference


def ratio_at_default_batches(ours: Any, theirs: Any, X: Any, y: Any, threads: int) -> float:
    """Ratio of the times of three epochs, taken in turns; with larger batches BLAS takes more of the time."""
    ratios = []
    for _ in range(3):
        mine, peer = (clone(one).set_params(batch_size=200, max_iter=3) for one in (ours, theirs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            seconds = seconds_to_fit(mine, X, y)
            with threadpool_limits(threads):
                ratios.append(seconds_to_fit(peer, X, y) / seconds)
    return float(np.median(ratios))


def best_threads(estimator: Any, X: Any, y: Any) -> int:
    """Number of BLAS threads with which scikit-learn is fastest; on a busy machine that may be one."""
    seconds = {}
    for threads in sorted({1, os.cpu_count() or 1}):
        with threadpool_limits(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            seconds[threads] = seconds_to_fit(clone(estimator).set_params(max_iter=2), X, y)
    return min(seconds, key=seconds.__getitem__)


def seconds_to_fit(estimator: Any, X: Any, y: Any) -> float:
    start = time.perf_counter()
    estimator.fit(X, y)
    return time.perf_counter() - start


def print_row(name: str, seconds: float, epochs: int, true: Any, predicted: Any) -> None:
    error = mean_absolute_error(true, predicted)
    print(f"{name:14}{seconds:>8.2f} s{epochs:>9}{r2_score(true, predicted):>14.4f}{f'${error:,.2f}':>22}")


def relative_difference(predicted: Any, reference: Any) -> float:
    return float(np.max(np.abs(predicted - reference) / np.abs(reference)))


def show_some(data: SplitTable, predicted: Any) -> None:
    """Show predictions of a cheap, a middling and an expensive diamond among those held out."""
    heading("three diamonds that were held out")
    order = np.argsort(data.y_test)
    for row in order[[len(order) // 4, len(order) // 2, -len(order) // 20]]:
        stone: pd.Series[Any] = data.X_test.iloc[row]
        what = (
            f"{stone['carat']:.2f} carat, {stone['cut']}, colour {stone['color']}, clarity {stone['clarity']}"
        )
        print(f"{what:<48} predicted ${predicted[row]:>6,.0f}   true ${data.y_test[row]:>6,.0f}")
    print()


def check(r2: float, difference: float) -> int:
    for promise, kept in {"R² of 0.98": r2 >= 0.98, "difference of at most 1e-6": difference <= 1e-6}.items():
        if not kept:
            print(f"This run did not keep the promise of a {promise}.", file=sys.stderr)
    return 0 if r2 >= 0.98 and difference <= 1e-6 else 1


def heading(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
