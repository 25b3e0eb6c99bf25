"""Search by Optuna: a tree-structured Parzen estimator proposes settings, poor ones are given up early.

Several proposals are asked for at a time, and told in order: the search is the same for any speed of the
threads.
"""

from typing import Any

from chainrule.tables.validation._cross_validate import Timed
from chainrule.tables.validation._space import Choice, Space, rounded
from chainrule.tables.validation._trials import Trial, Trials

__all__ = ["search_by_optuna"]


def search_by_optuna(trials: Trials, space: Space, count: int, seed: int, begin: Trial) -> None:
    """Try up to `count` settings that Optuna proposes, after those by default.

    Parameters
    ----------
    trials : Trials
        Has the results at the end.
    space : dict
    count, seed : int
    begin : Trial
        The settings by default, against whose folds others are held.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True, n_startup_trials=min(8, count))
    study = optuna.create_study(sampler=sampler)
    for first in range(0, count, trials.n_threads):
        asked = [study.ask() for _ in range(min(trials.n_threads, count - first))]
        _try(trials, study, asked, [_proposed(trial, space) for trial in asked], begin)
        if trials.watch.over:
            return


def _proposed(trial: Any, space: Space) -> dict[str, Any]:
    settings = {}
    for name, tried in space.items():
        if isinstance(tried, Choice):
            settings[name] = tried.values[trial.suggest_categorical(name, range(len(tried.values)))]
        else:
            settings[name] = rounded(trial.suggest_float(name, tried.low, tried.high, log=True))
    return settings


def _try(trials: Trials, study: Any, asked: list[Any], proposed: list[dict[str, Any]], begin: Trial) -> None:
    """Try fold after fold those that are not far worse than the settings by default on the folds so far."""
    found: dict[int, list[Timed | None]] = {number: [] for number in range(len(asked))}
    alive = list(found)
    for fold in range(trials.parts.n_folds):
        results = trials.on([(proposed[number], fold) for number in alive])
        for number, result in zip(alive, results, strict=True):
            found[number].append(result)
        alive = [number for number in alive if _worth_it(found[number], begin, trials.error)]
    for number, trial in enumerate(asked):
        errors = [one[0][trials.error] for one in found[number] if one is not None and one[0] is not None]
        if number in alive:
            trials.finish(proposed[number], found[number])
        if errors:  # of one that was given up: the mean of the folds that it was tried on
            study.tell(trial, sum(errors) / len(errors))


_FAR = 1.3


def _worth_it(found: list[Timed | None], begin: Trial, error: str) -> bool:
    scores = [None if one is None else one[0] for one in found]
    known = [one[error] for one in scores if one is not None]
    if len(known) < len(scores):
        return False  # time was up
    return sum(known) <= _FAR * sum(fold[error] for fold in begin.scores.folds[: len(known)])
