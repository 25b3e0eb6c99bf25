"""Arguments and options of the subcommands, with their help."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from chainrule.calculus import ACTIVATIONS
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

    def of_option(self, parameter: typer.CallbackParam, value: Number | None) -> Number | None:
        """Check an option that may be left out."""
        return None if value is None else self.check(value, f"{parameter.opts[0]} {value}")


COUNTS = Range("a whole number", "from 1", 1, 2**31 - 1)
SEEDS = Range("a whole number", "from 0", 0, 2**32 - 1)
# Columns and targets have variance 1 here: these are far above what helps.
ALPHAS = Range("a number", "from 0", 0, 1e15)
RATES = Range("a number", "above 0, up", 5e-324, 1e6)

Table = Annotated[Path, typer.Argument(metavar="TABLE", help="A table: .csv, .csv.gz or .parquet.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file written by `chainrule fit`.")]

Target = Annotated[str, typer.Option(metavar="COLUMN", help="The column to learn.")]
TaskName = Annotated[
    str | None,
    typer.Option("--task", metavar="TASK", help="regression or classification [default: guessed]"),
]
Unit = Annotated[str | None, typer.Option(metavar="NAME", help="Unit of the target, for the report.")]
TestSize = Annotated[float, typer.Option(metavar="FRACTION", help="Fraction of rows to hold out; 0: none.")]
Seed = Annotated[
    int | None,
    typer.Option(callback=SEEDS.of_option, metavar="N", help="Same seed, same model. [default: drawn]"),
]

ModelName = Annotated[
    str,
    typer.Option("--model", metavar="NAME", help="mlp: a multilayer perceptron."),
]
Hidden = Annotated[str, typer.Option(metavar="SIZES", help="Hidden layers, such as 64,64.")]
Activation = Annotated[str, typer.Option(metavar="NAME", help=f"One of {', '.join(ACTIVATIONS)}.")]
_FOR_NUMBERS = ", ".join(name for name, kind in SOLVERS.items() if not kind.classifies)
Solver = Annotated[
    str,
    typer.Option(metavar="NAME", help=f"One of {', '.join(SOLVERS)}; for numbers only: {_FOR_NUMBERS}."),
]
Alpha = Annotated[
    str,
    typer.Option(metavar="A", help="Strength of the L2 penalty; with --solver lm also bayes: automatic."),
]
BatchSize = Annotated[
    int | None,
    typer.Option(callback=COUNTS.of_option, metavar="ROWS", help="Rows for each step. [default: 200]"),
]
LearningRate = Annotated[
    float,
    typer.Option(
        "--learning-rate-init",
        callback=RATES.of_option,
        metavar="R",
        help="Size of the first steps.",
    ),
]
MaxIter = Annotated[
    int,
    typer.Option(callback=COUNTS.of_option, metavar="N", help="Largest number of epochs."),
]
EarlyStopping = Annotated[
    bool,
    typer.Option(help="Stop when the score on validation rows no longer improves."),
]

SaveModel = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="MODEL", help="Save the model (.chainrule)."),
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="PNG", help="Draw the learning curve and the predictions."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no report and no progress.")]
SaveOnInterrupt = Annotated[
    bool,
    typer.Option("--save-on-interrupt", help="On Ctrl-C, save the model as it is then."),
]
SaveTable = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write a table. [default: CSV on standard output]"),
]
Probabilities = Annotated[
    bool, typer.Option("--probabilities", help="Add a column for each class with its probability.")
]
