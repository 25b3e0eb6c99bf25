"""Settings of the network and of its solver: from options, and from ``--set NAME=VALUE``."""

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from inspect import signature
from itertools import pairwise
from math import nan
from shlex import quote
from typing import Any

from chainrule.calculus import ACTIVATIONS
from chainrule.cli import _options as opt
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.network import as_bytes, in_words
from chainrule.tables import Task
from chainrule.tables._names import meant
from chainrule.tables._pipeline import Estimator
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.training import SOLVERS

__all__ = [
    "MODELS",
    "alpha_of",
    "as_options",
    "by_options",
    "check_settings",
    "estimator_of",
    "layer_sizes",
    "model_of",
    "parse_settings",
    "settable",
    "typed",
]

MODELS: Mapping[str, Mapping[Task, Any]] = {
    "table": {"classification": TableClassifier, "regression": TableRegressor},
    "mlp": {"classification": MLPClassifier, "regression": MLPRegressor},
}
"""Models by their names, and the estimators of each task."""
DEFAULT = "table"
_OF_SOLVER = "solver__"
_OPTIONS = {
    "hidden_layer_sizes": "--hidden",
    "activation": "--activation",
    "solver": "--solver",
    "alpha": "--alpha",
    "batch_size": "--batch-size",
    "learning_rate_init": "--learning-rate-init",
    "max_iter": "--max-iter",
    "early_stopping": "--early-stopping",
    "effort": "--effort",
    "time_limit": "--time-limit",
}
"""Settings that have an option of their own."""
_NOT_SETTABLE = {"random_state", "progress", "verbose", "warm_start", "kinds", "ignore", "na"}
_WORDS: Mapping[str, Any] = {
    "true": True,
    "false": False,
    "none": None,
    "inf": float("inf"),
    "nan": float("nan"),
}


def settable(model: str = "mlp") -> list[str]:
    """Return the names that ``--set`` takes for a model."""
    kinds = MODELS[model].values()
    names = {name for kind in kinds for name in signature(kind).parameters} - _NOT_SETTABLE
    if model != "mlp":
        return sorted(names)
    of_solvers = {f"{_OF_SOLVER}{field}" for kind in SOLVERS.values() for field in _fields(kind)}
    return sorted(names) + sorted(of_solvers - {f"{_OF_SOLVER}{name}" for name in names})


def model_of(asked: str | None, given: Mapping[str, Any], texts: Sequence[str]) -> tuple[str, str]:
    """Return the name of the model, and why it is that one.

    Parameters
    ----------
    asked : str, optional
        As ``--model`` says.
    given : mapping of str to value
        Settings with an option of their own; None is one that was not given.
    texts : sequence of str
        As ``--set`` says.

    Raises
    ------
    ValueError
        There is no such model.
    """
    if asked is not None:
        if asked not in MODELS:
            raise ValueError(f"--model {asked}: the models are {', '.join(MODELS)}")
        return asked, "as asked"
    options = {name: _OPTIONS[name] for name, value in given.items() if value is not None}
    options |= {text.partition("=")[0].strip(): f"--set {text}" for text in texts}
    foreign = [name for name in options if name not in settable(DEFAULT)]
    for model in MODELS:
        own = [name for name in foreign if name in settable(model)]
        if own:
            return model, f"{options[own[0]]} is a setting of it"
    return DEFAULT, "by default"


