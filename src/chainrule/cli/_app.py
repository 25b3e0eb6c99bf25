"""Subcommands of the command, and its exit codes."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import cache, partial
from typing import Annotated, Any

import typer
from typer.main import get_command

from chainrule import __version__
from chainrule.cli._command import Command, Group, UsageError
from chainrule.cli._compare import compare_models
from chainrule.cli._compile import compile_kernels
from chainrule.cli._console import Interrupted, ReaderGone, error, say, warnings_as_notes
from chainrule.cli._cv import cv
from chainrule.cli._explain import explain
from chainrule.cli._export import export_model
from chainrule.cli._fit import fit
from chainrule.cli._info import info
from chainrule.cli._interrupts import CTRL_C, Presses
from chainrule.cli._page import page
from chainrule.cli._predict import predict
from chainrule.cli._report import report
from chainrule.cli._score import score
from chainrule.cli._tune import tune

__all__ = ["app", "run"]

app = typer.Typer(
    name="chainrule",
    cls=Group,
    help="Learn a column of a table from the others, with a multilayer perceptron.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "fit": (fit, "chainrule fit houses.csv --target price -o m.chainrule"),
    "predict": (predict, "chainrule predict m.chainrule new.csv -o prices.csv"),
    "score": (score, "chainrule score m.chainrule sold.csv"),
    "explain": (explain, "chainrule explain m.chainrule houses.csv --row 7"),
    "report": (report, "chainrule report m.chainrule houses.csv -o report.html"),
    "info": (info, "chainrule info m.chainrule"),
    "cv": (cv, "chainrule cv houses.csv --target price --folds 10"),
    "tune": (tune, "chainrule tune houses.csv --target price --time-limit 60"),
    "compare": (compare_models, "chainrule compare houses.csv --target price"),
    "export": (export_model, "chainrule export m.chainrule --to c -o houses.c"),
    "page": (page, "chainrule page houses.csv --target price"),
    "compile": (compile_kernels, "chainrule compile"),
}
"""Each command with an example of its use."""

for name, (command, example) in _COMMANDS.items():
    app.command(name, cls=Command, epilog=example)(command)

_READER_GONE = 141  # as shells report a process that SIGPIPE ended


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Learn a column of a table from the others, with a multilayer perceptron."""
    if version:
        say(f"chainrule {__version__}")
    elif context.invoked_subcommand is None:
        say(*context.get_help().splitlines())


@cache
def _command() -> Any:
    """Return the command, which typer would make anew from all its functions at every call."""
    return get_command(app)


def run(arguments: Sequence[str], presses: Presses) -> int:
    """Run the command with its arguments and return the exit code."""
    try:
        with warnings_as_notes():
            # In a context of its own: files of one command's table do not name rows of the next.
            call = partial(_command(), prog_name="chainrule", standalone_mode=False, obj=presses)
            code = copy_context().run(call, list(arguments)) or 0
        if code == CTRL_C:  # typer turns KeyboardInterrupt into this code
            raise KeyboardInterrupt
        return int(code)
    except UsageError as usage:
        context = getattr(usage, "ctx", None)
        error(f"{usage.format_message()} (see {context.command_path if context else 'chainrule'} --help)")
    except OSError as problem:
        error(_of_the_system(problem))
    except (ValueError, ModuleNotFoundError) as problem:
        error(str(problem))
    except ReaderGone:
        return _READER_GONE
    except MemoryError as problem:
        error(f"not enough memory: {problem}" if str(problem) else "not enough memory")
    except Interrupted as interrupted:
        error(str(interrupted))
        return presses.code
    except (KeyboardInterrupt, typer.Abort):
        error("interrupted; no file is left half written")
        return presses.code
    return 2


def _of_the_system(problem: OSError) -> str:
    """Return the message of an error, with the file's name first if the system has given one."""
    if problem.strerror is None or problem.filename is None:
        return str(problem.strerror or problem)
    return f"{problem.filename}: {problem.strerror}"
