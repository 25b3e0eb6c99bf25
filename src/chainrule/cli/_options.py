"""Arguments and options of the subcommands, with their help."""

from pathlib import Path
from typing import Annotated

import typer

from chainrule.calculus import ACTIVATIONS
from chainrule.training import SOLVERS

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
    typer.Option(min=0, max=2**32 - 1, metavar="N", help="Same seed, same model. [default: drawn]"),
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
    typer.Option(min=1, metavar="ROWS", help="Rows for each step. [default: 200]"),
]
LearningRate = Annotated[
    float,
    typer.Option("--learning-rate-init", metavar="R", help="Size of the first steps."),
]
MaxIter = Annotated[int, typer.Option(min=1, metavar="N", help="Largest number of epochs.")]
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
