"""Options that several commands share, as dataclasses that a command takes as one parameter each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from inspect import Parameter, signature
from typing import Any, get_type_hints

from chainrule.cli import _options as opt
from chainrule.cli._reading import ReadingOptions, reading_options
from chainrule.cli._settings import (
    alpha_of,
    by_options,
    check_settings,
    estimator_of,
    layer_sizes,
    model_of,
    parse_settings,
)
from chainrule.tables import Task
from chainrule.tables._pipeline import Estimator

__all__ = [
    "LearningOptions",
    "ModelChoice",
    "NewTableOptions",
    "PageTableOptions",
    "TableOptions",
    "with_option_groups",
]


@dataclass(frozen=True)
class TableOptions:
    """How a table is read that is learned from."""

    target: opt.Target = None
    ignore: opt.Ignore = None
    as_: opt.As = None
    na: opt.Na = None
    decimal: opt.Decimal = None
    sep: opt.Separator = None
    encoding: opt.Encoding = None
    no_header: opt.NoHeader = False
    sheet: opt.Sheet = None

    def checked(self) -> ReadingOptions:
        """Return them as reading wants them; raise ValueError for what contradicts itself."""
        return reading_options(
            target=self.target,
            ignore=self.ignore,
            as_=self.as_,
            na=self.na,
            separator=self.sep,
            encoding=self.encoding,
            no_header=self.no_header,
            sheet=self.sheet,
            decimal=self.decimal,
        )


@dataclass(frozen=True)
class PageTableOptions(TableOptions):
    """How a table is read that a page is to show, if there is one."""

    target: opt.PageTarget = None


@dataclass(frozen=True)
class NewTableOptions:
    """How a table is read that a model is used on."""

    na: opt.Na = None
    sep: opt.Separator = None
    encoding: opt.Encoding = None
    no_header: opt.NoHeader = False
    sheet: opt.Sheet = None

    def checked(self, copy: Sequence[str] | None = None) -> ReadingOptions:
        """Return them, and columns to copy, as reading wants them; raise ValueError for what is not taken."""
        return reading_options(
            copy=copy,
            na=self.na,
            separator=self.sep,
            encoding=self.encoding,
            no_header=self.no_header,
            sheet=self.sheet,
        )


@dataclass(frozen=True)
class ModelChoice:
    """A model, why it is that one, and its settings."""

    name: str
    why: str
    settings: Mapping[str, Any]

    @property
    def in_words(self) -> str:
        """The line of a report that names it."""
        return f"model    {self.name}, {self.why}"

    def estimator(self, task: Task, seed: int, **shown: bool) -> Estimator:
        """Return the estimator for a task; it says nothing while it learns, but for what is to be `shown`.

        Raises
        ------
        ValueError
            As `estimator_of`.
        """
        settings = {**self.settings, "random_state": seed, "verbose": False, **shown}
        return estimator_of(self.name, task, settings)


@dataclass(frozen=True)
class LearningOptions:
    """What learns, and with which settings."""

    model: opt.ModelName = None
    effort: opt.Effort = None
    hidden: opt.Hidden = None
    activation: opt.Activation = None
    solver: opt.Solver = None
    alpha: opt.Alpha = None
    batch_size: opt.BatchSize = None
    learning_rate_init: opt.LearningRate = None
    time_limit: opt.TimeLimit = None
    max_iter: opt.MaxIter = None
    early_stopping: opt.EarlyStopping = False
    settings: opt.Settings = None

    def chosen(self) -> ModelChoice:
        """Return the model that is meant; raise ValueError or MemoryError for what cannot be."""
        given = {
            "effort": self.effort,
            "hidden_layer_sizes": None if self.hidden is None else layer_sizes(self.hidden),
            "activation": self.activation,
            "solver": self.solver,
            "alpha": None if self.alpha is None else alpha_of(self.alpha),
            "batch_size": self.batch_size,
            "learning_rate_init": self.learning_rate_init,
            "time_limit": self.time_limit,
            "max_iter": self.max_iter,
            "early_stopping": self.early_stopping or None,
        }
        texts = self.settings or ()
        name, why = model_of(self.model, given, texts)
        by_option = by_options(name, given)
        settings = by_option | parse_settings(texts, by_option, name)
        check_settings(settings)
        return ModelChoice(name, why, settings)


def with_option_groups(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has, for each parameter that is a dataclass here, the options in it."""
    hints = get_type_hints(function, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)}
    parameters: list[Parameter] = []
    for parameter in signature(function).parameters.values():
        if parameter.name in groups:
            parameters += _options_in(groups[parameter.name])
        else:
            parameters.append(
                parameter.replace(annotation=hints[parameter.name], kind=Parameter.KEYWORD_ONLY)
            )

    def command(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        function(**given)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__signature__ = signature(function).replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _options_in(kind: type[Any]) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in fields(kind)
    ]
