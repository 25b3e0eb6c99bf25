"""`write_report`."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule._files import check_distinct, check_writable, open_atomic
from chainrule._heard import heard
from chainrule.io import load_table_model
from chainrule.report._architecture import architecture
from chainrule.report._cells import LONGEST
from chainrule.report._curve import learning_curve
from chainrule.report._effects import effects
from chainrule.report._influence import influences
from chainrule.report._learned import learned
from chainrule.report._page import Section, page
from chainrule.report._quality import headline, lead, quality
from chainrule.report._reproduce import Sources, reproduce
from chainrule.report._sensitivities import sensitivities
from chainrule.report._subject import Subject
from chainrule.report._words import cut
from chainrule.report._worst import worst
from chainrule.tables import Cells, TableModel, TableWarning, read_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_report_path", "write_report"]

PathLike = str | os.PathLike[str]


def write_report(
    model: TableModel | PathLike,
    table: "Cells | pd.DataFrame | PathLike | Any",
    path: PathLike,
    *,
    na: Iterable[str] = (),
    date: str | None = None,
) -> None:
    """Write a page on a fitted model and its predictions for a table: one HTML file that needs no network.

    It shows what was learned from what, the quality of predictions beside simple guesses, how the model
    learned, what moves a prediction (in units), the worst errors and their explanation, the factors of the
    network's derivative, and how to make all of it again. If the model learned from this table, the rows that
    were held out are found, and the quality is that of them alone. Without the target in the table, what
    needs it is left out.

    Parameters
    ----------
    model : TableModel or path-like
        A model, or the file of one.
    table : data frame (pandas, Polars, Arrow), Cells or path-like
        With the columns that the model reads, and the target if the report is to say how good the predictions
        are. All rows are scored; charts show a sample.
    path : path-like
        The file to write, ``.html``.
    na : iterable of str
        Texts that stand for missing cells.
    date : str, optional
        The report's date, as it is to be written. Without it the same input gives the same bytes.

    Raises
    ------
    OSError
        A file cannot be read or written.
    ValueError
        The model's file or the table cannot be used; or the report would overwrite one of them, or its name
        does not end in ``.html``.
    TypeError
        The model is something else.

    Warns
    -----
    TableWarning
        For what was noticed when the table was read; the report says it too.

    Examples
    --------
    >>> from chainrule.report import write_report
    >>> write_report("diamonds.chainrule", "diamonds.csv", "report.html")  # doctest: +SKIP
    """
    model_file, table_file = _path(model), _path(table)
    check_report_path(path, {"the model": model_file, "the table": table_file})
    loaded = load_table_model(model_file) if model_file else model
    if not isinstance(loaded, TableModel):
        raise TypeError(
            f"model must be a TableModel or the path of a model file, got {type(model).__name__}; of a table "
            "and an estimator split_table, table_pipeline and describe of chainrule.tables make one"
        )
    schema = loaded.description.schema
    cells = Cells.of(table) if table_file is None else read_cells(table_file, header=schema.named)
    origin = Path(cells.origin)
    table_file = table_file or (origin if origin.is_file() else None)
    name = table_file.name if table_file else cells.origin
    subject = Subject.of(loaded, cells, na)
    with heard(TableWarning):  # what it would say of samples was said of the table
        text = _page_on(subject, Sources(name, model_file, table_file, date))
    with open_atomic(path) as file:
        file.write(text.encode())


def check_report_path(path: PathLike, inputs: Mapping[str, PathLike | None]) -> None:
    """Raise now if the report could not be written at the end, or would overwrite what it is about.

    Parameters
    ----------
    path : path-like
    inputs : mapping of str to path-like or None
        Files that are read, by the words that a message has for them.

    Raises
    ------
    OSError
        The file cannot be written.
    ValueError
        It is one of those that are read, or its name is not that of a page.
    """
    check_distinct(inputs, {"the report": path})
    check_writable(path)
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"the report {os.fspath(path)}: the name of a page ends in .html")


def _path(given: Any) -> Path | None:
    return Path(given) if isinstance(given, str | os.PathLike) else None


def _page_on(subject: Subject, sources: Sources) -> str:
    target = cut(subject.target, LONGEST)
    ranked = influences(subject)
    sections: list[Section] = [("learned", "What was learned, from what", learned(subject, ranked))]
    if subject.y is not None:
        sections.append(("quality", "How well it predicts", quality(subject)))
    sections += [
        ("moves", "What moves the prediction", sensitivities(subject, ranked)),
        ("effects", "How the strongest numbers act", effects(subject, ranked)),
    ]
    if subject.y is not None:
        sections.append(("worst", "Where it is most wrong", worst(subject, ranked)))
    sections += [
        ("curve", "How it learned", learning_curve(subject)),
        ("inside", "Inside the network", architecture(subject)),
        ("again", "How to make it again", reproduce(subject, sources)),
    ]
    when = f", {sources.date}" if sources.date else ""
    return page(
        f"{target}: report on a model",
        f"Report on a model of {target}, with {cut(sources.table, LONGEST)}{when}",
        headline(subject),
        lead(subject),
        [each for each in sections if each[2] is not None],
    )
