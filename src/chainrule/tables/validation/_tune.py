"""Search for settings with which a model errs less on rows held out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice

import numpy as np

from chainrule._progress import counting
from chainrule.network import as_number
from chainrule.tables._names import listed
from chainrule.tables._pipeline import Estimator
from chainrule.tables._split import SplitTable
from chainrule.tables.ensemble._members import n_threads_of
from chainrule.tables.validation._folds import as_count, folded
from chainrule.tables.validation._halving import FINALISTS, halved, halves, n_fits
from chainrule.tables.validation._optuna import search_by_optuna
from chainrule.tables.validation._side_by_side import Watch
from chainrule.tables.validation._space import Space, sampled, space_of
from chainrule.tables.validation._trials import Settings, Trial, Trials
from chainrule.training import TimeLimit

__all__ = ["ENGINES", "Tuning", "engine_of", "optuna_is_there", "tune"]

ENGINES = ("optuna", "halving")


@dataclass(frozen=True)
class Tuning:
    """Settings that were tried.

    Parameters
    ----------
    engine : {"optuna", "halving"}
    trials : tuple of Trial
        Those that were tried on all folds, the best first; the settings by default are among them.
    n_tried : int
        Settings that were tried, if only on some rows or folds.
    stop_reason : {"all tried", "time limit", "interrupted"}
    """

    engine: str
    trials: tuple[Trial, ...]
    n_tried: int
    stop_reason: str

    @property
    def best(self) -> Trial:
        """The settings that err least."""
        return self.trials[0]


def optuna_is_there() -> bool:
    """Return whether Optuna is installed."""
    return find_spec("optuna") is not None


def tune(
    data: SplitTable,
    estimator: Estimator,
    n_candidates: int = 20,
    n_folds: int = 3,
    *,
    fixed: Collection[str] = (),
    engine: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Tuning:
    """Search for settings with which a model errs less on rows held out.

    Settings are drawn from a small space: sizes of layers, activation, learning rate, penalty, and what else
    matters to the model. All are judged by the mean error over the same folds, as are the settings by
    default, which are tried first. Fits run side by side in threads; without a time limit the search finds
    the same for any number of them, if it is by halving.

    Parameters
    ----------
    data : SplitTable
        Only its rows to learn from are used.
    estimator : MLPClassifier, MLPRegressor, TableClassifier or TableRegressor
        Not fitted. Settings that are not searched stay as they are.
    n_candidates : int, default=20
        Settings to try beside those by default.
    n_folds : int, default=3
    fixed : collection of str
        Settings that are not searched.
    engine : {"optuna", "halving"}, optional
        Optuna where it is installed by default, else scikit-learn's search by successive halving.
    time_limit : float, optional
        Seconds that the search may take, with a fit to all rows after it.
    seed : int, default=0
    n_jobs : int, optional
        Threads; all cores by default.
    progress : bool, default=False
        Show a progress bar on standard error.

    Raises
    ------
    TypeError
        The estimator is another's, the table is not prepared, or a number is none.
    ValueError
        No such engine; an unknown setting in ``fixed``; nothing left to search; too few rows; time was up
        before the settings by default were tried; or as the estimator's ``fit``.
    ModuleNotFoundError
        Optuna is asked for and not installed.
    KeyboardInterrupt
        Ctrl-C was pressed before the settings by default were tried; later it ends the search.

    Examples
    --------
    >>> import pandas as pd
    >>> from chainrule import TableRegressor
    >>> from chainrule.tables import split_table, tune
    >>> frame = pd.DataFrame({"side": [side % 17 for side in range(80)]})
    >>> frame["area"] = frame.side**2.0
    >>> model = TableRegressor(effort="fast", n_steps=40, random_state=0, verbose=False)
    >>> found = tune(split_table(frame, "area", seed=0), model, 3, 2, engine="halving")
    >>> len(found.trials), found.best.error <= found.trials[-1].error
    (4, True)
    """
    engine = engine_of(engine)
    known = space_of(estimator, len(data.y_train))
    _check_settings(estimator, fixed)
    space = {name: tried for name, tried in known.items() if name not in fixed}
    if not space:
        raise ValueError("all settings that could be searched are given; leave one of them out")
    n_candidates = as_count(n_candidates, "n_candidates", 0)
    clock = (
        None if time_limit is None else TimeLimit(as_number(time_limit, "time_limit", "> 0", _is_positive))
    )
    parts, watch = folded(data, n_folds, seed), Watch(clock)
    fits = n_candidates if engine == "optuna" else n_fits(len(data.y_train), n_candidates)
    with counting("settings", (1 + fits) * n_folds, progress, transient=True) as done:
        trials = Trials(estimator, parts, n_threads_of(n_jobs), watch, done)
        stop_reason = _search(trials, space, engine, n_candidates, seed, time_limit)
    ranked = sorted(trials.finished, key=lambda trial: trial.error)
    return Tuning(engine, tuple(ranked), len(trials.started), stop_reason)


def _search(
    trials: Trials, space: Space, engine: str, count: int, seed: int, time_limit: float | None
) -> str:
    """Fill ``trials.finished`` and return why the search stopped; Ctrl-C leaves what was found until then."""
    try:
        by_default = _by_default(trials, time_limit)
        trials.watch = _with_time_for_a_fit(trials.watch, by_default)
        if engine == "optuna":
            search_by_optuna(trials, space, count, seed, by_default)
        else:
            _search_by_halving(trials, space, count, seed, by_default)
    except KeyboardInterrupt:
        if not trials.finished:
            raise
        return "interrupted"
    return "time limit" if trials.watch.over else "all tried"


def _check_settings(estimator: Estimator, names: Collection[str]) -> None:
    known = estimator.get_params()
    if isinstance(names, str) or not isinstance(names, Collection):
        raise TypeError(f"fixed must be a collection of names of settings, got {names!r}")
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{type(estimator).__name__} has no settings {listed(unknown)}, which fixed names")


def _is_positive(number: float) -> bool:
    return number > 0


def engine_of(asked: str | None) -> str:
    """Return the engine that is asked for; without a wish Optuna, where it is installed.

    Raises
    ------
    ValueError, ModuleNotFoundError
        There is no such engine; it is not installed.
    """
    if asked is None:
        return "optuna" if optuna_is_there() else "halving"
    if asked not in ENGINES:
        raise ValueError(f"the search must be {' or '.join(map(repr, ENGINES))}, not {asked!r}")
    if asked == "optuna" and not optuna_is_there():
        raise ModuleNotFoundError(
            "the search by Optuna needs optuna: pip install 'chainrule[tune]'", name="optuna"
        )
    return asked


def _by_default(trials: Trials, time_limit: float | None) -> Trial:
    """Try the settings by default: they tell how long a trial takes."""
    trials.on_all([{}])
    if not trials.finished:
        raise ValueError(
            f"a time limit of {time_limit:g} s: not even the settings by default were tried on all "
            f"{trials.parts.n_folds} folds in this time; give more of it"
        )
    return trials.finished[0]


def _with_time_for_a_fit(watch: Watch, trial: Trial) -> Watch:
    """Return a watch that leaves the time of a slow fit to what follows the search."""
    if watch.clock is None:
        return watch
    return Watch(TimeLimit(max(1e-9, watch.clock.left - _SLOW * max(trial.scores.seconds))))


_SLOW = 1.5


def _search_by_halving(trials: Trials, space: Space, count: int, seed: int, by_default: Trial) -> None:
    random = np.random.RandomState(seed)
    drawn: Iterator[Settings] = (sampled(space, random) for _ in range(count))
    if halves(len(trials.parts.whole.y_train), count):
        watch = trials.watch
        if watch.clock is not None:  # what is left at the end is tried on the whole table
            seconds = _SLOW * FINALISTS * sum(by_default.scores.seconds) / trials.n_threads
            watch = Watch(TimeLimit(max(1e-9, watch.clock.left - seconds)))
        drawn = iter(halved(trials, list(drawn), seed, watch))
    while not trials.watch.over and (some := list(islice(drawn, trials.n_threads))):
        trials.on_all(some)
