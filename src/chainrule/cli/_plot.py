"""Picture of ``--plot``: the learning curve, and predicted against true values."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.metrics import confusion_matrix

from chainrule._files import check_writable, open_atomic
from chainrule._heard import heard
from chainrule.cli._terminal import visible
from chainrule.display import ConfusionDisplay, HistoryDisplay, PredictionDisplay
from chainrule.tables import SplitTable, TableModel
from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.ensemble import TableClassifier, TableRegressor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_plot_path", "plot_fit"]

_PLOT_SUFFIXES = (".png", ".svg", ".pdf")


def check_plot_path(path: Path) -> None:
    """Raise ValueError, OSError or ModuleNotFoundError unless a picture can be written to `path`."""
    if path.suffix not in _PLOT_SUFFIXES:
        raise ValueError(f"--plot {path}: the name of a picture ends in {' or '.join(_PLOT_SUFFIXES)}")
    _figure_class()
    check_writable(path)


def plot_fit(path: Path, model: TableModel, data: SplitTable) -> None:
    """Draw the learning curve and, if rows were held out, their predictions."""
    figure = _figure_class()(figsize=(11, 4.6) if len(data.y_test) else (6, 4.6), layout="constrained")
    left, *right = figure.subplots(1, 2 if len(data.y_test) else 1, squeeze=False)[0]
    fitted = fitted_estimator(model.pipeline)
    several = isinstance(fitted, TableClassifier | TableRegressor)
    HistoryDisplay(fitted.histories_[0] if several else fitted.history_).plot(ax=left)
    left.set_title("learning curve of the first network" if several else "learning curve")
    if right:
        _predictions(model, data).plot(ax=right[0])
        right[0].set_title(f"{len(data.y_test):,} rows held out")
    with open_atomic(path) as file, _missing_letters_said_once():
        figure.savefig(file, format=path.suffix[1:], dpi=144)


@contextmanager
def _missing_letters_said_once() -> Iterator[None]:
    """Say in one line what matplotlib says for each letter."""
    with heard(UserWarning) as caught:
        yield
    if any("missing from font" in str(each.message) for each in caught):
        words = "the font of the picture lacks letters of these names or classes; they are drawn as boxes"
        warnings.warn(words, stacklevel=2)


def _figure_class() -> "type[Figure]":
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("--plot needs matplotlib: pip install 'chainrule[plot]'") from error
    return Figure


def _predictions(model: TableModel, data: SplitTable) -> PredictionDisplay | ConfusionDisplay:
    predicted = model.pipeline.predict(data.X_test)
    name, unit = _literal(data.schema.target), model.description.unit
    if data.task == "regression":
        return PredictionDisplay(data.y_test, predicted, name=name, unit=unit and _literal(unit))
    classes = model.pipeline.classes_
    counts = confusion_matrix(data.y_test, predicted, labels=classes)
    return ConfusionDisplay(counts, [_literal(str(label)) for label in classes], name=name)


def _literal(text: str) -> str:
    """Return a text that matplotlib draws as it is: between two dollar signs it expects a formula."""
    return visible(text).replace("$", r"\$")
