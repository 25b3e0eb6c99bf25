"""Arguments and options of the subcommands, with their help.

The help of each is short: with the others it fits a screen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from chainrule.calculus import ACTIVATIONS
from chainrule.cli._command import RARE
from chainrule.training import SOLVERS

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Range:
    """The numbers that an option accepts, from the lowest to the highest."""

    kind: str
    lowest: str
    low: float
    high: float

    def check(self, value: Number, given: str, instead: str = "") -> Number:
        """Return the number.

        Raises
        ------
        ValueError
            If it is not accepted: says what was ``given``, what is accepted, and ``instead``, what else is.
        """
        if self.low <= value <= self.high:
            return value
        raise ValueError(f"{given}: give {self.kind} {self.lowest} to {self.high:.10g}{instead}")

    def of_option(self, parameter: typer.CallbackParam, value: Any) -> Any:
        """Check an option that may be left out."""
        return None if value is None else self.check(value, f"{parameter.opts[0]} {value}")


FOLDS = Range("a whole number", "from 2", 2, 2**31 - 1)
COUNTS = Range("a whole number", "from 1", 1, 2**31 - 1)
SEEDS = Range("a whole number", "from 0", 0, 2**32 - 1)
# Columns and targets have variance 1 here: these are far above what helps.
ALPHAS = Range("a number", "from 0", 0, 1e15)
RATES = Range("a number", "above 0, up", 5e-324, 1e6)
PORTS = Range("a whole number", "from 0", 0, 65_535)
TIMES = Range("a number of seconds", "above 0, up", 5e-324, 1e9)


def _from(*words: str) -> Callable[[str], list[str]]:
    """Return what completes the beginning of one of these words, for shells."""

    def complete(incomplete: str) -> list[str]:  # typer knows the parameter by its name
        return [word for word in words if word.startswith(incomplete)]

    return complete


# Groups of the help, in the order of the signatures.
_rare = partial(typer.Option, rich_help_panel=RARE)
_table = partial(typer.Option, rich_help_panel="Table")
_network = partial(typer.Option, rich_help_panel="Network")
_learning = partial(typer.Option, rich_help_panel="Learning")
_output = partial(typer.Option, rich_help_panel="Output")

Tables = Annotated[
    list[Path],
    typer.Argument(
        metavar="TABLE",
        help="A table: .csv .tsv .parquet .xlsx ... or -; several files, or 'part-*.csv', are one.",
        rich_help_panel="Table",
    ),
]
Model = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="A model file written by `chainrule fit`.", rich_help_panel="Model"),
]

AnyModel = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help="A model file: of `chainrule fit`, or of chainrule.save.",
        rich_help_panel="Model",
    ),
]

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILES",
        help="A table to learn; or a model, and a table for it.",
        rich_help_panel="Table",
        show_default=False,
    ),
]

Target = Annotated[str | None, _table(metavar="COLUMN", help="The column to learn (required).")]
PageTarget = Annotated[
    str | None, _table("--target", metavar="COLUMN", help="The column of the table to learn.")
]
Ignore = Annotated[
    list[str] | None,
    _table(metavar="COLUMN", help="Do not use this column. (+)"),
]
As = Annotated[
    list[str] | None,
    _rare("--as", metavar="COLUMN=KIND", help="text, number, date, time, boolean, category. (+)"),
]
Na = Annotated[
    list[str] | None,
    _rare(metavar="TEXT", help="Cells with this text are missing. (+)"),
]
Decimal = Annotated[
    str | None,
    _rare(metavar="MARK", help="'.' or ',', where cells leave it open. [guessed]"),
]
Separator = Annotated[
    str | None,
    _rare("--sep", metavar="MARK", help="Between cells: ',' ';' '|' tab, spaces. [guessed]"),
]
Encoding = Annotated[
    str | None,
    _rare(metavar="NAME", help="Such as utf-8 or cp1252. [guessed]"),
]
Sheet = Annotated[
    str | None,
    _rare(metavar="NAME", help="Sheet of an Excel file. [the first with cells]"),
]
NoHeader = Annotated[
    bool,
    _rare("--no-header", help="The first line is a row, not names."),
]
Columns = Annotated[
    bool,
    _table("--columns", help="Show how each column is read, and stop."),
]
Copy = Annotated[
    list[str] | None,
    _table(metavar="COLUMN", help="Copy this column beside the predictions. (+)"),
]

ModelName = Annotated[
    str | None,
    _network(
        "--model",
        metavar="NAME",
        help="table (needs no settings) or mlp. [table]",
        autocompletion=_from("table", "mlp"),
    ),
]
Effort = Annotated[
    str | None,
    _network(
        metavar="E",
        help="fast, default, strong: 1, 8, 8 wide networks.",
        autocompletion=_from("fast", "default", "strong"),
    ),
]
Hidden = Annotated[str | None, _network(metavar="SIZES", help="Hidden layers. [64,64; mlp: 100]")]
Activation = Annotated[
    str | None,
    _network(metavar="NAME", help=f"{', '.join(ACTIVATIONS)}.", autocompletion=_from(*ACTIVATIONS)),
]

TaskName = Annotated[
    str | None,
    _learning(
        "--task",
        metavar="TASK",
        help="regression or classification. [guessed]",
        autocompletion=_from("regression", "classification"),
    ),
]
_FOR_NUMBERS = ", ".join(name for name, kind in SOLVERS.items() if not kind.classifies)
Solver = Annotated[
    str | None,
    _learning(
        metavar="NAME",
        help=f"Of mlp: {', '.join(SOLVERS)} ({_FOR_NUMBERS}: numbers). [adam]",
        autocompletion=_from(*SOLVERS),
    ),
]
Alpha = Annotated[
    str | None,
    _learning(metavar="A", help="L2 penalty; with --solver lm also bayes. [0.0001]"),
]
BatchSize = Annotated[
    int | None,
    _rare(callback=COUNTS.of_option, metavar="ROWS", help="Rows for each step. [64 to 256]"),
]
LearningRate = Annotated[
    float | None,
    _rare(
        "--learning-rate-init", callback=RATES.of_option, metavar="R", help="First steps. [0.005; mlp: 0.001]"
    ),
]
TimeLimit = Annotated[
    float | None,
    _learning(callback=TIMES.of_option, metavar="SECONDS", help="Learn no longer than this."),
]
MaxIter = Annotated[
    int | None,
    _learning(callback=COUNTS.of_option, metavar="N", help="Of mlp: largest number of epochs. [200]"),
]
EarlyStopping = Annotated[
    bool,
    _learning(help="Of mlp: stop when validation rows do not improve."),
]
CheckpointFile = Annotated[
    Path | None,
    _learning("--checkpoint", metavar="FILE", help="Keep the fit in this file now and then."),
]
Resume = Annotated[
    Path | None,
    _learning(metavar="FILE", help="Go on with the fit that a checkpoint holds."),
]
Settings = Annotated[
    list[str] | None,
    _learning("--set", metavar="NAME=VALUE", help="Any other setting, such as n_members=4. (+)"),
]
TestSize = Annotated[
    float,
    _learning(metavar="FRACTION", help="Rows to hold out; 0: none."),
]
MaxMemory = Annotated[
    str | None,
    _learning(
        "--max-memory", metavar="SIZE", help="Read by row groups, within such as 4GiB. [half if large]"
    ),
]
Mpi = Annotated[
    bool,
    _learning("--mpi", help="One of many ranks: mpiexec -n 16 chainrule fit ... --mpi"),
]
Seed = Annotated[
    int | None,
    _learning(callback=SEEDS.of_option, metavar="N", help="Same seed, same model. [drawn]"),
]

Folds = Annotated[
    int,
    _learning("--folds", callback=FOLDS.of_option, metavar="K", help="Parts of rows, each held out once."),
]
FoldSeed = Annotated[
    int | None,
    _learning("--seed", callback=SEEDS.of_option, metavar="N", help="Same seed, same folds. [drawn]"),
]
TuneFolds = Annotated[
    int,
    _learning("--folds", callback=FOLDS.of_option, metavar="K", help="Parts of rows that judge settings."),
]
Candidates = Annotated[
    int,
    _learning(callback=COUNTS.of_option, metavar="N", help="Settings to try beside the default."),
]
Search = Annotated[
    str | None,
    _learning(
        "--search",
        metavar="NAME",
        help="optuna or halving. [optuna, if installed]",
        autocompletion=_from("optuna", "halving"),
    ),
]
Beside = Annotated[
    list[str] | None,
    _learning("--beside", metavar="NAME", help="Only these models beside ours, such as LightGBM. (+)"),
]

Row = Annotated[
    int | None,
    _table("--row", callback=COUNTS.of_option, metavar="N", help="Explain the prediction of row N, from 1."),
]
ClassName = Annotated[
    str | None,
    _table("--class", metavar="NAME", help="Of a classification: the class to explain."),
]
MostRows = Annotated[
    int,
    _rare("--most-rows", callback=COUNTS.of_option, metavar="N", help="Rows to average over."),
]

SaveModel = Annotated[
    Path | None,
    _output("--output", "-o", metavar="MODEL", help="Save the model (.chainrule)."),
]
Plot = Annotated[
    Path | None,
    _output(metavar="PNG", help="Draw the learning curve and the predictions."),
]
Unit = Annotated[
    str | None,
    _rare(metavar="NAME", help="Unit of the target, for the report."),
]
Json = Annotated[bool, _output("--json", help="Print the report as JSON.")]
Quiet = Annotated[
    bool,
    _output("--quiet", "-q", help="Print no report, no progress, no notes."),
]
SaveOnInterrupt = Annotated[
    bool,
    _rare("--save-on-interrupt", help="On Ctrl-C, save the model as it is then."),
]
SaveTable = Annotated[
    Path | None,
    _output(
        "--output",
        "-o",
        metavar="FILE",
        help="Write a table; a folder: one a file. [CSV on standard output]",
    ),
]
Page = Annotated[
    Path | None,
    _output("--output", "-o", metavar="FILE", help="The page to write, .html (required)."),
]
Date = Annotated[str | None, _output(metavar="TEXT", help="The report's date. [none]")]
Format = Annotated[
    str | None,
    _output("--to", metavar="FORMAT", help="onnx or c (required).", autocompletion=_from("onnx", "c")),
]
ExportTo = Annotated[
    Path | None,
    _output("--output", "-o", metavar="FILE", help="Write here. [the model's name, .onnx or .c]"),
]
Derivatives = Annotated[
    bool | None,
    _output("--derivatives/--no-derivatives", help="With the Jacobian. [c: yes, onnx: no]"),
]
RealType = Annotated[
    str,
    _rare(
        "--type",
        metavar="TYPE",
        help="Of numbers in C: float or double.",
        autocompletion=_from("float", "double"),
    ),
]
Host = Annotated[
    str,
    _output("--host", metavar="ADDRESS", help="Answer others too, on this address; 0.0.0.0: on all."),
]
Port = Annotated[
    int,
    _output("--port", callback=PORTS.of_option, metavar="N", help="0: one that is free."),
]
NoBrowser = Annotated[
    bool,
    _output("--no-browser", help="Print the address; open no browser."),
]
Where = Annotated[
    bool,
    _output("--where", help="Compile nothing; say where they lie, and how many."),
]
Interval = Annotated[
    float | None,
    _output(metavar="SHARE", help="Add an interval that holds this share of targets, such as 0.9."),
]
Probabilities = Annotated[
    bool,
    _output("--probabilities", help="Add a column for each class with its probability."),
]
