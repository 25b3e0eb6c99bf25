"""Learning from files that need not fit in memory."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Never

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import Pipeline

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.estimators._by_group import Asked, fit_by_group, rows_for
from chainrule.estimators._others import refuse_others, without_others
from chainrule.network import Bytes
from chainrule.network._sharing import team_for
from chainrule.network._team import Team
from chainrule.tables._blocks import BLOCK_ROWS
from chainrule.tables._description import Description, HeldOut
from chainrule.tables._model import DISTRIBUTIONS, TableModel, network_facts, training_facts
from chainrule.tables._names import check_is_name
from chainrule.tables._pipeline import Estimator, check_one_number, table_pipeline
from chainrule.tables._scores import ClassSums, NumberSums
from chainrule.tables._target import Task
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import are_plain
from chainrule.tables.ensemble._base import TableEstimator
from chainrule.tables.files import Choices
from chainrule.tables.leaves._facts import MOST_CATEGORIES_COUNTED
from chainrule.tables.leaves._files import Paths, files_of, open_leaves
from chainrule.tables.leaves._split import Part, SplitLeaves, split_leaves
from chainrule.tables.leaves._survey import Watch
from chainrule.training import SOLVERS, Alone, Blocks, Evaluator, Group, leaf_rows

__all__ = ["FittingRows", "check_estimator", "fit_files", "learn_leaves", "score_leaves"]


OpenRows = Callable[[Asked, int], tuple[Evaluator, Team]]
Fit = Callable[..., None]
"""Called with a model, a few rows, what opens all of them, ``class_sizes``, ``checkpoint`` and
``resume``."""


@without_others
def fit_files(
    paths: Paths,
    target: str,
    estimator: Estimator,
    *,
    task: Task | None = None,
    max_memory: Bytes | None = None,
    test_size: float = 0.2,
    seed: int = 0,
    wishes: Wishes | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    max_distinct: int = MOST_CATEGORIES_COUNTED,
    checkpoint: Any = None,
    resume: Any = None,
    **others: Never,
) -> TableModel:
    """Learn a column of a table from files that need not fit in memory.

    Files are read by groups: row groups of Parquet, pieces of 4 MiB of text. What the model is depends on
    the groups alone, not on the memory. The pipeline before the network is the one that scikit-learn would
    fit to the whole table: medians and categories exactly, means and scales but for rounding.

    Parameters
    ----------
    paths : path-like, or sequence of path-like
        Files of one kind, folders, or patterns such as ``"sales/*.parquet"``. They have the same columns,
        in any order.
    target : str
        The column to predict.
    estimator : MLPRegressor or MLPClassifier
        With a solver that learns from sums over rows, such as ``"lbfgs"``. It is cloned.
    task : {"regression", "classification"}, optional
        By default that of the estimator.
    max_memory : int, float or str, optional
        Bytes for rows, or words like "2GiB"; half of what is free if it is not given. Rows that do not fit
        are kept in a file, in the system's folder of large temporary files.
    test_size : float
        About this fraction of the rows is held out to score the model; see `split_leaves`.
    seed : int
        Of the rows held out.
    wishes : Wishes, optional
        Kinds of columns, texts that stand for missing cells, columns to ignore.
    separator, encoding, header
        As in `read_cells`.
    max_distinct : int
        Different texts that a column may have.
    checkpoint, resume
        As `MLPRegressor.fit`.

    Returns
    -------
    TableModel

    Raises
    ------
    OSError, ValueError, TypeError
        The files cannot be read or learned from; names file, column and row.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from chainrule import MLPRegressor
    >>> table = pd.DataFrame({"side": [side % 17 for side in range(200)]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table.assign(area=table.side**2).to_parquet(f"{folder}/squares.parquet", row_group_size=60)
    ...     model = fit_files(folder, "area", MLPRegressor(solver="lbfgs", random_state=0))
    >>> model.description.held_out.model["r2"] > 0.99
    True
    """
    refuse_others(fit_files, others)
    check_is_name("target", target)
    files = files_of(paths)
    check_estimator(estimator)
    asked = task or ("classification" if is_classifier(estimator) else "regression")
    text = {target, *((wishes or Wishes()).kinds or {})}
    choices = Choices(
        separator, encoding, header, None, lambda name, cells: name not in text and are_plain(cells)
    )
    with open_leaves(files, choices) as table:
        data = split_leaves(
            table,
            target,
            task=asked,
            test_size=test_size,
            seed=seed,
            wishes=wishes,
            max_distinct=max_distinct,
        )
        model = learn_leaves(data, estimator, max_memory=max_memory, checkpoint=checkpoint, resume=resume)
        return score_leaves(model, data)


def check_estimator(estimator: Any) -> None:
    """Raise TypeError or ValueError for what needs all rows in memory, or predicts several numbers."""
    if not isinstance(estimator, MLPClassifier | MLPRegressor):
        name = type(estimator).__qualname__
        also = f"; chainrule.dask.{name} has fit_parquet" if isinstance(estimator, TableEstimator) else ""
        raise TypeError(
            "files that are read by row groups are learned by MLPRegressor and MLPClassifier; "
            f"{name} needs all rows in memory{also}"
        )
    check_one_number(estimator)
    solver = estimator.solver
    if isinstance(solver, str) and solver in SOLVERS and not SOLVERS[solver].by_groups:
        able = ", ".join(sorted(name for name, kind in SOLVERS.items() if kind.by_groups))
        raise ValueError(f"solver={solver!r} needs all rows in memory; over leaves learn: {able}")


def learn_leaves(
    data: SplitLeaves,
    estimator: Estimator,
    *,
    max_memory: Bytes | None = None,
    directory: str | os.PathLike[str] | None = None,
    unit: str | None = None,
    checkpoint: Any = None,
    resume: Any = None,
    fit: Fit | None = None,
) -> TableModel:
    """Fit an estimator to the rows of a table that are not held out; `score_leaves` scores it on the others.

    Parameters
    ----------
    data : SplitLeaves
    estimator : MLPRegressor or MLPClassifier
    max_memory, checkpoint, resume
        As `fit_files`.
    directory : path-like, optional
        Where rows are kept that do not fit; see `chainrule.training.Blocks`.
    unit : str, optional
        Of the target.
    fit : callable, optional
        Fits a model to what it opens, together with other processes; here alone by default.
    """
    check_estimator(estimator)
    pipeline = table_pipeline(data.schema, estimator)
    pipeline.steps[0] = ("columns", data.columns)
    last = pipeline[-1]
    scaled = isinstance(last, TransformedTargetRegressor)
    model = clone(last.regressor if scaled else last)
    rows = FittingRows(data, model, scaled)
    with ExitStack() as stack:
        opened = rows.opened(max_memory, directory, stack)
        given = {"class_sizes": data.class_sizes, "checkpoint": checkpoint, "resume": resume}
        if fit is None:
            _fit_alone(model, rows.few(), opened, **given)
        else:
            fit(model, rows.few(), opened, table=_digest(data), **given)
    pipeline.steps[-1] = ("network", _target_regressor(last, model, data) if scaled else model)
    return TableModel(_description(pipeline, data, unit), pipeline)


def _digest(data: SplitLeaves) -> str:
    """Return what tells files apart: their sizes, rows of each group, and what was learned of columns."""
    sizes = [path.stat().st_size for path in data.table.paths if path.is_file()]
    counts = data.learned, data.held_out, data.class_sizes
    return str(joblib.hash((sizes, counts, data.columns, data.scaler, data.guess)))


def _fit_alone(model: Any, few: tuple[Any, Any], open_rows: OpenRows, **given: Any) -> None:
    def open_group(asked: Asked) -> Group:
        return Alone(*open_rows(asked, 1))

    fit_by_group(model, *few, open_group, **given)


def _target_regressor(
    last: TransformedTargetRegressor, model: MLPRegressor, data: SplitLeaves
) -> TransformedTargetRegressor:
    """Return the fitted regressor with the target's scaler around a fitted model.

    scikit-learn fits it with a model that learns nothing, then the attributes that it documents are set.
    """
    found = TransformedTargetRegressor(DummyRegressor(), transformer=last.transformer)
    found.fit(np.zeros((2, model.n_features_in_)), np.array([0.0, 1.0]))
    found.set_params(regressor=last.regressor)
    found.regressor_ = model
    found.transformer_ = data.scaler
    return found


def _description(pipeline: Pipeline, data: SplitLeaves, unit: str | None) -> Description:
    return Description(
        task=data.task,
        schema=data.schema,
        guess=data.guess,
        network=network_facts(pipeline),
        training=training_facts(pipeline, data.n_train, data.seed),
        held_out=None,
        versions={name: version(name) for name in DISTRIBUTIONS},
        unit=unit,
    )


@dataclass(frozen=True)
class _Loaded:
    """A group of rows to learn from; see `chainrule.training.RowGroup`."""

    name: str
    n_rows: int
    load: Callable[[], tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]


class FittingRows:
    """Rows of a table as a network takes them.

    Parameters
    ----------
    data : SplitLeaves
    model : MLPRegressor or MLPClassifier
        To be fitted by `fit_by_group`.
    scaled : bool
        Whether the target is scaled.
    """

    def __init__(self, data: SplitLeaves, model: Any, scaled: bool) -> None:
        self._data, self._model, self._scaled = data, model, scaled

    def few(self) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Return a few rows that stand in for all: as many inputs, and every class."""
        guess = self._data.guess
        classes = np.array(getattr(guess, "classes", (0.0, 1.0)))
        return np.zeros((len(classes), self._n_inputs), dtype=np.float64), classes

    @property
    def _n_inputs(self) -> int:
        return len(self._data.columns.get_feature_names_out())

    def opened(
        self, max_memory: Bytes | None, directory: str | os.PathLike[str] | None, stack: ExitStack
    ) -> OpenRows:
        """Return what opens the rows, for what will be asked and for so many processes on this machine.

        They are closed with the stack.
        """

        def open_rows(asked: Asked, processes: int) -> tuple[Evaluator, Team]:
            sizes, data = asked.net.layer_sizes, self._data
            blocks = Blocks(
                self.groups(),
                (sizes[0], sizes[-1]),
                asked.net.dtype,
                leaf_rows(asked.net, data.n_train),
                weighted=getattr(self._model, "class_weight", None) is not None,
                max_memory=max_memory,
                directory=directory,
            )
            stack.enter_context(blocks)
            most = max(1, (os.cpu_count() or 1) // processes)
            team = stack.enter_context(team_for(data.n_train * asked.net.work, most))
            return Evaluator(asked.net, asked.loss, blocks), team

        return open_rows

    def groups(self) -> Sequence[_Loaded]:
        """Return the groups that have rows to learn from."""
        found = zip(self._data.table.groups, self._data.learned.tolist(), strict=True)
        return [
            _Loaded(group.name, n, lambda number=number, n=n: self._load(number, n))  # type: ignore[misc]
            for number, (group, n) in enumerate(found)
            if n
        ]

    def _load(self, number: int, n: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        parts = [self._rows(part.to_learn_from()) for part in self._parts(number)]
        X, Y, weights = (np.concatenate(each) for each in zip(*parts, strict=True))
        return X, Y, weights

    def _parts(self, number: int) -> Iterator[Part]:
        row = self._data.table.groups[number].row
        for cells in self._data.table.cells(number, self._data.survey.needed):
            yield self._data.part(cells, row)
            row += cells.n_rows

    def _rows(self, part: Part) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        y = part.y
        if self._scaled:
            assert self._data.scaler is not None
            y = self._data.scaler.transform(y[:, None])[:, 0] if len(y) else y
        X = _transformed(self._data, part)
        if not len(y):
            sizes = self._model.network_.layer_sizes
            dtype = self._model.network_.dtype
            return np.empty((0, sizes[0]), dtype), np.empty((0, sizes[-1]), dtype), np.empty(0, dtype)
        return rows_for(self._model, X, y)


def _transformed(data: SplitLeaves, part: Part) -> NDArray[np.float64]:
    if not len(part.rows):
        return np.empty((0, 0))
    found: NDArray[np.float64] = np.asarray(data.columns.transform(data.schema.frame(part.values)))
    return found


def score_leaves(model: TableModel, data: SplitLeaves, watch: Watch = lambda what, rows: None) -> TableModel:
    """Return the model with its scores on the rows held out, and those of the constant guess."""
    if not data.n_test or not model.description.training.epochs:
        return model
    classes, pipeline = model.classes(), model.pipeline
    predict = pipeline.predict if classes is None else pipeline.predict_proba
    sums = NumberSums() if classes is None else ClassSums(pipeline.classes_)
    of_guess = model.description.guess.sums()
    for part in _blocks(data, watch):
        sums.add(part.y, predict(data.schema.frame(part.values)))
        of_guess.add(part.y)
    found = HeldOut(sums.n, sums.scores(), of_guess.scores())
    return replace(model, description=replace(model.description, held_out=found))


def _blocks(data: SplitLeaves, watch: Watch) -> Iterator[Part]:
    """Yield the rows held out in blocks of `BLOCK_ROWS`: products of matrices round by how many they are."""
    waiting: Part | None = None
    for cells, row in data.table.read(data.survey.needed):
        part = data.part(cells, row)
        part = part.some(part.is_held_out)
        waiting = part if waiting is None else _joined(waiting, part)
        while len(waiting.rows) >= BLOCK_ROWS:
            first = np.arange(len(waiting.rows)) < BLOCK_ROWS
            yield waiting.some(first)
            waiting = waiting.some(~first)
        watch("scores", row + cells.n_rows)
    if waiting is not None and len(waiting.rows):
        yield waiting


def _joined(one: Part, other: Part) -> Part:
    values = {name: np.concatenate([each, other.values[name]]) for name, each in one.values.items()}
    return Part(
        np.concatenate([one.rows, other.rows]),
        values,
        np.concatenate([one.y, other.y]),
        np.concatenate([one.is_held_out, other.is_held_out]),
    )