def by_options(model: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of options that were given.

    Parameters
    ----------
    model : str
    given : mapping of str to value
        None is an option that was not given.

    Raises
    ------
    ValueError
        For an option of another model.
    """
    settings = {name: value for name, value in given.items() if value is not None}
    for name in settings:
        having = [other for other in MODELS if name in settable(other)]
        if model not in having:
            raise ValueError(
                f"{_OPTIONS[name]} is for --model {' or '.join(having)}, not for --model {model}"
            )
    return settings


def parse_settings(
    given: Sequence[str], by_option: Collection[str] = (), model: str = "mlp"
) -> dict[str, Any]:
    """Return the settings given as ``NAME=VALUE``.

    Parameters
    ----------
    given : sequence of str
        Values are Python literals, true, false, none, inf, or else text. ``solver__momentum`` is
        ``momentum``, if the estimators have it too.
    by_option : collection of str
        Settings that were given by an option of their own.
    model : str

    Raises
    ------
    ValueError
        For a name that is not known, and for a setting that is given twice.

    Examples
    --------
    >>> parse_settings(["momentum=0.5", "learning_rate=adaptive", "solver__damping=1e-3"])
    {'momentum': 0.5, 'learning_rate': 'adaptive', 'solver__damping': 0.001}
    """
    known, settings, texts = settable(model), dict[str, Any](), dict[str, str]()
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise ValueError(f"--set {text}: give NAME=VALUE, such as momentum=0.5")
        short = name.removeprefix(_OF_SOLVER)
        name = short if short in known else name
        if name == "random_state":
            raise ValueError(f"--set {text}: the seed is given as --seed")
        if name not in known:
            others = [other for other in MODELS if other != model and name in settable(other)]
            if others:
                raise ValueError(f"--set {text}: {name!r} is a setting of --model {' or '.join(others)}")
            near = meant(name, sorted({each for other in MODELS for each in settable(other)}))
            near = near or "".join(f"; --model {other} has {', '.join(settable(other))}" for other in MODELS)
            raise ValueError(f"--set {text}: there is no setting {name!r}{near}")
        if name in by_option:
            raise ValueError(f"--set {text}: {_OPTIONS[name]} gives the same setting; give one of them")
        if texts.setdefault(name, text) != text:
            raise ValueError(f"--set {texts[name]} and --set {text}: a setting has one value; give it once")
        settings[name] = _value(value)
    return settings


def _value(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise for settings that contradict each other, or need more memory than there is."""
    for name, known in (("activation", ACTIVATIONS), ("solver", SOLVERS)):
        if name in settings and settings[name] not in [*known]:
            near = meant(str(settings[name]), [*known])
            raise ValueError(f"{_given(name, settings[name])}: give one of {', '.join(known)}{near}")
    solver = settings.get("solver", "adam")
    if settings.get("alpha") == "bayes" and solver != "lm":
        raise ValueError(f"--alpha bayes goes with --solver lm, not with --solver {solver}")
    if "hidden_layer_sizes" in settings:
        _check_memory(settings["hidden_layer_sizes"])


def estimator_of(model: str, task: Task, settings: Mapping[str, Any]) -> Estimator:
    """Return the estimator with these settings.

    Raises
    ------
    ValueError
        A setting is not one of this estimator or of this solver, or has a value that is not accepted.
    """
    kind = MODELS[model][task]
    of_model = {name: value for name, value in settings.items() if not name.startswith(_OF_SOLVER)}
    for name in of_model:
        if name not in signature(kind).parameters:
            raise ValueError(f"--set {name}: {kind.__name__}, for {task}, has no such setting")
    if isinstance(settings.get("quantile"), tuple | list):
        raise ValueError(
            f"--set quantile={settings['quantile']!r}: a prediction of the command is one number, so give "
            "one quantile; MLPRegressor takes several"
        )
    of_solver = {name.removeprefix(_OF_SOLVER): settings[name] for name in settings.keys() - of_model.keys()}
    if "solver" in settings:
        _check_solver(task, settings["solver"])
    estimator: Estimator = kind(**of_model)
    try:
        estimator._validate_params()  # before anything is printed
    except ValueError as error:
        raise _in_our_words(error, settings) from error
    return _with_solver(estimator, of_solver) if of_solver else estimator


def _check_solver(task: Task, solver: str) -> None:
    if task == "classification" and not SOLVERS[solver].classifies:
        others = ", ".join(name for name, kind in SOLVERS.items() if kind.classifies)
        raise ValueError(f"--solver {solver} learns numbers only; for classes give one of {others}")


def _in_our_words(error: ValueError, settings: Mapping[str, Any]) -> ValueError:
    """Return scikit-learn's error for a parameter with the name of the option that was given."""
    found = re.match(r"The '(\w+)' parameter of \w+ (must be .*)\. Got .* instead\.$", str(error), re.DOTALL)
    if found is None or found[1] not in settings:
        return error
    accepted = re.sub(r"a str among \{(.*?)\}", r"one of \1", found[2])
    return ValueError(f"{_given(found[1], settings[found[1]])}: it {accepted}")


def _given(name: str, value: Any) -> str:
    """Return a setting as one gives it to the command."""
    return f"{_OPTIONS[name]} {value}" if name in _OPTIONS else f"--set {name}={value}"


def _with_solver(estimator: Any, of_solver: Mapping[str, Any]) -> Any:
    """Return the estimator with a solver given as an object: some settings only that one has."""
    kind = SOLVERS[estimator.solver]
    unknown = sorted(set(of_solver) - set(_fields(kind)))
    if unknown:
        having = [name for name, other in SOLVERS.items() if unknown[0] in _fields(other)]
        raise ValueError(
            f"--set {_OF_SOLVER}{unknown[0]}: --solver {kind.name} has no such setting, "
            f"only --solver {' and '.join(having)}"
        )
    shared = {name: getattr(estimator, name) for name in _fields(kind) if hasattr(estimator, name)}
    try:
        solver = kind(**shared, **of_solver)
    except (TypeError, ValueError) as error:
        given = " ".join(_given(f"{_OF_SOLVER}{name}", value) for name, value in of_solver.items())
        raise ValueError(f"{given}: {error}") from error
    defaults = signature(type(estimator)).parameters
    return estimator.set_params(solver=solver, **{name: defaults[name].default for name in shared})


def _fields(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]


def layer_sizes(text: str) -> tuple[int, ...]:
    """Return sizes given as ``64,64``; nothing at all means no hidden layer."""
    try:
        sizes = tuple(int(size) for size in text.split(",")) if text.strip() else ()
    except ValueError:
        sizes = (0,)
    if any(size < 1 for size in sizes):
        raise ValueError(f"--hidden {text}: give whole numbers from 1 up, separated by commas, such as 64,64")
    return sizes


def alpha_of(text: str) -> float | str:
    """Return the number, or "bayes"."""
    if text == "bayes":
        return text
    try:
        number = float(text)
    except ValueError:
        number = nan
    return opt.ALPHAS.check(number, f"--alpha {text}", ", or bayes")


def as_options(model: str, settings: Mapping[str, Any]) -> str:
    """Return options of the command that give these settings.

    >>> as_options("mlp", {"hidden_layer_sizes": (64, 32), "early_stopping": True, "n_iter_no_change": 20})
    '--model mlp --hidden 64,32 --early-stopping --set n_iter_no_change=20'
    """
    words = [] if model == DEFAULT else ["--model", model]
    for name, value in settings.items():
        if name == "early_stopping":
            words += [_OPTIONS[name]] * bool(value)
        elif name in _OPTIONS:
            words += [_OPTIONS[name], typed(value)]
        else:
            words += ["--set", f"{name}={typed(value)}"]
    return " ".join(map(quote, words))


def typed(value: Any) -> str:
    """Return a value of a setting as one types it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_memory(sizes: Any) -> None:
    """Raise MemoryError for layers whose parameters cannot be held, whatever the table and the solver.

    Nothing is allocated here: a system that grants memory which it does not have would kill the process.
    """
    sizes = (sizes,) if isinstance(sizes, int) else sizes
    if not isinstance(sizes, tuple | list) or not all(isinstance(size, int) for size in sizes):
        return  # the estimator refuses it
    parameters = sum(a * b + b for a, b in pairwise((1, *sizes, 1)))
    least = 2 * 8 * parameters  # η and a gradient in float64
    half_of_free = as_bytes(None)
    if least > half_of_free:
        raise MemoryError(
            f"--hidden {','.join(map(str, sizes))}: {parameters:,} parameters or more take {in_words(least)} "
            f"to train; half of the free memory is {in_words(half_of_free)}"
        )
