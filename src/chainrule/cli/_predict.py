"""``chainrule predict``: the target of each row of a table."""

import glob
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from chainrule._files import check_distinct, check_writable
from chainrule.cli import _options as opt
from chainrule.cli._console import say, say_json, say_table
from chainrule.cli._option_groups import NewTableOptions, with_option_groups
from chainrule.cli._progress import Rows, rows_shown
from chainrule.cli._reading import ReadingOptions, inputs, opened_like_learned, paths_of
from chainrule.io import load_table_model
from chainrule.tables import TableModel, check_table_path
from chainrule.tables._blocks import BlockPredictor
from chainrule.tables._names import rows_called_by_files
from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables._stream import Block, ModelTable
from chainrule.tables.ensemble import TableRegressor
from chainrule.tables.files import table_writer

__all__ = ["predict"]

_STANDARD_OUTPUT = 1


@with_option_groups
def predict(
    model: opt.Model,
    table: opt.Tables,
    reading: NewTableOptions,
    copy: opt.Copy = None,
    output: opt.SaveTable = None,
    probabilities: opt.Probabilities = False,
    interval: opt.Interval = None,
    json: opt.Json = False,
) -> None:
    """Predict the target of each row of a table."""
    options = reading.checked(copy)
    tables = paths_of(table)
    parts = _in_folder(output, tables, any(glob.has_magic(str(name)) for name in table))
    written: dict[str, Path | int | None] = {"--output": output, "standard output": _STANDARD_OUTPUT}
    if parts:
        written = {f"--output ({at})": path for at, path in enumerate(parts, 1)}
    check_distinct(inputs(tables, model=model), written)
    if output and not parts:
        check_table_path(output)
        check_writable(output)
    wanted = _Wanted(load_table_model(model), options.copy, probabilities, interval)
    if not parts:
        _predict_table(wanted, tables, options, output, json)
        return
    assert output is not None
    output.mkdir(exist_ok=True)
    rows = 0
    for one, path in zip(tables, parts, strict=True):
        rows += _predict_table(wanted, [one], options, path, json=False, part=True, quiet=json)
    if json:
        say_json({"rows": rows, "output": [str(path) for path in parts]})


def _in_folder(output: Path | None, tables: Sequence[Path], several: bool) -> list[Path]:
    """Return a file for the predictions of each table, if they are to be written into a folder."""
    if output is None or not (output.is_dir() or (output.suffix == "" and (several or len(tables) > 1))):
        return []
    if str(tables[0]) == "-":
        raise ValueError(f"--output {output} is a folder, but standard input has no name for a file in it")
    parts = [output / path.name for path in tables]
    for at, path in enumerate(parts):
        if path in parts[:at]:
            other = tables[parts.index(path)]
            raise ValueError(f"{other} and {tables[at]} would both be written to {path}")
    return parts


def _predict_table(
    wanted: "_Wanted",
    tables: Sequence[Path],
    options: ReadingOptions,
    output: Path | None,
    json: bool,
    *,
    part: bool = False,
    quiet: bool = False,
) -> int:
    """Predict the table in one or several files; return the number of rows.

    If it is a ``part`` of what is predicted, messages name its file.
    """
    schema = wanted.model.description.schema
    with ExitStack() as stack:
        pieces = stack.enter_context(opened_like_learned(tables, options, schema))
        if part:
            stack.enter_context(rows_called_by_files([(0, str(tables[0]))]))
        rows = stack.enter_context(rows_shown(pieces))
        read = ModelTable(wanted.model, pieces, options.na, options.copy)
        wanted.check_names()
        rows.begin("reading")
        read.survey(rows.reached)
        rows.begin("predicting", pieces.n_rows)
        with _written(output, json) as write:
            wanted.predict(read, write, rows)
    if output and not json and not quiet:
        say(f"{pieces.n_rows:,} predictions of {schema.target} written to {output}")
    return pieces.n_rows


@dataclass(frozen=True)
class _Wanted:
    """What is wanted beside the predictions, checked against the model.

    Parameters
    ----------
    model : TableModel
    copy : tuple of str
        Columns of the table.
    probabilities : bool
    interval : float, optional
        Share of targets that are to lie in it.
    """

    model: TableModel
    copy: tuple[str, ...]
    probabilities: bool
    interval: float | None

    def __post_init__(self) -> None:
        target = self.model.description.schema.target
        if self.probabilities and self.model.description.task == "regression":
            raise ValueError(f"--probabilities: the model is a regression, {target!r} has no classes")
        if self.interval is not None:
            _check_interval(self.model, self.interval)

    @property
    def names(self) -> list[str]:
        """Names of the columns of predictions."""
        target = self.model.description.schema.target
        # A copied target is the true value: it stands beside the predicted one.
        names = [f"predicted {target}" if target in self.copy else target]
        if self.interval is not None:
            names += [f"{self.interval:.6g} from", f"{self.interval:.6g} to"]
        if self.probabilities:
            names += [f"probability of {label}" for label in self.model.pipeline.classes_]
        return names

    def check_names(self) -> None:
        """Raise ValueError if a copied column has the name of one of the predictions."""
        twice = [name for name in self.names if name in self.copy]
        if twice:
            raise ValueError(
                f"--copy {twice[0]}: the predictions have a column of this name; rename that of the table"
            )

    def predict(self, table: ModelTable, write: Callable[[pd.DataFrame], None], rows: Rows) -> None:
        """Predict block by block, and say at the end what there is to be said."""
        predictor = BlockPredictor(self.model.pipeline)
        for block in table.blocks():
            predictions = self._predictions(predictor, block)
            write(pd.concat([block.copied, predictions], axis="columns") if self.copy else predictions)
            rows.reached(block.row + len(block.X))
        predictor.say()

    def _predictions(self, predictor: BlockPredictor, block: Block) -> pd.DataFrame:
        name, *others = self.names
        if self.probabilities:
            probabilities = predictor.probabilities(block.X, block.row)
            labels = self.model.pipeline.classes_[probabilities.argmax(axis=1)]
            return pd.DataFrame({name: labels}).join(pd.DataFrame(probabilities, columns=others))
        if self.interval is None:
            return pd.DataFrame({name: predictor.predict(block.X, block.row)})
        ends = predictor.interval(block.X, block.row, self.interval)
        return pd.DataFrame(dict(zip(self.names, ends, strict=True)))


@contextmanager
def _written(output: Path | None, json: bool) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Open what predictions are written to: a file, or standard output; as JSON only a file is not held."""
    written = 0
    held: list[pd.DataFrame] = []

    def count(frame: pd.DataFrame) -> None:
        nonlocal written
        if json and output is None:
            held.append(frame)
        elif output is None:
            say_table(frame, header=not written)
        written += len(frame)

    if output is None:
        yield count
    else:
        with table_writer(output) as write:

            def both(frame: pd.DataFrame) -> None:
                write(frame)
                count(frame)

            yield both
    if json:
        rows: dict[str, object] = {"rows": written, "output": None if output is None else str(output)}
        if output is None:
            rows["predictions"] = pd.concat(held).to_dict("list")
        say_json(rows)


def _check_interval(model: TableModel, interval: float) -> None:
    if not 0 < interval < 1:
        raise ValueError(f"--interval {interval:g}: give a share between 0 and 1, such as 0.9")
    if not isinstance(fitted_estimator(model.pipeline), TableRegressor):
        what = model.description.task
        raise ValueError(
            f"--interval needs a regression learned with --model table; this model is a {what}"
            f"{' by --model mlp' if what == 'regression' else ''}"
        )
