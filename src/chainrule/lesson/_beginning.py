"""What lessons begin with: a table, or a fitted model beside its rows."""

from typing import Any

from chainrule.lesson import data as sources
from chainrule.lesson._fields import Number
from chainrule.lesson._study import SETTINGS, Setup, Study
from chainrule.lesson.data import MODEL, check_size

__all__ = ["study_of_estimator", "study_of_model", "study_of_table"]


def study_of_table(cells: Any, target: str | None = None, wishes: Any = None, task: Any = None) -> Study:
    """Return what a lesson on a table begins with; its first frame says what was guessed or dropped.

    Parameters
    ----------
    cells : Cells or DataFrame
        See `chainrule.tables.read_cells`.
    target : str, optional
        The column to learn; the last one that can be learnt if left out.
    wishes : Wishes, optional
        Kinds of columns, texts that stand for missing cells, columns to ignore.
    task : {"regression", "classification"}, optional
        Guessed if left out.

    Raises
    ------
    ValueError
        If the table cannot be learnt, or is too large.
    """
    data, said = sources.table_data(cells, target, task, wishes)
    return Study(own=data, said=said)


def study_of_model(model: Any, cells: Any) -> Study:
    """Return what a lesson on a model of a table and rows of such a table begins with.

    Parameters
    ----------
    model : TableModel
        As `chainrule.io.load_table_model` returns it.
    cells : Cells or DataFrame
        With the columns of the model and its target.

    Raises
    ------
    ValueError
        If the table lacks a column, or network or rows are too large.
    """
    from chainrule.tables import Cells, target_like

    table, schema = Cells.of(cells), model.description.schema
    check_size(table.n_rows, 1)
    with sources.heard() as said:
        rows, y = target_like(table, schema.target, model.classes(), mark=schema.target_mark())
        X = model.features(table).iloc[rows]
    return _of_model(model.pipeline, X, y, said)


def study_of_estimator(model: Any, X: Any, y: Any) -> Study:
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
        with sources.heard() as said:
            X, model = model.features(X), model.pipeline
        return _of_model(model, X, y, said)
    return _of_model(model, X, y, [])


def _of_model(model: Any, X: Any, y: Any, said: list[str]) -> Study:
    given = sources.model_data(model, X, y)
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
    return Study(setup, given.data, net, said=(*said, *given.said))
