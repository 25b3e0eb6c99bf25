"""A fitted pipeline together with the description of its table."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule.tables._blocks import BlockPredictor, blocks_of
from chainrule.tables._cells import Cells
from chainrule.tables._description import Description, HeldOut, NetworkFacts, TrainingFacts
from chainrule.tables._linear import linear_scores
from chainrule.tables._pipeline import fitted_estimator, networks_of
from chainrule.tables._scores import (
    ClassSums,
    ConstantClass,
    ConstantGuess,
    NumberSums,
    constant_guess,
    table_scores,
)
from chainrule.tables._split import SplitTable
from chainrule.tables._target import target_like
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["DISTRIBUTIONS", "ScoreSums", "TableModel", "describe", "network_facts", "training_facts"]

DISTRIBUTIONS: Sequence[str] = ("chainrule", "scikit-learn", "numpy")
_NOT_SETTINGS = {"progress", "verbose", "warm_start"}


@dataclass(frozen=True)
class TableModel:
    """A fitted pipeline together with the description of its table: the content of a model file.

    Parameters
    ----------
    description : Description
        Task, columns, network, training and scores.
    pipeline : Pipeline
        The fitted scikit-learn pipeline; its input is a data frame as ``description.schema.features``
        returns it.
    """

    description: Description
    pipeline: Pipeline

    def predict(self, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> NDArray[Any]:
        """Predict the target of each row: numbers in its own units, or class labels.

        Parameters
        ----------
        table : DataFrame or Cells
        na : iterable of str
            Texts that stand for missing cells.

        Raises
        ------
        ValueError
            A column is missing, or cells are not of the kind that their column had when the model was
            fitted.

        Warns
        -----
        TableWarning
            Texts that were not there in the fit, numbers far from those that were.
        """
        X, predictor = self.features(table, na), BlockPredictor(self.pipeline)
        blocks = [predictor.predict(X.iloc[rows], rows.start) for rows in blocks_of(len(X))]
        predictor.say()
        return np.concatenate(blocks)

    def predict_proba(self, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> pd.DataFrame:
        """Return the probability of each class for each row, one column a class."""
        X, predictor = self.features(table, na), BlockPredictor(self.pipeline)
        blocks = [predictor.probabilities(X.iloc[rows], rows.start) for rows in blocks_of(len(X))]
        predictor.say()
        return pd.DataFrame(np.concatenate(blocks), columns=self.pipeline.classes_, index=X.index)

    def features(self, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> pd.DataFrame:
        """Return the columns that the pipeline takes; see `Schema.features`."""
        return self.description.schema.features(table, na)

    def scores(self, table: pd.DataFrame | Cells, na: Iterable[str] = ()) -> HeldOut:
        """Score the model on a table that has the target too, and the constant guess beside it."""
        cells, schema = Cells.of(table), self.description.schema
        rows, y = target_like(cells, schema.target, self.classes(), na, schema.target_mark())
        X, sums = self.features(cells, na), self.score_sums()
        for block in blocks_of(len(X)):
            here = slice(*np.searchsorted(rows, (block.start, block.stop)))
            sums.add(X.iloc[block], block.start, rows[here] - block.start, y[here])
        return sums.scores()

    def score_sums(self) -> "ScoreSums":
        """Return sums of scores, to which the blocks of a table are added."""
        return ScoreSums(self)

    def classes(self) -> NDArray[Any] | None:
        """Return the labels that are predicted; None if it is a number."""
        guess = self.description.guess
        return np.array(guess.classes) if isinstance(guess, ConstantClass) else None


class ScoreSums:
    """Scores of a model on a table, added block by block; see `blocks_of`."""

    def __init__(self, model: TableModel) -> None:
        self._predictor = BlockPredictor(model.pipeline)
        classes = model.classes()
        self._predict = self._predictor.predict if classes is None else self._predictor.probabilities
        self._model = NumberSums() if classes is None else ClassSums(model.pipeline.classes_)
        self._guess = model.description.guess.sums()

    def add(self, X: pd.DataFrame, row: int, rows: NDArray[np.int64], y: NDArray[Any]) -> None:
        """Add a block with `row` rows before it, of which those in `rows` have the targets `y`."""
        self._model.add(y, self._predict(X, row)[rows])
        self._guess.add(y)

    def scores(self) -> HeldOut:
        """Return the scores; warn of what was found in all blocks."""
        self._predictor.say()
        return HeldOut(self._model.n, self._model.scores(), self._guess.scores())


def describe(pipeline: Pipeline, data: SplitTable, seed: int, unit: str | None = None) -> Description:
    """Describe a pipeline that was fitted to ``data.X_train``, and score it on ``data.X_test``.

    Parameters
    ----------
    pipeline : Pipeline
        Made by `table_pipeline` and fitted.
    data : SplitTable
    seed : int
        The one the rows were drawn with.
    unit : str, optional
        Of the target.
    """
    guess = constant_guess(data.y_train, data.task)
    return Description(
        task=data.task,
        schema=data.schema,
        guess=guess,
        network=network_facts(pipeline),
        training=training_facts(pipeline, len(data.y_train), seed),
        held_out=_held_out(pipeline, data, guess),
        versions={name: version(name) for name in DISTRIBUTIONS},
        unit=unit,
        notices=_notices(pipeline),
    )


def _notices(pipeline: Pipeline) -> tuple[str, ...]:
    fitted = fitted_estimator(pipeline)
    known = isinstance(fitted, TableClassifier | TableRegressor)
    return (fitted.report_.verdict, *fitted.report_.notices) if known else ()


def network_facts(pipeline: Pipeline) -> NetworkFacts:
    """Return what the networks of a fitted pipeline are."""
    fitted = fitted_estimator(pipeline)
    settings = {name: value for name, value in fitted.get_params().items() if name not in _NOT_SETTINGS}
    settings = json.loads(json.dumps(settings, default=repr))  # lists instead of tuples, as in a file
    networks = networks_of(pipeline)
    sizes = tuple(int(size) for size in networks[0].layer_sizes)
    return NetworkFacts(sizes, sum(int(net.n_parameters) for net in networks), settings, len(networks))


def training_facts(pipeline: Pipeline, rows: int, seed: int) -> TrainingFacts:
    """Return how a fitted pipeline has learned."""
    fitted = fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        return TrainingFacts(
            rows=rows,
            epochs=max(len(history) for history in fitted.histories_),
            seconds=round(fitted.fit_seconds_, 3),
            stop_reason=fitted.stop_reason_,
            loss=float(np.mean([history.loss[-1] for history in fitted.histories_])),
            seed=seed,
        )
    history = fitted.history_
    return TrainingFacts(
        rows=rows,
        epochs=len(history.epoch),
        seconds=round(float(np.sum(history.seconds)), 3),
        stop_reason=history.stop_reason,
        loss=float(history.loss[-1]) if len(history.epoch) else float("nan"),
        seed=seed,
    )


def _held_out(pipeline: Pipeline, data: SplitTable, guess: ConstantGuess) -> HeldOut | None:
    if not len(data.y_test):
        return None
    model = table_scores(pipeline, data.X_test, data.y_test, data.task)
    return HeldOut(len(data.y_test), model, guess.scores(data.y_test), linear_scores(data))
