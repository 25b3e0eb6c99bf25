"""A command whose help is short and in groups, and that refuses an option given twice."""

import copy
from collections.abc import Iterable
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from chainrule.cli._console import running, say

__all__ = ["RARE", "Command", "Group", "UsageError"]

# typer uses the exceptions of Click, or a copy of its own: this is UsageError in either case.
UsageError: Any = typer.BadParameter.__mro__[1]

_WIDEST = 24
"""Columns for the names of options in the help; a longer name has its help on the next line."""


class _SaysHelp:
    """What prints its help as the command prints everything."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option ``--help``."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.callback = _say_help
        return option


def _say_help(ctx: Any, _: Any, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        say(*ctx.get_help().splitlines())
        ctx.exit()


def _say_whole_help(ctx: Any, _: Any, asked: bool) -> None:
    ctx.meta[_WHOLE] = asked
    _say_help(ctx, _, asked)


class Group(_SaysHelp, TyperGroup):
    """The command with its subcommands."""


RARE = "Rarely used"
"""Group of options that the help only names; ``--help-all`` explains them."""

_WHOLE = "chainrule.whole help"


class Command(_SaysHelp, TyperCommand):
    """A subcommand: one line for most options, below the name of their group (``rich_help_panel``).

    Its epilog is an example, each line of which is a command.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """Return arguments and options, ``--help`` and ``--help-all`` among them."""
        parameters = list(super().get_params(ctx))
        option = self.get_help_option(ctx)
        if option is not None:
            whole = copy.copy(option)
            whole.name, whole.opts, whole.callback = "help_all", ["--help-all"], _say_whole_help
            parameters.append(whole)
        return parameters

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the first line of the help, arguments without braces."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options into the help."""
        groups = self._groups(ctx)
        rare = groups.pop(RARE, [])
        if ctx.meta.get(_WHOLE) and rare:
            groups[RARE] = rare
        named = [row for rows in groups.values() for row in rows]
        width = max((len(name) for name, _ in named if len(name) <= _WIDEST), default=0)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl([(f"{name:<{width}}", text) for name, text in rows], col_max=width)
        if rare and RARE not in groups:
            with formatter.section(f"{RARE} ({ctx.command_path} --help-all explains them)"):
                formatter.write_text(" ".join(_last_name(name) for name, _ in rare))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the example."""
        if self.epilog:
            with formatter.section("Example"):
                for line in self.epilog.strip().splitlines():
                    formatter.write_text(line.strip())

    def _groups(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if not getattr(parameter, "hidden", False) and parameter.name not in ("help", "help_all"):
                group = getattr(parameter, "rich_help_panel", None) or "Output"
                groups.setdefault(group, []).append(_record(parameter))
        return groups

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; raise ValueError for an option with two values or one of another kind."""
        try:
            given = self._given(ctx, list(args))
            self._check_given_once(ctx, given)
            return list(super().parse_args(ctx, args))
        except typer.BadParameter as error:
            raise _in_our_words(error, given) from None
        except UsageError as error:
            error.ctx = error.ctx or ctx  # the parser does not know it, and the message names it
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run the function of the subcommand."""
        with running(ctx.info_name):
            return super().invoke(ctx)

    def _given(self, ctx: Any, args: list[str]) -> dict[str, Any]:
        """Return the values of each option as they were written."""
        # Of an option that takes one value the parser keeps the last; told that it takes several, all.
        once = [each for each in self.get_params(ctx) if _takes_one_value(each)]
        try:
            _set_multiple(once, True)
            parser = self.make_parser(ctx)
        finally:
            _set_multiple(once, False)
        return dict(parser.parse_args(args)[0])

    def _check_given_once(self, ctx: Any, given: dict[str, Any]) -> None:
        for option in filter(_takes_one_value, self.get_params(ctx)):
            values = list(dict.fromkeys(given.get(option.name) or ()))
            if len(values) > 1:
                raise ValueError(_given_twice(option, values))


def _in_our_words(error: Any, given: dict[str, Any]) -> Exception:
    """Return the error for text where a number is wanted with what was given, which the parser leaves out."""
    values = given.get(error.param.name) if error.param else None
    if not isinstance(values, list):
        return cast(Exception, error)
    kind = "a whole number" if "integer" in error.message else "a number"
    return ValueError(f"{_longest(error.param.opts)} {values[-1]}: give {kind}")


def _takes_one_value(parameter: Any) -> bool:
    return parameter.param_type_name == "option" and not parameter.multiple and not parameter.count


def _set_multiple(options: Iterable[Any], multiple: bool) -> None:
    for option in options:
        option.multiple = multiple


def _given_twice(option: Any, values: list[Any]) -> str:
    name = _longest(option.opts)
    if option.is_flag:
        return f"{name} and {_longest(option.secondary_opts)} contradict each other; give one of them"
    given = " and ".join(f"{name} {value}" for value in values)
    return f"{given}: the option takes one value; give it once"


def _longest(names: list[str]) -> str:
    return max(names, key=len)


def _last_name(record: str) -> str:
    """Return the long name of an option in the help, without its value."""
    return next(word for word in record.split() if word.startswith("--"))


def _record(parameter: Any) -> tuple[str, str]:
    """Return an option as the help writes it, and its help with the default in brackets."""
    text = parameter.help or ""
    if parameter.param_type_name == "argument":
        return parameter.metavar or parameter.name.upper(), text
    name = ", ".join(sorted(parameter.opts, key=len))
    if parameter.is_flag:
        return name, text
    shown = parameter.show_default and parameter.default not in (None, "", (), [])
    return f"{name} {parameter.metavar}", f"{text} [{parameter.default}]" if shown else text
