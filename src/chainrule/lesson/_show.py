"""A lesson in a notebook."""

from typing import TYPE_CHECKING, Any

from chainrule.lesson._beginning import study_of_estimator
from chainrule.lesson._lesson import Lesson

if TYPE_CHECKING:
    from chainrule.lesson._widget import LessonWidget

__all__ = ["show"]


def show(model: Any = None, X: Any = None, y: Any = None) -> "LessonWidget":
    """Show a network in a notebook: all its matrices and derivatives, at any step of its learning.

    What learning does there leaves the model as it is: the lesson has a copy of its network. Of an ensemble
    the first member is shown.

    Parameters
    ----------
    model : Network, MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, optional
        Fitted; also scikit-learn's own perceptrons, a Pipeline or TransformedTargetRegressor that ends in one
        of these, and a `TableModel`. Left out, a small problem is shown to begin with.
    X : array or data frame of shape (n_samples, n_columns)
        Rows as the model takes them, up to 100,000.
    y : array of shape (n_samples,) or (n_samples, n_outputs)
        Their right answers.

    Returns
    -------
    LessonWidget
        The notebook draws it where it is the value of a cell. Its ``lesson`` has all numbers.

    Raises
    ------
    ModuleNotFoundError
        Without anywidget: ``pip install 'chainrule[notebook]'``.
    TypeError
        For other models.
    ValueError
        Before ``fit``; for rows that the model does not take; for more than 100,000 parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import MLPRegressor, show
    >>> X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    >>> y = X[:, 0] * X[:, 1]
    >>> model = MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", random_state=0).fit(X, y)
    >>> widget = show(model, X, y)
    >>> widget.lesson.study.network == model.network_
    True
    """
    widget = _widget_class()
    if model is None:
        return widget(Lesson())
    if X is None or y is None:
        raise ValueError("chainrule.show needs the rows beside the model: show(model, X, y)")
    return widget(Lesson(study_of_estimator(model, X, y)))


def _widget_class() -> "type[LessonWidget]":
    try:
        from chainrule.lesson._widget import LessonWidget
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ModuleNotFoundError(
            f"chainrule.show needs {error.name}: pip install 'chainrule[notebook]'", name=error.name
        ) from error
    return LessonWidget
