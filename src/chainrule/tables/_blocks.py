"""Predictions block by block: always of the same rows together, in however many pieces a table is read."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule.tables._names import shown
from chainrule.tables._warning import Gathered, NewValues, note

__all__ = ["BLOCK_ROWS", "BlockPredictor", "blocks_of"]

Result = TypeVar("Result")

BLOCK_ROWS = 16_384
"""Products of matrices round a row in a way that depends on how many there are: so all predictions of tables
are made for these many rows together, from the first row on."""


def blocks_of(n: int) -> Iterator[slice]:
    """Yield the rows of the blocks of a table; one block without rows if it has none."""
    for start in range(0, max(n, 1), BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n))


class BlockPredictor:
    """Predicts the target of blocks, and gathers what there is to be said of all of them.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._gathered = Gathered()

    def predict(self, X: pd.DataFrame, row: int) -> NDArray[Any]:
        """Return the predictions of a block with `row` rows before it."""
        return np.asarray(self._call(self._pipeline.predict, X, row))

    def interval(self, X: pd.DataFrame, row: int, share: float) -> tuple[NDArray[Any], ...]:
        """Return predictions, and both ends of intervals that hold this share of targets."""
        return self._call(lambda X: tuple(self._pipeline.predict(X, interval=share)), X, row)

    def probabilities(self, X: pd.DataFrame, row: int) -> NDArray[Any]:
        """Return the probabilities of the classes."""
        return np.asarray(self._call(self._pipeline.predict_proba, X, row))

    def say(self) -> None:
        """Warn of what was found in all blocks."""
        self._gathered.say()

    def _call(self, call: Callable[[pd.DataFrame], Result], X: pd.DataFrame, row: int) -> Result:
        with self._gathered.of_piece(row):
            self._say_new_texts(X)
            return call(X)

    def _say_new_texts(self, X: pd.DataFrame) -> None:
        if "columns" not in self._pipeline.named_steps:  # table estimators say it themselves
            return
        for name, steps, names in self._pipeline.named_steps["columns"].transformers_:
            if name != "text":
                continue
            for column, known in zip(names, steps[-1].categories_, strict=True):
                values = X[column].to_numpy()
                new = ~np.isin(values.astype(str), known.astype(str)) & pd.notna(values)
                if new.any():
                    first = int(new.argmax())
                    note(NewValues(column, int(new.sum()), first, shown(values[first])))
