"""What lessons begin with: a table, or a fitted model beside its rows; read once for all of them."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Number
from chainrule.lesson._lesson import Lesson
from chainrule.lesson._study import SETTINGS, Setup, Study
from chainrule.lesson.data import MODEL, Data, check_size, heard, model_data, table_data
from chainrule.network import Network

__all__ = ["Beginning", "begin_with_model", "begin_with_model_file", "begin_with_table"]


@dataclass(frozen=True, eq=False)
class Beginning:
    """What a lesson begins with.

    Attributes
    ----------
    setup : Setup or None
    own : Data or None
        Data by name if there are none.
    start : Network or None
        The fitted network; each lesson has a copy.
    said : tuple of str
        What was guessed or dropped, in lines.
    """

    setup: Setup | None = None
    own: Data | None = None
    start: Network | None = None
    said: tuple[str, ...] = ()

    def lesson(self) -> Lesson:
        """Return a new lesson, whose first frame says what was guessed or dropped."""
        study = Study(self.setup, self.own, self.start)
        for line in self.said:
            study.say(line)
        return Lesson(study)


def begin_with_table(
    path: str | os.PathLike[str], target: str | None = None, task: str | None = None
) -> Beginning:
    """Return what a lesson on the table of a file begins with.

    Parameters
    ----------
    path : path-like
        Any file that `chainrule.tables.read_table` reads.
    target : str, optional
        The column to learn; the last one that can be learnt if left out.
    task : {"regression", "classification"}, optional
        Guessed if left out.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds no table that can be learnt, or too large a one.
    """
    from chainrule.tables import read_cells

    with heard() as said:
        cells = read_cells(path)
    data, more = table_data(cells, target, task)
    return _begun(Beginning(None, data, said=(*said, *more)))


def begin_with_model(model: Any, X: Any, y: Any) -> Beginning:
    """Return what a lesson on a fitted model and some rows begins with.

    Parameters
    ----------
    model : Network, estimator, Pipeline or TableModel
        Fitted; see `chainrule.show`.
    X : array or data frame of shape (n_samples, n_columns)
    y : array of shape (n_samples,) or (n_samples, n_outputs)

    Raises
    ------
    TypeError, ValueError
        For models and rows that a lesson does not take.
    """
    if type(model).__module__ == "chainrule.tables" and type(model).__name__ == "TableModel":
        X, model = model.features(X), model.pipeline
    given = model_data(model, X, y)
    net, settings = given.network, dict(given.settings)
    rate = SETTINGS["rate"][0]
    if isinstance(rate, Number) and not rate.low <= settings.get("rate", rate.low) <= rate.high:
        del settings["rate"]
    setup = Setup(
        data=MODEL,
        hidden=net.layer_sizes[1:-1],
        activations=tuple(str(each) for each in net.activations),
        loss=given.data.losses[0],
        **settings,
    )
    return _begun(Beginning(setup, given.data, net, given.said))


def begin_with_model_file(model: str | os.PathLike[str], table: str | os.PathLike[str]) -> Beginning:
    """Return what a lesson on the model of a file and the rows of a table begins with.

    Parameters
    ----------
    model : path-like
        Written by ``chainrule fit``, or by `chainrule.save` from a `TableModel`.
    table : path-like
        With the columns of the model and its target.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If the table lacks a column, or the model is not one of a table.
    """
    from chainrule.io import load
    from chainrule.tables import TableModel, read_cells, target_like

    loaded = load(model)
    if not isinstance(loaded, TableModel):
        raise MessageError(
            f"{Path(model).name} holds a {type(loaded).__name__}, which knows no names of columns: "
            "chainrule.show takes it with X and y, in Python"
        )
    with heard() as said:
        cells = read_cells(table)
        check_size(cells.n_rows, 1)
        schema = loaded.description.schema
        rows, y = target_like(cells, schema.target, loaded.classes(), mark=schema.target_mark())
        X = loaded.features(cells).iloc[rows]
    begun = begin_with_model(loaded.pipeline, X, y)
    return replace(begun, said=(*said, *begun.said))


def _begun(beginning: Beginning) -> Beginning:
    beginning.lesson()  # a network that is too large is refused here, not when a page is opened
    return beginning
